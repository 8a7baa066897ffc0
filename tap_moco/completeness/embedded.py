"""Rows that the records of another list embed, without changing with them.

MOCO leaves a company's `updated_at` alone when one of its projects changes, and the
same holds for other records (docs/moco-api.md, "Incremental reading"). The embedded
rows show which records have to be read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from tap_moco.packing import pack_map, unpack_map
from tap_moco.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from tap_moco.row import Row
    from tap_moco.state.stream import StreamState

MOST_HOLDERS = 20_000
"""The most rows whose holder the state remembers; with more, only changes are seen."""


class Embedded(NamedTuple):
    """A list whose rows the records of another list embed.

    Attributes:
        stream: Its name.
        field: The field of a record that holds the rows.
        key: The field of a row that names the record that holds it.
    """

    stream: str
    field: str
    key: str


class Holders:
    """Which records hold rows that changed, moved to another record, or are gone.

    Args:
        embedded: The list of such rows.
        state: The state of the stream whose records hold them.
        overlap: How far before the last read of the rows this one starts.

    Attributes:
        stale: Records that hold changed rows, or have held them.
        takers: Those of them that hold a row which the state does not know there.
    """

    def __init__(
        self, embedded: Embedded, state: StreamState, overlap: timedelta
    ) -> None:
        """Begin with what the state knows."""
        self._embedded = embedded
        self._holders = unpack_map(state.holders.get(embedded.stream, ""))
        self._held: dict[int, list[int]] = {}
        for row, holder in self._holders.items():
            self._held.setdefault(holder, []).append(row)
        looked = parse_timestamp(state.embedded.get(embedded.stream)) or state.bookmark
        if not looked and (resume := state.last_sweep.resume):
            looked = parse_timestamp(resume.started_at)
        self.since = looked - overlap if looked else None
        self._looked_at: datetime | None = None
        self._shown: set[int] = set()
        self.stale: set[int] = set()
        self.takers: set[int] = set()

    @property
    def are_known(self) -> bool:
        """The embedded rows were read in this run."""
        return self._looked_at is not None

    def take(self, rows: Iterable[Row]) -> None:
        """Note rows of the embedded list, and which records hold changed ones."""
        for row in rows:
            number, holder = row["id"], (row.get(self._embedded.key) or {}).get("id")
            before = self._holders.get(number)
            self._shown.add(number)
            changed = parse_timestamp(row.get("updated_at"))
            is_new = self.since is None or changed is None or changed >= self.since
            if is_new or before not in (None, holder):
                self.stale.update(one for one in (before, holder) if one is not None)
                if holder not in (None, before):
                    self.takers.add(holder)

    def finish(self, started_at: datetime, *, is_whole: bool) -> None:
        """Note when the embedded list was read, and which of its rows are gone.

        Args:
            started_at: The server's clock when that read began.
            is_whole: The read has shown every row of the list.
        """
        self._looked_at = started_at
        if is_whole:
            gone = self._holders.keys() - self._shown
            self.stale.update(self._holders[number] for number in gone)

    def hold(self, records: Iterable[Row]) -> None:
        """Note which rows some records hold now."""
        for record in records:
            number = record["id"]
            rows = [row["id"] for row in record.get(self._embedded.field) or ()]
            for before in self._held.get(number, ()):
                if self._holders.get(before) == number:
                    del self._holders[before]
            self._held[number] = rows
            self._holders.update(dict.fromkeys(rows, number))

    def moved(self) -> Iterator[set[int]]:
        """Yield records that hold the same row, each once; they are read in between.

        A row may move again while they are.
        """
        asked: set[int] = set()
        while doubled := self.doubled - asked:
            asked |= doubled
            yield doubled

    @property
    def doubled(self) -> set[int]:
        """The records that hold the same row: it moved while they were read."""
        first: dict[int, int] = {}
        found: set[int] = set()
        for record, rows in self._held.items():
            for row in rows:
                if (other := first.setdefault(row, record)) != record:
                    found |= {other, record}
        return found

    def save(self, state: StreamState) -> None:
        """Note in the state which rows the records hold, while some are still stale."""
        name = self._embedded.stream
        if len(self._holders) <= MOST_HOLDERS:
            state.holders[name] = pack_map(self._holders)
        else:
            state.holders.pop(name, None)

    def added_to(self, state: StreamState, swept_at: datetime | None) -> None:
        """Note in the state what is known now.

        Args:
            state: The state of the stream whose records hold the rows.
            swept_at: When all its records were read, if they were.
        """
        self.save(state)
        if looked_at := swept_at or self._looked_at:
            state.embedded[self._embedded.stream] = format_timestamp(looked_at)


class HoldingStream(Protocol):
    """A stream whose records hold rows of other lists."""

    selected: bool

    @property
    def holders(self) -> dict[str, Holders]:
        """Which records hold changed rows, by the name of the rows' stream."""

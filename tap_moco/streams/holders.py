"""Records that hold rows of another list, and do not change with them.

docs/completeness.md, "Details", argues why this finds every change of such a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tap_moco.packing import pack_map, unpack_map
from tap_moco.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tap_moco.row import Row
    from tap_moco.state import StreamState
    from tap_moco.streams.held_details import HeldDetails


class HeldRow(NamedTuple):
    """What is kept of a row: its id, the record that holds it, its last change."""

    id: int
    holder: int | None
    updated_at: str | None


@dataclass
class ShownRows:
    """What a read of the rows' own list has shown, once it is proven.

    Attributes:
        holder: The field of a row that names its record.
        since: What was last changed before is not in it; None: all rows are.
        started_at: The server's clock when the read began.
    """

    holder: str
    since: datetime | None
    started_at: datetime
    rows: list[HeldRow] = field(default_factory=list)

    def add(self, rows: Iterable[Row]) -> None:
        """Take a page of the list."""
        self.rows += [
            HeldRow(
                row["id"], (row.get(self.holder) or {}).get("id"), row.get("updated_at")
            )
            for row in rows
        ]

    def reaches(self, since: datetime | None) -> bool:
        """Tell whether it has all that changed since then; since ever, if None."""
        return self.since is None or (since is not None and self.since <= since)


class Holders:
    """The record of each row, as of when the details were asked for.

    Args:
        name: The stream of the rows.
        state: Of the stream of details.
        held: What of it the target has.
    """

    def __init__(self, name: str, state: StreamState, held: HeldDetails) -> None:
        """Begin with what earlier runs have found."""
        self._name = name
        self._state = state
        self._held = held
        self._is_first = held.changed_since is None
        packed = "" if self._is_first else state.holders.get(name, "")
        self._holders: dict[int, int] = unpack_map(packed)

    def changed(self, shown: ShownRows) -> set[int]:
        """Return the records that hold other rows than their details say.

        A first read asks for all details anyway, and later than this.
        """
        found: set[int | None] = set()
        for row in shown.rows:
            if self._is_news(row):
                found |= {row.holder, self._holders.pop(row.id, None)}
                if row.holder is not None:
                    self._holders[row.id] = row.holder
            self._held.add_known(self._key(row), row.updated_at)
        if shown.since is None:
            for number in self._holders.keys() - {row.id for row in shown.rows}:
                found.add(self._holders.pop(number))
        if self._is_first:
            self.save()
            return set()
        return {number for number in found if number is not None}

    def save(self) -> None:
        """Put what was found into the state: the details are in the target."""
        self._state.holders[self._name] = pack_map(self._holders)

    def _is_news(self, row: HeldRow) -> bool:
        if self._holders.get(row.id) != row.holder:
            return True
        changed, since = parse_timestamp(row.updated_at), self._held.changed_since
        is_recent = changed is None or since is None or changed >= since
        return is_recent and not self._held.is_known(self._key(row), row.updated_at)

    def _key(self, row: HeldRow) -> str:
        return f"{self._name}/{row.id}"

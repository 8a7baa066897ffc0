"""Which details the target has, so that they are not requested again.

docs/completeness.md, "Details", argues why one byte per timestamp is kept.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.packing import pack_map, unpack_map
from tap_moco.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import datetime, timedelta

    from tap_moco.plan import ReadPlan
    from tap_moco.row import Row
    from tap_moco.state.stream import StreamState

MOST_STAMPED = 20_000
"""For more records, only the ids are kept, since every STATE message carries them."""
UNKNOWN = 0
"""In place of the byte of a timestamp that is unknown, or is not kept."""


class HeldDetails:
    """The details that this run and earlier ones have written, or were denied.

    Args:
        state: The state of the detail stream, which only `save` changes.
        plan: How the stream is read.
        overlap: How far before the bookmark an increment starts.
        started_at: The server's clock when the read began.
    """

    def __init__(
        self,
        state: StreamState,
        plan: ReadPlan,
        overlap: timedelta,
        started_at: datetime,
    ) -> None:
        """Begin with what earlier runs have written."""
        self._state = state
        self._overlap = overlap
        self._started_at = started_at
        self._written: dict[str, str] = {}
        self.changed_since = self._beginning(plan)
        is_first = self.changed_since is None
        self._stamps = {} if is_first else unpack_map(state.details)
        self._is_saved = not is_first

    def _beginning(self, plan: ReadPlan) -> datetime | None:
        """Return since when changes may be missing; None if the target has nothing.

        After an interrupted first read, the target has what the state says, which was
        requested after that read began. A bookmark that is later than the server's
        clock says nothing.
        """
        bookmark = self._state.bookmark
        if bookmark and bookmark <= self._started_at + VISIBILITY_MARGIN:
            return bookmark - self._overlap
        resume = plan.resume
        began = parse_timestamp(resume.started_at) if resume and not bookmark else None
        return began - VISIBILITY_MARGIN if began else None

    def are_current(self, row: Row) -> bool:
        """Return whether the details of a row of the parent's list are up to date."""
        number, text = row["id"], row.get("updated_at")
        changed, since = parse_timestamp(text), self.changed_since
        if changed is None or since is None:
            return False
        if changed >= since:
            is_known = self._state.known.get(str(number)) == text
            if is_known and number not in self._stamps:
                self._note(number, _byte_of(row))
            return is_known
        return self._stamps.get(number) in {UNKNOWN, _byte_of(row)}

    def add(self, row: Row) -> None:
        """Note that a record's details were written, with the timestamp of its row."""
        if text := row.get("updated_at"):
            self._written[str(row["id"])] = text
        self.add_denied(row)

    def add_denied(self, row: Row) -> None:
        """Note a record whose details were denied, and are remembered elsewhere."""
        number = row["id"]
        if row.get("updated_at"):
            self._note(number, _byte_of(row))
        else:
            self._note(number, self._stamps.get(number, UNKNOWN))

    def discard(self, number: int) -> None:
        """Note that the target lacks a record's details."""
        self._written.pop(str(number), None)
        if self._stamps.pop(number, None) is not None:
            self._is_saved = False

    def keep_only(self, numbers: AbstractSet[int]) -> None:
        """Forget records that the parent's list no longer has."""
        for number in self._stamps.keys() - numbers:
            self.discard(number)

    def save(self) -> None:
        """Note in the state what was written so far."""
        if self._is_saved:
            return
        stamps = self._stamps
        if len(stamps) > MOST_STAMPED:
            stamps = dict.fromkeys(stamps, UNKNOWN)
        self._state.details = pack_map(stamps)
        self._is_saved = True

    def save_overlap(self, bookmark: datetime, read_at: datetime) -> None:
        """Also keep the timestamps of records that the next increment will show again.

        Args:
            bookmark: The bookmark of the stream now.
            read_at: When the read began. A record that changed around that moment may
                change once more within the same second, and so is not kept.
        """
        self.save()
        self._state.known = {
            number: text
            for number, text in {**self._state.known, **self._written}.items()
            if number.isdecimal()
            and (moment := parse_timestamp(text))
            and bookmark - self._overlap <= moment < read_at - VISIBILITY_MARGIN
        }

    def _note(self, number: int, stamp: int) -> None:
        if self._stamps.get(number) != stamp:
            self._stamps[number] = stamp
            self._is_saved = False


def _byte_of(row: Row) -> int:
    """Return a byte from 1 to 255 for a record and its timestamp in the list."""
    text = f"{row['id']}|{row['updated_at']}".encode()
    return blake2b(text, digest_size=1).digest()[0] % 255 + 1

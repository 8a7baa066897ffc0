"""How many rows of a list the target has, counted from run to run.

docs/completeness.md, "The count", argues why MOCO's total then shows deletes.
"""

from __future__ import annotations

from heapq import nlargest
from typing import TYPE_CHECKING

from msgspec import structs

from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.packing import pack_ids, unpack_ids
from tap_moco.text import counted
from tap_moco.timestamps import Cutoff, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tap_moco.row import Row
    from tap_moco.state.sweep import SweepState

NEWEST = 100
"""How many ids distinguish new rows from known ones: more than any list gains in the
seconds that a row takes to become visible."""


def is_counted(sweep: SweepState) -> bool:
    """Return whether the state knows the newest ids, not only the number of rows."""
    return bool(sweep.newest) or sweep.rows == 0


class RowCount:
    """The rows that the target has, or that were rejected; increments add new ones.

    A row is new if its id is larger than the smallest of the newest ids, and is not one
    of them, since ids rise with creation. No clock takes part in this.

    Args:
        sweep: The last sweep, according to the state.
    """

    def __init__(self, sweep: SweepState) -> None:
        """Begin with what the last run has counted."""
        self._newest = set(unpack_ids(sweep.newest))
        self._floor = min(self._newest, default=0)
        self._before = sweep.rows or 0
        self._swept_at = parse_timestamp(sweep.completed_at)
        self._doubtful = 0
        self._new: dict[int, object] = {}

    @property
    def rows(self) -> int:
        """How many rows the target must have."""
        return self._before + len(self._new)

    @property
    def added(self) -> int:
        """How many of them this run has added."""
        return len(self._new)

    def note(self, rows: Iterable[Row]) -> None:
        """Count rows that are written, or rejected."""
        for row in rows:
            number = row["id"]
            if number > self._floor and number not in self._newest:
                self._new.setdefault(number, row.get("created_at"))

    def note_deleted(self, deletes: Mapping[int, datetime]) -> None:
        """Subtract rows that MOCO has deleted and that are marked instead of swept.

        Rows that were deleted before the last sweep had ended are doubtful: the sweep
        may have seen them or not.

        Args:
            deletes: When each was deleted, by id.
        """
        for number, deleted_at in deletes.items():
            is_known = number in self._newest or number < self._floor
            if is_known and self._swept_at:
                if deleted_at <= self._swept_at + VISIBILITY_MARGIN:
                    self._doubtful += 1
                else:
                    self._before -= 1
                    self._newest.discard(number)

    def is_equal(self, total: int, asked_at: datetime) -> bool:
        """Return whether MOCO has as many rows, and no new row is in doubt."""
        return self._certain(asked_at) == self.rows == total

    def difference(self, total: int, asked_at: datetime) -> str | None:
        """Say how MOCO's total differs from the count; None if they may agree.

        Args:
            total: Rows of the whole list.
            asked_at: The server's clock at the request. A row that was created around
                that moment may or may not be counted.
        """
        if self._certain(asked_at) <= total <= self.rows:
            return None
        return f"MOCO has {counted(total, 'row')} of {self.rows} that were read"

    def is_open(self, total: int, asked_at: datetime) -> bool:
        """Return whether a young row was not counted, or another one is deleted.

        Doubtful deletes are not asked about again: the next sweep decides.
        """
        return not self._doubtful and self._certain(asked_at) <= total < self.rows

    def _certain(self, asked_at: datetime) -> int:
        """Return how many rows were certainly there at that time."""
        is_old = Cutoff(asked_at - VISIBILITY_MARGIN).is_before_cutoff
        surely_new = sum(map(is_old, self._new.values()))
        return self._before - self._doubtful + surely_new

    def added_to(self, sweep: SweepState) -> SweepState:
        """Return the state of the last sweep with what was added since."""
        newest = pack_ids(nlargest(NEWEST, self._newest | self._new.keys()))
        return structs.replace(sweep, rows=self.rows, newest=newest)


class SweptRows:
    """The rows that one sweep has shown."""

    def __init__(self) -> None:
        """Begin with none."""
        self._ids: set[int] = set()

    @property
    def rows(self) -> int:
        """How many rows the target must have, once the sweep is proven."""
        return len(self._ids)

    def note(self, rows: Iterable[Row]) -> None:
        """Count rows that are written, or rejected."""
        self._ids.update([row["id"] for row in rows])

    def lost_since(self, sweep: SweepState) -> int | None:
        """Return how many rows have gone since an earlier sweep; None if unknown."""
        if not is_counted(sweep):
            return None
        before = RowCount(sweep)
        before.note({"id": number} for number in self._ids)
        return max(before.rows - self.rows, 0)

    def added_to(self, sweep: SweepState) -> SweepState:
        """Return the state of this sweep with its rows."""
        newest = pack_ids(nlargest(NEWEST, self._ids))
        return structs.replace(sweep, rows=self.rows, newest=newest)

"""Cut a long history into windows, each of which is a resume point."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pendulum

from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.timestamps import Cutoff

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from tap_moco.row import Row

WINDOW_ROWS = 2_000
"""A history of at most this many rows is one window; a longer one is cut."""
MAX_MONTHS = 120
OLDEST_YEAR = 1900
"""No window begins earlier; older rows are read with the last window."""
NO_ROWS = date(1890, 1, 1)
CALENDAR = (date(OLDEST_YEAR, 1, 1), date(2099, 12, 31))


@dataclass(frozen=True)
class DateFilter:
    """How an endpoint filters by date (docs/moco-api.md, Incremental reading).

    MOCO documents both dates together; nobody knows what it does with only one.

    Attributes:
        start_param, end_param: Names of the parameters for the first and the last day;
            an open end is sent as the first or the last day of the calendar.
        range_param: The name of one parameter `FIRST:LAST` in place of the two.
    """

    start_param: str = "from"
    end_param: str = "to"
    range_param: str | None = None

    @property
    def calendar(self) -> dict[str, str]:
        """Return the filter for all dates that rows usually have.

        MOCO certainly understands these days. If it ignored one, the filter would also
        show rows without a date.
        """
        return self.params(*CALENDAR)

    @property
    def nothing(self) -> dict[str, str]:
        """Return the filter for a day that no row has."""
        return self.params(NO_ROWS, NO_ROWS)

    def params(self, start: date | None, end: date | None) -> dict[str, str]:
        """Return the filter for the days from `start` to `end`; None is open."""
        if start is None and end is None:
            return {}
        first, last = (start or date.min).isoformat(), (end or date.max).isoformat()
        if self.range_param:
            return {self.range_param: f"{first}:{last}"}
        return {self.start_param: first, self.end_param: last}


class WindowCursor:
    """Goes back through a history in windows of about equal size.

    Args:
        resume: The month (`YYYY-MM`) from which on everything has been read.
        today: The first window begins with this month, and is open to the future.
    """

    def __init__(self, resume: str | None, today: date) -> None:
        """Begin at the newest day, or where a sweep was interrupted."""
        self._today = pendulum.date(today.year, today.month, 1)
        self._months = 1
        self.end: pendulum.Date | None = None
        if resume:
            self.end = pendulum.from_format(resume, "YYYY-MM").date().subtract(days=1)
        self.start = self._begin()

    @property
    def label(self) -> str:
        """The name of the current window: its first month."""
        return self.start.format("YYYY-MM")

    def advance(self, rows: int) -> None:
        """Go on to the window before; this one's rows decide how long it is."""
        wanted = self._months * WINDOW_ROWS / max(rows, 1)
        self._months = round(min(max(wanted, 1), 2 * self._months + 1, MAX_MONTHS))
        self.end = self.start.subtract(days=1)
        self.start = self._begin()

    def _begin(self) -> pendulum.Date:
        last = self.end.replace(day=1) if self.end else self._today
        return last.subtract(months=min(self._months, last.year * 12) - 1)


def is_long(rows: int, cursor: WindowCursor) -> bool:
    """Return whether a history of this many rows has to be cut once more."""
    return rows > WINDOW_ROWS and cursor.start.year > OLDEST_YEAR


def is_window(rows: int) -> bool:
    """Return whether this many rows are worth a resume point."""
    return rows >= WINDOW_ROWS


def first_whole_month(day: date) -> str:
    """Return the first month (`YYYY-MM`) that begins on this day or later."""
    month = pendulum.date(day.year, day.month, 1)
    return (month if day.day == 1 else month.add(months=1)).format("YYYY-MM")


class Coverage:
    """Counts whether all windows together showed the whole list.

    Rows may have no date, or be in no window for an unknown reason. At the start there
    were `total` rows. Each of them either did not change since, and so was in exactly
    one window; or changed, and so is in the closing read; or is gone. Without
    timestamps, a new row cannot be distinguished from these. Then the count is a proof
    only if nothing changed.

    Args:
        total: `X-Total` of all rows at the start; None if MOCO did not send it.
        started_at: The server's clock then.
        has_timestamps: Rows have timestamps.
    """

    def __init__(
        self, total: int | None, started_at: datetime, *, has_timestamps: bool
    ) -> None:
        """Begin with no window."""
        self._total = total
        self._counted: set[Hashable] = set()
        self._cutoff = Cutoff(started_at - VISIBILITY_MARGIN)
        self._has_timestamps = has_timestamps
        self._is_certain = True

    def add_window(self, rows: list[Row]) -> None:
        """Count the rows of a window that have not changed since the start."""
        if self._has_timestamps:
            rows = self._old(rows, "updated_at")
        self._counted.update(row["id"] for row in rows)

    def add_changes(self, rows: list[Row]) -> None:
        """Count the changed rows that were there at the start."""
        self._is_certain &= self._has_timestamps or not rows
        self._counted.update(row["id"] for row in self._old(rows, "created_at"))

    def _old(self, rows: list[Row], stamp: str) -> list[Row]:
        return [row for row in rows if self._cutoff.is_before_cutoff(row.get(stamp))]

    @property
    def is_complete(self) -> bool:
        """Every row of the start was shown."""
        is_reached = self._total is not None and len(self._counted) >= self._total
        return self._is_certain and is_reached

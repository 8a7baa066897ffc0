"""Cut a long history into windows, each of them a point to go on from."""

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
"""A history of no more rows is one window; a longer one is cut into such."""
MAX_MONTHS = 120
OLDEST_YEAR = 1900
"""No window begins before; what is older is read with the last one."""
NO_ROWS = date(1890, 1, 1)
CALENDAR = (date(OLDEST_YEAR, 1, 1), date(2099, 12, 31))


@dataclass(frozen=True)
class DateFilter:
    """How an endpoint filters by date (docs/moco-api.md, Incremental reading).

    MOCO documents both dates together: what it does with one alone is unknown.

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
        """Return the filter for all days that rows usually have.

        These are days that MOCO surely understands: one that it ignored would let
        rows without a date in.
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
    """Goes back through a history, window by window, each about as large.

    Args:
        resume: `YYYY-MM`, from which on everything is done already.
        today: Where the first window ends, which is open to the future.
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
        """Go on to the window before, longer or shorter by what this one held."""
        wanted = self._months * WINDOW_ROWS / max(rows, 1)
        self._months = round(min(max(wanted, 1), 2 * self._months + 1, MAX_MONTHS))
        self.end = self.start.subtract(days=1)
        self.start = self._begin()

    def _begin(self) -> pendulum.Date:
        last = self.end.replace(day=1) if self.end else self._today
        return last.subtract(months=min(self._months, last.year * 12) - 1)


def is_long(rows: int, cursor: WindowCursor) -> bool:
    """Return whether a history of so many rows is to be cut once more."""
    return rows > WINDOW_ROWS and cursor.start.year > OLDEST_YEAR


def is_window(rows: int) -> bool:
    """Return whether so many rows are worth a point to resume at."""
    return rows >= WINDOW_ROWS


def first_whole_month(day: date) -> str:
    """Return the month (`YYYY-MM`) that begins with this day, or next after it."""
    month = pendulum.date(day.year, day.month, 1)
    return (month if day.day == 1 else month.add(months=1)).format("YYYY-MM")


class Coverage:
    """Counts whether all windows together showed the whole list.

    Rows may have no date, or be in no window for a reason nobody knows. At the
    start there were `total` rows. Each was either left alone since, and so was
    in one window only; or changed, and so is in the closing read; or is gone.
    Where rows do not say when they changed, a new one cannot be told from those:
    then only an account where nothing changed is certain.

    Args:
        total: `X-Total` of all rows at the start; None if MOCO did not tell it.
        started_at: The server's clock then.
        has_timestamps: Rows say when they changed.
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
        """Count the rows of a window that were left alone since the start."""
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

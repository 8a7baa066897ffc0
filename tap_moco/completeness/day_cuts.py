"""Cut a range of days until each answer is shorter than a page.

Such an answer is one moment. It is its own proof, whatever the order of its rows, with
or without timestamps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tap_moco.api.errors import IncompleteReadError
from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.user_cuts import UserCuts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_moco.api.pagination import Page
    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.windows import DateFilter
    from tap_moco.row import Row

FILL = 0.8
"""The share of a page that a part aims at: an answer that fills it is thrown away."""
MAX_GROWTH = 4
"""How many times longer than the part before it a part may become."""
MEMORY = 28
"""Days by which the length of the next part is judged, so that weekends even out."""
FIRST_GUESS = 730
"""How many days the rows of a range without a first day are assumed to cover."""
PASSES_OF_A_DAY = 3
MAX_REPEATS, SPARE_ROWS, MIN_ROWS = 4, 500, 5
"""If all parts together have more than this many times the rows of the range, and some
more, MOCO ignores the filter by date. An empty answer counts as a few rows."""


class CutCursor:
    """Goes back through a range of days, in parts of less than a page each.

    Args:
        start, end: The first and the last day; None is open.
        today: Where most rows of a range without an end begin.
        rows: How many rows the range has.

    Attributes:
        end: The last day of the current part.
    """

    def __init__(
        self, start: date | None, end: date | None, today: date, rows: int
    ) -> None:
        """Guess the first part, as if the rows were spread evenly."""
        self._first = (start or date.min).toordinal()
        self._today = max(today.toordinal(), self._first)
        self._end = (end or date.max).toordinal()
        self._left: float = rows
        self._aim = FILL * PER_PAGE
        self._per_day, self._known_days = 0.0, 0
        self._stays_full = False
        days = self._last - self._first if start else FIRST_GUESS
        self._days = max(int(days * self._aim / max(rows, 1)), 1)

    @property
    def is_done(self) -> bool:
        """The whole range was read."""
        return self._end < self._first

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of the current part."""
        return date.fromordinal(self._start), date.fromordinal(self._end)

    @property
    def _is_open(self) -> bool:
        """The current part has no last day."""
        return self._end == date.max.toordinal()

    @property
    def _last(self) -> int:
        """The last day that counts; without an end, most rows are before today."""
        return self._today if self._is_open else self._end

    @property
    def is_one_day(self) -> bool:
        """The current part cannot be cut further."""
        return self._start == self._end

    def advance(self, rows: int) -> None:
        """Go on to the part before.

        Args:
            rows: How many rows the current part had.
        """
        start = self._start
        self._left -= rows
        self._stays_full = False
        if self._is_open and start > self._today:
            self._days = start - self._today  # the other days to come, if they fit
        else:
            days = self._measure(rows)
            wanted = self._aim / self._per_day if self._per_day else math.inf
            self._days = max(int(min(wanted, days * MAX_GROWTH)), 1)
        self._end = start - 1

    def narrow(self, rows: int, page_size: int) -> None:
        """Cut the current part, which had this many rows, in pages of this size."""
        self._aim = min(self._aim, FILL * page_size)
        if self._takes_rest:
            self._left = math.inf  # it was more than it seemed: go on step by step
        elif self._days > 1:
            days = self._measure(rows)
            shorter = int(days * self._aim / max(rows, 1))
            # a part that stays full has most of its rows on few days
            most = days // 2 if self._stays_full else self._days - 1
            self._days = max(min(shorter, most), 1)
        elif self._days == 1:
            self._days = -1
        else:
            self._days *= MAX_GROWTH
        self._stays_full = True

    def _measure(self, rows: int) -> int:
        """Note how many rows the current part has; return its days."""
        days = max(self._last - self._start + 1, 1)
        known = min(self._known_days, MEMORY)
        self._per_day = (self._per_day * known + rows) / (known + days)
        self._known_days += days
        return days

    @property
    def _takes_rest(self) -> bool:
        return self._left <= self._aim

    @property
    def _start(self) -> int:
        """The first day: `_days` before the last one, or before today.

        If even the days after today have too many rows, `-_days` after today.
        """
        if self._takes_rest:
            return self._first
        if self._days < 0:
            begin = self._today - self._days
        else:
            begin = self._last - self._days + 1
        return min(max(begin, self._first), self._end)


class DayCuts:
    """A range of days in parts, each of them one answer.

    Args:
        endpoint: The list.
        date_filter: How MOCO filters it by date.
        start, end: The first and the last day; None is open.
        today: The day of the run.
        params: Other filters.
    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        date_filter: DateFilter,
        days: tuple[date | None, date | None],
        today: date,
        params: dict[str, str],
    ) -> None:
        """Send no request yet."""
        self._endpoint = endpoint
        self._date_filter = date_filter
        self._days = days
        self._today = today
        self._params = params

    def day(self, day: date) -> Part:
        """Return one day of the range."""
        params = self._params | self._date_filter.params(day, day)
        return Part(self._endpoint, params, self._endpoint.first_page(params), day)

    def parts(self, rows: int) -> Iterator[Part]:
        """Yield the range part by part, the newest days first.

        Args:
            rows: How many rows it has, about.

        Raises:
            IncompleteReadError: MOCO ignores the filter by date.
        """
        cursor = CutCursor(*self._days, self._today, rows)
        left = SPARE_ROWS + MAX_REPEATS * rows
        while not cursor.is_done:
            params = self._params | self._date_filter.params(*cursor.days)
            page = self._endpoint.first_page(params)
            if page.is_whole_list or cursor.is_one_day:
                part = Part(self._endpoint, params, page, cursor.days[0])
                yield part
                cursor.advance(part.total)
                left -= max(part.total, MIN_ROWS)
            else:
                size = len(page.body) if page.next_url else PER_PAGE
                cursor.narrow(_rows(page), size)
                left -= MIN_ROWS
            if left < 0:
                msg = (
                    f"{self._endpoint.path} seems to ignore its filter by date. "
                    "No bookmark moved, and nothing was declared deleted"
                )
                raise IncompleteReadError(msg)


@dataclass(frozen=True)
class Part:
    """One answer; or a day with more rows, which is read as a list of its own.

    Attributes:
        endpoint: The list.
        params: Its filters.
        first: The first page.
        since: The first day.
    """

    endpoint: ListEndpoint
    params: dict[str, str]
    first: Page
    since: date

    @property
    def total(self) -> int:
        """Rows, by the first page."""
        return _rows(self.first)

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of page after page.

        Raises:
            IncompleteReadError: The day could not be proven.
        """
        whole = self.endpoint.verified(
            self.params, first=self.first, max_passes=PASSES_OF_A_DAY
        )
        if self.first.is_whole_list or not self.endpoint.takes_user_id:
            yield from whole
            return
        users = UserCuts(self.endpoint, self.params, self.first)
        attempts: list[Iterable[list[Row]]] = [users, whole]
        if self.endpoint.has_timestamps:
            attempts.reverse()
        try:
            yield from attempts[0]
        except IncompleteReadError:
            yield from attempts[1]


def _rows(page: Page) -> int:
    """Return how many rows a list has by its first page."""
    return len(page.body) if page.total is None else page.total

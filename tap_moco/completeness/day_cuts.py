"""Cut a range of days until each answer is shorter than a page.

Such an answer is one moment. It is its own proof, whatever the order of its rows,
and whether or not they tell when they changed.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

from tap_moco.api.errors import IncompleteReadError
from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.user_cuts import UserCuts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_moco.api.pagination import Page
    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.verified_list import Row
    from tap_moco.completeness.windows import DateFilter

FILL = 0.7
"""How much of a page an answer aims at: a page that turns out full is thrown away."""
MAX_GROWTH = 4
"""How many times longer than the part before a part gets at most."""
FIRST_GUESS = 730
"""Days that the rows of a range without a first day are taken to cover."""
PASSES_OF_A_DAY = 3
SPARE_REQUESTS, REQUESTS_PER_PAGE = 40, 6
"""More than so many show that the filter by date is not heeded."""


class CutCursor:
    """Goes back through a range of days, in parts that aim at less than a page.

    Args:
        start, end: The first and the last day; None is open.
        today: Where most rows of a range without an end begin.
        rows: How many rows the range has.

    Attributes:
        end: The last day of the part at hand.
    """

    def __init__(
        self, start: date | None, end: date | None, today: date, rows: int
    ) -> None:
        """Guess the first part, as if the rows lay evenly."""
        self._first = (start or date.min).toordinal()
        self._today = max(today.toordinal(), self._first)
        self._end = (end or date.max).toordinal()
        self._left: float = rows
        self._aim = FILL * PER_PAGE
        days = min(self._end, self._today) - self._first if start else FIRST_GUESS
        self._days = max(int(days * self._aim / max(rows, 1)), 1)

    @property
    def is_done(self) -> bool:
        """The whole range was read."""
        return self._end < self._first

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of the part at hand."""
        return date.fromordinal(self._start), date.fromordinal(self._end)

    @property
    def is_one_day(self) -> bool:
        """The part at hand cannot be cut."""
        return self._start == self._end

    def advance(self, rows: int) -> None:
        """Go on to the part before.

        Args:
            rows: How many the part at hand had.
        """
        is_open, start = self._is_open, self._start
        self._left -= rows
        wanted = self._days * self._aim / max(rows, 1)
        self._days = max(int(min(wanted, self._days * MAX_GROWTH)), 1)
        if is_open and start > self._today:
            self._days = start - self._today
        self._end = start - 1

    def narrow(self, rows: int, page_size: int) -> None:
        """Cut the part at hand: it had so many rows, in pages of this size."""
        self._aim = min(self._aim, FILL * page_size)
        if self._takes_rest:
            self._left = math.inf  # it was more than it seemed: go on step by step
        elif self._days > 1:
            shorter = int(self._days * self._aim / max(rows, 1))
            self._days = max(min(shorter, self._days - 1), 1)
        else:  # all days from today on: the part begins ever later
            self._days = self._days * MAX_GROWTH if self._days < 0 else self._days - 2

    @property
    def _is_open(self) -> bool:
        return self._end == date.max.toordinal()

    @property
    def _takes_rest(self) -> bool:
        return self._left <= self._aim

    @property
    def _start(self) -> int:
        """The first day; before today by `_days`, or after it where they are < 0."""
        if self._takes_rest:
            return self._first
        if self._is_open:
            begin = self._today - self._days + (self._days > 0)
        else:
            begin = self._end - self._days + 1
        return min(max(begin, self._first), self._end)


class DayCuts:
    """A range of days in parts, each of them one answer.

    Args:
        endpoint: The list.
        date_filter: How it takes days.
        start, end: The first and the last day; None is open.
        today: The day of the run.
        params: Filters besides.
    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        date_filter: DateFilter,
        days: tuple[date | None, date | None],
        today: date,
        params: dict[str, str],
    ) -> None:
        """Ask for nothing yet."""
        self._endpoint = endpoint
        self._date_filter = date_filter
        self._days = days
        self._today = today
        self._params = params

    def pages(self, rows: int) -> Iterator[list[Row]]:
        """Yield the rows of the range, the newest days first.

        Args:
            rows: How many there are, about.

        Raises:
            IncompleteReadError: A day could not be proven, or days are not heeded.
        """
        cursor = CutCursor(*self._days, self._today, rows)
        left = SPARE_REQUESTS + REQUESTS_PER_PAGE * rows // PER_PAGE
        while not cursor.is_done:
            params = self._params | self._date_filter.params(*cursor.days)
            page = self._endpoint.first_page(params)
            if page.is_whole_list:
                yield from self._endpoint.verified(params, first=page)
                cursor.advance(len(page.body))
            elif cursor.is_one_day:
                yield from self._day(params, page)
                cursor.advance(_rows(page))
            else:
                size = len(page.body) if page.next_url else PER_PAGE
                cursor.narrow(_rows(page), size)
            left -= 1
            if not left:
                msg = f"{self._endpoint.path} seems not to heed its filter by date"
                raise IncompleteReadError(msg)

    def _day(self, params: dict[str, str], page: Page) -> Iterator[list[Row]]:
        """Yield the rows of a day that has a page or more."""
        endpoint = self._endpoint
        whole = endpoint.verified(params, first=page, max_passes=PASSES_OF_A_DAY)
        users = UserCuts(endpoint, params, page)
        first: Iterable[list[Row]] = whole if endpoint.has_timestamps else users
        try:
            yield from first
        except IncompleteReadError:
            if not endpoint.takes_user_id:
                raise
            yield from whole if first is users else users


def _rows(page: Page) -> int:
    """Return how many rows a list has by its first page."""
    return len(page.body) if page.total is None else page.total

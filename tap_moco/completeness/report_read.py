"""Read one range of a report so that it holds exactly what MOCO says.

Rows of a report have neither stamps nor, mostly, an id, and equal ones come in any
order: pages that are read one after the other prove nothing. An answer of less than
a page is one moment, whatever the order. So a longer report is cut into such, and the
total of the whole is asked for before and after. The argument is in
docs/completeness.md, "Reports".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tap_moco.completeness.report_pages import (
    are_distinct,
    canonical,
    not_proven,
    read_in_pages,
    shown_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_moco.api.pagination import Page
    from tap_moco.completeness.report_answers import Params, ReportAnswers
    from tap_moco.row import Row


MAX_TRIES = 6
"""Reads of a report that goes on changing; each is as long as the report."""
FILL = 0.7
"""How full of rows a part is meant to be: days differ."""
MAX_GROWTH = 4
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ByDays:
    """The report is cut at days: it lists what falls on each."""

    def shows_others(self, rows: Iterable[Row], params: Params) -> bool:
        """Return whether some rows are of other days than was asked for."""
        days = (str(row["date"])[:10] for row in rows if row.get("date"))
        return any(not params["from"] <= day <= params["to"] for day in days)


@dataclass(frozen=True)
class ByValues:
    """The report is cut by a filter for the values of a field.

    Attributes:
        param: The filter (docs/moco-api.md, Reports).
        field: The field of a row that it filters by.
        joins: MOCO documents it for several values, joined by commas.
    """

    param: str
    field: str
    joins: bool = False

    def shows_others(self, rows: Iterable[Row], params: Params) -> bool:
        """Return whether some rows have other values than was asked for."""
        wanted = params[self.param].split(",")
        return any(str(row.get(self.field)) not in wanted for row in rows)


Cut = ByDays | ByValues


class _UncuttableError(Exception):
    """The filter is not heeded, or some rows have no value to ask for."""


class ReportRead:
    """Reads a report, cut into parts where one answer does not hold all of it.

    Args:
        answers: Asks for them.
        cuts: How it can be cut, the first way first.
        key: The fields that tell rows apart, if some do.
    """

    def __init__(
        self, answers: ReportAnswers, cuts: Sequence[Cut], key: Sequence[str]
    ) -> None:
        """Ask for nothing yet."""
        self._answers = answers
        self._cuts = tuple(cuts)
        self._key = key
        self._values: dict[str, set[Any]] = {}
        self._shown: dict[str, int] = {}

    def rows(self, params: Params) -> list[Row]:
        """Return all rows of the report with these filters.

        Raises:
            IncompleteReadError: It kept changing, or its pages hide rows.
        """
        return self._rows(params, self._answers.first(params), self._cuts)

    def _rows(self, params: Params, page: Page, cuts: tuple[Cut, ...]) -> list[Row]:
        """Return the rows of the range that a first answer is of."""
        if self._answers.is_whole(page):
            whole: list[Row] = page.body
            return whole
        try:
            if cuts:
                return self._by_parts(params, page, cuts)
        except _UncuttableError:
            pass
        return read_in_pages(self._answers, params, page, self._key)

    def _by_parts(self, params: Params, page: Page, cuts: tuple[Cut, ...]) -> list[Row]:
        """Return the rows of all parts, once they are as many as the whole says.

        Where MOCO sends no total, or one below the number of rows, the parts are read
        until they are the same twice, and as many as the pages have shown, where
        these were read for the values.

        Raises:
            _UncuttableError: Some rows are in no part, each time.
            IncompleteReadError: It kept changing.
        """
        before = page.total
        last: Counter[str] | None = None
        rows: list[Row] = []
        for _ in range(MAX_TRIES):
            rows = list(self._parts(params, page, cuts))
            after = None if before is None else self._answers.total(params)
            found = Counter(map(canonical, rows))
            most = None if None in (before, after) else max(before or 0, after or 0)
            has_no_total = most is None or len(rows) > most
            is_shown = len(rows) >= self._shown.get(repr(params), 0)
            is_same = found == last
            is_all = before == after == len(rows) or (
                has_no_total and is_same and is_shown
            )
            if is_all and are_distinct(rows, self._key):
                return rows
            if is_same and not has_no_total and before == after:
                raise _UncuttableError
            before, last = after, found
        counted = "has no total" if before is None else f"counts {before}"
        raise not_proven(
            self._answers.path, f"{len(rows)} rows were shown, and MOCO {counted}"
        )

    def _parts(
        self, params: Params, page: Page, cuts: tuple[Cut, ...]
    ) -> Iterator[Row]:
        cut, *rest = cuts
        if isinstance(cut, ByDays):
            return self._by_days(params, page, cut, tuple(rest))
        return self._by_values(params, page, cut, tuple(rest))

    def _first(self, part: Params, cut: Cut) -> Page:
        """Return the first answer of a part.

        Raises:
            _UncuttableError: It shows that the filter is not heeded.
        """
        answer = self._answers.first(part)
        if cut.shows_others(answer.body, part):
            raise _UncuttableError
        return answer

    def _by_days(
        self, params: Params, page: Page, cut: ByDays, rest: tuple[Cut, ...]
    ) -> Iterator[Row]:
        """Yield the rows of ranges of days, each of less than a page."""
        first, last = map(date.fromisoformat, (params["from"], params["to"]))
        length = self._fitting((last - first).days + 1, page)
        while first <= last:
            end = min(first + timedelta(days=length - 1), last)
            part = {**params, "from": first.isoformat(), "to": end.isoformat()}
            answer, days = self._first(part, cut), (end - first).days + 1
            length = self._fitting(days, answer)
            if days > 1 and not self._answers.is_whole(answer):
                length = min(length, days // 2)
                continue
            yield from self._rows(part, answer, rest)
            length = min(length, MAX_GROWTH * days)
            first = end + ONE_DAY

    def _fitting(self, size: int, page: Page) -> int:
        """Return how large a part may be, where one of this size has that answer."""
        rows = max(page.total or 0, len(page.body), 1)
        return max(1, int(size * FILL * self._answers.page_size / rows))

    def _by_values(
        self, params: Params, page: Page, cut: ByValues, rest: tuple[Cut, ...]
    ) -> Iterator[Row]:
        """Yield the rows of each value, or group of values, that rows have shown.

        Raises:
            _UncuttableError: Some rows have no value to ask for.
        """
        values = self._values.setdefault(repr(params), set())
        shown, self._shown[repr(params)] = shown_values(
            self._answers, params, page, cut.field, is_thorough=bool(values)
        )
        values |= shown
        if None in values:
            raise _UncuttableError
        size = self._fitting(len(values), page) if cut.joins else 1
        asked = sorted(values, key=str)
        for start in range(0, len(asked), size):
            yield from self._of_values(params, cut, asked[start : start + size], rest)

    def _of_values(
        self, params: Params, cut: ByValues, values: list[Any], rest: tuple[Cut, ...]
    ) -> Iterator[Row]:
        """Yield the rows of some values, asked for in halves if they are too many."""
        part = {**params, cut.param: ",".join(map(str, values))}
        answer = self._first(part, cut)
        if len(values) > 1 and not self._answers.is_whole(answer):
            half = len(values) // 2
            yield from self._of_values(params, cut, values[:half], rest)
            yield from self._of_values(params, cut, values[half:], rest)
        else:
            yield from self._rows(part, answer, rest)

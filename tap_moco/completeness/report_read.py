"""Read one range of a report so that it holds exactly what MOCO says.

Rows of a report have neither stamps nor, mostly, an id, and equal ones come in any
order: pages that are read one after the other prove nothing. An answer of less than
a page is one moment, whatever the order. So a longer report is cut into such, and the
total of the whole is asked for before and after. The argument is in
docs/completeness.md, "Reports".
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tap_moco.api.errors import IncompleteReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_moco.api.pagination import Page
    from tap_moco.completeness.report_answers import Params, ReportAnswers
    from tap_moco.row import Row


MAX_TRIES = 6
"""Reads of a report that goes on changing; each is as long as the report."""
MAX_PAGE_READS = 16
"""Reads in pages of several sizes, since equal rows hide; each has to be met twice."""
FILL = 0.7
"""How full of rows a part is meant to be: days differ."""
MAX_GROWTH = 4
PAGE_SIZES = (100, 83, 91, 77, 97, 71)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ByDays:
    """The report is cut at days: it lists what falls on each."""


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


Cut = ByDays | ByValues


class _UncuttableError(Exception):
    """Rows that no value of the filter would show."""


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

    def rows(self, params: Params) -> list[Row]:
        """Return all rows of the report with these filters.

        Raises:
            IncompleteReadError: It kept changing, or cannot be cut enough.
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
        return self._by_pages(params, page)

    def _by_parts(self, params: Params, page: Page, cuts: tuple[Cut, ...]) -> list[Row]:
        """Return the rows of all parts, once they are as many as the whole says.

        Where MOCO sends no total, or one below the number of rows, the parts are read
        until they are the same twice.
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
            is_all = before == after == len(rows) or (has_no_total and found == last)
            if is_all and self._are_distinct(rows):
                return rows
            before, last = after, found
        counted = "has no total" if before is None else f"counts {before}"
        raise _incomplete(
            self._answers.path, f"{len(rows)} rows were shown, and MOCO {counted}"
        )

    def _parts(
        self, params: Params, page: Page, cuts: tuple[Cut, ...]
    ) -> Iterator[Row]:
        cut, *rest = cuts
        if isinstance(cut, ByDays):
            return self._by_days(params, page, tuple(rest))
        return self._by_values(params, page, cut, tuple(rest))

    def _by_days(
        self, params: Params, page: Page, rest: tuple[Cut, ...]
    ) -> Iterator[Row]:
        """Yield the rows of ranges of days, each of less than a page."""
        first, last = map(date.fromisoformat, (params["from"], params["to"]))
        length = self._fitting((last - first).days + 1, page)
        while first <= last:
            end = min(first + timedelta(days=length - 1), last)
            part = {**params, "from": first.isoformat(), "to": end.isoformat()}
            answer, days = self._answers.first(part), (end - first).days + 1
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
        values |= _shown_values(self._answers, params, page, cut)
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
        answer = self._answers.first(part)
        if len(values) > 1 and not self._answers.is_whole(answer):
            half = len(values) // 2
            yield from self._of_values(params, cut, values[:half], rest)
            yield from self._of_values(params, cut, values[half:], rest)
        else:
            yield from self._rows(part, answer, rest)

    def _by_pages(self, params: Params, page: Page) -> list[Row]:
        """Return the rows of all pages, once all of them were seen before and after.

        Raises:
            IncompleteReadError: They were not, or no key tells rows apart.
        """
        if not self._key:
            raise _incomplete(
                self._answers.path, f"{params} is more than a page, and cannot be cut"
            )
        reads: list[dict[str, Row]] = []
        totals: list[int | None] = []
        for number in range(1, MAX_PAGE_READS + 1):
            totals.append(page.total)
            pages = self._answers.pages(page)
            shown = [row for answer in pages for row in answer.body]
            reads.append({self._key_of(row): row for row in shown})
            if rows := _proven(reads, totals, len(shown)):
                return rows
            size = PAGE_SIZES[number % len(PAGE_SIZES)]
            page = self._answers.of_size(params, size)
        raise _incomplete(self._answers.path, "its pages never showed all rows twice")

    def _are_distinct(self, rows: Iterable[Row]) -> bool:
        """Return whether no key is there twice; rows without one may be equal."""
        keys = list(map(self._key_of, rows)) if self._key else []
        return len(set(keys)) == len(keys)

    def _key_of(self, row: Row) -> str:
        return canonical({name: row.get(name) for name in self._key})


def _proven(
    reads: list[dict[str, Row]], totals: list[int | None], shown: int
) -> list[Row] | None:
    """Return the rows of a report, if they are all; None if that is not certain.

    What was seen before a total was told, and after it, was there in between. Where
    such rows are as many as the total, they are all of them. Without totals, the last
    two reads have to show the same, each row once.

    Args:
        reads: The rows of each read, by key.
        totals: What the first page of each has told.
        shown: Rows of all pages of the last read.
    """
    latest: dict[str, Row] = {}
    for number in range(len(reads) - 1, 0, -1):
        latest = {**reads[number], **latest}
        before = {key for read in reads[:number] for key in read}
        certain = [row for key, row in latest.items() if key in before]
        if len(certain) == len(latest) == totals[number]:
            return certain
    last = reads[-1]
    is_same = len(reads) > 1 and last.keys() == reads[-2].keys()
    if is_same and not any(totals) and shown == len(last):
        return list(last.values())
    return None


def _shown_values(
    answers: ReportAnswers, params: Params, page: Page, cut: ByValues
) -> set[Any]:
    """Return the values of all pages, read in other sizes while rows may hide.

    Equal rows that hide where two pages meet are seen where others do.
    """
    values: set[Any] = set()
    rows: set[str] = set()
    for size in PAGE_SIZES:
        before = len(values)
        for row in answers.rows(params, size, page):
            values.add(row.get(cut.field))
            rows.add(canonical(row))
        has_shown_all = len(rows) >= (page.total or 0)
        if has_shown_all or (values and len(values) == before):
            break
    return values


def _incomplete(path: str, why: str) -> IncompleteReadError:
    return IncompleteReadError(
        f"{path} could not be proven complete: {why}. Nothing was declared deleted, "
        "and the next run reads it again"
    )


def canonical(value: Any) -> str:
    """Return a value as text that is the same for the same value."""
    return json.dumps(value, sort_keys=True, default=str)

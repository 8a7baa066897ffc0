"""Read a range of a report in pages, where no filter cuts it into single answers.

Equal rows stand in any order, and some hide where two pages meet. So the pages are
read again, in other sizes, until they show as many rows as MOCO counts. The argument
is in docs/completeness.md, "Reports".
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from tap_moco.api.errors import IncompleteReadError
from tap_moco.completeness.passes import PAGE_SIZES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_moco.api.pagination import Page
    from tap_moco.completeness.report_answers import Params, ReportAnswers
    from tap_moco.row import Row

MAX_PAGE_READS = 30
"""Reads in pages of several sizes, since equal rows hide; each has to be met twice."""
MAX_ALIKE = 12
"""If so many reads, two of each size, show no other row, what hides stays hidden."""


def read_in_pages(
    answers: ReportAnswers, params: Params, first: Page, key: Sequence[str]
) -> list[Row]:
    """Return the rows of all pages, once they prove that they are all.

    Args:
        answers: Asks for them.
        params: The filters.
        first: The first page.
        key: The fields that tell rows apart; without some, all of them do.

    Raises:
        IncompleteReadError: The pages never showed all rows, before a total and after.
    """
    reads: list[_PagesRead] = []
    for number in range(1, MAX_PAGE_READS + 1):
        reads.append(_PagesRead.of(answers.pages(first), first.total, key))
        rows = _proven(reads)
        if rows is not None and are_distinct(rows, key):
            return rows
        if _show_no_more(reads):
            break
        size = PAGE_SIZES[number % len(PAGE_SIZES)]
        first = answers.of_size(params, size)
    raise not_proven(answers.path, "its pages never showed all rows twice")


def shown_values(
    answers: ReportAnswers,
    params: Params,
    first: Page,
    name: str,
    *,
    is_thorough: bool,
) -> tuple[set[Any], int]:
    """Return the values of a field on all pages, read in other sizes while rows hide.

    Equal rows that hide where two pages meet are seen where others do.

    Args:
        answers: Asks for the pages.
        params: The filters.
        first: The first page, in the usual size.
        name: The field.
        is_thorough: A size that shows no other value is no reason to end.

    Returns:
        The values; and how many rows there are, by the total, or by the last pages:
        where a row hides, another one is there twice.
    """
    values: set[Any] = set()
    found: set[str] = set()
    total = 0
    for size in PAGE_SIZES:
        before = len(values)
        rows = list(answers.rows(params, size, first))
        values.update(row.get(name) for row in rows)
        found.update(map(canonical, rows))
        total = len(rows) if first.total is None else first.total
        shows_no_other = bool(values) and len(values) == before
        if len(found) >= total or (shows_no_other and not is_thorough):
            break
    return values, total


@dataclass
class _PagesRead:
    """What one read of all pages has shown.

    Attributes:
        total: How many rows there are, by the first page.
        shown: How many rows the pages had, those included that two pages had.
        times: How often one page showed the row of a key: so many there are at least.
        rows: The row of each key.
    """

    total: int | None
    shown: int = 0
    times: Counter[str] = field(default_factory=Counter)
    rows: dict[str, Row] = field(default_factory=dict)

    @classmethod
    def of(
        cls, pages: Iterable[Page], total: int | None, key: Sequence[str]
    ) -> _PagesRead:
        """Read all pages."""
        read = cls(total)
        for page in pages:
            rows = [(_key_of(row, key), row) for row in page.body]
            read.shown += len(rows)
            read.times |= Counter(name for name, _ in rows)
            read.rows.update(rows)
        return read

    @property
    def is_without_repetition(self) -> bool:
        """No two pages had the same row."""
        return self.shown == self.times.total()


def _proven(reads: list[_PagesRead]) -> list[Row] | None:
    """Return the rows of a report, if they are all; None if that is not certain.

    What was seen before a total was told, and after it, was there in between. Where
    such rows are as many as the total, they are all of them. Without totals, the last
    two reads have to show the same, and neither of them a row on two pages.
    """
    latest: dict[str, Row] = {}
    after = Counter[str]()
    for number in range(len(reads) - 1, 0, -1):
        read = reads[number]
        latest, after = {**read.rows, **latest}, after | read.times
        before = _seen_in(reads[:number])
        if after == before & after and after.total() == read.total:
            return [latest[name] for name in after.elements()]
    *_, last = both = reads[-2:]
    is_same = len(both) > 1 and last.times == both[0].times
    has_totals = any(read.total for read in reads)
    if is_same and not has_totals and all(read.is_without_repetition for read in both):
        return [last.rows[name] for name in last.times.elements()]
    return None


def _show_no_more(reads: list[_PagesRead]) -> bool:
    """Return whether rows are missing that further reads would not show either."""
    earlier = reads[:-MAX_ALIKE]
    if not earlier:
        return False
    seen = _seen_in(reads)
    return seen.total() < (reads[-1].total or 0) and seen == _seen_in(earlier)


def _seen_in(reads: Iterable[_PagesRead]) -> Counter[str]:
    """Return how often one page of some reads has shown each row."""
    return reduce(or_, (read.times for read in reads))


def are_distinct(rows: Iterable[Row], key: Sequence[str]) -> bool:
    """Return whether no key is there twice; rows without one may be equal."""
    keys = [_key_of(row, key) for row in rows] if key else []
    return len(set(keys)) == len(keys)


def _key_of(row: Row, key: Sequence[str]) -> str:
    return canonical({name: row.get(name) for name in key} if key else row)


def canonical(value: Any) -> str:
    """Return a value as text that is the same for the same value."""
    return json.dumps(value, sort_keys=True, default=str)


def not_proven(path: str, why: str) -> IncompleteReadError:
    """Return the error of a report that may lack rows."""
    return IncompleteReadError(
        f"{path} could not be proven complete: {why}. Nothing was declared deleted, "
        "and the next run reads it again"
    )

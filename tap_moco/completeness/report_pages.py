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

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_moco.api.pagination import Page
    from tap_moco.completeness.report_answers import Params, ReportAnswers
    from tap_moco.row import Row

MAX_PAGE_READS = 16
"""Reads in pages of several sizes, since equal rows hide; each has to be met twice."""
PAGE_SIZES = (100, 83, 91, 77, 97, 71)


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
) -> set[Any]:
    """Return the values of a field on all pages, read in other sizes while rows hide.

    Equal rows that hide where two pages meet are seen where others do.

    Args:
        answers: Asks for the pages.
        params: The filters.
        first: The first page, in the usual size.
        name: The field.
        is_thorough: A size that shows no other value is no reason to end.
    """
    values: set[Any] = set()
    rows: set[str] = set()
    for size in PAGE_SIZES:
        before = len(values)
        for row in answers.rows(params, size, first):
            values.add(row.get(name))
            rows.add(canonical(row))
        has_shown_all = len(rows) >= (first.total or 0)
        shows_no_other = bool(values) and len(values) == before
        if has_shown_all or (shows_no_other and not is_thorough):
            break
    return values


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
    two reads have to show the same, and no row on two pages.
    """
    latest: dict[str, Row] = {}
    after = Counter[str]()
    for number in range(len(reads) - 1, 0, -1):
        read = reads[number]
        latest, after = {**read.rows, **latest}, after | read.times
        before = reduce(or_, (earlier.times for earlier in reads[:number]))
        if after == before & after and after.total() == read.total:
            return [latest[name] for name in after.elements()]
    last = reads[-1]
    is_same = len(reads) > 1 and last.times == reads[-2].times
    has_totals = any(read.total for read in reads)
    if is_same and not has_totals and last.is_without_repetition:
        return [last.rows[name] for name in last.times.elements()]
    return None


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

"""A range of days is cut into parts that lie end to end."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_moco.api.pagination import PER_PAGE, Page
from tap_moco.completeness.day_cuts import CutCursor

TODAY = date(2026, 11, 24)
DAYS = st.lists(
    st.one_of(
        st.integers(-900, 400).map(lambda n: TODAY + timedelta(days=n)),
        st.sampled_from((date.min, date.max, TODAY)),
    ),
    max_size=60,
)
BOUNDS = st.sampled_from(
    (
        (None, None),
        (date(2026, 11, 1), None),
        (None, date(2026, 10, 31)),
        (date(2025, 1, 1), date(2025, 3, 31)),
    )
)


def parts(
    days: list[date], bounds: tuple[date | None, date | None], page: int
) -> list[tuple[date, date, int]]:
    """Walk through rows of these days; return the parts and the rows of each."""
    known = sorted(day for day in days for _ in range(5))
    cursor = CutCursor(*bounds, TODAY, len(known))
    found: list[tuple[date, date, int]] = []
    for _ in range(10_000):
        if cursor.is_done:
            return found
        first, last = cursor.days
        rows = bisect_right(known, last) - bisect_left(known, first)
        if rows < page or cursor.is_one_day:
            found.append((first, last, rows))
            cursor.advance(rows)
        else:
            cursor.narrow(rows, page)
    pytest.fail("it never ends")


@given(DAYS, BOUNDS, st.integers(2, 100))
def test_no_day_is_left_out(
    days: list[date], bounds: tuple[date | None, date | None], page: int
) -> None:
    found = parts(days, bounds, page)
    assert found[0][1] == (bounds[1] or date.max)
    assert found[-1][0] == (bounds[0] or date.min)
    for (newer, _, _), (_, older, _) in pairwise(found):
        assert older == newer - timedelta(days=1)


@pytest.mark.parametrize("per_day", [3, 8, 15, 30])
@pytest.mark.parametrize("works_on_weekends", [True, False])
def test_parts_are_about_as_large_as_a_page(
    per_day: int, *, works_on_weekends: bool
) -> None:
    """Few requests, even where nothing is entered on weekends."""
    days = [
        day
        for number in range(4_000 // per_day)
        if (day := TODAY - timedelta(days=number)).weekday() < 5 or works_on_weekends
        for _ in range(per_day // 5 + 1)
    ]
    found = parts(days, (None, None), PER_PAGE)
    assert len(found) <= 2.2 * len(days) * 5 / PER_PAGE + 5


@pytest.mark.parametrize(
    ("rows", "total", "following", "is_whole"),
    [
        (99, 99, None, True),
        (0, 0, None, True),
        (99, None, None, True),
        (100, 100, None, False),
        (100, 180, "next", False),
        (99, 100, None, False),
        (3, 7, "next", False),
    ],
)
def test_only_a_page_with_room_is_a_whole_list(
    rows: int,
    total: int | None,
    following: str | None,
    *,
    is_whole: bool,
) -> None:
    page = Page(
        [{}] * rows, "url", following, total, None, is_paged=True, sent=0, answered=1
    )
    assert page.is_whole_list is is_whole

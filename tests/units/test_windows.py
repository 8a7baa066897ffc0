"""A history is cut into windows that lie end to end."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_moco.completeness.windows import WINDOW_ROWS, DateFilter, WindowCursor

A, B = date(2024, 1, 1), date(2024, 3, 31)
PAIR = DateFilter()
JOINED = DateFilter(range_param="period")


@pytest.mark.parametrize(
    ("windows", "start", "end", "params"),
    [
        (PAIR, None, None, {}),
        (PAIR, A, B, {"from": "2024-01-01", "to": "2024-03-31"}),
        (PAIR, A, None, {"from": "2024-01-01", "to": "9999-12-31"}),
        (PAIR, None, B, {"from": "0001-01-01", "to": "2024-03-31"}),
        (JOINED, None, None, {}),
        (JOINED, A, B, {"period": "2024-01-01:2024-03-31"}),
        (JOINED, A, None, {"period": "2024-01-01:9999-12-31"}),
        (JOINED, None, B, {"period": "0001-01-01:2024-03-31"}),
        (
            DateFilter("date_from", "date_to"),
            A,
            None,
            {"date_from": "2024-01-01", "date_to": "9999-12-31"},
        ),
    ],
)
def test_window_as_parameters(
    windows: DateFilter,
    start: date | None,
    end: date | None,
    params: dict[str, str],
) -> None:
    assert windows.params(start, end) == params


def test_first_window_is_open_to_the_future() -> None:
    cursor = WindowCursor(None, date(2026, 11, 24))
    assert cursor.end is None
    assert cursor.label == "2026-11"


@given(
    st.lists(st.integers(0, 50_000), max_size=40), st.dates(min_value=date(1990, 1, 1))
)
def test_windows_lie_end_to_end(rows: list[int], today: date) -> None:
    """No day between two windows, and no day twice."""
    cursor = WindowCursor(None, today)
    for count in rows:
        start = cursor.start
        if start.year <= 1900:
            break
        cursor.advance(count)
        assert cursor.end is not None
        assert cursor.end.add(days=1) == start
        assert cursor.start <= cursor.end
        assert cursor.start.day == 1


def test_resume_goes_on_right_before() -> None:
    cursor = WindowCursor("2024-03", date(2026, 11, 24))
    assert (str(cursor.start), str(cursor.end)) == ("2024-02-01", "2024-02-29")


def test_empty_windows_grow_and_full_ones_shrink() -> None:
    cursor = WindowCursor(None, date(2026, 11, 24))
    cursor.advance(0)
    assert cursor.start == date(2026, 8, 1)
    cursor.advance(3 * WINDOW_ROWS)
    assert cursor.start == date(2026, 7, 1)

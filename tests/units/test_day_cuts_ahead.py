"""Days to come are cut as cheaply as those that are past."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.day_cuts import CutCursor

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("ahead", [1, 10, 30, 300, 3_000])
@pytest.mark.parametrize("rows", [PER_PAGE - 1, PER_PAGE, 150])
@pytest.mark.parametrize("bounds", [(None, None), (date(2026, 11, 1), None)])
def test_a_full_day_ahead(
    ahead: int, rows: int, bounds: tuple[date | None, None]
) -> None:
    """Such as the 24th of December of everybody in a company."""
    days = {TODAY: 40, TODAY + timedelta(days=ahead): rows}
    cursor = CutCursor(*bounds, TODAY, sum(days.values()))
    asked = 0
    while not cursor.is_done:
        asked += 1
        first, last = cursor.days
        held = sum(n for day, n in days.items() if first <= day <= last)
        if held < PER_PAGE or cursor.is_one_day:
            cursor.advance(held)
        else:
            cursor.narrow(held, PER_PAGE)
    assert asked <= 50

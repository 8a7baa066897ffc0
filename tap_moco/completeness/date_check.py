"""Ask by totals whether each row of a list has a date, and so is in some window."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.completeness.endpoint import ListEndpoint

TRIES = 6
ROUNDS = 2
"""The list, and then so often all days of the calendar and the list again. With one
round, a row that is deleted and one that comes hide a third one 150 times as often."""


def all_have_dates(
    endpoint: ListEndpoint, params: dict[str, str], halves: Iterable[int]
) -> bool:
    """Tell whether no row is without a date; False where totals do not tell.

    Args:
        endpoint: A list with a filter by date.
        params: Filters besides.
        halves: Totals of ranges with one open end. MOCO may ignore a day that it
            does not understand: a range that shows the whole list proves nothing.
    """
    if endpoint.date_filter is None or endpoint.totals.has_doubts:
        return False
    calendar = params | endpoint.date_filter.calendar
    asked = [params, *[calendar, params] * ROUNDS]
    ranges = list(halves)
    for _ in range(TRIES):
        totals = [endpoint.total(filters) for filters in asked]
        known = [total for total in totals if total is not None]
        if len(known) < len(totals) or any(part >= known[0] for part in ranges):
            return False
        gaps = {
            (one - other) * (1 if number % 2 == 0 else -1)
            for number, (one, other) in enumerate(pairwise(known))
        }
        if gaps == {0}:
            return True
        if len(gaps) == 1 and gaps.pop() > 0:
            return False
    return False

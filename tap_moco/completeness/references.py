"""The responses that had a total, in the order of time."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from tap_moco.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta


class Response(NamedTuple):
    """When rows of a list were shown, and how many there were.

    Attributes:
        sent, answered: Seconds by the tap's clock; MOCO made the response in between.
        moment: Seconds by the server's clock, no later than when it was made.
        total: Rows of the whole list at that moment; None if it was not sent, or if
            the request was for a part of the list.
    """

    sent: float
    answered: float
    moment: float
    total: int | None


class Sightings(NamedTuple):
    """When a row was seen, unchanged and without having left the list in between.

    Attributes:
        first, last: Numbers of the responses that showed it.
        stamp: Its timestamp in the first of them, by which it entered the list.
        after: The last response that showed it with another timestamp; -1 for none.
    """

    first: int
    last: int
    stamp: str | None
    after: int


class References:
    """The responses that had a total, by the time of their answers.

    Several requests may be in flight at the same time, so the order of the pages says
    nothing: one response was made before another only if it had arrived before the
    other was requested. The lists below are in ascending order. If the times of the
    responses are not, each entry is the smallest of all that follow, which can only
    remove rows from a count.

    Args:
        responses: All of them, in the order of reading.
        margin: How much older than a moment the timestamp of a row has to be for the
            row to have been visible then.
    """

    def __init__(self, responses: Sequence[Response], margin: timedelta) -> None:
        """Put them in order."""
        numbers = [n for n, one in enumerate(responses) if one.total is not None]
        numbers.sort(key=lambda n: responses[n].answered)
        in_order = [responses[n] for n in numbers]
        self._responses = responses
        self._margin = margin.total_seconds()
        self.totals = [one.total or 0 for one in in_order]
        self._places = {number: place for place, number in enumerate(numbers)}
        self._answered = [one.answered for one in in_order]
        self._sent = _ascending([one.sent for one in in_order])
        self._moments = _ascending([one.moment for one in in_order])
        self._old: dict[str | None, int] = {}
        self._ends = list(accumulate(map(self._end, range(len(responses))), max))

    def covered(self, row: Sightings) -> Iterator[tuple[int, int]]:
        """Yield the references for which a row is confirmed, as ranges.

        It was in the list at a reference if it was seen at that moment or later, and
        existed before: an earlier response showed it, or its timestamp is older.
        """
        first = self._responses[row.first]
        was_seen_from = bisect_right(self._sent, first.answered)
        begin = min(self._is_old_from(row.stamp), was_seen_from)
        if row.after >= 0:
            begin = max(begin, self._ends[row.after])
        end = self._shown_until(row.last)
        if begin < end:
            yield begin, end
        place = self._places.get(row.last, -1)
        if place >= max(begin, end):
            yield place, place + 1

    def _is_old_from(self, stamp: str | None) -> int:
        """Return the first reference that is certainly later than a timestamp."""
        place = self._old.get(stamp)
        if place is None:
            moment = parse_timestamp(stamp)
            place = len(self.totals)
            if moment is not None:
                limit = moment.timestamp() + self._margin
                place = bisect_right(self._moments, limit)
            self._old[stamp] = place
        return place

    def _shown_until(self, number: int) -> int:
        """Return the first reference that is not certainly earlier than a response."""
        return bisect_right(self._answered, self._responses[number].sent)

    def _end(self, number: int) -> int:
        """Return the first reference for which a response confirms none of its rows."""
        return max(self._shown_until(number), self._places.get(number, -1) + 1)


def _ascending(values: list[float]) -> list[float]:
    """Return for each value the smallest of itself and all that follow."""
    return list(accumulate(reversed(values), min))[::-1]

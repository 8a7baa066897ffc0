"""The end of a sweep in windows: what changed in the meantime, what is in no window."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tap_moco.api.errors import IncompleteReadError
from tap_moco.completeness.day_cuts import DayCuts
from tap_moco.completeness.endpoint import changed_after
from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.completeness.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.reader import Note, WindowReader

MAX_READS = 4
TRIES = 6
ROUNDS = 2
"""How often to ask for the totals of the calendar and of the list, after that of the
list. With one round, a deleted and an inserted row hide a third 150 times as often."""


class ClosingRead:
    """The end of a sweep.

    Args:
        endpoint: A list with a filter by date.
        filters: Filters of the whole sweep.
        today: The day of the run.
    """

    def __init__(
        self, endpoint: ListEndpoint, filters: dict[str, str], today: date
    ) -> None:
        """Send no request yet."""
        self._endpoint = endpoint
        self._filters = filters
        self._today = today

    def read(
        self, reader: WindowReader, since: datetime, note: Note = lambda _: None
    ) -> datetime:
        """Read what changed since then: it may have left a window before it was read.

        If the changes were read at several moments, what changed since is read again.

        Returns:
            The server's clock, up to which the changes are read.

        Raises:
            IncompleteReadError: Changes came faster than they could be read.
        """
        for _ in range(MAX_READS):
            changes = self._changes(changed_after(since - VISIBILITY_MARGIN))
            reader.distribute(changes, note)
            since = changes.started_at
            if not changes.was_cut:
                return since
        msg = (
            f"{self._endpoint.path} changed faster than its changes could be read. "
            "No bookmark moved, and nothing was declared deleted"
        )
        raise IncompleteReadError(msg)

    def _changes(self, filters: dict[str, str]) -> Window:
        """Return the changes, cut into days if rows have no timestamps."""
        endpoint, cuts = self._endpoint, None
        if endpoint.date_filter and not endpoint.has_timestamps:
            days = (None, None)
            cuts = DayCuts(endpoint, endpoint.date_filter, days, self._today, filters)
        whole = endpoint.verified(filters)
        return Window(whole, cuts, has_timestamps=endpoint.has_timestamps)

    def all_have_dates(self, halves: Iterable[int | None]) -> bool:
        """Return whether every row has a date; False if the totals do not show it.

        Args:
            halves: Totals of ranges with one open end. MOCO may ignore a day that it
                does not understand: a range with as many rows as the list proves
                nothing.
        """
        endpoint = self._endpoint
        if endpoint.date_filter is None or endpoint.totals.has_doubts:
            return False
        calendar = self._filters | endpoint.date_filter.calendar
        asked = [self._filters, *[calendar, self._filters] * ROUNDS]
        ranges = list(halves)
        for _ in range(TRIES):
            endpoint.fetcher.await_room(len(asked))
            totals = [endpoint.total(filters) for filters in asked]
            if not _are_heeded(ranges, totals):
                return False
            gaps = _gaps([total or 0 for total in totals])
            if gaps == {0}:
                return True
            if len(gaps) == 1 and gaps.pop() > 0:
                return False
        return False


def _are_heeded(ranges: list[int | None], totals: list[int | None]) -> bool:
    """Return whether all totals were sent, and each range has fewer rows than all."""
    if None in totals or None in ranges:
        return False
    return all((part or 0) < (totals[0] or 0) for part in ranges)


def _gaps(totals: list[int]) -> set[int]:
    """Return by how much the totals of the list exceed those of the calendar.

    Args:
        totals: Those of the list, of the calendar, of the list, and so on.
    """
    signs = (1, -1) * ROUNDS
    pairs = pairwise(totals)
    return {sign * (a - b) for sign, (a, b) in zip(signs, pairs, strict=True)}

"""A list with all its history, in windows where it is long, proven to be whole."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Protocol

from tap_moco.api.errors import IncompleteReadError
from tap_moco.completeness.date_check import all_have_dates
from tap_moco.completeness.day_cuts import DayCuts
from tap_moco.completeness.endpoint import changed_after
from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.completeness.window import PASSES_BEFORE_CUTS, Window
from tap_moco.completeness.windows import (
    Coverage,
    WindowCursor,
    first_whole_month,
    is_long,
    is_window,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.verified_list import VerifiedList
    from tap_moco.context import RunContext
    from tap_moco.row import Row
    from tap_moco.state import ReadPlan

    Note = Callable[[list[Row]], None]

logger = logging.getLogger("tap-moco")

MAX_CLOSING_READS = 4


class RowSource(Protocol):
    """Pages of rows, of which the list has so many."""

    @property
    def total(self) -> int:
        """Rows, by the first page."""

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of page after page."""


class WindowReader(Protocol):
    """Takes the windows' rows to the streams, and makes windows points to resume at."""

    @property
    def wants_rows(self) -> bool:
        """Somebody still wants rows."""

    def distribute(self, rows: RowSource, note: Note = ...) -> None:
        """Hand on every page, also to who takes note of it."""

    def checkpoint(self, window: str, started_at: datetime, *, total: int) -> None:
        """Note in the state that everything from this window on is done."""


class History:
    """All of a list, from the newest day back.

    Args:
        endpoint: The list.
        plan: What is read of it.
        context: Of the run.
        whole: The whole list, where its first page has been asked for already.

    Attributes:
        rest: What has not been read yet: all of it, at first.
    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        plan: ReadPlan,
        context: RunContext,
        whole: VerifiedList | None = None,
    ) -> None:
        """Ask for nothing yet."""
        self._endpoint = endpoint
        self._plan = plan
        self._context = context
        self._filters = changed_after(plan.since)
        resume = plan.resume
        self._cursor = WindowCursor(resume.window if resume else None, context.today)
        self._newest: int | None = None
        self.rest = self._window(None, self._cursor.end, whole)

    def read(self, reader: WindowReader, started_at: datetime) -> bool:
        """Read all of it, and prove it.

        Args:
            reader: Takes the rows.
            started_at: The server's clock when the sweep began.

        Returns:
            It was one list, proven at one moment; else it took several.

        Raises:
            IncompleteReadError: It moved too much.
        """
        resume, endpoint = self._plan.resume, self._endpoint
        total = resume.total if resume and resume.total else self.rest.total
        coverage = Coverage(total, started_at, has_timestamps=endpoint.has_timestamps)
        if self.rest.has_to_be_cut:
            self._read_parts(reader, started_at, coverage)
        else:
            self._read_windows(reader, started_at, coverage)
            reader.distribute(self.rest, coverage.add_window)
        if self._cursor.end is None and not self.rest.was_cut:
            return True
        if resume:
            has_all = self._all_have_dates()
        else:
            started_at = self._read_changes(reader, started_at, coverage.add_changes)
            has_all = coverage.is_complete or self._all_have_dates()
        if not has_all:
            logger.info("%s: some rows may be in no window", endpoint.path)
            reader.distribute(endpoint.verified(self._filters))
        elif resume or not coverage.is_complete:
            self._read_changes(reader, started_at)
        return False

    def _read_windows(
        self, reader: WindowReader, started_at: datetime, coverage: Coverage
    ) -> None:
        """Read window by window, until the rest is no longer than one."""
        cursor, remaining = self._cursor, self.rest.total
        goes_on = bool(self._endpoint.date_filter) and is_long(remaining, cursor)
        while goes_on and reader.wants_rows:
            window, label = self._window(cursor.start, cursor.end), cursor.label
            if cursor.end is None:
                self._newest = window.total
            remaining -= window.total
            cursor.advance(window.total)
            self.rest = self._window(None, cursor.end)
            goes_on = is_long(remaining, cursor)
            following = self._window(cursor.start, cursor.end) if goes_on else self.rest
            self._context.fetcher.prefetch([following.url])
            reader.distribute(window, coverage.add_window)
            if not self._endpoint.totals.has_doubts:
                reader.checkpoint(label, started_at, total=coverage.total)

    def _read_parts(
        self, reader: WindowReader, started_at: datetime, coverage: Coverage
    ) -> None:
        """Read answer by answer; as many rows as a window has make a resume point."""
        rows = 0
        for part in self.rest.parts():
            if not reader.wants_rows:
                return
            reader.distribute(part, coverage.add_window)
            rows += part.total
            is_past = date.min < part.since <= self._context.today
            if is_window(rows) and is_past and not self._endpoint.totals.has_doubts:
                month = first_whole_month(part.since)
                reader.checkpoint(month, started_at, total=coverage.total)
                rows = 0

    def _window(
        self,
        start: date | None,
        end: date | None,
        known: VerifiedList | None = None,
    ) -> Window:
        """Return a range of days; of lists without a filter by date, all of it."""
        endpoint, date_filter = self._endpoint, self._endpoint.date_filter
        if date_filter is None:
            whole = known or endpoint.verified(self._filters)
            return Window(whole, None, has_timestamps=endpoint.has_timestamps)
        cuts = None
        if self._plan.is_sweep:
            today, days = self._context.today, (start, end)
            cuts = DayCuts(endpoint, date_filter, days, today, self._filters)
        whole = known or endpoint.verified(
            self._filters | date_filter.params(start, end),
            max_passes=PASSES_BEFORE_CUTS if cuts else None,
        )
        return Window(whole, cuts, has_timestamps=endpoint.has_timestamps)

    def _all_have_dates(self) -> bool:
        """Tell whether all rows that nobody has changed are in some window."""
        endpoint, halves = self._endpoint, []
        if endpoint.date_filter and self._cursor.end:
            if self._newest is None:
                days = endpoint.date_filter.params(self._context.today, None)
                self._newest = endpoint.total(self._filters | days)
            halves = [self._newest or 0, self.rest.total]
        return all_have_dates(endpoint, self._filters, halves)

    def _read_changes(
        self, reader: WindowReader, since: datetime, note: Note = lambda _: None
    ) -> datetime:
        """Read what was changed since then: it may have left a window unseen.

        Changes that are read at several moments are followed by what changed then.

        Returns:
            The server's clock, up to which the changes are read.

        Raises:
            IncompleteReadError: There were ever more changes.
        """
        endpoint = self._endpoint
        for _ in range(MAX_CLOSING_READS):
            filters = changed_after(since - VISIBILITY_MARGIN)
            cuts = None
            if endpoint.date_filter and not endpoint.has_timestamps:
                days, today = (None, None), self._context.today
                cuts = DayCuts(endpoint, endpoint.date_filter, days, today, filters)
            whole = endpoint.verified(filters)
            changes = Window(whole, cuts, has_timestamps=endpoint.has_timestamps)
            reader.distribute(changes, note)
            since = changes.started_at
            if not changes.was_cut:
                return since
        msg = (
            f"{endpoint.path} changed faster than its changes could be read. "
            "No bookmark was moved and nothing deleted"
        )
        raise IncompleteReadError(msg)

"""A list with all its history, read in windows if it is long, and proven complete."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING

from tap_moco.completeness.closing_read import ClosingRead
from tap_moco.completeness.day_windows import DayWindows
from tap_moco.completeness.endpoint import changed_after
from tap_moco.completeness.windows import (
    Coverage,
    WindowCursor,
    first_whole_month,
    is_long,
    is_window,
)

if TYPE_CHECKING:
    from datetime import datetime

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.reader import WindowReader
    from tap_moco.completeness.verified_list import VerifiedList
    from tap_moco.context import RunContext
    from tap_moco.plan import ReadPlan

logger = logging.getLogger("tap-moco")

PASSES_AFTER_WINDOWS = 4
"""A long list that still changes too much fails, instead of being read for hours."""


class History:
    """All of a list, from the newest day back.

    Args:
        endpoint: The list.
        plan: What is read of it.
        context: The context of the run.
        whole: The whole list, if its first page has been requested already.

    Attributes:
        rest: What has not been read yet: at first, all of it.
    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        plan: ReadPlan,
        context: RunContext,
        whole: VerifiedList | None = None,
    ) -> None:
        """Send no request yet."""
        self._endpoint = endpoint
        self._plan = plan
        self._context = context
        self._filters = changed_after(plan.since)
        resume = plan.resume
        self._cursor = WindowCursor(resume.window if resume else None, context.today)
        self._newest: int | None = None
        self._rows = resume.total if resume else 0
        self._windows = DayWindows(
            endpoint, self._filters, context.today, is_sweep=plan.is_sweep
        )
        self.rest = self._windows.of(None, self._cursor.end, whole)

    def read(self, reader: WindowReader, started_at: datetime) -> bool:
        """Read all of it, and prove it.

        Args:
            reader: Takes the rows.
            started_at: The server's clock when the sweep began.

        Returns:
            Whether it was one list, proven for one moment, and not read in pieces.

        Raises:
            IncompleteReadError: It changed too much.
        """
        endpoint = self._endpoint
        if endpoint.date_filter is None:
            reader.distribute(self.rest)
            return True
        self._rows = self._rows or self.rest.total
        coverage = Coverage(
            self.rest.told_total, started_at, has_timestamps=endpoint.has_timestamps
        )
        if self.rest.has_to_be_cut:
            self._read_parts(reader, started_at, coverage)
        else:
            self._read_windows(reader, started_at, coverage)
            reader.distribute(self.rest, coverage.add_window)
        if self._cursor.end is None and not self.rest.was_cut:
            return True
        if reader.wants_rows:
            self._close(reader, started_at, coverage)
        return False

    def _close(
        self, reader: WindowReader, started_at: datetime, coverage: Coverage
    ) -> None:
        """Read what the windows may not have shown.

        Raises:
            IncompleteReadError: It changed too much.
        """
        resume, endpoint = self._plan.resume, self._endpoint
        closing = ClosingRead(endpoint, self._filters, self._context.today)
        if resume:
            has_all = closing.all_have_dates(self._halves)
        else:
            started_at = closing.read(reader, started_at, coverage.add_changes)
            has_all = coverage.is_complete or closing.all_have_dates(self._halves)
        if not has_all:
            logger.info(
                "%s: some rows may be in no window; the tap reads the list whole",
                endpoint.path,
            )
            limit = PASSES_AFTER_WINDOWS if is_window(self._rows) else None
            whole = endpoint.verified(self._filters, max_passes=limit)
            reader.distribute(whole)
        elif resume or not coverage.is_complete:
            closing.read(reader, started_at)

    def _read_windows(
        self, reader: WindowReader, started_at: datetime, coverage: Coverage
    ) -> None:
        """Read window by window, until the rest is no longer than one."""
        cursor, remaining = self._cursor, self.rest.total
        goes_on = is_long(remaining, cursor)
        while goes_on and reader.wants_rows:
            window, label = self._windows.of(cursor.start, cursor.end), cursor.label
            if cursor.end is None:
                self._newest = window.total
            remaining -= window.total
            cursor.advance(window.total)
            self.rest = self._windows.of(None, cursor.end)
            goes_on = is_long(remaining, cursor)
            following = (
                self._windows.of(cursor.start, cursor.end) if goes_on else self.rest
            )
            self._context.fetcher.prefetch([following.url])
            reader.distribute(window, coverage.add_window)
            self._checkpoint(reader, label, started_at)

    def _read_parts(
        self, reader: WindowReader, started_at: datetime, coverage: Coverage
    ) -> None:
        """Read part by part; save a resume point after as many rows as a window has."""
        rows = 0
        for part in self.rest.parts():
            if not reader.wants_rows:
                return
            reader.distribute(part, coverage.add_window)
            rows += part.total
            is_past = date.min < part.since <= self._context.today
            if is_window(rows) and is_past:
                month = first_whole_month(part.since)
                self._checkpoint(reader, month, started_at)
                rows = 0

    def _checkpoint(
        self, reader: WindowReader, month: str, started_at: datetime
    ) -> None:
        """Save a month as a resume point, unless rows may be missing in it."""
        if not self._endpoint.totals.has_doubts:
            reader.checkpoint(month, started_at, total=self._rows)

    @property
    def _halves(self) -> list[int | None]:
        """The totals of the ranges that were read with one open end.

        If an earlier run has read the newest days, their total is requested now.
        """
        if self._cursor.end is None or self._endpoint.date_filter is None:
            return []
        if self._newest is None:
            days = self._endpoint.date_filter.params(self._context.today, None)
            self._newest = self._endpoint.total(self._filters | days)
        return [self._newest, self.rest.told_total]

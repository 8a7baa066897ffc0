"""A long history, read window by window, and proven to be the whole list."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from tap_moco.completeness.endpoint import changed_after
from tap_moco.completeness.verified_list import VISIBILITY_MARGIN
from tap_moco.completeness.windows import Coverage, WindowCursor, is_long

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.verified_list import Row, VerifiedList
    from tap_moco.completeness.windows import DateFilter
    from tap_moco.context import RunContext
    from tap_moco.state import ReadPlan

logger = logging.getLogger("tap-moco")


class WindowReader(Protocol):
    """Takes the windows' rows to the streams, and makes windows points to resume at."""

    @property
    def wants_rows(self) -> bool:
        """Somebody still wants rows."""

    def distribute(
        self, rows: VerifiedList, note: Callable[[list[Row]], None] = ...
    ) -> None:
        """Hand on every page, also to who takes note of it."""

    def checkpoint(self, window: str, started_at: datetime, *, total: int) -> None:
        """Note in the state that everything from this window on is done."""


class History:
    """All of a list: one verified list, or windows from the newest day back.

    Args:
        endpoint: The list.
        plan: What is read of it.
        context: Of the run.
        whole: The whole list, where its first page has been asked for already.

    Attributes:
        rest: What has not been read yet, as one list: all of it, at first.
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
        resume = plan.resume
        self._cursor = WindowCursor(resume.window if resume else None, context.today)
        self.rest = whole or self._verified_rest()

    @property
    def is_long(self) -> bool:
        """It is read in windows, or was before an interruption."""
        if not self._endpoint.date_filter:
            return False
        return bool(self._plan.resume) or is_long(self.rest.total, self._cursor)

    def read(self, reader: WindowReader, started_at: datetime) -> None:
        """Read window by window, and then what changed meanwhile.

        Args:
            reader: Takes the rows.
            started_at: The server's clock when the sweep began.
        """
        if not (date_filter := self._endpoint.date_filter):
            return
        cursor, resume = self._cursor, self._plan.resume
        remaining = self.rest.total
        coverage = Coverage(
            resume.total if resume and resume.total else remaining,
            started_at,
            has_timestamps=self._endpoint.has_timestamps,
        )
        goes_on = is_long(remaining, cursor)
        while goes_on and reader.wants_rows:
            window, label = self._window(date_filter), cursor.label
            remaining -= window.total
            cursor.advance(window.total)
            self.rest = self._verified_rest()
            goes_on = is_long(remaining, cursor)
            following = self._window(date_filter) if goes_on else self.rest
            self._context.fetcher.prefetch([following.url])
            reader.distribute(window, coverage.add_window)
            reader.checkpoint(label, started_at, total=coverage.total)
        reader.distribute(self.rest, coverage.add_window)
        self._finish(reader, started_at, coverage)

    def _verified_rest(self) -> VerifiedList:
        """Return all of the list that the cursor has not reached yet."""
        dates = {}
        if self._endpoint.date_filter:
            dates = self._endpoint.date_filter.params(None, self._cursor.end)
        return self._endpoint.verified(changed_after(self._plan.since) | dates)

    def _window(self, date_filter: DateFilter) -> VerifiedList:
        """Return the window that the cursor has come to."""
        dates = date_filter.params(self._cursor.start, self._cursor.end)
        return self._endpoint.verified(changed_after(self._plan.since) | dates)

    def _finish(
        self, reader: WindowReader, started_at: datetime, coverage: Coverage
    ) -> None:
        """Read what changed meanwhile, and what no window may have shown."""
        meanwhile = changed_after(started_at - VISIBILITY_MARGIN)
        reader.distribute(self._endpoint.verified(meanwhile), coverage.add_changes)
        if self._plan.resume or not coverage.is_complete:
            logger.info("%s: some rows may be in no window", self._endpoint.path)
            whole = self._endpoint.verified(changed_after(self._plan.since))
            reader.distribute(whole)

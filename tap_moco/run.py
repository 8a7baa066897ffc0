"""One run: which stream is read when, and how the run ends."""

from __future__ import annotations

import gc
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from tap_moco.metrics import log_metrics
from tap_moco.signals import end_between_messages
from tap_moco.streams.deletes import ReportedDeletes
from tap_moco.streams.order import ReadingOrder, wanted
from tap_moco.streams.runs import SyncRuns
from tap_moco.streams.webhooks import DeletedRecords

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.context import RunContext
    from tap_moco.streams.base import MocoStream

logger = logging.getLogger("tap-moco")


class Run:
    """Reads streams one after the other; an error in one does not affect the others.

    Args:
        streams: All streams of the tap by name, in the order of reading.
        context: What the streams know of the run.
    """

    def __init__(self, streams: Mapping[str, MocoStream], context: RunContext) -> None:
        """Read nothing yet."""
        self._streams = streams
        self._context = context
        self._order = ReadingOrder(streams.values(), context)

    def execute(self) -> bool:
        """Read all selected streams, and log the results.

        Returns:
            Whether everything succeeded.
        """
        context = self._context
        # records make no cycles: looking for some costs a tenth of the time
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        end_between_messages(context.writer.stop)
        try:
            self.read_all()
        finally:
            context.progress.clear()
            self._record_run()
            context.write_state()
            context.writer.flush()
            self._log_summary()
        return context.stats.is_success

    def _log_summary(self) -> None:
        """Close the connections, and log the results of the run."""
        stats = self._context.stats
        for line in (*stats.table(), *stats.lines(self._context.close())):
            logger.info("%s", line)
        self._log_if_nothing_was_read()

    def _log_if_nothing_was_read(self) -> None:
        if cause := self._context.stats.nothing_read:
            logger.error("%s", cause)

    def read_all(self) -> None:
        """Read all selected streams.

        Raises:
            InvalidInputError: MOCO filters none of the selected lists by the period.
        """
        for stream in self._streams.values():
            stream.stats.is_selected = stream.selected
        if self._context.settings.period:
            self._order.skip_what_has_no_dates()
        deletes = self._reported_deletes()
        for stream in self._order:
            if not stream.stats.outcome:
                self._read(stream)
        if deletes:
            deletes.finish()

    def _reported_deletes(self) -> ReportedDeletes | None:
        """Have MOCO confirm the deletes of webhooks; None if no stream needs them."""
        records = self._streams.get("deleted_records")
        is_partial = self._context.record_limit or self._context.settings.period
        if not isinstance(records, DeletedRecords) or is_partial:
            return None
        deletes = ReportedDeletes(records, self._streams, self._context)
        if not deletes.is_wanted:
            return None
        is_done = self._context.isolation.run(records.stats, deletes.prepare)
        return deletes if is_done else None

    def _record_run(self) -> None:
        """Write the results of all streams, if `sync_runs` is selected."""
        runs = self._streams.get(SyncRuns.name)
        if runs and runs.selected:
            runs.stats.begin(runs.mode)
            self._context.isolation.run(runs.stats, runs.read)
            runs.stats.end("read")

    def read_one_record_each(self) -> bool:
        """Read one record of every selected stream, and log what works (`--test`).

        Returns:
            Whether everything succeeded.
        """
        context = self._context
        context.record_limit = 1
        # a period would leave most streams untried
        context.settings = replace(context.settings, period=None)
        self.read_all()
        self._record_run()
        context.writer.flush()
        context.close()
        logger.info("%s", context.stats.verdict())
        self._log_if_nothing_was_read()
        return context.stats.is_success

    def _read(self, stream: MocoStream) -> None:
        """Read one stream, and those that take rows from it."""
        context = self._context
        group = wanted(stream)
        for each in group:
            each.stats.begin(each.mode)
        context.fetcher.set_upcoming(self._order.upcoming(stream))
        dependents = [each.stats for each in group if each is not stream]
        context.isolation.run(stream.stats, stream.read, dependents)
        context.write_state()
        context.writer.flush()
        context.progress.clear()
        if not stream.selected:  # the list was read for these
            group[0].stats.requests += stream.stats.requests
        for each in group:
            self._end(each)

    def _end(self, stream: MocoStream) -> None:
        """Note and log the results of a stream."""
        stats = stream.stats
        stream.log_misfits()
        stats.rejected = len(stream.rejected)
        bookmark = stream.state.replication_key_value
        stats.bookmark = None if bookmark is None else str(bookmark)
        stats.end("read")
        if stats.outcome == "read":
            logger.info("%s (%s)", stats.line, stream.plan.reason)
        if self._context.record_limit is None:
            log_metrics(stats)

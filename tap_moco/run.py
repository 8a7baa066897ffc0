"""One run: which stream is read when, and how the run ends."""

from __future__ import annotations

import gc
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from tap_moco.signals import end_between_messages
from tap_moco.streams.deletes import ToldDeletes
from tap_moco.streams.webhooks import DeletedRecords, SpoolStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_moco.context import RunContext
    from tap_moco.streams.base import MocoStream

logger = logging.getLogger("tap-moco")


class Run:
    """Reads streams one after the other; what fails in one stays there.

    Args:
        streams: All streams of the tap by name, in the order of reading.
        context: What the streams know of the run.
    """

    def __init__(self, streams: Mapping[str, MocoStream], context: RunContext) -> None:
        """Read nothing yet."""
        self._streams = streams
        self._context = context

    def execute(self) -> bool:
        """Read all selected streams and log what came of it.

        Returns:
            Whether all went well.
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
            context.write_state()
            context.writer.flush()
            self._log_summary()
        return context.stats.is_success

    def _log_summary(self) -> None:
        """Close the connections, and say what came of the run."""
        stats = self._context.stats
        for line in stats.lines(self._context.close()):
            logger.info("%s", line)
        self._log_if_nothing_was_read()

    def _log_if_nothing_was_read(self) -> None:
        if cause := self._context.stats.nothing_read:
            logger.error("%s", cause)

    def read_all(self) -> None:
        """Read all selected streams."""
        told = self._told_deletes()
        for stream in self._lists_to_read():
            if not stream.stats.outcome:
                self._read(stream)
        if told:
            told.finish()

    def _told_deletes(self) -> ToldDeletes | None:
        """Have the deletes of webhooks confirmed; None where there are none to tell."""
        records = self._streams.get("deleted_records")
        if not isinstance(records, DeletedRecords) or self._context.record_limit:
            return None
        told = ToldDeletes(records, self._streams, self._context)
        if not told.is_wanted:
            return None
        is_done = self._context.isolation.run(records.stats, told.prepare)
        return told if is_done else None

    def read_one_record_each(self) -> bool:
        """Read one record of every selected stream, and log what works (`--test`).

        Returns:
            Whether all went well.
        """
        context = self._context
        context.record_limit = 1
        self.read_all()
        context.close()
        logger.info("%s", context.stats.verdict())
        self._log_if_nothing_was_read()
        return context.stats.is_success

    def _read(self, stream: MocoStream) -> None:
        """Read one stream, and those that come out of it."""
        context = self._context
        children = [child for child in stream.children if child.selected]
        for each in (stream, *children):
            each.stats.begin()
        context.fetcher.set_upcoming(self._upcoming(stream))
        dependents = [child.stats for child in children]
        context.isolation.run(stream.stats, stream.read, dependents)
        context.write_state()
        context.writer.flush()
        context.progress.clear()
        for each in (stream, *children):
            if each.selected:
                each.stats.rejected = len(each.rejected)
                each.stats.end("read")
                if each.stats.outcome == "read":
                    logger.info("%s (%s)", each.stats.line, each.plan.reason)

    def _lists_to_read(self) -> Iterator[MocoStream]:
        """Yield the streams that are read by themselves, in order.

        Those of the spool come last: whole reads confirm deletes.
        """
        for stream in sorted(self._streams.values(), key=_reads_spool):
            is_wanted = stream.selected or stream.has_selected_descendents
            if is_wanted and not stream.parent_stream_type:
                yield stream

    def _upcoming(self, stream: MocoStream) -> Iterator[str]:
        """Yield what a stream and those after it are sure to ask for first."""
        if self._context.record_limit is not None:
            return
        is_upcoming = False
        for coming in self._lists_to_read():
            is_upcoming = is_upcoming or coming is stream
            if is_upcoming:
                with suppress(Exception):  # raised again when the stream is read
                    yield from coming.entry_urls()


def _reads_spool(stream: MocoStream) -> bool:
    return isinstance(stream, SpoolStream)

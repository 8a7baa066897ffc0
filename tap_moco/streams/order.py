"""Which streams a run reads, in which order."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tap_moco.errors import InvalidInputError
from tap_moco.streams.runs import SyncRuns
from tap_moco.streams.webhooks import SpoolStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_moco.context import RunContext
    from tap_moco.streams.base import MocoStream


class ReadingOrder:
    """The streams that are read themselves, each with those that take rows from it.

    Args:
        streams: All streams of the tap, in the order of reading.
        context: What the streams know of the run.
    """

    def __init__(self, streams: Collection[MocoStream], context: RunContext) -> None:
        """Order nothing yet: what is selected may change."""
        self._streams = streams
        self._context = context

    def __iter__(self) -> Iterator[MocoStream]:
        """Yield the streams to read; for a period, only those that have dates."""
        for stream in self._selected():
            if stream.has_dates or not self._context.settings.period:
                yield stream

    def _selected(self) -> Iterator[MocoStream]:
        """Yield streams that are selected, or from which a selected one takes rows.

        Streams of the spool come last, since whole reads confirm deletes.
        """
        for stream in sorted(self._streams, key=_reads_spool):
            is_wanted = stream.selected or stream.has_selected_descendents
            if isinstance(stream, SyncRuns) or stream.parent_stream_type:
                continue  # the one after all others, the other with its parent
            if is_wanted:
                yield stream

    def skip_what_has_no_dates(self) -> None:
        """End the streams that have no part in a read of a period.

        Raises:
            InvalidInputError: There is no other.
        """
        if not any(self):
            msg = "end_date: MOCO filters none of the selected streams by date"
            raise InvalidInputError(msg)
        for stream in self._selected():
            if not stream.has_dates:
                for each in wanted(stream):
                    each.stats.end("skipped", "MOCO does not filter it by date")

    def upcoming(self, stream: MocoStream) -> Iterator[str]:
        """Yield the first addresses that a stream and those after it will request."""
        if self._context.record_limit is not None:
            return
        is_upcoming = False
        for coming in self:
            is_upcoming = is_upcoming or coming is stream
            if is_upcoming:
                with suppress(Exception):  # raised again when the stream is read
                    yield from coming.entry_urls()


def wanted(stream: MocoStream) -> list[MocoStream]:
    """Return the stream and those that take rows from it, as far as selected."""
    return [each for each in (stream, *stream.children) if each.selected]


def _reads_spool(stream: MocoStream) -> bool:
    return isinstance(stream, SpoolStream)

"""Ask MOCO to confirm the deletes that webhooks report."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from tap_moco.api.errors import FatalError, ForbiddenError, MocoError
from tap_moco.completeness.lookup import shown_records
from tap_moco.spool.targets import WATCHED_STREAMS, stream_of
from tap_moco.streams.lists import ListStream
from tap_moco.streams.project_children import ProjectChildStream
from tap_moco.streams.stream_deletes import settle
from tap_moco.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_moco.context import RunContext
    from tap_moco.spool.events import StoredEvent
    from tap_moco.streams.base import MocoStream
    from tap_moco.streams.webhooks import DeletedRecords

logger = logging.getLogger("tap-moco")


class PendingDeletes:
    """Has MOCO confirm the deletes in the spool.

    Args:
        records: The stream of confirmed deletes.
        streams: All streams of the tap by name.
        context: What they know of the run.
    """

    def __init__(
        self,
        records: DeletedRecords,
        streams: Mapping[str, MocoStream],
        context: RunContext,
    ) -> None:
        """Send no request yet."""
        self._records = records
        self._streams = streams
        self._context = context

    @property
    def is_wanted(self) -> bool:
        """Whether a selected stream needs to know about deletes."""
        return any(map(self._is_asked_about, WATCHED_STREAMS & self._streams.keys()))

    def confirm(self) -> None:
        """Ask about all of them, stream by stream.

        Raises:
            SpoolError: The spool cannot be used.
            FatalError: MOCO cannot be used.
        """
        for name, events in self._pending().items():
            self._confirm(self._streams[name], events)

    def _confirm(self, stream: MocoStream, events: list[StoredEvent]) -> None:
        """Ask MOCO about the deletes of a stream; log those that stay open."""
        try:
            self._ask(stream, events)
        except FatalError:
            raise
        except MocoError as error:
            reason = f"deletes of {stream.name} could not be confirmed: {error}"
            logger.warning("%s; the next run asks again", reason)
            if not isinstance(error, ForbiddenError):
                self._records.failure = MocoError(reason)

    def _is_asked_about(self, name: str) -> bool:
        """Return whether what is selected needs to know the deletes of a stream."""
        return self._records.selected or any(
            stream.selected for stream in touched_by(self._streams[name])
        )

    def _pending(self) -> Mapping[str, list[StoredEvent]]:
        """Return the deletes to ask about now, by stream."""
        found: defaultdict[str, list[StoredEvent]] = defaultdict(list)
        spool, after = self._context.spool, 0
        while events := spool.pending_deletes(after):
            after = events[-1].id
            strange = []
            for event in events:
                name = stream_of(event.target)
                if name is None:
                    strange.append(event)
                elif name in self._streams and self._is_asked_about(name):
                    found[name].append(event)
            spool.settle(refuted=strange)  # no list could ever show them
        return found

    def _ask(self, stream: MocoStream, events: list[StoredEvent]) -> None:
        """Ask MOCO which of the records it still shows; settle what it answers.

        Raises:
            MocoError: It does not answer, or the key may not read the list.
        """
        shown = None
        if isinstance(stream, ListStream) and stream.takes_ids:
            endpoint = stream.endpoint(self._context, [stream.state.last_sweep])
            shown = shown_records(endpoint, {event.entity_id for event in events})
        if shown is None:
            self._await_whole_read(stream, events)
        else:
            settle(self._context.spool, events, shown)

    def _await_whole_read(self, stream: MocoStream, events: list[StoredEvent]) -> None:
        """Let a whole read of the stream confirm or refute what `ids` cannot."""
        if not stream.selected:
            return
        stream.deletes.expect(events)
        if not stream.state.last_sweep.resume:
            reason = f"webhooks report {counted(len(events), 'delete')}"
            stream.state.require_sweep(reason, min(e.occurred_at for e in events))


def touched_by(stream: MocoStream) -> Iterator[MocoStream]:
    """Yield the streams that lose rows by a delete: this one, and those it embeds."""
    yield stream
    yield from (s for s in stream.children if isinstance(s, ProjectChildStream))

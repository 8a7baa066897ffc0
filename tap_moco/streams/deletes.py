"""Deletes that webhooks report: MOCO confirms them, and then the tap acts on them."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_moco.api.errors import FatalError, ForbiddenError, MocoError
from tap_moco.completeness.lookup import shown_records
from tap_moco.errors import SpoolError
from tap_moco.spool.targets import WATCHED_STREAMS, stream_of
from tap_moco.state.bookmark import EPOCH
from tap_moco.streams.details import DetailStream
from tap_moco.streams.lists import ListStream
from tap_moco.streams.project_children import ProjectChildStream
from tap_moco.streams.stream_deletes import settle
from tap_moco.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from tap_moco.context import RunContext
    from tap_moco.spool.events import StoredEvent
    from tap_moco.spool.reader import ConfirmedDelete
    from tap_moco.state.stream import StreamState
    from tap_moco.streams.base import MocoStream
    from tap_moco.streams.webhooks import DeletedRecords

VERSION_MARGIN = timedelta(minutes=1)
"""The version of a sweep is less than that later than its beginning."""

logger = logging.getLogger("tap-moco")


class ReportedDeletes:
    """What a run does about the deletes in the spool, before it reads the lists.

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
        """Open nothing yet."""
        self._records = records
        self._streams = streams
        self._context = context
        self._last_sequence = 0

    @property
    def is_wanted(self) -> bool:
        """Whether a selected stream has to do with deletes."""
        return any(map(self._is_asked_about, WATCHED_STREAMS & self._streams.keys()))

    def prepare(self) -> None:
        """Have pending deletes confirmed, and the lists act on the confirmed ones.

        Raises:
            SpoolError: The spool cannot be used.
            FatalError: MOCO cannot be used.
        """
        self._records.dependents = {
            name: [s.name for s in stream.children if _has_its_parents_id(s)]
            for name, stream in self._streams.items()
        }
        self._last_sequence = self._context.spool.number()
        for name, events in self._pending().items():
            self._confirm(self._streams[name], events)
        self._act()

    def finish(self) -> None:
        """Let the events that the run needed age, now that its state is written."""
        try:
            self._context.spool.mark_read(self._last_sequence, but_pending=True)
        except SpoolError as error:
            logger.warning("the next run lets the events of webhooks age: %s", error)

    # Asking

    def _confirm(self, stream: MocoStream, events: list[StoredEvent]) -> None:
        """Ask MOCO about the deletes of a stream; log those that stay open."""
        try:
            self._ask(stream, events)
        except FatalError:
            raise
        except MocoError as error:
            reason = f"deletes of {stream.name} could not be confirmed: {error}"
            logger.warning("%s; they are asked about again", reason)
            if not isinstance(error, ForbiddenError):
                self._records.failure = MocoError(reason)

    def _is_asked_about(self, name: str) -> bool:
        """Return whether what is selected needs to know the deletes of a stream."""
        return self._records.selected or any(
            stream.selected for stream in self._touched_by(name)
        )

    def _touched_by(self, name: str) -> Iterator[MocoStream]:
        """Yield the streams that lose rows by a delete: it, and what it embeds."""
        stream = self._streams[name]
        yield stream
        yield from (s for s in stream.children if isinstance(s, ProjectChildStream))

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
        """Have the stream read whole, which confirms or refutes what `ids` cannot."""
        if not stream.selected:
            return
        stream.deletes.expect(events)
        if not stream.state.last_sweep.resume:
            reason = f"webhooks report {counted(len(events), 'delete')}"
            stream.state.require_sweep(reason, min(e.occurred_at for e in events))

    # Acting

    def _act(self) -> None:
        """Give each selected stream the confirmed deletes that it has not acted on."""
        streams = {
            name: [stream for stream in self._touched_by(name) if stream.selected]
            for name in WATCHED_STREAMS & self._streams.keys()
        }
        selected = {id(s): s for found in streams.values() for s in found}.values()
        after = min((stream.state.deletes for stream in selected), default=None)
        if after is None:
            return
        deletes: defaultdict[str, list[ConfirmedDelete]] = defaultdict(list)
        while found := self._context.spool.confirmed_deletes(after):
            after = found[-1].sequence
            for delete in found:
                for stream in streams.get(stream_of(delete.target) or "", ()):
                    if delete.sequence > stream.state.deletes:
                        deletes[stream.name].append(delete)
        for stream in selected:
            self._act_on(stream, deletes[stream.name], after)

    def _act_on(
        self, stream: MocoStream, deletes: list[ConfirmedDelete], last: int
    ) -> None:
        """Have a stream's rows removed or marked; see the setting `webhook_deletes`."""
        state = stream.state
        last = max(last, state.deletes)
        was_read = bool(state.bookmark or state.last_sweep.completed_at)
        if not was_read:
            deletes = []  # the first read shows what is there
        elif stream.marks_deletes:
            own = [d for d in deletes if stream_of(d.target) == stream.name]
            deletes = [delete for delete in deletes if delete not in own]
            if own:
                stream.deletes.mark(own, last)
                last = state.deletes  # until they are written
        deletes = [d for d in deletes if d.deleted_at >= _swept_at(state)]
        if deletes and state.last_sweep.resume:
            return  # it goes on after windows that may have shown the rows
        if deletes:
            reason = f"MOCO confirms {counted(len(deletes), 'delete')} of webhooks"
            state.require_sweep(reason, min(d.deleted_at for d in deletes))
        state.deletes = last


def _swept_at(state: StreamState) -> datetime:
    """Return when the last sweep began that declared deletes: it lacks what was gone.

    Its version is that moment, or a few seconds later.
    """
    return EPOCH + timedelta(seconds=state.last_sweep.version or 0) - VERSION_MARGIN


def _has_its_parents_id(stream: MocoStream) -> bool:
    """Return whether the key of a stream's rows is the id of a record of the parent."""
    is_one = isinstance(stream, DetailStream) and stream.kind is dict
    return is_one and len(stream.primary_keys) == 1

"""Deletes that webhooks report: MOCO confirms them, and then the tap acts on them."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_moco.errors import SpoolError
from tap_moco.spool.targets import WATCHED_STREAMS, stream_of
from tap_moco.state.bookmark import EPOCH
from tap_moco.streams.details import DetailStream
from tap_moco.streams.pending_deletes import PendingDeletes, touched_by
from tap_moco.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tap_moco.context import RunContext
    from tap_moco.spool.reader import ConfirmedDelete
    from tap_moco.state.stream import StreamState
    from tap_moco.streams.base import MocoStream
    from tap_moco.streams.webhooks import DeletedRecords

VERSION_MARGIN = timedelta(minutes=1)
"""The version of a sweep is later than its beginning by less than this."""

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
        self._pending = PendingDeletes(records, streams, context)
        self._last_sequence = 0

    @property
    def is_wanted(self) -> bool:
        """Whether a selected stream needs to know about deletes."""
        return self._pending.is_wanted

    def prepare(self) -> None:
        """Have MOCO confirm pending deletes, and let the lists act on confirmed ones.

        Raises:
            SpoolError: The spool cannot be used.
            FatalError: MOCO cannot be used.
        """
        self._records.dependents = {
            name: [s.name for s in stream.children if _has_its_parents_id(s)]
            for name, stream in self._streams.items()
        }
        self._last_sequence = self._context.spool.number()
        self._pending.confirm()
        self._act()

    def finish(self) -> None:
        """Mark the events that the run used as read, now that its state is written."""
        try:
            self._context.spool.mark_read(self._last_sequence, but_pending=True)
        except SpoolError as error:
            logger.warning(
                "the events of webhooks stay marked as unread until the next run: %s",
                error,
            )

    def _act(self) -> None:
        """Give each selected stream the confirmed deletes that it has not acted on."""
        streams = {
            name: [
                stream for stream in touched_by(self._streams[name]) if stream.selected
            ]
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
        """Get a stream's rows removed or marked; see the setting `webhook_deletes`."""
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
    """Return when the last sweep began that declared deletes.

    Its version is that moment, or a few seconds later.
    """
    return EPOCH + timedelta(seconds=state.last_sweep.version or 0) - VERSION_MARGIN


def _has_its_parents_id(stream: MocoStream) -> bool:
    """Return whether the key of a stream's rows is the id of a record of the parent."""
    is_one = isinstance(stream, DetailStream) and stream.kind is dict
    return is_one and len(stream.primary_keys) == 1

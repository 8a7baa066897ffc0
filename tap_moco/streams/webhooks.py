"""What MOCO's webhooks reported, read from the receiver's spool and not from MOCO."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.api.decoding import decode_json
from tap_moco.plan import ReadPlan
from tap_moco.records.signatures import without_signatures
from tap_moco.spool.targets import stream_of
from tap_moco.streams.base import MocoStream
from tap_moco.timestamps import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_moco.api.errors import MocoError
    from tap_moco.row import Row
    from tap_moco.spool.events import StoredEvent
    from tap_moco.spool.reader import ConfirmedDelete


class SpoolStream(MocoStream):
    """A stream of the spool, which exists only if `webhook_spool` is set."""

    path = ""
    can_detect_deletes = False

    @property
    def plan(self) -> ReadPlan:
        """Read what is new in the spool."""
        reason = "what is new in the spool"
        return ReadPlan(None, is_sweep=False, reason=reason)


class WebhookEvents(SpoolStream):
    """Every event that the webhook receiver has stored, once.

    Its key is a hash of account, target, event, record, time and body, so that events
    which are read once more (`tap-moco-webhooks replay`) replace themselves.
    """

    name = "webhook_events"
    replication_key = "sequence"
    timespec = "milliseconds"

    def read(self) -> None:
        """Read the events after the bookmark, without a request to MOCO."""
        self.write_schema()
        context = self.run_context
        while events := context.spool.read(self.state.last_sequence):
            self.write(map(self._row, events))
            if context.record_limit:
                return
            self.state.advance_sequence(events[-1].sequence or 0)
            context.write_state()
            context.writer.flush()
            context.spool.mark_read(self.state.last_sequence)

    def _row(self, event: StoredEvent) -> Row:
        """Return an event as a row, with its body as an object."""
        payload, _ = decode_json(event.payload.encode())
        if not self.run_context.settings.keeps_signatures:
            payload = without_signatures(payload)
        return {
            "id": _event_id(event),
            "sequence": event.sequence,
            "account": event.account,
            "target": event.target,
            "event": event.event,
            "entity_id": event.entity_id,
            "occurred_at": event.occurred_at.isoformat(),
            "received_at": event.received_at.isoformat(),
            "user_id": event.user_id,
            "origin": event.origin,
            "payload": payload,
        }


def _event_id(event: StoredEvent) -> str:
    """Return an id that all deliveries of an event share, and no others."""
    parts: tuple[Any, ...] = (
        event.account,
        event.target,
        event.event,
        event.entity_id,
        event.occurred_at.isoformat(),
        event.digest,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


class DeletedRecords(SpoolStream):
    """Records whose delete a webhook reported, and that MOCO no longer shows.

    Details that share the id of their record get a row of their own. Tasks and
    contracts of a project, and other lists of a record, do not: MOCO does not name
    their ids, and they are deleted with the record.

    Attributes:
        dependents: The streams whose rows have the ids of a stream's, by its name.
        failure: Why some deletes could not be confirmed in this run.
    """

    name = "deleted_records"
    primary_keys: ClassVar[tuple[str, ...]] = ("stream", "id")
    replication_key = "confirmed_at"
    dependents: Mapping[str, Sequence[str]] = {}
    failure: MocoError | None = None

    def read(self) -> None:
        """Read the deletes that were confirmed since the last run.

        Raises:
            MocoError: Others could not be confirmed.
        """
        self.write_schema()
        context = self.run_context
        while deletes := context.spool.confirmed_deletes(self.state.deletes):
            self.write(row for delete in deletes for row in self._rows(delete))
            if context.record_limit:
                return
            self.state.deletes = deletes[-1].sequence
            confirmed_at = format_timestamp(deletes[-1].confirmed_at)
            self.state.replication_key = self.replication_key
            self.state.replication_key_value = confirmed_at
            context.write_state()
            context.writer.flush()
        if self.failure:
            raise self.failure

    def _rows(self, delete: ConfirmedDelete) -> Iterator[Row]:
        """Yield a row for the record, and for details that share its id."""
        stream = stream_of(delete.target) or delete.target
        for name in (stream, *self.dependents.get(stream, ())):
            yield {
                "stream": name,
                "id": delete.entity_id,
                "deleted_at": delete.deleted_at.isoformat(),
                "confirmed_at": delete.confirmed_at.isoformat(),
            }

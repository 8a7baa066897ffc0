"""The deletes of one stream that webhooks report, in one run."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from tap_moco.api.decoding import decode_json
from tap_moco.timestamps import UTC

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tap_moco.context import RunContext
    from tap_moco.plan import ReadPlan
    from tap_moco.records.pipeline import RecordPipeline
    from tap_moco.row import Row
    from tap_moco.spool.events import StoredEvent
    from tap_moco.spool.reader import ConfirmedDelete, SpoolReader
    from tap_moco.state.stream import StreamState
    from tap_moco.stats import StreamStats

DELETED_AT = "_sdc_deleted_at"
"""The column in which targets of the SDK mark deleted rows."""

SETTLES_AFTER = timedelta(minutes=5)
"""How long MOCO may still show a record whose delete it has reported already."""


class ReadStream(Protocol):
    """A stream whose read was proven."""

    stats: StreamStats
    run_context: RunContext

    @property
    def schema(self) -> dict[str, Any]:
        """The stream's JSON schema."""

    @property
    def state(self) -> StreamState:
        """What is known of the stream."""

    @property
    def plan(self) -> ReadPlan:
        """How it was read."""

    @property
    def pipeline(self) -> RecordPipeline:
        """Where its rows become records."""

    def add_fields(self, row: Row) -> Row:
        """Return the row with the fields that the tap adds to it."""


class StreamDeletes:
    """What a stream's read notes and does because of reported deletes."""

    def __init__(self) -> None:
        """Know of no delete."""
        self._pending: dict[int, list[StoredEvent]] = {}
        self._confirmed: dict[int, ConfirmedDelete] = {}
        self._last = 0
        self._shown: set[int] = set()

    def expect(self, events: Iterable[StoredEvent]) -> None:
        """Let a whole read confirm or refute deletes."""
        for event in events:
            self._pending.setdefault(event.entity_id, []).append(event)

    def mark(self, deletes: Iterable[ConfirmedDelete], last: int) -> None:
        """Let deletes be written to the rows themselves, unless the read shows a row.

        Args:
            deletes: Deletes that MOCO has confirmed.
            last: The number of the last one in the spool.
        """
        self._confirmed = {delete.entity_id: delete for delete in deletes}
        self._last = last

    @property
    def is_watching(self) -> bool:
        """Whether there is something to do when the stream is read."""
        return bool(self._pending or self._confirmed)

    @property
    def deleted_at(self) -> dict[int, datetime]:
        """When each row was deleted that will be marked, by id."""
        return {number: d.deleted_at for number, d in self._confirmed.items()}

    def note(self, rows: Iterable[Row]) -> Iterable[Row]:
        """Return the rows of a read, and remember those whose delete was reported."""
        return map(self._noted, rows) if self.is_watching else rows

    def _noted(self, row: Row) -> Row:
        number = row.get("id")
        if number in self._pending or number in self._confirmed:
            self._shown.add(number)
        return row

    def finish(self, stream: ReadStream) -> None:
        """Settle and mark what is left, after a proven read of the stream.

        Raises:
            SpoolError: The spool cannot be used.
        """
        plan, spool = stream.plan, stream.run_context.spool
        is_whole = plan.is_sweep and plan.since is None and not plan.resume
        if self._pending and is_whole and not stream.stats.forbidden:
            settle(spool, (e for es in self._pending.values() for e in es), self._shown)
            self._pending = {}
        self._write_marks(stream, spool)
        stream.state.deletes = max(self._last, stream.state.deletes)

    def _write_marks(self, stream: ReadStream, spool: SpoolReader) -> None:
        """Write the deleted rows once more, without holding or comparing them.

        They have the version of the last sweep, so the next one declares them deleted.
        """
        pipeline = stream.pipeline
        rows = [
            row if pipeline.maker.fits(row) else _key_and_time(row)
            for row in self._marked_rows(stream, spool)
        ]
        records = pipeline.maker.records_of(map(stream.add_fields, rows))
        version, now = stream.state.last_sweep.version, datetime.now(UTC)
        for name, mapped in pipeline.mapper.mapped(records):
            stream.run_context.writer.write_records(name, mapped, version, now)
        stream.stats.records += len(records)
        self._confirmed = {}

    def _marked_rows(self, stream: ReadStream, spool: SpoolReader) -> Iterator[Row]:
        """Yield each deleted row in its last whole version, if the spool has one."""
        columns = stream.schema["properties"].keys()
        targets: defaultdict[tuple[str, str], dict[int, ConfirmedDelete]]
        targets = defaultdict(dict)
        for number, delete in self._confirmed.items():
            if number not in self._shown:
                targets[delete.account, delete.target][number] = delete
        for (account, target), deletes in targets.items():
            latest = spool.latest(account, target, deletes.keys())
            for number, delete in deletes.items():
                row = {"id": number}
                if event := latest.get(number):
                    row, _ = decode_json(event.payload.encode())
                known = {name: row[name] for name in row.keys() & columns}
                yield {**known, DELETED_AT: delete.deleted_at.isoformat()}


def settle(
    spool: SpoolReader, events: Iterable[StoredEvent], shown: Collection[int]
) -> None:
    """Note in the spool which deletes are true, and which are not.

    If MOCO still shows a record right after it reported the delete, that stays pending.

    Args:
        spool: Has the events.
        events: The deletes that MOCO was asked about.
        shown: The ids of the records that it still shows.
    """
    asked = list(events)
    now = datetime.now(UTC)
    spool.settle(
        confirmed=[event for event in asked if event.entity_id not in shown],
        refuted=[
            event
            for event in asked
            if event.entity_id in shown and now - event.received_at > SETTLES_AFTER
        ],
    )


def _key_and_time(row: Row) -> Row:
    return {name: row[name] for name in ("id", DELETED_AT)}

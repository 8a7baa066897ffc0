"""What all streams share: schema, plan, state and records."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import Stream
from singer_sdk.schema.source import SchemaDirectory

from tap_moco.completeness.leftovers import Leftovers
from tap_moco.plan import Planner, ReadPlan
from tap_moco.records.custom_fields import CustomFields, custom_fields_of
from tap_moco.records.pipeline import UNKNOWN_COLUMN, RecordPipeline
from tap_moco.spool.targets import WATCHED_STREAMS
from tap_moco.streams.catalog import complete_entry
from tap_moco.streams.stream_deletes import DELETED_AT, StreamDeletes
from tap_moco.streams.sync import StreamSync
from tap_moco.timestamps import UTC, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog

    from tap_moco.context import RunContext
    from tap_moco.plan import SyncSettings
    from tap_moco.row import Row
    from tap_moco.state.stream import StreamState
    from tap_moco.state.sweep import Extent

SCHEMAS = SchemaDirectory(files("tap_moco.schemas"))


class MocoStream(Stream):
    """A stream of MOCO.

    `read` takes the place of the SDK's record loop: a read is proven before its
    bookmark moves, and records leave a page at a time.

    Args:
        tap: The tap, for the SDK.
        context: What the stream may know of the run.
        permission: The right that MOCO asks for, for messages.

    Attributes:
        deletes: What the read does because of deletes that webhooks report.
        timespec: To what times are cut.
    """

    path: ClassVar[str]
    params: ClassVar[dict[str, str]] = {}
    primary_keys: ClassVar[Sequence[str]] = ("id",)
    replication_key: ClassVar[str | None] = "updated_at"
    state_partitioning_keys: Sequence[str] | None = ()
    timespec: ClassVar[str] = "seconds"
    heeds_start_date: ClassVar[bool] = True
    """False where rows are read whatever `start_date` says: they change unnoticed."""
    can_detect_deletes: ClassVar[bool] = True
    """A whole read holds every row there is, so that a missing one is gone."""
    has_dates: ClassVar[bool] = False
    """MOCO can be asked for the rows of a period, and for what comes out of them."""

    def __init__(self, tap: Tap, context: RunContext, permission: str) -> None:
        """Read nothing yet."""
        super().__init__(tap)
        self.run_context = context
        self.stats = context.stats.stream(self.name, permission)
        self._sync: StreamSync | None = None
        self.deletes = StreamDeletes()

    # What differs from kind to kind

    def read(self) -> None:
        """Read the stream, write its records and move its state."""
        raise NotImplementedError

    def entry_urls(self) -> list[str]:
        """Return what the read is sure to ask for first, so that it is prefetched."""
        return []

    def add_fields(self, row: Row) -> Row:
        """Return the row with what the tap adds to it."""
        return row

    # The SDK's side

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The stream's JSON schema, from its file."""
        schema: dict[str, Any] = dict(SCHEMAS.fetch_schema(self.name))
        if self.custom_fields:
            schema = dict(self.custom_fields.schema)
        schema["properties"] = {**schema["properties"], **self._added_columns}
        if self.run_context.settings.flattens:
            # the SDK takes a stream's description for that of a nested field
            schema.pop("description")
        return schema

    @property
    def _added_columns(self) -> dict[str, Any]:
        """The columns that settings add."""
        columns: dict[str, Any] = {}
        if self.run_context.settings.keeps_unknown_fields:
            columns[UNKNOWN_COLUMN] = {
                "type": ["null", "object"],
                "description": "Fields of MOCO that the schema does not have.",
            }
        if self.marks_deletes:
            columns[DELETED_AT] = {
                "type": ["null", "string"],
                "format": "date-time",
                "description": "When it was deleted, UTC; null while it is there.",
            }
        return columns

    @property
    def marks_deletes(self) -> bool:
        """Deletes that MOCO confirms are written to the rows themselves."""
        return self.run_context.settings.marks_deletes and self.name in WATCHED_STREAMS

    @cached_property
    def custom_fields(self) -> CustomFields | None:
        """The account's own fields of this stream, where they are to be typed."""
        schema = SCHEMAS.fetch_schema(self.name)
        return custom_fields_of(self.name, schema, self.run_context)

    def apply_catalog(self, catalog: Catalog) -> None:
        """Take a catalog, and add to it what it does not mention.

        It may have been made by an older tap, or under other settings. Of streams that
        are off, nobody asks for it, nor MOCO for their custom fields.
        """
        entry = catalog.get_stream(self.name)
        if entry and entry.metadata.resolve_selection().get((), True):
            complete_entry(entry, self.name, self.schema)
            entry.key_properties = entry.key_properties or list(self.primary_keys)
            entry.replication_key = entry.replication_key or self.replication_key
        super().apply_catalog(catalog)

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002
        """Read for who calls the SDK's `sync`; pages are written as they come."""
        self.run_context.record_limit = self.ABORT_AT_RECORD_COUNT
        self.stats.begin(self.mode)
        self.run_context.isolation.run(self.stats, self.read)
        self.stats.end("read")
        self.run_context.write_state()
        return ()

    @property
    def emit_activate_version_messages(self) -> bool:
        """Never by the SDK, which would send it before the records."""
        return False

    def log(
        self,
        message: str,
        *args: Any,
        level: int = logging.DEBUG,
        **kwargs: Any,
    ) -> None:
        """Log what the SDK remarks, at a level for who looks for a fault."""
        super().log(message, *args, level=level, **kwargs)

    @property
    def children(self) -> list[MocoStream]:
        """The streams that come out of this one's rows."""
        return [child for child in self.child_streams if isinstance(child, MocoStream)]

    # Plan and state

    @property
    def state(self) -> StreamState:
        """What is known of the stream; changed in place."""
        return self.run_context.state.of(self.name)

    @property
    def is_incremental(self) -> bool:
        """The catalog wants what changed, where MOCO can say it."""
        return self.replication_method == "INCREMENTAL"

    @property
    def sync_settings(self) -> SyncSettings:
        """The settings that decide what is read."""
        settings = self.run_context.settings.sync
        return settings if self.heeds_start_date else replace(settings, start=None)

    def _note_custom_fields(self) -> None:
        """Note whose the columns are, and whether the target has the values."""
        if own := self.custom_fields:
            now = datetime.now(UTC)
            self.state.note_custom_fields(own.columns, own.digest, now)
        else:
            self.state.leave_custom_fields_raw()

    @property
    def sync_read(self) -> StreamSync:
        """How the stream is read in this run; by its state, if nothing else is said."""
        period = self.run_context.settings.period
        if self._sync is None and period:
            self.follow(ReadPlan(None, is_sweep=False, reason=str(period)))
        elif self._sync is None:
            self._note_custom_fields()
            self.follow(self._planner.plan())
        return cast("StreamSync", self._sync)

    def changes_plan(self) -> ReadPlan:
        """Return how the changes alone are read; a sweep, where that cannot be."""
        return self._planner.changes()

    @property
    def _planner(self) -> Planner:
        return Planner(
            self.state,
            self.sync_settings,
            incremental=self.is_incremental,
            now=datetime.now(UTC),
        )

    def join_sweep(self, plan: ReadPlan) -> None:
        """Take part in a sweep that another stream of the list needs."""
        if not self.plan.is_sweep and plan.since is None:
            self.follow(replace(plan, resume=None))

    def replan(self) -> None:
        """Be read as the state says now."""
        self._sync = None

    def follow(self, plan: ReadPlan) -> None:
        """Read as this plan says, from now on."""
        detects = self.can_detect_deletes
        self._sync = StreamSync(self.name, self.state, plan, detects_deletes=detects)

    @property
    def plan(self) -> ReadPlan:
        """How the stream is read."""
        return self.sync_read.plan

    @property
    def started_at(self) -> datetime:
        """The server's clock when the read began."""
        return self.sync_read.started_at

    @property
    def is_holding(self) -> bool:
        """Its records wait for the end of the read."""
        return self.sync_read.is_holding

    @property
    def mode(self) -> str:
        """How the stream is read in this run, as `StreamStats.mode` has it."""
        if self.run_context.settings.period:
            return "period"
        if not self.is_incremental:
            return "whole read"
        if not self.plan.is_sweep:
            return "increment"
        return "sweep" if self.state.bookmark else "first read"

    def start_sync(self, started_at: datetime) -> None:
        """Choose the version of the records: the sweep's, or the last sweep's."""
        self.stats.mode = self.mode  # the plan may have become another one
        self.sync_read.start(started_at)

    def fetch_leftovers(self) -> None:
        """Ask for what earlier runs did not get and this one has not met."""

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Move the state after a proven read, and declare deletes if it may."""
        if self.deletes.is_watching:
            self.deletes.finish(self)
        if self.plan.is_sweep and self.lacks_since:
            self.sync_read.abandon()
        elif self.plan.is_sweep:
            self.complete_sweep(extent)
        else:
            last = self.state.last_sweep
            self.state.sweep = last.deferred(datetime.now(UTC))
        if self.is_incremental:
            before = self.lacks_since
            self.state.advance_bookmark(self.pipeline.newest, started_at, before=before)

    def complete_sweep(self, extent: Extent) -> None:
        """Note a proven sweep, and declare deletes if no row is missing in it."""
        version = self.sync_read.complete_sweep(
            extent, rejected=bool(self.rejected), denied=bool(self.stats.forbidden)
        )
        if version is not None:
            self.pipeline.activate_version(version)

    # Rejected records

    max_rejected: ClassVar[int] = 0
    """How many are remembered, by ids that can be asked for again."""

    @cached_property
    def rejected(self) -> Leftovers:
        """Records that do not fit the schema."""
        room = self.max_rejected if self.is_incremental else 0
        return Leftovers(self.state.rejected, room)

    @property
    def lacks_since(self) -> datetime | None:
        """When the oldest record changed that is neither in nor remembered."""
        return self.rejected.oldest_unplaced

    def rejected_key(self, row: Row) -> Any:
        """Return what a row is remembered by when it is rejected."""
        return repr([row[key] for key in self.primary_keys])

    def reject(self, row: Row) -> None:
        """Remember a row that does not fit, or keep the bookmark before it."""
        self.rejected.add(self.rejected_key(row), changed_at(row))

    def accept(self, records: list[Row]) -> None:
        """Forget that they were rejected before: they are written now."""
        if self.rejected:
            for record in records:
                self.rejected.discard(self.rejected_key(record))

    # Records

    def log_misfits(self) -> None:
        """Warn of values of custom fields that did not fit."""
        if self.custom_fields:
            self.custom_fields.log_misfits()

    @cached_property
    def pipeline(self) -> RecordPipeline:
        """Where rows become records."""
        deselected = [
            breadcrumb[1::2]  # every other step is "properties"
            for breadcrumb, selected in self.mask.items()
            if breadcrumb and not selected
        ]
        return RecordPipeline(
            primary_keys=self.primary_keys,
            replication_key=self.replication_key,
            schema=self.schema,
            custom_fields=self.custom_fields,
            deselected=deselected,
            stream_maps=self.stream_maps,
            settings=self.run_context.settings,
            writer=self.run_context.writer,
            stats=self.stats,
            rejections=self,
            timespec=self.timespec,
        )

    def write_schema(self) -> None:
        """Write the SCHEMA message."""
        self.pipeline.write_schema()

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows as RECORD messages."""
        limit = self.run_context.record_limit
        left = None if limit is None else limit - self.stats.records
        version = self.sync_read.version
        rows = self.deletes.note(rows)
        if self.marks_deletes:
            rows = ({**row, DELETED_AT: None} for row in rows)
        self.pipeline.write(map(self.add_fields, rows), version, left)


def changed_at(row: Row) -> datetime | None:
    """Return `updated_at`, if the row has one."""
    return parse_timestamp(row.get("updated_at"))

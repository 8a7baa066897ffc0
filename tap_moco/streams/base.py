"""What all streams of MOCO share: their records, and the end of a proven read."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.completeness.leftovers import Leftovers
from tap_moco.records.maker import RecordMaker
from tap_moco.records.mapper import RecordMapper
from tap_moco.records.pipeline import RecordPipeline
from tap_moco.streams.planned import PlannedStream
from tap_moco.streams.rejections import RejectedRows
from tap_moco.streams.stream_deletes import DELETED_AT, StreamDeletes
from tap_moco.timestamps import UTC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.records.maker import Rejections
    from tap_moco.row import Row
    from tap_moco.state.sweep import Extent, ResumePoint


class MocoStream(PlannedStream):
    """A stream of MOCO.

    `read` replaces the SDK's record loop: a read is proven before its bookmark moves,
    and records are written page by page.

    Attributes:
        deletes: What the read does because of deletes that webhooks report.
        timespec: The precision to which times are cut.
        max_rejected: How many rejected records are remembered, by ids that can be
            requested again.
    """

    path: ClassVar[str]
    params: ClassVar[dict[str, str]] = {}
    timespec: ClassVar[str] = "seconds"
    max_rejected: ClassVar[int] = 0
    has_dates: ClassVar[bool] = False
    """MOCO filters the rows by a period, or they come from rows that it filters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Read nothing yet."""
        super().__init__(*args, **kwargs)
        self.deletes = StreamDeletes()

    def entry_urls(self) -> list[str]:
        """Return the first addresses that the read will request, to prefetch them."""
        return []

    def add_fields(self, row: Row) -> Row:
        """Return the row with the fields that the tap adds to it."""
        return row

    @property
    def children(self) -> list[MocoStream]:
        """The streams that take rows from this one."""
        return [child for child in self.child_streams if isinstance(child, MocoStream)]

    # The end of a read

    def fetch_leftovers(self) -> None:
        """Request records that earlier runs did not get and this run has not seen."""

    def checkpoint(self, resume: ResumePoint) -> None:
        """Note that everything from this window on is read and proven."""
        self.state.checkpoint(resume)

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Move the state after a proven read, and declare deletes if allowed."""
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

    @cached_property
    def rejected(self) -> Leftovers:
        """Records that do not fit the schema."""
        room = self.max_rejected if self.is_incremental else 0
        return Leftovers(self.state.rejected, room)

    @property
    def rejections(self) -> Rejections:
        """What remembers rejected records."""
        return RejectedRows(self.rejected, self.rejected_key)

    def rejected_key(self, row: Row) -> Any:
        """Return the key by which a rejected row is remembered."""
        return repr([row[key] for key in self.primary_keys])

    @property
    def lacks_since(self) -> datetime | None:
        """When the oldest record changed that is neither written nor remembered."""
        return self.rejected.oldest_unplaced

    # Records

    def log_misfits(self) -> None:
        """Warn of values of custom fields that did not fit."""
        if self.custom_fields:
            self.custom_fields.log_misfits()

    @cached_property
    def pipeline(self) -> RecordPipeline:
        """Where rows become records."""
        context = self.run_context
        rejections = self.rejections
        maker = RecordMaker(
            self.name,
            self.schema,
            primary_keys=self.primary_keys,
            custom_fields=self.custom_fields,
            settings=context.settings,
            rejections=rejections,
            timespec=self.timespec,
        )
        deselected = [
            breadcrumb[1::2]  # every other step is "properties"
            for breadcrumb, selected in self.mask.items()
            if breadcrumb and not selected
        ]
        mapper = RecordMapper(
            self.stream_maps,
            deselected,
            replication_key=self.replication_key,
            flattens=context.settings.flattens,
        )
        return RecordPipeline(maker, mapper, context.writer, self.stats, rejections)

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

"""Streams that are one list of MOCO."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from tap_moco.completeness.list_update import ListUpdate
from tap_moco.completeness.period_read import PeriodRead
from tap_moco.completeness.row_count import RowCount
from tap_moco.streams.base import MocoStream
from tap_moco.streams.by_ids import RecordsByIds
from tap_moco.streams.details import DetailStream
from tap_moco.streams.list_sync import ListSync
from tap_moco.streams.moco_list import MocoList

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tap_moco.completeness.embedded import Holders, HoldingStream
    from tap_moco.completeness.list_read import ListConsumer
    from tap_moco.plan import ReadPlan
    from tap_moco.row import Row
    from tap_moco.state.sweep import Extent

MAX_REJECTED = 1_000
"""More records that do not fit are a fault of the schema."""


class ListStream(MocoList, MocoStream):
    """A list, read by what changed or whole, for itself and its children.

    Attributes:
        embedding_streams: Those whose records hold these rows, but do not change with
            them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let those whose rows are embedded here have records read again."""
        super().__init__(*args, **kwargs)
        self.embedding_streams: list[HoldingStream] = []

    @property
    def has_dates(self) -> bool:  # type: ignore[override]
        """Where MOCO documents a filter by the rows' own date."""
        return bool(self.period_filter or self.date_filter)

    @property
    def max_rejected(self) -> int:  # type: ignore[override]
        """None where the list cannot be asked for some ids."""
        return MAX_REJECTED if self.takes_ids else 0

    @property
    def can_detect_deletes(self) -> bool:  # type: ignore[override]
        """Not where rows may only be hidden."""
        return not self.archived_param or self.run_context.settings.include_archived

    def entry_urls(self) -> list[str]:
        """Return what the list is asked for first."""
        return _update_of(self).entry_urls

    def read(self) -> None:
        """Read the list for this stream and its children, as selected."""
        for stream in (self, *self.children):
            stream.replan()  # something may have made a sweep due since it was planned
        if self.selected:
            self.prepare()
        try:
            _update_of(self).run()
        finally:
            for stream in (self, *self.children):
                if stream.selected:
                    stream.pipeline.sink.drop()  # what a read that failed has held

    def prepare(self) -> None:
        """Read what the read depends on."""

    def follow(self, plan: ReadPlan) -> None:
        """Read as this plan says, and as far back as embedded rows are waited for."""
        waits = [holders.since for holders in self._holders if holders.since]
        if plan.since and not plan.is_sweep:
            plan = replace(plan, since=min([plan.since, *waits]))
        self._sync = ListSync(
            self.name,
            self.state,
            plan,
            settings=self.sync_settings,
            pipeline=self.pipeline,
            write_state=self.run_context.write_state,
            detects_deletes=self.can_detect_deletes,
            is_incremental=self.is_incremental and not self._is_always_whole,
            reads_alive=self.reads_alive,
        )

    @property
    def _is_always_whole(self) -> bool:
        """Whether a stream that comes out of the list needs all of it in every run.

        Not where holding the records back would cost the windows to resume at.
        """
        children = [child for child in self.children if child.selected]
        needs_all = any(not child.is_incremental for child in children)
        return needs_all and self.date_filter is None

    def start_sync(self, started_at: datetime) -> None:
        """Also count the rows no more that are to be marked as deleted."""
        super().start_sync(started_at)
        if self.count:
            self.count.note_deleted(self.deletes.deleted_at)

    @property
    def list_sync(self) -> ListSync:
        """How the list is read, with what it counts."""
        return cast("ListSync", self.sync_read)

    @property
    def count(self) -> RowCount | None:
        """The rows that the target has, as increments have counted them on."""
        count = self.list_sync.count
        return count if isinstance(count, RowCount) else None

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows as RECORD messages, and count them."""
        given = list(rows)
        self.list_sync.note(given)
        super().write(given)

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Also note what was counted."""
        super().commit(started_at, extent)
        self.list_sync.complete()
        self._note_counts(extent)
        is_whole = self.list_sync.declares_deletes and not self.plan.resume
        for holders in self._holders:
            holders.finish(started_at, is_whole=is_whole)

    def _note_counts(self, extent: Extent) -> None:
        """Note how many rows there are in MOCO, and must be in the target."""
        sync, stats = self.list_sync, self.stats
        if sync.declares_deletes:
            stats.rows_in_moco = extent.rows if extent.has_total else None
            stats.deletes_declared = sync.deletes
        if sync.count and not (self.pipeline.mapper.is_filtered or self.rejected):
            stats.rows_expected = sync.count.rows

    @property
    def _holders(self) -> list[Holders]:
        """What other streams want to know of these rows."""
        streams = [stream for stream in self.embedding_streams if stream.selected]
        return [stream.holders[self.name] for stream in streams]

    # As a consumer of its own list

    def process_page(self, rows: list[Row]) -> None:
        """Write a page, all of it where the list is read whole for others."""
        self.write(rows)
        for holders in self._holders:
            holders.take(rows)

    def prefetch_details(self) -> None:
        """Do nothing: the list has all."""

    def fetch_details(self, *, list_is_verified: bool) -> None:
        """Do nothing: the list has all."""

    @property
    def by_ids(self) -> RecordsByIds:
        """What asks for some of its records."""
        endpoint = self.endpoint(self.run_context, [self.state.last_sweep])
        return RecordsByIds(self, endpoint)

    def fetch_leftovers(self) -> None:
        """Ask by their ids for the records that earlier runs had to reject."""
        self.by_ids.fetch_rejected()

    def rejected_key(self, row: Row) -> Any:
        """Return the id, which the list can be asked for."""
        return row["id"]


def _update_of(stream: ListStream) -> ListUpdate | PeriodRead:
    """Return what brings a list's selected streams up to date."""
    children: list[ListConsumer] = [
        child
        for child in stream.children
        if child.selected and isinstance(child, DetailStream)
    ]
    owner = stream if stream.selected else None
    consumers = [*filter(None, [owner]), *children]
    context = stream.run_context
    sweeps = [consumer.state.last_sweep for consumer in consumers]
    endpoint = stream.endpoint(context, sweeps)
    if context.settings.period:
        by_date = stream.period_filter or stream.date_filter
        dated = replace(endpoint, date_filter=by_date)
        return PeriodRead(dated, consumers, context)
    return ListUpdate(endpoint, owner, children, context)

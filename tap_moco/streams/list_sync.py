"""One read of one list, counted, and compared with what the target has already."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.row_count import RowCount, SweptRows, is_counted
from tap_moco.records.unchanged import RecordsDigest, SeenRecords
from tap_moco.streams.sync import StreamSync
from tap_moco.timestamps import UTC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_moco.records.pipeline import RecordPipeline
    from tap_moco.state import Extent, ReadPlan, StreamState, SyncSettings
    from tap_moco.streams.base import Row


class ListSync(StreamSync):
    """One read of one list, for the list's own stream.

    Args:
        name: Of the stream, for messages.
        state: Of the stream; changed in place.
        plan: How it is read.
        settings: What decides how it is read.
        pipeline: Where its rows become records.
        write_state: Writes a STATE message.
        detects_deletes: A row that a whole read lacks is gone.
        is_incremental: Some runs read only what changed.
    """

    def __init__(  # noqa: PLR0913 - all that a list is compared with
        self,
        name: str,
        state: StreamState,
        plan: ReadPlan,
        *,
        settings: SyncSettings,
        pipeline: RecordPipeline,
        write_state: Callable[[], None],
        detects_deletes: bool,
        is_incremental: bool,
    ) -> None:
        """Read nothing yet."""
        super().__init__(name, state, plan, detects_deletes=detects_deletes)
        self._settings = settings
        self._pipeline = pipeline
        self._write_state = write_state
        self._is_incremental = is_incremental
        self.count: RowCount | SweptRows | None = None

    def start(self, started_at: datetime) -> None:
        """Count from what the state knows, or from nothing."""
        super().start(started_at)
        last, pipeline = self._state.last_sweep, self._pipeline
        if not self.plan.is_sweep:
            self.count = RowCount(last) if is_counted(last) else None
            pipeline.seen = SeenRecords(self._state.seen, self._settings.overlap)
            pipeline.sink.drop()
            pipeline.sink.digest = None
            return
        self.count = SweptRows()
        pipeline.seen = SeenRecords({}, self._settings.overlap)
        if self.plan.resume is None:
            pipeline.sink.digest = RecordsDigest(pipeline.schemas)
            if last.digest and not self._is_to_be_rewritten:
                pipeline.sink.hold()

    @property
    def _is_to_be_rewritten(self) -> bool:
        """All records were last written so long ago that they are once more."""
        written = timedelta(seconds=self._state.last_sweep.version or 0)
        age = self.started_at - datetime.fromtimestamp(0, UTC) - written
        every = self._settings.sweep_every
        return bool(every) and self.declares_deletes and abs(age) >= every

    def note(self, rows: Iterable[Row]) -> None:
        """Count rows that are written, or rejected."""
        if self.count:
            self.count.note(rows)
        # a long list is read by its changes: nothing will ask for a digest of it
        sink = self._pipeline.sink
        if self._is_incremental and self.count and self.count.rows > PER_PAGE:
            sink.digest = None
            sink.release()

    def complete_sweep(
        self, extent: Extent, *, rejected: bool, denied: bool, is_written: bool = True
    ) -> int | None:
        """Write what was held if it is news, and note what the list holds now."""
        sink, sweep = self._pipeline.sink, self._state.last_sweep
        digest = str(sink.digest) if sink.digest else None
        is_written = not sink.is_holding or digest != sweep.digest
        if is_written and sink.is_holding:
            sweep.digest = None  # first of all: the run may end before the next STATE
            self._write_state()
            sink.release()
        sink.drop()
        version = super().complete_sweep(
            extent, rejected=rejected, denied=denied, is_written=is_written
        )
        sweep = self._state.last_sweep
        if not (rejected or denied):
            sweep.digest = digest
        if self.count and self.plan.resume is None:
            self._state.sweep = self.count.added_to(sweep)
        elif self.declares_deletes and self._is_incremental:
            since = self.started_at
            self._state.require_sweep("the last one was interrupted", since)
        return version

    def complete(self) -> None:
        """Note what was counted, and what the next increment will show again."""
        if isinstance(self.count, RowCount):
            self._state.sweep = self.count.added_to(self._state.last_sweep)
        if self._pipeline.seen:
            self._state.seen = self._pipeline.seen.since(self._state.bookmark)

"""One read of one list for its own stream, with a count of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.row_count import RowCount, SweptRows, is_counted
from tap_moco.packing import pack_map, unpack_map
from tap_moco.records.unchanged import SeenRecords
from tap_moco.streams.comparison import Comparison
from tap_moco.streams.sync import StreamSync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from tap_moco.plan import ReadPlan, SyncSettings
    from tap_moco.records.pipeline import RecordPipeline
    from tap_moco.row import Row
    from tap_moco.state.stream import StreamState
    from tap_moco.state.sweep import Extent


class ListSync(StreamSync):
    """One read of one list, for the list's own stream.

    Args:
        name: The name of the stream, for messages.
        state: The state of the stream, changed in place.
        plan: How it is read.
        settings: What decides how it is read.
        pipeline: Where its rows become records.
        write_state: Writes a STATE message.
        is_incremental: Some runs read only what changed.
        reads_alive: Rows that are not archived are read in every run.
        **how: Passed to `StreamSync`.

    Attributes:
        count: The rows that were written or rejected, if they can be counted.
        deletes: How many rows a sweep has declared deleted, if that is known.
    """

    def __init__(  # noqa: PLR0913 - all that a list goes by
        self,
        name: str,
        state: StreamState,
        plan: ReadPlan,
        *,
        settings: SyncSettings,
        pipeline: RecordPipeline,
        write_state: Callable[[], None],
        is_incremental: bool,
        reads_alive: bool,
        **how: Any,
    ) -> None:
        """Read nothing yet."""
        self._compared = Comparison(state, pipeline, write_state)
        super().__init__(
            name,
            state,
            plan,
            comparison=self._compared,
            rewrite_every=settings.sweep_every,
            **how,
        )
        self._write_state = write_state
        self._overlap = settings.overlap
        self._pipeline = pipeline
        self._is_incremental = is_incremental
        self._reads_alive = reads_alive
        self.count: RowCount | SweptRows | None = None
        self.deletes: int | None = None

    def start(self, started_at: datetime) -> None:
        """Begin to count, from what the state knows or from zero."""
        super().start(started_at)
        state = self._state
        if self.plan.is_sweep:
            self.count = SweptRows()
            seen = SeenRecords({}, self._overlap, {} if self._reads_alive else None)
        elif self.plan.since is None:  # a period, for whatever target
            seen = SeenRecords({}, self._overlap)
        else:
            last = state.last_sweep
            self.count = RowCount(last) if is_counted(last) else None
            alive = unpack_map(state.alive) if self._reads_alive else None
            seen = SeenRecords(state.seen, self._overlap, alive, self._forget_seen)
        self._pipeline.seen = seen

    def _forget_seen(self) -> None:
        """Forget which records the target has, before others take their place.

        The run may end before the next STATE; and then somebody may undo the change.
        """
        self._state.seen, self._state.alive = {}, ""
        self._write_state()

    def note(self, rows: Iterable[Row]) -> None:
        """Count rows that are written, or rejected."""
        if self.count:
            self.count.note(rows)
            # a long list is read by its changes: nothing asks for a digest of all
            is_long = self.count.rows > PER_PAGE
            has_pages = self._state.last_sweep.has_total is not False
            if self._is_incremental and is_long and has_pages:
                self._compared.stop()

    def complete_sweep(
        self, extent: Extent, *, rejected: bool, denied: bool
    ) -> int | None:
        """Note a proven sweep, and the rows that it has shown."""
        if isinstance(self.count, SweptRows):
            self.deletes = self.count.lost_since(self._state.last_sweep)
        version = super().complete_sweep(extent, rejected=rejected, denied=denied)
        if version is None and self.deletes:
            self.deletes = 0
        last = self._state.last_sweep
        if last.rows is None:
            return version  # an emptiness that is not to be believed counts nothing
        if self.count and self.plan.resume is None:
            self._state.sweep = self.count.added_to(last)
        elif self.declares_deletes and self._is_incremental:
            reason = "the last one was interrupted, so that it has counted no rows"
            self._state.require_sweep(reason, self.started_at)
        return version

    def complete(self) -> None:
        """Note the count, and the records that the next increment will show again."""
        if isinstance(self.count, RowCount):
            self._state.sweep = self.count.added_to(self._state.last_sweep)
        if self._pipeline.seen:
            self._state.seen = self._pipeline.seen.since(self._state.bookmark)
            self._state.alive = pack_map(self._pipeline.seen.alive)

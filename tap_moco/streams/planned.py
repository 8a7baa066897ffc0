"""How a stream is read in this run: its plan, and the read that follows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from tap_moco.plan import Planner, ReadPlan
from tap_moco.streams.singer import SingerStream
from tap_moco.streams.sync import StreamSync
from tap_moco.timestamps import UTC

if TYPE_CHECKING:
    from tap_moco.plan import SyncSettings
    from tap_moco.state.stream import StreamState
    from tap_moco.streams.comparison import Comparison


class PlannedStream(SingerStream):
    """A stream that is read as its state says, or as other streams of its list need."""

    heeds_start_date: ClassVar[bool] = True
    """False if rows can change unnoticed, and so are read whatever `start_date` is."""
    can_detect_deletes: ClassVar[bool] = True
    """A whole read shows every row that exists, so a missing one is gone."""

    _sync: StreamSync | None = None

    @property
    def state(self) -> StreamState:
        """What is known of the stream; changed in place."""
        return self.run_context.state.of(self.name)

    @property
    def sync_settings(self) -> SyncSettings:
        """The settings that decide what is read."""
        settings = self.run_context.settings.sync
        return settings if self.heeds_start_date else replace(settings, start=None)

    @property
    def _planner(self) -> Planner:
        return Planner(
            self.state,
            self.sync_settings,
            incremental=self.is_incremental,
            now=datetime.now(UTC),
        )

    @property
    def sync_read(self) -> StreamSync:
        """How the stream is read in this run; by default, as its state says."""
        period = self.run_context.settings.period
        if self._sync is None and period:
            self.follow(ReadPlan(None, is_sweep=False, reason=str(period)))
        elif self._sync is None:
            self._note_custom_fields()
            self.follow(self._planner.plan())
        return cast("StreamSync", self._sync)

    def _note_custom_fields(self) -> None:
        """Note which fields own the columns, and whether the target has the values."""
        if own := self.custom_fields:
            now = datetime.now(UTC)
            self.state.note_custom_fields(own.columns, own.digest, now)
        else:
            self.state.leave_custom_fields_raw()

    def changes_plan(self) -> ReadPlan:
        """Return the plan for reading only changes; a sweep if that is impossible."""
        return self._planner.changes()

    def join_sweep(self, plan: ReadPlan) -> None:
        """Take part in a sweep that another stream of the list needs."""
        if not self.plan.is_sweep and plan.since is None:
            self.follow(replace(plan, resume=None))

    def replan(self) -> None:
        """Plan again, from the state as it is now."""
        self._sync = None

    def follow(self, plan: ReadPlan) -> None:
        """Use this plan from now on."""
        self._sync = StreamSync(
            self.name,
            self.state,
            plan,
            detects_deletes=self.can_detect_deletes,
            comparison=self.new_comparison(),
            rewrite_every=self.sync_settings.sweep_every,
        )

    def new_comparison(self) -> Comparison | None:
        """Return what compares the read with the last one; None if nothing does."""
        return None

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
        """Its records are held back until the end of the read."""
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

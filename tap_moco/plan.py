"""How a stream is read in this run: its changes, all of it, or the rest of a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_moco.state.bookmark import EPOCH, ONE_DAY
from tap_moco.text import counted
from tap_moco.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from tap_moco.state.stream import StreamState
    from tap_moco.state.sweep import ResumePoint


@dataclass(frozen=True)
class ReadPlan:
    """How one stream is read in this run.

    Attributes:
        since: `updated_after`; None reads everything.
        is_sweep: The whole list is read, not only what changed.
        reason: Why, for the log.
        resume: Where an interrupted sweep continues.
    """

    since: datetime | None
    is_sweep: bool
    reason: str
    resume: ResumePoint | None = None


@dataclass(frozen=True)
class SyncSettings:
    """The settings that decide what is read.

    Attributes:
        start: `start_date`.
        overlap: How far before the bookmark an increment starts.
        sweep_every: `full_sweep_days`; zero means never again.
        rows_at_once: How many rows the request budget can read without a wait.
        filters: Identifies the settings that narrow what MOCO shows: a sweep that began
            with others cannot be finished with these.
    """

    start: datetime | None
    overlap: timedelta
    sweep_every: timedelta
    filters: str = ""
    rows_at_once: int = 0


@dataclass(frozen=True)
class Planner:
    """Makes the plan for one stream from its state.

    Attributes:
        state: The stream's state.
        settings: What decides how it is read.
        incremental: The stream is read by its changes.
        now: The tap's own clock.
    """

    state: StreamState
    settings: SyncSettings
    incremental: bool
    now: datetime

    def plan(self) -> ReadPlan:
        """Decide between an increment, a sweep, and the rest of a sweep."""
        settings = self.settings
        resume = self.state.last_sweep.resume or None
        start = settings.start if self.incremental else None
        if resume and resume.filters == settings.filters and not self._waits:
            reason = f"going on after window {resume.window}"
            return ReadPlan(start, is_sweep=True, reason=reason, resume=resume)
        changes = self.changes()
        if changes.is_sweep or self._waits or not settings.sweep_every:
            return changes
        due = self._due
        return ReadPlan(start, is_sweep=True, reason=due) if due else changes

    def changes(self) -> ReadPlan:
        """Plan an increment; a whole read if there is no usable bookmark."""
        if not self.incremental:
            reason = "MOCO does not say what changed in this list"
            return ReadPlan(None, is_sweep=True, reason=reason)
        start, bookmark = self.settings.start, self.state.bookmark
        if bookmark is None or bookmark < EPOCH:
            return ReadPlan(start, is_sweep=True, reason="first read")
        if bookmark > self.now + ONE_DAY:
            reason = "the bookmark lies in the future"
            return ReadPlan(start, is_sweep=True, reason=reason)
        since = bookmark - self.settings.overlap
        since = max(since, start or since)
        reason = f"changes since {format_timestamp(since)}"
        return ReadPlan(since, is_sweep=False, reason=reason)

    @property
    def _due(self) -> str | None:
        """Why a sweep is due; None if it is not."""
        sweep = self.state.last_sweep
        if sweep.due:
            return sweep.due.reason
        if sweep.deletes_pending and not self.state.rejected:
            return "the records that the last sweep had to reject have come in"
        swept = parse_timestamp(sweep.completed_at or sweep.waits_since)
        if swept and abs(self.now - swept) >= self.settings.sweep_every:
            age = counted(abs(self.now - swept).days, "day")
            return f"the last proven sweep is {age} old"
        return None

    @property
    def _waits(self) -> bool:
        """A sweep of a long list is due, but one was made or tried within a day."""
        sweep = self.state.last_sweep
        if not sweep.due or (sweep.rows or 0) <= self.settings.rows_at_once:
            return False
        times = map(parse_timestamp, (sweep.completed_at, sweep.due.tried_at))
        return any(time and abs(self.now - time) < ONE_DAY for time in times)


def merged_plan(plans: list[ReadPlan]) -> ReadPlan:
    """Return the plan that reads what any of these plans needs.

    It resumes a sweep only if all of them resume at the same point.
    """
    first = plans[0]
    since = [plan.since for plan in plans]
    agree = all(plan.resume == first.resume for plan in plans)
    return ReadPlan(
        since=min((s for s in since if s), default=None) if all(since) else None,
        is_sweep=any(plan.is_sweep for plan in plans),
        reason=next((plan.reason for plan in plans if plan.is_sweep), first.reason),
        resume=first.resume if agree else None,
    )

"""Where a read starts, and what the state says when it has ended.

State of a stream: `replication_key_value`, the bookmark, and `sweep`:
`{"version": 1764000000, "completed_at": "…Z", "resume": {"window": "2024-03",
"started_at": "…Z"}}`. All times are the server's, except `completed_at`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

State = dict[str, Any]

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)
"""No clock is so wrong: a bookmark that far ahead would hide every change."""


def parse_time(text: object) -> datetime | None:
    """Read an ISO 8601 time of any precision; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment.astimezone(UTC)  # which the ends of the calendar do not stand
    except (ValueError, OverflowError):
        return None
    return moment


def stamp(moment: datetime) -> str:
    """Write a time as MOCO does: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


class Limit:
    """A moment that many stamps are compared with.

    Times in UTC compare as text, but for less than a second where only one of
    them has milliseconds; whoever sets a limit leaves more than that.
    """

    def __init__(self, moment: datetime) -> None:
        """Write the moment once, in MOCO's usual form."""
        self._moment = moment
        self._text = stamp(moment)

    def is_after(self, text: object) -> bool:
        """Tell whether a stamp is surely before the moment."""
        if type(text) is str and text[-1:] == "Z":
            return text < self._text
        other = parse_time(text)
        return other is not None and other < self._moment


@dataclass(frozen=True)
class Plan:
    """How one stream is read in this run.

    Attributes:
        since: `updated_after`; None reads everything.
        is_sweep: The whole list is read, not only what changed.
        reason: Why, for the log.
        resume: The last window that an interrupted sweep had proven, `YYYY-MM`.
        started_at: When that sweep began.
        rows: How many rows its windows are certain to have shown.
        total: How many the whole list had when it began.
    """

    since: datetime | None
    is_sweep: bool
    reason: str
    resume: str | None = None
    started_at: datetime | None = None
    rows: int = 0
    total: int = 0


@dataclass(frozen=True)
class Habits:
    """The settings that decide what is read.

    Attributes:
        start: `start_date`.
        overlap: How far before the bookmark an increment starts.
        sweep_every: `full_sweep_days`; zero for never again.
        filters: A mark of the settings that narrow what MOCO shows: a sweep
            begun under others cannot be finished under these.
    """

    start: datetime | None
    overlap: timedelta
    sweep_every: timedelta
    filters: str = ""


def make_plan(
    state: State, habits: Habits, *, incremental: bool, now: datetime
) -> Plan:
    """Decide between an increment, a sweep, and the rest of a sweep."""
    sweep = state.get("sweep", {})
    start = habits.start if incremental else None
    resume = sweep.get("resume")
    if resume and resume.get("filters") == habits.filters:
        return Plan(
            since=start,
            is_sweep=True,
            reason=f"going on after window {resume['window']}",
            resume=resume["window"],
            started_at=parse_time(resume["started_at"]),
            rows=resume.get("rows", 0),
            total=resume.get("total", 0),
        )
    if not incremental:
        return Plan(None, is_sweep=True, reason="MOCO tells no changes of this list")
    bookmark = parse_time(state.get("replication_key_value"))
    if bookmark is None or bookmark < EPOCH:
        return Plan(start, is_sweep=True, reason="first read")
    if bookmark > now + A_DAY:
        return Plan(start, is_sweep=True, reason="the bookmark lies in the future")
    swept = parse_time(sweep.get("completed_at") or sweep.get("waits_since"))
    if habits.sweep_every and swept and abs(now - swept) >= habits.sweep_every:
        days = abs(now - swept).days
        reason = f"the last proven sweep is {days} days old"
        return Plan(start, is_sweep=True, reason=reason)
    since = max(bookmark - habits.overlap, start or bookmark - habits.overlap)
    return Plan(since, is_sweep=False, reason=f"changes since {stamp(since)}")


def sweep_version(state: State, started_at: datetime) -> int:
    """Return the version of the sweep that began then; later than the last one."""
    last: int = state.get("sweep", {}).get("version", 0)
    return max(last + 1, int(started_at.timestamp()))


def advance(state: State, newest: datetime | None, started_at: datetime) -> None:
    """Move the bookmark to the newest change read, never past the read's start.

    Args:
        state: The stream's state, changed in place.
        newest: The largest `updated_at` that was emitted, if any.
        started_at: The server's clock when the read began.
    """
    old = parse_time(state.get("replication_key_value"))
    if newest is None:
        newest = old or started_at
    moved = min(newest, started_at)
    if old and old < started_at + A_DAY:
        moved = max(moved, old)
    state["replication_key"] = "updated_at"
    state["replication_key_value"] = stamp(moved)


def keep_resume_point(  # noqa: PLR0913 - what a resume point holds
    state: State,
    window: str,
    started_at: datetime,
    filters: str,
    *,
    rows: int,
    total: int,
) -> None:
    """Note that everything from this window on is read and proven.

    Args:
        state: The stream's state, changed in place.
        window: The first month of the window.
        started_at: The server's clock when the sweep began.
        filters: See `Habits`.
        rows: How many rows the windows so far are certain to have shown.
        total: How many the whole list had when the sweep began.
    """
    resume = {
        "window": window,
        "started_at": stamp(started_at),
        "filters": filters,
        "rows": rows,
        "total": total,
    }
    state["sweep"] = {**state.get("sweep", {}), "resume": resume}


def await_sweep(state: State, now: datetime) -> None:
    """Note that a stream with a bookmark from elsewhere was never swept.

    Its first sweep is due when as much time has passed as after a sweep.
    """
    sweep = state.get("sweep", {})
    if "completed_at" not in sweep:
        state["sweep"] = {"waits_since": stamp(now), **sweep}


def complete_sweep(state: State, version: int | None, now: datetime) -> None:
    """Note a proven sweep, and the version of its records if deletes follow it."""
    sweep: State = {"completed_at": stamp(now)}
    if version is None:
        version = state.get("sweep", {}).get("version")
    if version is not None:
        sweep["version"] = version
    state["sweep"] = sweep

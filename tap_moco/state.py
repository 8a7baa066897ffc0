"""Where a read starts, and what the state says when it has ended.

State of a stream:

- `replication_key_value`: the bookmark.
- `sweep.version`: the version of the last sweep whose deletes were declared.
- `sweep.completed_at`: when the last sweep was proven, by the tap's own clock.
- `sweep.waits_since`: since when a stream that was never swept is read.
- `sweep.rows`: how many rows the list had when the last proven sweep began.
- `sweep.has_total`: MOCO told that number (`X-Total`).
- `sweep.deletes_pending`: the last sweep declared no deletes, since records were
  rejected; the next one is due when none of them is left.
- `sweep.resume`: `{"window": "2024-03", "started_at": "…Z", …}` of a sweep that was
  interrupted.
- `rejected`: ids of records that did not fit the schema, the longest unasked first.
- `denied`: ids of records whose details the key may not read, in the same order.
- `known`: ids and `updated_at` of records whose details need not be asked for again.

All other times are the server's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

State = dict[str, Any]

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)
"""No clock is so wrong: a bookmark that far ahead would hide every change."""
A_SECOND = timedelta(seconds=1)


def parse_timestamp(text: object) -> datetime | None:
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


def format_timestamp(moment: datetime) -> str:
    """Write a time as MOCO does: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


class Cutoff:
    """A moment that many stamps are compared with.

    Times in UTC compare as text, but for less than a second where only one of
    them has milliseconds; whoever sets a limit leaves more than that.
    """

    def __init__(self, moment: datetime) -> None:
        """Write the moment once, in MOCO's usual form."""
        self._moment = moment
        self._text = format_timestamp(moment)

    def is_before_cutoff(self, text: object) -> bool:
        """Tell whether a stamp is surely before the moment."""
        if type(text) is str and text[-1:] == "Z":
            return text < self._text
        other = parse_timestamp(text)
        return other is not None and other < self._moment


@dataclass(frozen=True)
class ReadPlan:
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
class SyncSettings:
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


@dataclass(frozen=True)
class Extent:
    """How large a list was when a sweep began.

    Attributes:
        rows: How many rows it had, by its total or as counted.
        has_total: MOCO told the total (`X-Total`).
    """

    rows: int
    has_total: bool


def plan_read(
    state: State, sync_settings: SyncSettings, *, incremental: bool, now: datetime
) -> ReadPlan:
    """Decide between an increment, a sweep, and the rest of a sweep."""
    sweep = state.get("sweep", {})
    start = sync_settings.start if incremental else None
    resume = sweep.get("resume")
    if resume and resume.get("filters") == sync_settings.filters:
        return ReadPlan(
            since=start,
            is_sweep=True,
            reason=f"going on after window {resume['window']}",
            resume=resume["window"],
            started_at=parse_timestamp(resume["started_at"]),
            rows=resume.get("rows", 0),
            total=resume.get("total", 0),
        )
    if not incremental:
        return ReadPlan(
            None, is_sweep=True, reason="MOCO tells no changes of this list"
        )
    bookmark = parse_timestamp(state.get("replication_key_value"))
    if bookmark is None or bookmark < EPOCH:
        return ReadPlan(start, is_sweep=True, reason="first read")
    if bookmark > now + A_DAY:
        return ReadPlan(start, is_sweep=True, reason="the bookmark lies in the future")
    if sync_settings.sweep_every and (
        reason := _due(state, sync_settings.sweep_every, now)
    ):
        return ReadPlan(start, is_sweep=True, reason=reason)
    since = max(
        bookmark - sync_settings.overlap, start or bookmark - sync_settings.overlap
    )
    return ReadPlan(
        since, is_sweep=False, reason=f"changes since {format_timestamp(since)}"
    )


def _due(state: State, sweep_every: timedelta, now: datetime) -> str | None:
    """Return why a stream that is read by its changes is to be swept, if it is."""
    sweep = state.get("sweep", {})
    if "deletes_pending" in sweep and not state.get("rejected"):
        return "the records that the last sweep had to put aside have come in"
    swept = parse_timestamp(sweep.get("completed_at") or sweep.get("waits_since"))
    if swept and abs(now - swept) >= sweep_every:
        return f"the last proven sweep is {abs(now - swept).days} days old"
    return None


def sweep_version(state: State, started_at: datetime) -> int:
    """Return the version of the sweep that began then; later than the last one."""
    last: int = state.get("sweep", {}).get("version", 0)
    return max(last + 1, int(started_at.timestamp()))


def advance_bookmark(
    state: State,
    newest: datetime | None,
    started_at: datetime,
    *,
    before: datetime | None = None,
) -> None:
    """Move the bookmark to the newest change read, never past the read's start.

    Args:
        state: The stream's state, changed in place.
        newest: The largest `updated_at` that was emitted, if any.
        started_at: The server's clock when the read began.
        before: When the oldest record changed that has to be read again.
    """
    old = parse_timestamp(state.get("replication_key_value"))
    if newest is None:
        newest = old or started_at
    moved = min(newest, started_at)
    if before and moved >= before:
        moved = max(before, EPOCH) - A_SECOND
    if old and old < started_at + A_DAY:
        moved = max(moved, old)
    state["replication_key"] = "updated_at"
    state["replication_key_value"] = format_timestamp(moved)


def checkpoint(  # noqa: PLR0913 - what a resume point holds
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
        filters: See `SyncSettings`.
        rows: How many rows the windows so far are certain to have shown.
        total: How many the whole list had when the sweep began.
    """
    resume = {
        "window": window,
        "started_at": format_timestamp(started_at),
        "filters": filters,
        "rows": rows,
        "total": total,
    }
    state["sweep"] = {**state.get("sweep", {}), "resume": resume}


def defer_sweep(state: State, now: datetime) -> None:
    """Note that a stream with a bookmark from elsewhere was never swept.

    Its first sweep is due when as much time has passed as after a sweep.
    """
    sweep = state.get("sweep", {})
    if "completed_at" not in sweep:
        state["sweep"] = {"waits_since": format_timestamp(now), **sweep}


def complete_sweep(
    state: State,
    version: int | None,
    now: datetime,
    *,
    extent: Extent | None = None,
    deletes_pending: bool = False,
) -> None:
    """Note a proven sweep.

    Args:
        state: The stream's state, changed in place.
        version: That of its records, if deletes follow it.
        now: The tap's own clock.
        extent: How large the list was, if that is certain.
        deletes_pending: Deletes are to follow when no rejected record is left.
    """
    sweep: State = {"completed_at": format_timestamp(now)}
    if version is None:
        version = state.get("sweep", {}).get("version")
    if version is not None:
        sweep["version"] = version
    if extent:
        sweep |= asdict(extent)
    if deletes_pending:
        sweep["deletes_pending"] = True
    state["sweep"] = sweep


def abandon_sweep(state: State) -> None:
    """Forget what an interrupted sweep had read: it has to begin anew."""
    state.get("sweep", {}).pop("resume", None)

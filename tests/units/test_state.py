"""Where a read starts, and what the state says when it has ended."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tap_moco.inputs import checked_state
from tap_moco.plan import Planner, ReadPlan, SyncSettings
from tap_moco.state.stream import StreamState
from tap_moco.state.sweep import ResumePoint, SweepState
from tap_moco.timestamps import format_timestamp

UTC = timezone.utc
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """Read a time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stream_state(state: dict[str, Any]) -> StreamState:
    """Return the typed state of one stream."""
    return checked_state({"bookmarks": {"it": state}}).of("it")


def plan_of(
    state: dict[str, Any],
    *,
    start: datetime | None = None,
    overlap: int = 60,
    days: int = 7,
    incremental: bool = True,
) -> tuple[str | None, bool]:
    """Return what is asked for, and whether it is a sweep."""
    sync_settings = SyncSettings(
        start, timedelta(seconds=overlap), timedelta(days=days)
    )
    plan = Planner(stream_state(state), sync_settings, incremental, NOW).plan()
    since = format_timestamp(plan.since) if plan.since else None
    return since, plan.is_sweep


BOOKMARK = {"replication_key_value": "2026-11-23T00:00:00Z"}
RECENT = {**BOOKMARK, "sweep": {"completed_at": "2026-11-20T00:00:00Z"}}
OLD = {**BOOKMARK, "sweep": {"completed_at": "2026-11-17T11:59:59Z"}}
JUST_YOUNG = {**BOOKMARK, "sweep": {"completed_at": "2026-11-17T12:00:01Z"}}


@pytest.mark.parametrize(
    ("state", "options", "plan"),
    [
        ({}, {}, (None, True)),
        ({}, {"start": START}, ("2026-01-01T00:00:00Z", True)),
        ({}, {"incremental": False}, (None, True)),
        ({}, {"incremental": False, "start": START}, (None, True)),
        (BOOKMARK, {"incremental": False}, (None, True)),
        (RECENT, {}, ("2026-11-22T23:59:00Z", False)),
        (RECENT, {"overlap": 0}, ("2026-11-23T00:00:00Z", False)),
        (RECENT, {"overlap": 86_400}, ("2026-11-22T00:00:00Z", False)),
        (RECENT, {"start": START}, ("2026-11-22T23:59:00Z", False)),
        (RECENT, {"start": NOW}, ("2026-11-24T12:00:00Z", False)),
        (OLD, {}, (None, True)),
        (OLD, {"start": START}, ("2026-01-01T00:00:00Z", True)),
        (OLD, {"days": 0}, ("2026-11-22T23:59:00Z", False)),
        (OLD, {"days": 8}, ("2026-11-22T23:59:00Z", False)),
        (JUST_YOUNG, {}, ("2026-11-22T23:59:00Z", False)),
        ({"replication_key_value": None}, {}, (None, True)),
        ({"replication_key_value": "2026-12-24T00:00:00Z"}, {}, (None, True)),
    ],
)
def test_plan(
    state: dict[str, Any], options: dict[str, Any], plan: tuple[str | None, bool]
) -> None:
    assert plan_of(state, **options) == plan


RESUME = ResumePoint("2025-07", format_timestamp(NOW), filters="a", rows=12, total=99)


def plan_with_filters(filters: str) -> ReadPlan:
    """Return the plan for a sweep that was interrupted under the filters `a`."""
    state = StreamState(
        sweep=SweepState(completed_at="2026-11-20T00:00:00Z", version=5)
    )
    state.checkpoint(RESUME)
    assert state.last_sweep.version == 5
    settings = SyncSettings(None, timedelta(0), timedelta(days=7), filters=filters)
    return Planner(state, settings, incremental=True, now=NOW).plan()


def test_interrupted_sweep_goes_on() -> None:
    plan = plan_with_filters("a")
    assert (plan.resume, plan.is_sweep) == (RESUME, True)


def test_sweep_under_other_filters_does_not_go_on() -> None:
    """With other settings, the windows that are done would hold other rows."""
    plan = plan_with_filters("b")
    assert (plan.resume, plan.is_sweep) == (None, True)


@pytest.mark.parametrize(
    ("old", "newest", "started", "moved"),
    [
        (None, "2026-05-01", "2026-06-01", "2026-05-01"),
        (None, "2026-07-01", "2026-06-01", "2026-06-01"),
        (None, None, "2026-06-01", "2026-06-01"),
        ("2026-05-01", None, "2026-06-01", "2026-05-01"),
        ("2026-05-01", "2026-05-02", "2026-06-01", "2026-05-02"),
        ("2026-05-01", "2026-04-01", "2026-06-01", "2026-05-01"),
        ("2026-05-01", "2026-07-01", "2026-06-01", "2026-06-01"),
        ("2026-05-02", "2026-07-01", "2026-05-01", "2026-05-01"),
        ("2026-05-01", "2026-07-01", "2026-04-01", "2026-04-01"),
    ],
)
def test_bookmark_moves(
    old: str | None, newest: str | None, started: str, moved: str
) -> None:
    """Never past the start, and back only where it was in the future by far."""
    state = StreamState(replication_key_value=f"{old}T00:00:00Z" if old else None)
    state.advance_bookmark(at(newest) if newest else None, at(started))
    assert state.replication_key_value == f"{moved}T00:00:00Z"
    assert state.replication_key == "updated_at"


def test_version_grows_with_every_sweep() -> None:
    state = StreamState()
    first = state.last_sweep.next_version(NOW)
    state.sweep = state.last_sweep.completed(first, NOW)
    assert state.last_sweep.next_version(NOW) > first
    assert state.last_sweep.next_version(NOW - timedelta(days=99)) > first


def test_sweep_without_a_version_keeps_the_last_one() -> None:
    state = StreamState(sweep=SweepState(version=3, resume=RESUME))
    state.sweep = state.last_sweep.completed(None, NOW)
    assert state.sweep == SweepState(version=3, completed_at="2026-11-24T12:00:00Z")


def test_state_is_written_as_it_was_read() -> None:
    """Also what the first version wrote."""
    state = {
        "bookmarks": {
            "activities": {
                "replication_key": "updated_at",
                "replication_key_value": "2026-11-24T23:07:24Z",
                "sweep": {
                    "version": 1795561624,
                    "completed_at": "2026-11-24T23:07:06Z",
                    "resume": {
                        "window": "2024-03",
                        "started_at": "2026-11-24T23:00:00Z",
                        "filters": "0a1b2c3d",
                        "rows": 5,
                        "total": 9,
                    },
                },
            },
            "invoice_details": {"known": {"5": "2026-11-24T23:07:24Z"}},
            "profile": {},
        }
    }
    assert checked_state(state).to_dict() == state

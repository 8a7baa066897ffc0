"""Where a read starts, and what the state says when it has ended."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_moco.completeness.windows import WINDOW_ROWS, DateFilter, WindowCursor
from tap_moco.state import (
    SyncSettings,
    advance_bookmark,
    checkpoint,
    complete_sweep,
    format_timestamp,
    parse_timestamp,
    plan_read,
    sweep_version,
)

UTC = timezone.utc
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """Read a time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-01-31", "2024-01-31T00:00:00+00:00"),
        ("2024-01-31T10:20:30Z", "2024-01-31T10:20:30+00:00"),
        ("2024-01-31T10:20:30", "2024-01-31T10:20:30+00:00"),
        ("2024-01-31T10:20:30.515Z", "2024-01-31T10:20:30.515000+00:00"),
        ("2024-01-31T10:20:30+02:00", "2024-01-31T10:20:30+02:00"),
        ("2024-01-31 10:20:30", "2024-01-31T10:20:30+00:00"),
    ],
)
def test_times_are_read(text: str, time: str) -> None:
    parsed = parse_timestamp(text)
    assert parsed is not None
    assert parsed.isoformat() == time


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "31.01.2024", "2024-02-30", None, 5, [], {}),
        "9999-12-31T23:59:59-14:00",  # UTC cannot hold these
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_is_no_time_is_none(text: object) -> None:
    assert parse_timestamp(text) is None


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2024, 1, 31, 10, tzinfo=UTC), "2024-01-31T10:00:00Z"),
        (datetime(2024, 1, 31, 10, 0, 0, 999_999, UTC), "2024-01-31T10:00:00Z"),
        (
            datetime(2024, 1, 31, 1, tzinfo=timezone(timedelta(hours=2))),
            "2024-01-30T23:00:00Z",
        ),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
    ],
)
def test_times_are_written_as_moco_does(time: datetime, text: str) -> None:
    assert format_timestamp(time) == text


@given(st.datetimes(timezones=st.just(UTC)))
def test_written_times_order_as_times_do(time: datetime) -> None:
    assert parse_timestamp(format_timestamp(time)) == time.replace(microsecond=0)


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
    plan = plan_read(state, sync_settings, incremental=incremental, now=NOW)
    return plan.since and format_timestamp(plan.since), plan.is_sweep


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


def test_interrupted_sweep_goes_on() -> None:
    state = {"sweep": {"completed_at": "2026-11-20T00:00:00Z", "version": 5}}
    checkpoint(state, "2025-07", NOW, filters="a", rows=12, total=99)
    sync_settings = SyncSettings(None, timedelta(0), timedelta(days=7), filters="a")
    plan = plan_read(state, sync_settings, incremental=True, now=NOW)
    assert (plan.resume, plan.started_at, plan.is_sweep) == ("2025-07", NOW, True)
    assert plan.rows == 12
    assert state["sweep"]["version"] == 5


def test_sweep_under_other_filters_does_not_go_on() -> None:
    """With other settings, the windows that are done would hold other rows."""
    state: dict[str, Any] = dict(BOOKMARK)
    checkpoint(state, "2025-07", NOW, filters="a", rows=12, total=99)
    sync_settings = SyncSettings(None, timedelta(0), timedelta(days=7), filters="b")
    plan = plan_read(state, sync_settings, incremental=False, now=NOW)
    assert (plan.resume, plan.started_at, plan.is_sweep) == (None, None, True)


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
    state: dict[str, Any] = {}
    if old:
        state["replication_key_value"] = f"{old}T00:00:00Z"
    advance_bookmark(state, at(newest) if newest else None, at(started))
    assert state["replication_key_value"] == f"{moved}T00:00:00Z"
    assert state["replication_key"] == "updated_at"


def test_version_grows_with_every_sweep() -> None:
    state: dict[str, Any] = {}
    first = sweep_version(state, NOW)
    complete_sweep(state, first, NOW)
    assert sweep_version(state, NOW) > first
    assert sweep_version(state, NOW - timedelta(days=99)) > first


def test_sweep_without_a_version_keeps_the_last_one() -> None:
    state: dict[str, Any] = {"sweep": {"version": 3, "resume": {"window": "2024-01"}}}
    complete_sweep(state, None, NOW)
    assert state["sweep"] == {"version": 3, "completed_at": "2026-11-24T12:00:00Z"}


# Windows

A, B = date(2024, 1, 1), date(2024, 3, 31)
PAIR = DateFilter()
JOINED = DateFilter(joined="period")


@pytest.mark.parametrize(
    ("windows", "start", "end", "params"),
    [
        (PAIR, None, None, {}),
        (PAIR, A, B, {"from": "2024-01-01", "to": "2024-03-31"}),
        (PAIR, A, None, {"from": "2024-01-01", "to": "9999-12-31"}),
        (PAIR, None, B, {"from": "0001-01-01", "to": "2024-03-31"}),
        (JOINED, None, None, {}),
        (JOINED, A, B, {"period": "2024-01-01:2024-03-31"}),
        (JOINED, A, None, {"period": "2024-01-01:9999-12-31"}),
        (JOINED, None, B, {"period": "0001-01-01:2024-03-31"}),
        (
            DateFilter("date_from", "date_to"),
            A,
            None,
            {"date_from": "2024-01-01", "date_to": "9999-12-31"},
        ),
    ],
)
def test_window_as_parameters(
    windows: DateFilter,
    start: date | None,
    end: date | None,
    params: dict[str, str],
) -> None:
    assert windows.params(start, end) == params


def test_first_window_is_open_to_the_future() -> None:
    cursor = WindowCursor(None, date(2026, 11, 24))
    assert cursor.end is None
    assert cursor.label == "2026-11"


@given(
    st.lists(st.integers(0, 50_000), max_size=40), st.dates(min_value=date(1990, 1, 1))
)
def test_windows_lie_end_to_end(rows: list[int], today: date) -> None:
    """No day between two windows, and no day twice."""
    cursor = WindowCursor(None, today)
    for count in rows:
        start = cursor.start
        if start.year <= 1900:
            break
        cursor.advance(count)
        assert cursor.end is not None
        assert cursor.end.add(days=1) == start
        assert cursor.start <= cursor.end
        assert cursor.start.day == 1


def test_resume_goes_on_right_before() -> None:
    cursor = WindowCursor("2024-03", date(2026, 11, 24))
    assert (str(cursor.start), str(cursor.end)) == ("2024-02-01", "2024-02-29")


def test_empty_windows_grow_and_full_ones_shrink() -> None:
    cursor = WindowCursor(None, date(2026, 11, 24))
    cursor.advance(0)
    assert cursor.start == date(2026, 8, 1)
    cursor.advance(3 * WINDOW_ROWS)
    assert cursor.start == date(2026, 7, 1)

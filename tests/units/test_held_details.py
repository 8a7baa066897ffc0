"""What the state keeps of details: how large it is, and what it tells apart."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from tap_moco.packing import unpack_map
from tap_moco.plan import ReadPlan
from tap_moco.state.stream import StreamState
from tap_moco.state.sweep import ResumePoint
from tap_moco.streams import held_details
from tap_moco.streams.held_details import HeldDetails

if TYPE_CHECKING:
    from tap_moco.row import Row

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=timezone.utc)
OVERLAP = timedelta(seconds=60)
INCREMENT = ReadPlan(NOW - timedelta(hours=1), is_sweep=False, reason="changes")
FIRST = ReadPlan(None, is_sweep=True, reason="first read")


def rows(count: int, mean_gap: int = 500) -> list[Row]:
    """Return rows of a shared sequence of ids, changed at some time of a year."""
    chance, number, made = random.Random(count), 1_000_000, []
    for _ in range(count):
        number += 1 + int(chance.expovariate(1 / mean_gap))
        changed = datetime(2025, 1, 1, tzinfo=timezone.utc) + timedelta(
            minutes=chance.randrange(500_000)
        )
        made.append({"id": number, "updated_at": f"{changed:%Y-%m-%dT%H:%M:%SZ}"})
    return made


def written(given: list[Row]) -> StreamState:
    """Return the state after a first read of these rows."""
    state = StreamState()
    held = HeldDetails(state, FIRST, OVERLAP, NOW)
    for row in given:
        held.add(row)
    state.replication_key_value = "2026-11-24T09:00:00Z"
    held.save()
    return state


def next_run(state: StreamState) -> HeldDetails:
    return HeldDetails(state, INCREMENT, OVERLAP, NOW)


@pytest.mark.parametrize(("count", "most"), [(1_000, 3_700), (10_000, 36_000)])
def test_size_of_the_state(count: int, most: int) -> None:
    assert len(written(rows(count)).details) <= most


def test_of_many_records_only_the_ids_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held_details, "MOST_STAMPED", 100)
    given = rows(101)
    held = next_run(written(given))
    assert held.are_current({**given[7], "updated_at": "2020-01-01T00:00:00Z"})
    assert not held.are_current({"id": 1, "updated_at": given[7]["updated_at"]})


def test_a_stamp_of_another_day_is_told_apart() -> None:
    """But for one in 255."""
    given = rows(2_000)
    held = next_run(written(given))
    assert all(map(held.are_current, given))
    edited = [{**row, "updated_at": "2026-11-01T00:00:00Z"} for row in given]
    overlooked = sum(map(held.are_current, edited))
    assert overlooked < 2_000 / 255 * 3


def test_what_did_not_change_is_not_packed_again() -> None:
    """Every STATE message of a run would pay for it."""
    given = rows(20_000)
    held = next_run(written(given))
    for row in given:
        held.add(row)
    began = time.perf_counter()
    for _ in range(1_000):
        held.save()
    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize("bookmark", ["2026-11-24T09:00:00Z", "2026-12-24T09:00:00Z"])
def test_bookmark_later_than_the_clock_tells_nothing(bookmark: str) -> None:
    given = rows(3)
    state = written(given)
    state.replication_key_value = bookmark
    assert next_run(state).are_current(given[0]) is (bookmark < f"{NOW:%Y-%m-%dT%H}Z")


def test_resumed_first_read_asks_for_what_changed_since_it_began() -> None:
    given = rows(3)
    state = written(given)
    state.replication_key_value = None
    resume = ResumePoint(window="2026-01", started_at="2026-11-24T08:00:00Z")
    plan = ReadPlan(None, is_sweep=True, reason="goes on", resume=resume)
    held = HeldDetails(state, plan, OVERLAP, NOW)
    assert held.are_current(given[0])
    assert not held.are_current({**given[0], "updated_at": "2026-11-24T08:00:00Z"})


def test_first_read_that_begins_anew_asks_for_all() -> None:
    given = rows(3)
    state = written(given)
    state.replication_key_value = None
    held = HeldDetails(state, FIRST, OVERLAP, NOW)
    assert not any(map(held.are_current, given))
    held.save()
    assert unpack_map(state.details) == {}

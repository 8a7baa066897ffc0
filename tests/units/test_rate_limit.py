"""The limiter against a server that counts: never one request too many."""

from __future__ import annotations

import random
import threading
from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_moco.api.rate_limit import MARGIN, RateLimiter


@dataclass
class World:
    """Time that passes only when it is waited for, and requests under way in it."""

    limit: int
    seconds: float
    now: float = 1000.0
    limiter: RateLimiter = field(init=False)
    ends: deque[float] = field(default_factory=deque)
    counted: list[float] = field(default_factory=list)
    """When the server counted each request."""

    def __post_init__(self) -> None:
        """Make the limiter that is looked at."""
        self.limiter = RateLimiter(
            self.limit, self.seconds, clock=lambda: self.now, wait=self.wait
        )

    def wait(self, _condition: threading.Condition, delay: float | None) -> None:
        """Let time pass: to the end of the wait, or of the next request."""
        until = self.now + delay if delay is not None else float("inf")
        if self.ends and self.ends[0] <= until:
            self.finish()
        else:
            assert delay is not None, "it waits for a request, and none is under way"
            self.now = max(self.now + 1e-6, until)

    def finish(self) -> None:
        """Go on to where the first request under way ends."""
        self.now = max(self.now, self.ends.popleft())
        self.limiter.release()

    def ask(self, travel: float, back: float) -> None:
        """Begin a request that the server counts after a while."""
        self.limiter.acquire()
        self.counted.append(self.now + travel)
        self.ends = deque(sorted([*self.ends, self.now + travel + back]))


def most_in_any_window(times: list[float], seconds: float) -> int:
    """Return the most requests of any sliding window."""
    times = sorted(times)
    return max(
        sum(1 for time in times[index:] if time < start + seconds)
        for index, start in enumerate(times)
    )


def most_in_fixed_windows(times: list[float], seconds: float, phase: float) -> int:
    """Return the most requests between two starts of a fixed window."""
    windows = [int((time - phase) // seconds) for time in times]
    return max(windows.count(window) for window in windows)


delays = st.floats(0, 5, allow_nan=False, allow_infinity=False)


@settings(max_examples=60, deadline=None)
@given(
    limit=st.integers(1, 12),
    seconds=st.floats(0.5, 30),
    travels=st.lists(st.tuples(delays, delays), min_size=1, max_size=60),
    at_once=st.integers(1, 8),
    phase=st.floats(0, 30),
)
def test_no_window_holds_too_many(
    limit: int,
    seconds: float,
    travels: list[tuple[float, float]],
    at_once: int,
    phase: float,
) -> None:
    world = World(limit, seconds)
    for travel, back in travels:
        while len(world.ends) >= at_once:
            world.finish()
        world.ask(travel, back)
    assert len(world.counted) == len(travels)
    assert most_in_any_window(world.counted, seconds) <= limit
    assert most_in_fixed_windows(world.counted, seconds, phase) <= limit


def test_budget_is_used_fully() -> None:
    """240 requests a window of 120 take one window, not two."""
    world = World(120, 120.0)
    for _ in range(240):
        while world.ends:
            world.finish()
        world.ask(0.0, 0.0)
    assert world.now - 1000.0 == pytest.approx(120 * MARGIN, abs=0.1)


def test_first_window_is_not_slowed_down() -> None:
    world = World(120, 120.0)
    for _ in range(120):
        world.ask(0.0, 0.0)
        world.finish()
    assert world.now == 1000.0


def test_more_at_once_than_the_limit_wait_for_an_end() -> None:
    world = World(2, 10.0)
    for _ in range(3):
        world.ask(1.0, 1.0)
    assert world.counted == [1001.0, 1001.0, pytest.approx(1002 + 10 * MARGIN + 1)]


def test_pause_stops_everything_and_ends() -> None:
    world = World(100, 1.0)
    assert world.limiter.pause(30) is True
    world.ask(0.0, 0.0)
    assert world.now == pytest.approx(1030.0)
    world.finish()
    world.ask(0.0, 0.0)
    assert world.now == pytest.approx(1030.0)


def test_shorter_pause_does_not_shorten_a_longer_one() -> None:
    world = World(100, 1.0)
    world.limiter.pause(30)
    assert world.limiter.pause(5) is False
    world.ask(0.0, 0.0)
    assert world.now == pytest.approx(1030.0)


def test_begun_counts_every_request() -> None:
    world = World(5, 1.0)
    for _ in range(17):
        world.ask(0.01, 0.01)
        world.finish()
    assert world.limiter.begun == 17


def test_threads_share_one_budget() -> None:
    """With real threads and a fake clock, no permit is given twice."""
    limiter = RateLimiter(8, 1000.0, clock=lambda: 0.0)
    inside = threading.Semaphore(0)

    def one() -> None:
        limiter.acquire()
        inside.release()

    threads = [threading.Thread(target=one, daemon=True) for _ in range(20)]
    for thread in threads:
        thread.start()
    assert all(inside.acquire(timeout=5) for _ in range(8))
    assert not inside.acquire(timeout=0.05)
    assert limiter.begun == 8


def test_the_servers_of_this_test_notice() -> None:
    """A limiter that ignores the limit would be found out."""
    chance = random.Random(1)
    times = [chance.random() for _ in range(20)]
    assert most_in_any_window(times, 2.0) == 20
    assert most_in_fixed_windows(times, 2.0, 0.0) == 20
    assert most_in_any_window([0.0, 1.0, 2.0], 1.0) == 1

"""The request budget: a sliding window that all requests of the tap share."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, cast

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

MARGIN = 1.01
"""Clocks differ and requests travel; the window is held this much longer."""


MIN_LOGGED_WAIT = 5.0
"""A longer wait is logged."""

logger = logging.getLogger("tap-moco.api")


class RateLimiter:
    """Lets at most `limit` requests begin in any `seconds`, retries included.

    A request holds its place from its start until `seconds` after its end:
    the server counted it somewhere in between, so its own window, be it
    sliding or fixed, is never overrun.

    Args:
        limit: Requests in a window.
        seconds: Length of the window.
        at_once: Requests under way at the same time, at most.
        clock: Monotonic seconds; a test brings its own.
        wait: Waits on the condition for so many seconds at most.
    """

    def __init__(
        self,
        limit: int,
        seconds: float,
        *,
        at_once: int = 1_000,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Condition, float | None], object] | None = None,
    ) -> None:
        """Start with the whole budget."""
        self._limit = limit
        self._at_once = at_once
        self.window = seconds * MARGIN
        self._clock = clock
        self._wait = wait or threading.Condition.wait
        self._ended: deque[float] = deque()
        self._under_way = 0
        self.begun = 0
        self._resume_at = 0.0
        self._logged_until = 0.0
        self._changed = threading.Condition()

    def acquire(self) -> None:
        """Block until one more request may begin."""
        with self._changed:
            while (delay := self._delay()) is None or delay > 0:
                self._tell(delay or 0.0)
                self._wait(self._changed, delay)
            self._under_way += 1
            self.begun += 1

    def await_room(self, requests: int) -> None:
        """Block until so many requests may begin back to back.

        No place is taken: who else sends meanwhile may take them.
        """
        wanted = min(requests, self._limit)
        with self._changed:
            while (delay := self._delay(wanted)) is None or delay > 0:
                self._tell(delay or 0.0)
                self._wait(self._changed, delay)

    def release(self) -> None:
        """Say that a request has ended, however it went."""
        with self._changed:
            self._under_way -= 1
            self._ended.append(self._clock())
            self._changed.notify_all()

    def pause(self, seconds: float) -> bool:
        """Let nothing begin for so long; False if it was paused for longer."""
        with self._changed:
            until = self._clock() + seconds
            longer = until > self._resume_at + 1
            self._resume_at = max(self._resume_at, until)
            self._logged_until = self._resume_at
            return longer

    def _tell(self, delay: float) -> None:
        """Log a wait that a person would wonder about, once for all threads."""
        until = self._clock() + delay
        if delay >= MIN_LOGGED_WAIT and until > self._logged_until + 1:
            self._logged_until = until
            logger.info("the request budget is used up; continuing in %.0f s", delay)

    def _delay(self, wanted: int = 1) -> float | None:
        """Return the seconds until so many may begin; None until some request ends."""
        now = self._clock()
        while self._ended and self._ended[0] + self.window <= now:
            self._ended.popleft()
        if now < self._resume_at:
            return self._resume_at - now
        if self._under_way >= self._at_once:
            return None
        excess = self._under_way + len(self._ended) + wanted - self._limit
        if excess <= 0:
            return 0.0
        if excess > len(self._ended):
            return None
        return self._ended[excess - 1] + self.window - now


class TimedResponse(requests.Response):
    """A response that knows when its request went out.

    Attributes:
        sent: Seconds by `time.perf_counter`, before the first byte was sent.
    """

    sent: float


class LimitedSession(requests.Session):
    """A session whose every request, by whoever, passes the limiter."""

    def __init__(self, limiter: RateLimiter) -> None:
        """Share the limiter with the client, which pauses it on a 429."""
        super().__init__()
        self.limiter = limiter

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> TimedResponse:
        """Send when the budget allows it."""
        self.limiter.acquire()
        sent = time.perf_counter()
        try:
            response = cast("TimedResponse", super().send(request, **kwargs))
        finally:
            self.limiter.release()
        response.sent = sent
        return response

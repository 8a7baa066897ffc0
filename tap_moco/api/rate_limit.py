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
"""Clocks differ and requests take time, so the window is extended by this factor."""


MIN_LOGGED_WAIT = 5.0
"""Seconds; the tap logs longer waits."""

logger = logging.getLogger("tap-moco.api")


class RateLimiter:
    """Lets at most `limit` requests begin in any `seconds`, retries included.

    A request counts from its start until `seconds` after its end. The server counted
    it somewhere in between, so the server's own window, sliding or fixed, is never
    exceeded.

    Args:
        limit: Requests in a window.
        seconds: Length of the window.
        at_once: The most requests that are under way at the same time.
        clock: Monotonic seconds; a test passes its own.
        wait: Waits on the condition, for this many seconds at most.
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
        """Block until this many requests may begin back to back.

        This reserves nothing: other threads may use the budget in the meantime.
        """
        wanted = min(requests, self._limit)
        with self._changed:
            while (delay := self._delay(wanted)) is None or delay > 0:
                self._tell(delay or 0.0)
                self._wait(self._changed, delay)

    def release(self) -> None:
        """Note that a request has ended, successfully or not."""
        with self._changed:
            self._under_way -= 1
            self._ended.append(self._clock())
            self._changed.notify_all()

    def pause(self, seconds: float) -> bool:
        """Let no request begin for this long; False if a longer pause was set."""
        with self._changed:
            until = self._clock() + seconds
            longer = until > self._resume_at + 1
            self._resume_at = max(self._resume_at, until)
            self._logged_until = self._resume_at
            return longer

    def _tell(self, delay: float) -> None:
        """Log a wait that is long enough to be noticed, once for all threads."""
        until = self._clock() + delay
        if delay >= MIN_LOGGED_WAIT and until > self._logged_until + 1:
            self._logged_until = until
            logger.info("the request budget is used up; continuing in %.0f s", delay)

    def _delay(self, wanted: int = 1) -> float | None:
        """Return the seconds until this many may begin; None until a request ends."""
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
    """A session in which every request passes the limiter, whoever sends it."""

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

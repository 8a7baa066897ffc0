"""The rate limit."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class RateLimit:
    """So many requests in so many seconds; then 429."""

    def __init__(  # noqa: PLR0913
        self,
        requests: int,
        seconds: float,
        *,
        fixed: bool = False,
        others: float = 0.0,
        retry_after: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Limit the requests of any period, or of fixed ones.

        Args:
            requests: How many are answered.
            seconds: How long the window is.
            fixed: The window starts anew at its end, and does not slide.
            others: Requests a second that other integrations make meanwhile.
            retry_after: `seconds` or `date`: what a 429 tells; else nothing.
            clock: Seconds, from any start.
        """
        self.retry_after = retry_after
        self._requests = requests
        self._seconds = seconds
        self._fixed = fixed
        self._others = others
        self._clock = clock
        self._hits: deque[float] = deque()
        self._others_until = clock()

    def wait(self) -> float:
        """Count a request; return 0, or the seconds until one is admitted."""
        now = self._clock()
        self._let_others_in(now)
        start = now - now % self._seconds if self._fixed else now - self._seconds
        while self._hits and self._hits[0] < start:
            self._hits.popleft()
        if len(self._hits) < self._requests:
            self._hits.append(now)
            return 0.0
        first = start if self._fixed else self._hits[0]
        return max(first + self._seconds - now, 0.001)

    def _let_others_in(self, now: float) -> None:
        while self._others and self._others_until + 1 / self._others <= now:
            self._others_until += 1 / self._others
            if len(self._hits) < self._requests:
                self._hits.append(self._others_until)

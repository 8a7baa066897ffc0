"""The rate limit."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field


@dataclass
class RateLimit:
    """So many requests in so many seconds; then 429."""

    requests: int
    seconds: float
    fixed: bool = False
    """The window starts anew at its end, and does not slide."""
    _hits: deque[float] = field(default_factory=deque)

    def admits_one(self) -> bool:
        """Count a request, unless there were too many."""
        now = time.monotonic()
        start = now - (now % self.seconds if self.fixed else self.seconds)
        while self._hits and self._hits[0] < start:
            self._hits.popleft()
        is_admitted = len(self._hits) < self.requests
        if is_admitted:
            self._hits.append(now)
        return is_admitted

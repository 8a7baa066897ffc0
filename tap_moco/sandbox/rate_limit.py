"""The rate limit."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass
class RateLimit:
    """So many requests in so many seconds; then 429."""

    requests: int
    seconds: float
    fixed: bool = False
    """The window starts anew at its end, and does not slide."""
    others: float = 0.0
    """Requests per second that other integrations make meanwhile."""
    retry_after: str | None = None
    """`seconds` or `date`: what a 429 says; otherwise nothing."""
    _hits: deque[float] = field(default_factory=deque)
    _others_until: float = field(default_factory=time.monotonic)

    def wait(self) -> float:
        """Count a request; return 0, or the seconds until one is admitted."""
        now = time.monotonic()
        self._let_others_in(now)
        start = now - (now % self.seconds if self.fixed else self.seconds)
        while self._hits and self._hits[0] < start:
            self._hits.popleft()
        if len(self._hits) < self.requests:
            self._hits.append(now)
            return 0.0
        first = start if self.fixed else self._hits[0]
        return max(first + self.seconds - now, 0.001)

    def headers(self, wait: float, now: datetime) -> dict[str, str]:
        """Return what says when to come again, as seconds or a date."""
        if self.retry_after == "date":
            later = now.fromtimestamp(now.timestamp() + wait + 1, now.tzinfo)
            return {"retry-after": format_datetime(later, usegmt=True)}
        return {"retry-after": str(int(wait) + 1)} if self.retry_after else {}

    def _let_others_in(self, now: float) -> None:
        while self.others and self._others_until + 1 / self.others <= now:
            self._others_until += 1 / self.others
            if len(self._hits) < self.requests:
                self._hits.append(self._others_until)

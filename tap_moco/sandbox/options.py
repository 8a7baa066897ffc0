"""How an account is served, and what is not known of MOCO: both ways can be had."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


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


@dataclass(frozen=True)
class Options:
    """How the account is served."""

    latency: float = 0.0
    """Seconds that pass before each answer."""
    limit: RateLimit | None = None
    before_request: Callable[..., object] | None = None
    """Called with each request, which is an `Entry`, and the account, under its lock;
    may change the account, but must not ask the server."""
    max_per_page: int = 100
    heeds_per_page: bool = True
    sort_fields: str = "documented"
    """Whether `id` and the times can be sorted by: `all`, `documented` (id of
    activities only), or `none`: `sort_by` is ignored everywhere."""
    inclusive: bool = False
    """Whether `updated_after` gives what was changed at that very time."""
    has_fixed_ties: bool = False
    """Whether equal rows come in the same order each time that a page is asked for;
    the next page may still have another one."""

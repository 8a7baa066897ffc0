"""The time of an account, which stands still between two ticks."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

NOW = datetime(2026, 11, 24, 9, 30, 0, 250_000, tzinfo=timezone.utc)


class Clock:
    """The time of an account; it goes on by `tick` alone."""

    def __init__(self, now: datetime = NOW) -> None:
        """Start at a fixed moment."""
        self.now = now

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


def age(state: dict[str, Any], days: int = 8) -> None:
    """Make the last sweeps of a state so old that the next run sweeps again."""
    for bookmark in state.get("bookmarks", {}).values():
        sweep = bookmark.get("sweep", {})
        for name in ("completed_at", "waits_since"):
            if text := sweep.get(name):
                moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
                older = moment - timedelta(days=days)
                sweep[name] = older.strftime("%Y-%m-%dT%H:%M:%SZ")

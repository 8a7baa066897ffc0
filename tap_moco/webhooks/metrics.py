"""What the receiver counts, for Prometheus."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from datetime import datetime

PREFIX = "tap_moco_webhooks"
CAUSES = ("unsigned", "forged", "malformed", "oversized", "aborted")
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counters of one receiver, in a registry of their own."""

    def __init__(self) -> None:
        """Start with nothing received."""
        self.registry = CollectorRegistry()
        self.received = self._counter("received", "Deliveries that came, good or bad")
        self.refused = Counter(
            f"{PREFIX}_refused",
            "Deliveries that were answered with 4xx, or broke off, by cause",
            ["cause"],
            registry=self.registry,
        )
        for cause in CAUSES:  # a cause that never came is 0, and not missing
            self.refused.labels(cause)
        self.stored = self._counter("stored", "Events that were stored")
        self.duplicates = self._counter(
            "duplicates", "Deliveries of events that the spool held already"
        )
        self.spool_errors = self._counter(
            "spool_errors", "Deliveries that were answered with 503"
        )
        self.store_seconds = Histogram(
            f"{PREFIX}_store_seconds",
            "Seconds from the whole body to its event on the disk",
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._newest = math.nan
        age = Gauge(
            f"{PREFIX}_newest_event_age_seconds",
            "Seconds since the newest event came; NaN before the first",
            registry=self.registry,
        )
        age.set_function(lambda: max(time.time() - self._newest, 0.0))

    def note_newest(self, received_at: datetime | None) -> None:
        """Note when an event came."""
        if received_at:
            self._newest = received_at.timestamp()

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"{PREFIX}_{name}", text, registry=self.registry)

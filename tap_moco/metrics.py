"""The results of a stream as Singer metrics, which orchestrators read from the log."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from singer_sdk.metrics import Metric, Point, Status, Tag, get_metrics_logger, log

if TYPE_CHECKING:
    from tap_moco.stats import StreamStats

COUNTS = ("mode", "requests", "rows_in_moco", "rows_expected", "deletes_declared")


def log_metrics(stats: StreamStats) -> None:
    """Log a stream's records and seconds, as the SDK does; nothing on a terminal.

    Other counts become tags of `record_count`.
    """
    if sys.stderr and sys.stderr.isatty():
        return  # a person reads the table
    tags = {Tag.STREAM.value: stats.name, Tag.PID.value: os.getpid()}
    status = Status.SUCCEEDED if stats.outcome == "read" else Status.FAILED
    counts = {name: getattr(stats, name) for name in COUNTS}
    known = {name: count for name, count in counts.items() if count is not None}
    ended = {Tag.STATUS.value: status.value}
    seconds = round(stats.seconds, 3)
    points: tuple[Point[float], ...] = (
        Point("counter", Metric.RECORD_COUNT, stats.records, tags | known),
        Point("timer", Metric.SYNC_DURATION, seconds, tags | ended),
    )
    for point in points:
        log(get_metrics_logger(), point)

"""Runs: the tap's own results."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from tap_moco.redaction import printable, redactor
from tap_moco.streams.base import MocoStream
from tap_moco.text import counted
from tap_moco.timestamps import UTC, format_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.row import Row
    from tap_moco.stats import StreamStats


class SyncRuns(MocoStream):
    """The results of each stream in this run, written at the end of the run.

    Rows are added and never declared deleted. A run that was killed writes none.
    """

    name = "sync_runs"
    path = ""
    primary_keys: ClassVar[tuple[str, ...]] = ("run_id", "stream")
    replication_key = None
    can_detect_deletes = False
    selected_by_default = False

    def read(self) -> None:
        """Write a row for each of the other selected streams."""
        self.write_schema()
        self.write(self._rows())

    def _rows(self) -> Iterator[Row]:
        """Yield the streams that were read, or are selected and were not reached."""
        run, now = self.run_context.stats, datetime.now(UTC)
        for stats in run.streams:
            if (stats.is_selected or stats.mode) and stats is not self.stats:
                yield {"run_id": run.run_id, **_row(stats, now)}


def _row(stats: StreamStats, now: datetime) -> Row:
    """Return the results of a stream; one that was not reached ends with the run."""
    outcome, reason = _outcome(stats)
    return {
        "stream": stats.name,
        "started_at": format_timestamp(stats.started_at or now),
        "ended_at": format_timestamp(stats.ended_at or now),
        "mode": stats.mode or None,
        "outcome": outcome,
        "reason": printable(redactor.redact(reason)) or None,
        "records": stats.records,
        "requests": stats.requests,
        "rows_in_moco": stats.rows_in_moco,
        "rows_expected": stats.rows_expected,
        "deletes_declared": stats.deletes_declared,
        "bookmark": stats.bookmark,
    }


def _outcome(stats: StreamStats) -> tuple[str, str]:
    """Return how a stream ended, and the reason.

    It is `success` if the stream does not make the run end with 1.
    """
    if stats.outcome is None:
        return "interrupted", "the run ended before the stream did"
    if stats.outcome != "read":
        return stats.outcome, stats.reason
    denied = [*stats.unread]
    if stats.forbidden:
        denied.append(counted(stats.forbidden, "record"))
    reasons = [f"denied: {', '.join(denied)}"] if denied else []
    if stats.rejected:
        reasons.append(f"{counted(stats.rejected, 'record')} did not fit the schema")
    return "incomplete" if stats.rejected else "success", "; ".join(reasons)

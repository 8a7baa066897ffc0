"""The results of a run: one line per stream, and a summary at the end."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tap_moco.text import counted
from tap_moco.timestamps import UTC

if TYPE_CHECKING:
    from collections.abc import Iterable

TABLE_HEAD = (
    "stream",
    "mode",
    "records",
    "in MOCO",
    "in target",
    "deleted",
    "requests",
    "seconds",
)
FIRST_NUMBER = 2
"""The columns from here on are numbers."""


@dataclass
class StreamStats:
    """The results of one stream.

    Attributes:
        permission: The right that MOCO requires, for messages.
        is_selected: The catalog selects it.
        mode: How it is read: `first read`, `increment`, `sweep`, `whole read` (of a
            list for which MOCO does not say what changed) or `period`.
        records: Rows that were written as RECORD messages.
        requests: Responses that its read took, including those of counts, details and
            errors. A request that was repeated counts once.
        rejected: Records that do not fit their schema.
        not_found: Records that were deleted between the list and their details.
        forbidden: Records whose details the key may not read.
        unread: Names of other parts of it that the key may not read.
        rows_in_moco: Rows of the whole list, by MOCO's clock when the read began;
            None where that is unknown.
        rows_expected: Rows that the target must have by now; None where unknown.
        deletes_declared: Rows that the target had and that were declared deleted;
            None where unknown.
        bookmark: As in the state: the target has all changes up to this.
        outcome: `read`, `skipped` or `failed`; None while it is being read.
        reason: Why it was skipped or failed.
        seconds: How long it took.
        started_at, ended_at: By the tap's own clock; None if it has not begun or
            ended.
    """

    name: str
    permission: str = ""
    is_selected: bool = False
    mode: str = ""
    records: int = 0
    requests: int = 0
    rejected: int = 0
    not_found: int = 0
    forbidden: int = 0
    unread: list[str] = field(default_factory=list)
    rows_in_moco: int | None = None
    rows_expected: int | None = None
    deletes_declared: int | None = None
    bookmark: str | None = None
    outcome: str | None = None
    reason: str = ""
    seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)
    started_at: datetime | None = None
    ended_at: datetime | None = None

    def begin(self, mode: str) -> None:
        """Start the clock."""
        self.mode = mode
        self.began = time.monotonic()
        self.started_at = datetime.now(UTC)

    def end(self, outcome: str, reason: str = "") -> None:
        """Note how it ended; only the first outcome counts."""
        if self.outcome is None:
            self.outcome = outcome
            self.reason = reason
            self.seconds = time.monotonic() - self.began
            self.ended_at = datetime.now(UTC)

    @property
    def is_eventful(self) -> bool:
        """It wrote or counted something, or was not read."""
        counts = (self.rows_in_moco, self.rows_expected, self.deletes_declared)
        return bool(self.records or self.outcome != "read" or any(counts))

    @property
    def cells(self) -> tuple[str, ...]:
        """The stream as a row of `RunStats.table`."""
        mode = self.mode if self.outcome == "read" else self.outcome or "interrupted"
        counts = (
            self.records,
            self.rows_in_moco,
            self.rows_expected,
            self.deletes_declared,
            self.requests,
        )
        numbers = ("-" if count is None else f"{count:,}" for count in counts)
        return (self.name, mode, *numbers, f"{self.seconds:.1f}")

    @property
    def line(self) -> str:
        """The stream in one line."""
        exceptions = (
            (self.not_found, "deleted meanwhile"),
            (self.forbidden, "denied"),
            (self.rejected, "rejected"),
        )
        noted = "".join(f", {count} {what}" for count, what in exceptions if count)
        return (
            f"{self.name}: {counted(self.records, 'record')}, "
            f"{counted(self.requests, 'request')}, {self.seconds:.1f} s{noted}"
        )


class RunStats:
    """All streams of a run."""

    def __init__(self) -> None:
        """Start the clock, and give the run an id that sorts after earlier ones."""
        self._began = time.monotonic()
        self._streams: dict[str, StreamStats] = {}
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        self.run_id = f"{moment}-{secrets.token_hex(4)}"

    def stream(self, name: str, permission: str = "") -> StreamStats:
        """Return the stats of a stream; the first time, create them."""
        return self._streams.setdefault(name, StreamStats(name, permission))

    @property
    def streams(self) -> Iterable[StreamStats]:
        """All streams, area by area."""
        return self._streams.values()

    def of(self, outcome: str) -> list[StreamStats]:
        """Return the stats of the streams with this outcome."""
        return [s for s in self._streams.values() if s.outcome == outcome]

    @property
    def is_success(self) -> bool:
        """Something was read, nothing failed, and no record was rejected."""
        rejected = any(stats.rejected for stats in self._streams.values())
        return not (self.of("failed") or rejected or self.nothing_read)

    @property
    def nothing_read(self) -> str | None:
        """The likely cause, if MOCO refused every request; None otherwise."""
        skipped = self.of("skipped")
        # what needs no right comes from elsewhere
        was_answered = any(stats.permission for stats in self.of("read"))
        if not skipped or was_answered or self.of("failed"):
            return None
        cause = "check the rights of the key, and which modules the account has"
        if all(stats.reason.startswith("404") for stats in skipped):
            cause = "check the path in api_url, or domain"
        return f"nothing could be read, MOCO refused every selected stream: {cause}"

    def lines(self, requests: int) -> list[str]:
        """Return the lines of the summary."""
        streams = self._streams.values()
        records = sum(stats.records for stats in streams)
        rejected = sum(stats.rejected for stats in streams)
        counts = [f"{counted(len(self.of('read')), 'stream')} read"]
        counts += [
            f"{len(self.of(o))} {o}" for o in ("skipped", "failed") if self.of(o)
        ]
        if rejected:
            counts.append(f"{counted(rejected, 'record')} rejected")
        seconds = time.monotonic() - self._began
        head = (
            f"{', '.join(counts)}; {counted(records, 'record')}, "
            f"{counted(requests, 'request')}, {seconds:.1f} s"
        )
        failed = [f"failed {s.name}: {s.reason}" for s in self.of("failed")]
        return [head, *self._unread(), *failed]

    def _unread(self) -> list[str]:
        """Return what the key could not read, one line per reason."""
        names: dict[str, list[str]] = {}
        for stats in self.of("skipped"):
            names.setdefault(stats.reason, []).append(stats.name)
        lines = [f"skipped {', '.join(n)}: {reason}" for reason, n in names.items()]
        for stats in self.of("read"):
            parts = [*stats.unread]
            parts += [counted(stats.forbidden, "record")] if stats.forbidden else []
            if parts:
                lines.append(f"denied of {stats.name}: {', '.join(parts)}")
        return lines

    def table(self) -> list[str]:
        """Return the selected streams as lines of a table.

        Those in which nothing happened are in one line below it; those that were
        skipped are in the summary.
        """
        begun = [
            stats
            for stats in self._streams.values()
            if stats.is_selected and stats.mode and stats.outcome != "skipped"
        ]
        rows = [TABLE_HEAD, *(stats.cells for stats in begun if stats.is_eventful)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if number >= FIRST_NUMBER else cell.ljust(width)
                for number, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]
        quiet = [stats for stats in begun if not stats.is_eventful]
        if quiet:
            requests = counted(sum(stats.requests for stats in quiet), "request")
            names = ", ".join(stats.name for stats in quiet)
            lines.append(f"nothing new, {requests}: {names}")
        return lines if len(rows) > 1 else lines[1:]

    def verdict(self) -> str:
        """Say in one line what `--test` found: what works, what does not, and why."""
        count = len(self._streams)
        works = f"{len(self.of('read'))} of {counted(count, 'stream')} can be read"
        others = [
            f"{outcome} {stats.name} ({stats.reason})"
            for outcome in ("failed", "skipped")
            for stats in self.of(outcome)
        ]
        return "; ".join([works, *others])

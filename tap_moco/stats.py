"""What came of a run: a line a stream, and a summary at the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class StreamStats:
    """What came of one stream.

    Attributes:
        records: RECORD messages' worth of rows.
        pages: Answers that were read.
        rejected: Records that fit no type of their schema.
        gone: Records that were deleted between the list and their details.
        denied: Records whose details the key may not read.
        unread: What else of it the key may not read, by name.
        outcome: `read`, `skipped` or `failed`; None while it goes on.
        reason: Why it was skipped or failed.
        seconds: How long it took.
    """

    name: str
    records: int = 0
    pages: int = 0
    rejected: int = 0
    gone: int = 0
    denied: int = 0
    unread: list[str] = field(default_factory=list)
    outcome: str | None = None
    reason: str = ""
    seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Start the clock."""
        self.began = time.monotonic()

    def end(self, outcome: str, reason: str = "") -> None:
        """Note how it ended; the first word counts."""
        if self.outcome is None:
            self.outcome = outcome
            self.reason = reason
            self.seconds = time.monotonic() - self.began

    @property
    def line(self) -> str:
        """The stream in one line."""
        asides = (
            (self.gone, "gone meanwhile"),
            (self.denied, "denied"),
            (self.rejected, "put aside"),
        )
        told = "".join(f", {count} {what}" for count, what in asides if count)
        return (
            f"{self.name}: {self.records:,} records, {self.pages:,} requests, "
            f"{self.seconds:.1f} s{told}"
        )


class RunStats:
    """All streams of a run."""

    def __init__(self) -> None:
        """Start the clock."""
        self._began = time.monotonic()
        self._streams: dict[str, StreamStats] = {}

    def stream(self, name: str) -> StreamStats:
        """Return the report of a stream, a new one the first time."""
        return self._streams.setdefault(name, StreamStats(name))

    def of(self, outcome: str) -> list[StreamStats]:
        """Return the reports of the streams that ended so."""
        return [r for r in self._streams.values() if r.outcome == outcome]

    @property
    def is_success(self) -> bool:
        """Something was read, nothing failed, and no record was put aside."""
        rejected = any(report.rejected for report in self._streams.values())
        return not (self.of("failed") or rejected or self.nothing_read)

    @property
    def nothing_read(self) -> str | None:
        """The likely cause, where all that was asked for was refused."""
        skipped = self.of("skipped")
        if not skipped or self.of("read") or self.of("failed"):
            return None
        cause = "check the rights of the key, and which modules the account has"
        if all(report.reason.startswith("404") for report in skipped):
            cause = "check the path in api_url, or domain"
        return f"nothing could be read, MOCO refused every selected stream: {cause}"

    def lines(self, requests: int) -> list[str]:
        """Return the summary, one line per thing to know."""
        reports = self._streams.values()
        records = sum(report.records for report in reports)
        rejected = sum(report.rejected for report in reports)
        counts = [f"{len(self.of('read'))} streams read"]
        counts += [
            f"{len(self.of(o))} {o}" for o in ("skipped", "failed") if self.of(o)
        ]
        if rejected:
            counts.append(f"{rejected} records put aside")
        seconds = time.monotonic() - self._began
        head = (
            f"{', '.join(counts)}; {records:,} records, "
            f"{requests:,} requests, {seconds:.1f} s"
        )
        failed = [f"failed {r.name}: {r.reason}" for r in self.of("failed")]
        return [head, *self._unread(), *failed]

    def _unread(self) -> list[str]:
        """Return what the key could not read, one line per reason."""
        names: dict[str, list[str]] = {}
        for report in self.of("skipped"):
            names.setdefault(report.reason, []).append(report.name)
        lines = [f"skipped {', '.join(n)}: {reason}" for reason, n in names.items()]
        for report in self.of("read"):
            parts = [*report.unread]
            parts += [f"{report.denied} records"] if report.denied else []
            if parts:
                lines.append(f"denied of {report.name}: {', '.join(parts)}")
        return lines

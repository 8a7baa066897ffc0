"""What came of a run: one line per stream, and a summary at the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tap_moco.text import counted


@dataclass
class StreamStats:
    """What came of one stream.

    Attributes:
        permission: The right that MOCO asks for, for messages.
        records: Rows that were written as RECORD messages.
        requests: Responses that were read.
        rejected: Records that do not fit their schema.
        not_found: Records that were deleted between the list and their details.
        forbidden: Records whose details the key may not read.
        unread: What else of it the key may not read, by name.
        outcome: `read`, `skipped` or `failed`; None while it goes on.
        reason: Why it was skipped or failed.
        seconds: How long it took.
    """

    name: str
    permission: str = ""
    records: int = 0
    requests: int = 0
    rejected: int = 0
    not_found: int = 0
    forbidden: int = 0
    unread: list[str] = field(default_factory=list)
    outcome: str | None = None
    reason: str = ""
    seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Start the clock."""
        self.began = time.monotonic()

    def end(self, outcome: str, reason: str = "") -> None:
        """Note how it ended; the first outcome counts."""
        if self.outcome is None:
            self.outcome = outcome
            self.reason = reason
            self.seconds = time.monotonic() - self.began

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
        """Start the clock."""
        self._began = time.monotonic()
        self._streams: dict[str, StreamStats] = {}

    def stream(self, name: str, permission: str = "") -> StreamStats:
        """Return the stats of a stream, new ones the first time."""
        return self._streams.setdefault(name, StreamStats(name, permission))

    def of(self, outcome: str) -> list[StreamStats]:
        """Return the stats of the streams that ended so."""
        return [s for s in self._streams.values() if s.outcome == outcome]

    @property
    def is_success(self) -> bool:
        """Something was read, nothing failed, and no record was rejected."""
        rejected = any(stats.rejected for stats in self._streams.values())
        return not (self.of("failed") or rejected or self.nothing_read)

    @property
    def nothing_read(self) -> str | None:
        """The likely cause, where all that was asked for was refused."""
        skipped = self.of("skipped")
        if not skipped or self.of("read") or self.of("failed"):
            return None
        cause = "check the rights of the key, and which modules the account has"
        if all(stats.reason.startswith("404") for stats in skipped):
            cause = "check the path in api_url, or domain"
        return f"nothing could be read, MOCO refused every selected stream: {cause}"

    def lines(self, requests: int) -> list[str]:
        """Return the summary, one line per thing to know."""
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

    def verdict(self) -> str:
        """Return in one line what `--test` found: what works, and what not, and why."""
        count = len(self._streams)
        works = f"{len(self.of('read'))} of {counted(count, 'stream')} can be read"
        others = [
            f"{outcome} {stats.name} ({stats.reason})"
            for outcome in ("failed", "skipped")
            for stats in self.of(outcome)
        ]
        return "; ".join([works, *others])

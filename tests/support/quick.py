"""A target, a clock and a tap in this process; and what must hold of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import RecordMessage
from singer_sdk.singerlib.encoding.base import GenericSingerWriter

from tap_moco.streams.registry import make_streams, stream_classes
from tap_moco.tap import TapMoco

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from tap_moco.sandbox import Account, Server
    from tap_moco.streams.base import MocoStream

NOW = datetime(2026, 11, 24, 9, 30, 0, 250_000, tzinfo=timezone.utc)
KEYS = {stream.name: tuple(stream.primary_keys) for stream in stream_classes()}

Row = dict[str, Any]
State = dict[str, Any]


class Clock:
    """The account's time; it goes on only when it is told to."""

    def __init__(self, now: datetime = NOW) -> None:
        """Start at a fixed moment."""
        self.now = now

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class KilledError(BaseException):
    """The process is gone in the middle of its output, as by `kill -9`."""


@dataclass
class Target:
    """What a Singer target holds: rows by key, and the version of each.

    Attributes:
        account: Where a deleted row must be gone already.
        wrongly: Rows that were deleted here while they lived in the account.
    """

    account: Account
    rows: dict[str, dict[Hashable, tuple[Row, int | None]]] = field(
        default_factory=dict
    )
    state: State = field(default_factory=dict)
    wrongly: list[tuple[str, Hashable]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def take(self, told: dict[str, Any]) -> None:
        """Do what SDK targets do with a message."""
        self.messages.append(told["type"])
        if told["type"] == "RECORD":
            record = told["record"]
            key = tuple(record[name] for name in KEYS[told["stream"]])
            self.of(told["stream"])[key] = (record, told.get("version"))
        elif told["type"] == "STATE":
            self.state = json.loads(json.dumps(told["value"]))
        elif told["type"] == "ACTIVATE_VERSION":
            self._activate(told["stream"], told["version"])

    def of(self, stream: str) -> dict[Hashable, tuple[Row, int | None]]:
        """Return a stream's table."""
        return self.rows.setdefault(stream, {})

    def record(self, stream: str, number: int) -> Row:
        """Return a row by its id."""
        return self.of(stream)[(number,)][0]

    def ids(self, stream: str) -> set[int]:
        """Return the ids that the stream's table has."""
        return {record["id"] for record, _ in self.of(stream).values()}

    def _activate(self, stream: str, version: int) -> None:
        """Remove rows of older versions; take note of those that still live."""
        table = self.of(stream)
        alive = self.account.records[stream]
        for key, (record, own) in list(table.items()):
            if own is None or own < version:
                del table[key]
                if record["id"] in alive:
                    self.wrongly.append((stream, key))


class Pipe(GenericSingerWriter[bytes, Any]):
    """Hands messages to a target, until the process is killed."""

    def __init__(self, target: Target, kill_after: int | None = None) -> None:
        """Let so many messages through; None for all."""
        self._target = target
        self._left = kill_after

    def serialize_message(self, message: Any) -> bytes:
        """Do as the interface wants; nothing asks for it."""
        return json.dumps(message.to_dict()).encode()

    def write_message(self, message: Any) -> None:
        """Hand a message over.

        Raises:
            KilledError: It is the end.
        """
        if self._left is not None:
            if not self._left:
                raise KilledError
            self._left -= 1
        self._target.take(message.to_dict())

    def write_records(
        self, stream: str, records: Iterable[Row], version: int | None, now: datetime
    ) -> None:
        """Hand the records of a page over, as messages of their own."""
        for record in records:
            self.write_message(
                RecordMessage(stream, dict(record), version=version, time_extracted=now)
            )

    def flush(self) -> None:
        """Nothing is held back."""


class QuickTap(TapMoco):
    """The tap with a few streams, all selected: that makes it quick to start."""

    wanted: tuple[str, ...] = ()

    def discover_streams(self) -> list[MocoStream]:
        """Return the wanted streams."""
        streams = make_streams(self, self.context, self.wanted)
        for stream in streams:
            stream.selected_by_default = True
        return streams


def make_tap(
    server: Server,
    streams: tuple[str, ...],
    state: State,
    *,
    writer: GenericSingerWriter[bytes, Any],
    sleep: Callable[[float], None],
    **config: Any,
) -> TapMoco:
    """Return a tap for an account that is served."""
    quick = type(
        "Quick", (QuickTap,), {"wanted": streams, "sleep": staticmethod(sleep)}
    )
    settings = {
        "api_url": server.url,
        "api_key": "sandbox-key",
        "concurrency": 1,  # the order of requests is the history's
        "rate_limit": {"requests": 100_000, "seconds": 1},
        **config,
    }
    tap: TapMoco = quick(
        config=settings,
        state=json.loads(json.dumps(state)),
        message_writer=writer,
    )
    return tap


@dataclass
class Outcome:
    """What came of a run.

    Attributes:
        is_success: It ended with 0.
        was_killed: It never ended.
        reasons: Why streams failed.
    """

    is_success: bool
    was_killed: bool = False
    reasons: list[str] = field(default_factory=list)


def run(
    server: Server,
    target: Target,
    streams: tuple[str, ...],
    *,
    clock: Clock,
    kill_after: int | None = None,
    **config: Any,
) -> Outcome:
    """Run the tap with the target's last state, into the target."""
    pipe = Pipe(target, kill_after)
    tap = make_tap(
        server, streams, target.state, writer=pipe, sleep=clock.tick, **config
    )
    try:
        tap.run.read_all()
    except KilledError:
        return Outcome(is_success=False, was_killed=True)
    reasons = [report.reason for report in tap.context.stats.of("failed")]
    return Outcome(tap.context.stats.is_success, reasons=reasons)


def age(state: State, days: int = 8) -> None:
    """Make the last sweeps so old that the next run sweeps again."""
    for bookmark in state.get("bookmarks", {}).values():
        sweep = bookmark.get("sweep", {})
        for name in ("completed_at", "waits_since"):
            if text := sweep.get(name):
                moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
                older = moment - timedelta(days=days)
                sweep[name] = older.strftime("%Y-%m-%dT%H:%M:%SZ")

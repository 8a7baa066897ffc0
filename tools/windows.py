"""What it costs to prove lists whose equal rows come in any order, and windows.

First reads of quiet accounts: receipts, which do not say when they changed, and
payments in pages of a fixed size; equal rows come in another order at each request,
or in one of its own for each page. Then sweeps in windows, of which one row is
deleted meanwhile.

Run it with `python tools/windows.py`, or `make windows`.
"""

from __future__ import annotations

import json
import logging
import random
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.encoding.base import GenericSingerWriter

from tap_moco.sandbox import Account, serve
from tap_moco.streams.registry import make_streams
from tap_moco.tap import TapMoco

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_moco.sandbox import Server
    from tap_moco.streams.base import MocoStream

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=timezone.utc)
LISTS = (
    ("receipts", 1_500, 8, 0),
    ("receipts", 2_500, 3, 0),
    ("receipts", 2_500, 15, 0),
    ("receipts", 4_000, 15, 0),
    ("receipts", 2_500, 60, 0),
    ("receipts", 2_500, 15, 150),
    ("purchase_payments", 1_500, 15, 0),
    ("activities", 6_000, 15, 0),
)
"""A stream, its rows, how many of them a day, and how many more on one day."""
TRIALS = 20
PEOPLE = 12


class Clock:
    """The account's time: a second per request."""

    def __init__(self) -> None:
        """Start at a fixed moment."""
        self.now = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@dataclass
class Ids(GenericSingerWriter[bytes, Any]):
    """Takes note of the ids of the records, and drops them."""

    seen: set[int] = field(default_factory=set)

    def serialize_message(self, message: Any) -> bytes:
        """Do as the interface wants; nothing asks for it."""
        return json.dumps(message.to_dict()).encode()

    def write_message(self, message: Any) -> None:
        """Drop what is no record."""

    def write_records(
        self, _stream: str, records: Iterable[dict[str, Any]], *_: object
    ) -> None:
        """Take note of a page's ids."""
        self.seen.update(record["id"] for record in records)

    def flush(self) -> None:
        """Nothing is held back."""


def filled(stream: str, rows: int, per_day: float, more: int, seed: int) -> Account:
    """Return an account with old rows of one list."""
    chance = random.Random(seed)
    clock = Clock()
    account = Account(clock)
    people = [account.insert("users")["id"] for _ in range(PEOPLE)]
    days = int(rows / per_day)
    offsets = [chance.randrange(days) for _ in range(rows)] + [days // 2] * more
    for offset in offsets:
        account.insert(
            stream,
            date=(NOW - timedelta(days=offset)).date().isoformat(),
            user_id=chance.choice(people),
            created_at=NOW - timedelta(days=400),
        )
    return account


def read(server: Server, account: Account, stream: str) -> bool:
    """Read with the tap; return whether the run ended well."""
    ids = Ids()

    class OneStream(TapMoco):
        """The tap with the one stream that is measured."""

        sleep = staticmethod(account.clock.tick)  # type: ignore[attr-defined]

        def discover_streams(self) -> list[MocoStream]:
            """Return it, selected."""
            streams = make_streams(self, self.context, [stream])
            streams[0].selected_by_default = True
            return streams

    config = {
        "api_url": server.url,
        "api_key": "sandbox-key",
        "concurrency": 1,
        "rate_limit": {"requests": 100_000, "seconds": 1},
    }
    tap = OneStream(config=config, message_writer=ids)
    tap.logger.setLevel(logging.CRITICAL)  # failures are in the table
    tap.run.read_all()
    is_success = tap.context.stats.is_success
    if is_success and not ids.seen >= set(account.ids(stream)):
        sys.exit(f"{stream}: rows are missing though the read was proven")
    return is_success


def measure(
    account: Account,
    stream: str,
    before_request: Callable[[int], object] = lambda _: None,
    **served: Any,
) -> tuple[bool, int]:
    """Read an account once; return whether it was proven, and the requests."""
    asked = 0

    def on_request(*_: object) -> None:
        nonlocal asked
        asked += 1
        account.clock.tick(1)  # type: ignore[attr-defined]
        before_request(asked)

    with serve(account, before_request=on_request, **served) as server:
        return read(server, account, stream), asked


def quiet_accounts(trials: int) -> None:
    """Print how first reads of accounts end in which nothing changes."""
    write = sys.stdout.write
    write("first reads of a quiet account\n")
    write(f"{'list':<38}{'ties':<9}{'pages':>6}{'proven':>8}{'requests a page':>17}\n")
    for stream, rows, per_day, more in LISTS:
        name = f"{rows} {stream}, {per_day} a day" + (f" + {more}" if more else "")
        pages = -(-(rows + more) // 100)
        for is_fixed in (False, True):
            results = [
                measure(
                    filled(stream, rows, per_day, more, seed),
                    stream,
                    has_fixed_ties=is_fixed,
                    heeds_per_page=stream != "purchase_payments",
                )
                for seed in range(trials)
            ]
            proven = sum(ok for ok, _ in results)
            cost = sum(asked for _, asked in results) / trials / pages
            ties = "fixed" if is_fixed else "random"
            write(f"{name:<38}{ties:<9}{pages:>6}{proven:>8}{cost:>17.2f}\n")


def one_deleted() -> None:
    """Print what a row costs that is deleted while its history is swept."""
    plain = measure(filled("activities", 6_000, 15, 0, 0), "activities")[1]
    account = filled("activities", 6_000, 15, 0, 0)
    oldest = min(account.ids("activities"))

    def delete(asked: int) -> None:
        if asked == PEOPLE:
            account.delete("activities", oldest)

    changed = measure(account, "activities", delete)[1]
    sys.stdout.write(
        f"\n6000 activities in windows: {plain} requests; with one row deleted "
        f"meanwhile {changed}, {changed / plain:.2f} times as many\n"
    )


def main() -> None:
    """Print both; the number of trials may be given."""
    quiet_accounts(int(sys.argv[1]) if sys.argv[1:] else TRIALS)
    one_deleted()


if __name__ == "__main__":
    main()

"""Rows that go missing when a list moves while it is read.

Three ways to read 1,000 contacts in pages of 100 from the sandbox, while rows
are deleted, added and renamed: naive paging in the default order, paging with
`sort_by=updated_at` (which MOCO ignores here, as for most lists), and this tap.

Run it with `python -m tools.drift`, or `make drift`.
"""

from __future__ import annotations

import json
import logging
import random
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import requests
from singer_sdk.singerlib.encoding.base import GenericSingerWriter

from tap_moco.sandbox import Account, Server, serve
from tap_moco.streams.registry import make_streams
from tap_moco.tap import TapMoco

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_moco.streams.base import MocoStream

    Strategy = Callable[["Server", "Office"], "set[int] | None"]

STREAM, PATH = "contacts", "/contacts/people"
ROWS, PAGE = 1_000, 100
RATES = (0.0, 0.2, 1.0)
TRIALS = 10
KEY = {"Authorization": "Token token=sandbox-key"}


class Clock:
    """The account's time: a second a request."""

    def __init__(self) -> None:
        """Start at a fixed moment."""
        self.now = datetime(2026, 11, 24, 9, 30, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class Office:
    """An account, and the people who work on it between two requests."""

    def __init__(self, rate: float, seed: int) -> None:
        """Fill the account with old rows."""
        self.clock = Clock()
        self.account = Account(self.clock)
        self._rate = rate
        self._chance = random.Random(seed)
        self._asked = 0
        old = self.clock.now - timedelta(days=100)
        for _ in range(ROWS):
            self.account.insert(STREAM, lastname=self._name(), created_at=old)
        self.first = set(self.account.ids(STREAM))

    def _name(self) -> str:
        return f"{self._chance.randrange(10**6):06}"

    def before_request(self, *_: object) -> None:
        """Change what there is to change before this request."""
        self.clock.tick(1)
        self._asked += 1
        if self._asked > 1 and self._chance.random() < self._rate:
            number = self._chance.choice(self.account.ids(STREAM))
            kind = self._chance.choice(("insert", "rename", "delete"))
            if kind == "insert":
                self.account.insert(STREAM, lastname=self._name())
            elif kind == "rename":
                self.account.update(STREAM, number, lastname=self._name())
            else:
                self.account.delete(STREAM, number)

    def missing(self, seen: set[int]) -> int:
        """Count rows that were there all the time, and were not seen."""
        return len(self.first.intersection(self.account.ids(STREAM)) - seen)


@dataclass
class Result:
    """What a strategy did over all trials.

    Attributes:
        silent: Rows missing after reads that ended well.
        reads: How many of those reads lacked rows.
        failed: Reads that said they failed.
        requests: Requests of all reads.
    """

    silent: int = 0
    reads: int = 0
    failed: int = 0
    requests: int = 0


def paged(server: Server, _office: Office, **params: str) -> set[int] | None:
    """Read page after page, as most scripts do."""
    seen: set[int] = set()
    url: str | None = server.url + PATH
    query: dict[str, str] | None = {"per_page": str(PAGE), **params}
    while url:
        answer = requests.get(url, params=query, headers=KEY, timeout=10)
        seen.update(row["id"] for row in answer.json())
        url, query = answer.links.get("next", {}).get("url"), None
    return seen


def by_updated_at(server: Server, office: Office) -> set[int] | None:
    """Ask for an order that MOCO does not know."""
    return paged(server, office, sort_by="updated_at asc")


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


class OneStream(TapMoco):
    """The tap with the one stream that is measured."""

    def discover_streams(self) -> list[MocoStream]:
        """Return it."""
        return make_streams(self, self.context, [STREAM])


def this_tap(server: Server, office: Office) -> set[int] | None:
    """Read with the tap; None where it said that it failed."""
    ids = Ids()
    config = {
        "api_url": server.url,
        "api_key": "sandbox-key",
        "concurrency": 1,
        "rate_limit": {"requests": 100_000, "seconds": 1},
    }
    quick = type("Quick", (OneStream,), {"sleep": staticmethod(office.clock.tick)})
    tap: TapMoco = quick(config=config, message_writer=ids)
    tap.logger.setLevel(logging.CRITICAL)  # failures are in the table
    tap.run.read_all()
    return ids.seen if tap.context.stats.is_success else None


STRATEGIES: dict[str, Strategy] = {
    "naive paging": paged,
    "sort_by=updated_at": by_updated_at,
    "tap-moco": this_tap,
}


def measure(strategy: Strategy, rate: float) -> Result:
    """Read a changing account several times."""
    result = Result()
    for seed in range(TRIALS):
        office = Office(rate, seed)
        with serve(office.account, before_request=office.before_request) as server:
            seen = strategy(server, office)
            result.requests += len(server.requests)
        if seen is None:
            result.failed += 1
            continue
        lost = office.missing(seen)
        result.silent += lost
        result.reads += bool(lost)
    return result


def main() -> None:
    """Print the table."""
    write = sys.stdout.write
    write(f"{ROWS} rows, pages of {PAGE}, {TRIALS} reads each\n\n")
    write("changes a page  strategy            rows missing  reads that lack rows  ")
    write("failed loudly  requests a read\n")
    for rate in RATES:
        for name, strategy in STRATEGIES.items():
            got = measure(strategy, rate)
            write(f"{rate:<16}{name:<20}{got.silent:>12}{got.reads:>22}")
            write(f"{got.failed:>15}{got.requests / TRIALS:>17.1f}\n")


if __name__ == "__main__":
    main()

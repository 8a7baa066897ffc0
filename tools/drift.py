"""Rows that go missing when a list moves while it is read.

Three ways to read 1,000 contacts in pages of 100 from the sandbox, while rows
are deleted, added and renamed: naive paging in the default order, paging with
`sort_by=updated_at` (which MOCO ignores here, as for most lists), and this tap.
Then two ways to read 250 of 5,000 contacts that changed lately, at one request
per second, while others work on.

Run it with `python -m tools.drift`, or `make drift`.
"""

from __future__ import annotations

import logging
import random
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import requests

from tap_moco.sandbox import Account, Server, serve
from tests.support.clock import Clock
from tests.support.quick import pour
from tests.support.runs import KEY, settings
from tests.support.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from typing import Any

    Strategy = Callable[["Server", "Office"], "set[int] | None"]

STREAM, PATH = "contacts", "/contacts/people"
ROWS, PAGE = 1_000, 100
RATES = (0.0, 0.2, 1.0)
TRIALS = 10
HEADERS = {"Authorization": f"Token token={KEY}"}
CHANGED, OTHERS = 250, 4_750
CHANGES_PER_SECOND = (0.1, 0.5, 1.0, 2.0)
INCREMENTS = 20


class Office:
    """An account, and the people who work on it between two requests."""

    def __init__(self, rate: float, seed: int, rows: int = ROWS) -> None:
        """Fill the account with old rows."""
        self.clock = Clock()
        self.account = Account(self.clock)
        self._rate = rate
        self._chance = random.Random(seed)
        self._asked = 0
        self.first: set[int] = set()
        self.bookmark = self.clock.now - timedelta(hours=1)
        self.fill(rows, self.clock.now - timedelta(days=100))

    def fill(self, rows: int, created_at: datetime) -> None:
        """Insert rows of some age, which a reader has to get."""
        for _ in range(rows):
            row = self.account.insert(
                STREAM, lastname=self._name(), created_at=created_at
            )
            self.first.add(row["id"])

    def _name(self) -> str:
        return f"{self._chance.randrange(10**6):06}"

    def before_request(self, *_: object) -> None:
        """Change what there is to change before this request."""
        self.clock.tick(1)
        self._asked += 1
        if self._asked > 1 and self._chance.random() < self._rate:
            self.change(self._chance.choice(("insert", "rename", "delete")))

    def wait(self, seconds: float) -> None:
        """Let time pass in which nothing happens."""
        self.clock.tick(seconds)

    def change(self, kind: str) -> None:
        """Change one row."""
        number = self._chance.choice(self.account.ids(STREAM))
        if kind == "insert":
            self.account.insert(STREAM, lastname=self._name())
        elif kind == "rename":
            self.account.update(STREAM, number, lastname=self._name())
        elif kind == "edit":
            self.account.update(STREAM, number, info=self._name())
        else:
            self.account.delete(STREAM, number)

    def missing(self, seen: set[int]) -> int:
        """Count rows that were there all the time, and were not seen."""
        return len(self.first.intersection(self.account.ids(STREAM)) - seen)


class BusyOffice(Office):
    """An office of 5,000 contacts, 250 of which changed in the last hour.

    Of twenty changes two are deletes, nine inserts, six edits and three renames.
    """

    KINDS = ("delete",) * 2 + ("insert",) * 9 + ("edit",) * 6 + ("rename",) * 3

    def __init__(self, rate: float, seed: int) -> None:
        """Fill the account."""
        super().__init__(rate, seed, OTHERS)
        self.first.clear()
        for minute in range(50):
            self.fill(CHANGED // 50, self.clock.now - timedelta(minutes=minute + 1))
        self._next_change = self._pause()

    def _pause(self) -> float:
        """Return the seconds to the next change: people do not wait for each other."""
        return self._chance.expovariate(self._rate)

    def before_request(self, *_: object) -> None:
        """Let a second pass."""
        self.wait(1)

    def wait(self, seconds: float) -> None:
        """Let time pass, and what happens in it."""
        while self._next_change <= seconds:
            seconds -= self._next_change
            self.clock.tick(self._next_change)
            self.change(self._chance.choice(self.KINDS))
            self._next_change = self._pause()
        self.clock.tick(seconds)
        self._next_change -= seconds


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
        answer = requests.get(url, params=query, headers=HEADERS, timeout=10)
        seen.update(row["id"] for row in answer.json())
        url, query = answer.links.get("next", {}).get("url"), None
    return seen


def by_updated_at(server: Server, office: Office) -> set[int] | None:
    """Ask for an order that MOCO does not know."""
    return paged(server, office, sort_by="updated_at asc")


def this_tap(server: Server, office: Office) -> set[int] | None:
    """Read with the tap; None where it said that it failed."""
    return with_tap(server, office, {})


def with_tap(server: Server, office: Office, state: dict[str, Any]) -> set[int] | None:
    """Read with the tap from a state on."""
    target = Target(state=state)
    logging.getLogger("tap-moco").setLevel(logging.CRITICAL)  # the table has failures
    outcome = pour(settings(server), [STREAM], target, sleep=office.wait)
    return target.ids(STREAM) if outcome.is_success else None


def changes_paged(server: Server, office: Office) -> set[int] | None:
    """Read what changed page after page."""
    return paged(server, office, updated_after=f"{office.bookmark:%Y-%m-%dT%H:%M:%SZ}")


def changes_by_tap(server: Server, office: Office) -> set[int] | None:
    """Read what changed with the tap."""
    bookmark = {
        "replication_key": "updated_at",
        "replication_key_value": f"{office.bookmark:%Y-%m-%dT%H:%M:%SZ}",
    }
    return with_tap(server, office, {"bookmarks": {STREAM: bookmark}})


STRATEGIES: dict[str, Strategy] = {
    "naive paging": paged,
    "sort_by=updated_at": by_updated_at,
    "tap-moco": this_tap,
}
OF_CHANGES: dict[str, Strategy] = {
    "naive paging": changes_paged,
    "tap-moco": changes_by_tap,
}


def measure(strategy: Strategy, offices: Iterable[Office]) -> Result:
    """Read changing accounts, one after the other."""
    result = Result()
    for office in offices:
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
    """Print the tables."""
    write = sys.stdout.write
    head = "strategy            rows missing  reads that lack rows  failed loudly"
    write(f"{ROWS} rows, pages of {PAGE}, {TRIALS} reads each\n\n")
    write(f"{'changes a page':<18}{head}  requests a read\n")
    for rate in RATES:
        for name, strategy in STRATEGIES.items():
            offices = (Office(rate, seed) for seed in range(TRIALS))
            write(line(rate, name, measure(strategy, offices), TRIALS))
    write(f"\n{CHANGED} of {CHANGED + OTHERS} rows changed, {INCREMENTS} reads each, ")
    write("a request per second\n\n")
    write(f"{'changes a second':<18}{head}  requests a read\n")
    for rate in CHANGES_PER_SECOND:
        for name, strategy in OF_CHANGES.items():
            busy = (BusyOffice(rate, seed) for seed in range(INCREMENTS))
            write(line(rate, name, measure(strategy, busy), INCREMENTS))


def line(rate: float, name: str, got: Result, reads: int) -> str:
    """Return a line of a table."""
    return (
        f"{rate:<18}{name:<20}{got.silent:>12}{got.reads:>22}"
        f"{got.failed:>15}{got.requests / reads:>17.1f}\n"
    )


if __name__ == "__main__":
    main()

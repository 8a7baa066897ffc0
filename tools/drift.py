"""Rows that go missing when a list moves while it is read.

Three ways to read 1,000 contacts in pages of 100 from the sandbox, while rows
are deleted, added and renamed: naive paging in the default order, paging with
`sort_by=updated_at` (which MOCO ignores here, as for most lists), and this tap.

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
    from collections.abc import Callable

    Strategy = Callable[["Server", "Office"], "set[int] | None"]

STREAM, PATH = "contacts", "/contacts/people"
ROWS, PAGE = 1_000, 100
RATES = (0.0, 0.2, 1.0)
TRIALS = 10
HEADERS = {"Authorization": f"Token token={KEY}"}


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
        answer = requests.get(url, params=query, headers=HEADERS, timeout=10)
        seen.update(row["id"] for row in answer.json())
        url, query = answer.links.get("next", {}).get("url"), None
    return seen


def by_updated_at(server: Server, office: Office) -> set[int] | None:
    """Ask for an order that MOCO does not know."""
    return paged(server, office, sort_by="updated_at asc")


def this_tap(server: Server, office: Office) -> set[int] | None:
    """Read with the tap; None where it said that it failed."""
    target = Target()
    logging.getLogger("tap-moco").setLevel(logging.CRITICAL)  # the table has failures
    outcome = pour(settings(server), [STREAM], target, sleep=office.clock.tick)
    return target.ids(STREAM) if outcome.is_success else None


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

"""Rows that go missing when a list moves while it is read.

Three ways to read 1,000 contacts in pages of 100 from the sandbox, while rows
are deleted, added and renamed: naive paging in the default order, paging with
`sort_by=updated_at` (which MOCO ignores here, as for most lists), and this tap.
Then two ways to read 250 of 5,000 contacts that changed lately, at one request
per second, while others work on. After each read comes a second one, of a list that
stands still by then: a script asks for what changed since its first read began.

Run it with `python -m tools.drift`, or `make drift`.
"""

from __future__ import annotations

import logging
import random
import sys
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

import requests

from tap_moco.sandbox import Account, Server, serve
from tests.support.clock import Clock
from tests.support.quick import pour
from tests.support.runs import KEY, settings
from tests.support.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    Strategy = Callable[["Server", "Office"], "Reader"]

STREAM, PATH = "contacts", "/contacts/people"
ROWS, PAGE = 1_000, 100
RATES = (0.0, 0.2, 1.0)
TRIALS = 10
HEADERS = {"Authorization": f"Token token={KEY}"}
CHANGED, OTHERS = 250, 4_750
CHANGES_PER_SECOND = (0.1, 0.5, 1.0, 2.0)
INCREMENTS = 20
SECONDS_BETWEEN = 3_600


class Office:
    """An account, and the people who work on it between two requests."""

    def __init__(self, rate: float, seed: int, rows: int = ROWS) -> None:
        """Fill the account with old rows."""
        self.clock = Clock()
        self.account = Account(self.clock)
        self._rate = rate
        self._chance = random.Random(seed)
        self._asked = 0
        self.is_at_work = True
        self.first: set[int] = set()
        self.fill(rows, self.clock.now - timedelta(days=100))

    def begin(self, reader: Reader) -> None:
        """Be read for the first time."""

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
        self._asked += self.is_at_work
        if self._asked > 1 and self.is_at_work and self._chance.random() < self._rate:
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

    def wrong(self, held: set[int]) -> int:
        """Count rows that a target lacks, and rows that it has and MOCO has not."""
        return len(held.symmetric_difference(self.account.ids(STREAM)))


class BusyOffice(Office):
    """An office of 5,000 contacts, 250 of which came in the last hour.

    Of twenty changes two are deletes, nine inserts, six edits and three renames.
    """

    KINDS = ("delete",) * 2 + ("insert",) * 9 + ("edit",) * 6 + ("rename",) * 3

    def __init__(self, rate: float, seed: int) -> None:
        """Fill the account, row by row in the last hundred days."""
        super().__init__(rate, seed, 0)
        for number in range(OTHERS):
            self.fill(1, self.clock.now - timedelta(minutes=30 * (OTHERS - number)))
        self.first.clear()
        self.is_at_work = False
        self._next_change = self._pause()

    def begin(self, reader: Reader) -> None:
        """Have the reader read all, let an hour of work pass, and go on with it."""
        reader.read()
        for _ in range(50):
            self.clock.tick(72)
            self.fill(CHANGED // 50, self.clock.now)
        self.is_at_work = True

    def _pause(self) -> float:
        """Return the seconds to the next change: people do not wait for each other."""
        return self._chance.expovariate(self._rate)

    def before_request(self, *_: object) -> None:
        """Let a second pass."""
        self.wait(1)

    def wait(self, seconds: float) -> None:
        """Let time pass, and what happens in it."""
        while self.is_at_work and self._next_change <= seconds:
            seconds -= self._next_change
            self.clock.tick(self._next_change)
            self.change(self._chance.choice(self.KINDS))
            self._next_change = self._pause()
        self.clock.tick(seconds)
        self._next_change -= seconds if self.is_at_work else 0


@dataclass
class Result:
    """What a strategy did over all trials.

    Attributes:
        silent: Rows missing after reads that ended well.
        reads: How many of those reads lacked rows.
        failed: Reads that said they failed.
        requests: Requests of all first reads.
        wrong: Rows missing or too many after the next reads.
    """

    silent: int = 0
    reads: int = 0
    failed: int = 0
    requests: int = 0
    wrong: int = 0


class Reader(Protocol):
    """One way to read."""

    @property
    def held(self) -> set[int]:
        """The rows that its target holds."""

    def read(self) -> bool:
        """Read once, and the next time what changed; return whether it went well."""


class Script:
    """Reads page after page, as most scripts do.

    Args:
        server: The account.
        office: Whose time passes.
        params: Of each request.
    """

    def __init__(self, server: Server, office: Office, **params: str) -> None:
        """Hold nothing yet."""
        self._server, self._office, self._params = server, office, params
        self._began: datetime | None = None
        self.held: set[int] = set()

    def read(self) -> bool:
        """Read all pages; from the second time on, of what changed."""
        query: dict[str, str] | None = {"per_page": str(PAGE), **self._params}
        if query and self._began:
            query["updated_after"] = f"{self._began:%Y-%m-%dT%H:%M:%SZ}"
        self._began = self._office.clock.now
        url: str | None = self._server.url + PATH
        while url:
            answer = requests.get(url, params=query, headers=HEADERS, timeout=10)
            self.held.update(row["id"] for row in answer.json())
            url, query = answer.links.get("next", {}).get("url"), None
        return True


class Tap:
    """Reads with the tap.

    Args:
        server: The account.
        office: Whose time passes.
    """

    def __init__(self, server: Server, office: Office) -> None:
        """Hold nothing yet."""
        self._server, self._office, self._target = server, office, Target()

    @property
    def held(self) -> set[int]:
        """What the target holds."""
        return self._target.ids(STREAM)

    def read(self) -> bool:
        """Run the tap."""
        logging.getLogger("tap-moco").setLevel(logging.CRITICAL)  # the table has it
        wait = self._office.wait
        given = settings(self._server)
        return pour(given, [STREAM], self._target, sleep=wait).is_success


STRATEGIES: dict[str, Strategy] = {
    "naive paging": Script,
    "sort_by=updated_at": partial(Script, sort_by="updated_at asc"),
    "tap-moco": Tap,
}
OF_CHANGES = {name: STRATEGIES[name] for name in ("naive paging", "tap-moco")}


def measure(strategy: Strategy, offices: Iterable[Office]) -> Result:
    """Read changing accounts, one after the other, and each once more at rest."""
    result = Result()
    for office in offices:
        with serve(office.account, before_request=office.before_request) as server:
            reader = strategy(server, office)
            office.begin(reader)
            before = len(server.requests)
            is_success = reader.read()
            result.requests += len(server.requests) - before
            lost = office.missing(reader.held) if is_success else 0
            office.is_at_work = False
            office.wait(SECONDS_BETWEEN)
            reader.read()
        result.failed += not is_success
        result.silent += lost
        result.reads += bool(lost)
        result.wrong += office.wrong(reader.held)
    return result


def main() -> None:
    """Print the tables."""
    write = sys.stdout.write
    head = (
        "strategy            rows missing  reads that lack rows  failed loudly"
        "  requests a read  wrong after the next\n"
    )
    write(f"{ROWS} rows, pages of {PAGE}, {TRIALS} reads each\n\n")
    write(f"{'changes a page':<18}{head}")
    for rate in RATES:
        for name, strategy in STRATEGIES.items():
            offices = (Office(rate, seed) for seed in range(TRIALS))
            write(line(rate, name, measure(strategy, offices), TRIALS))
    write(f"\n{CHANGED} of {CHANGED + OTHERS} rows changed, {INCREMENTS} reads each, ")
    write("a request per second\n\n")
    write(f"{'changes a second':<18}{head}")
    for rate in CHANGES_PER_SECOND:
        for name, strategy in OF_CHANGES.items():
            busy = (BusyOffice(rate, seed) for seed in range(INCREMENTS))
            write(line(rate, name, measure(strategy, busy), INCREMENTS))


def line(rate: float, name: str, got: Result, reads: int) -> str:
    """Return a line of a table."""
    return (
        f"{rate:<18}{name:<20}{got.silent:>12}{got.reads:>22}"
        f"{got.failed:>15}{got.requests / reads:>17.1f}{got.wrong:>22}\n"
    )


if __name__ == "__main__":
    main()

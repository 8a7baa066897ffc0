"""What it costs to prove lists whose equal rows come in any order, and windows.

First reads of quiet accounts: receipts, which do not tell when they changed, and
payments in pages of a fixed size; equal rows come in another order at each request,
or in one of its own for each page. Then accounts in which a row changes before each
request, and a sweep in windows while one row is deleted.

Run it with `python -m tools.windows`, or `make windows`.
"""

from __future__ import annotations

import logging
import random
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_moco.sandbox import Account, serve
from tests.support.clock import NOW, Clock
from tests.support.quick import pour
from tests.support.runs import settings
from tests.support.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable


class Shape(NamedTuple):
    """A list: its stream, its rows, how many a day, and how many more on one day."""

    stream: str
    rows: int
    per_day: float
    more: int = 0


HISTORY = Shape("activities", 6_000, 15)
LISTS = (
    Shape("receipts", 1_500, 8),
    Shape("receipts", 2_500, 3),
    Shape("receipts", 2_500, 15),
    Shape("receipts", 4_000, 15),
    Shape("receipts", 2_500, 60),
    Shape("receipts", 2_500, 15, more=150),
    Shape("purchase_payments", 1_500, 15),
    HISTORY,
)
BUSY = (
    HISTORY,
    Shape("activities", 6_000, 100),
    Shape("purchases", 600, 3),
    Shape("receipts", 1_500, 8),
)
EDITS, MOVES, INSERTS = 0.56, 0.14, 0.2
"""Shares of all changes; the rest deletes a row."""
TRIALS = 20
PEOPLE = 12


def filled(clock: Clock, shape: Shape, seed: int = 0) -> Account:
    """Return an account with old rows of one list."""
    stream, rows, per_day, more = shape
    chance, account = random.Random(seed), Account(clock)
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


def measure(
    account: Account,
    clock: Clock,
    stream: str,
    before_request: Callable[[int], object] = lambda _: None,
    **served: Any,
) -> tuple[bool, int]:
    """Read an account once; return whether it was proven, and the requests."""
    asked = 0

    def on_request(*_: object) -> None:
        nonlocal asked
        asked += 1
        clock.tick(1)
        before_request(asked)

    target, before = Target(account), set(account.ids(stream))
    with serve(account, before_request=on_request, **served) as server:
        outcome = pour(settings(server), [stream], target, sleep=clock.tick)
    lived = before.intersection(account.ids(stream))
    if outcome.is_success and not target.ids(stream) >= lived:
        sys.exit(f"{stream}: rows are missing though the read was proven")
    return outcome.is_success, asked


def first_read(shape: Shape, seed: int, *, is_fixed: bool) -> tuple[bool, int]:
    """Read one of `LISTS` in an account in which nothing changes."""
    clock = Clock()
    return measure(
        filled(clock, shape, seed),
        clock,
        shape.stream,
        has_fixed_ties=is_fixed,
        heeds_per_page=shape.stream != "purchase_payments",
    )


def quiet_accounts(trials: int) -> None:
    """Print how first reads of accounts end in which nothing changes."""
    write = sys.stdout.write
    write("first reads of a quiet account\n")
    write(f"{'list':<38}{'ties':<9}{'pages':>6}{'proven':>8}{'requests a page':>17}\n")
    for shape in LISTS:
        stream, rows, per_day, more = shape
        name = f"{rows} {stream}, {per_day} a day" + (f" + {more}" if more else "")
        pages = -(-(rows + more) // 100)
        for is_fixed in (False, True):
            results = [first_read(shape, n, is_fixed=is_fixed) for n in range(trials)]
            proven = sum(ok for ok, _ in results)
            cost = sum(asked for _, asked in results) / trials / pages
            ties = "fixed" if is_fixed else "random"
            write(f"{name:<38}{ties:<9}{pages:>6}{proven:>8}{cost:>17.2f}\n")


class Office:
    """People who edit, add, move and delete rows of one list, one per request."""

    def __init__(self, account: Account, stream: str, seed: int) -> None:
        """Begin with the second request."""
        self._account = account
        self._stream = stream
        self._chance = random.Random(seed)

    def work(self, asked: int) -> None:
        """Change one row, most often one of the newest."""
        if asked == 1:
            return
        account, stream, chance = self._account, self._stream, self._chance
        ids = account.ids(stream)
        recent = ids[-1 - min(len(ids) - 1, int(chance.expovariate(0.01)))]
        day = NOW - timedelta(days=int(chance.expovariate(0.2)))
        date, kind = day.date().isoformat(), chance.random()
        if kind < EDITS:
            account.update(stream, recent, date=account.get(stream, recent)["date"])
        elif kind < EDITS + MOVES:
            account.update(stream, recent, date=date)
        elif kind < EDITS + MOVES + INSERTS:
            people = account.ids("users")
            account.insert(stream, date=date, user_id=chance.choice(people))
        else:
            account.delete(stream, chance.choice(ids))


def busy_accounts(trials: int) -> None:
    """Print how first reads end while a row changes before each request."""
    write = sys.stdout.write
    write("\na row changes before each request\n")
    write(f"{'list':<38}{'pages':>6}{'reads':>7}{'proven':>8}{'requests a page':>17}\n")
    for shape in BUSY:
        results = []
        for seed in range(trials):
            clock = Clock()
            account = filled(clock, shape, seed)
            office = Office(account, shape.stream, seed)
            results.append(measure(account, clock, shape.stream, office.work))
        pages = -(-shape.rows // 100)
        proven = sum(ok for ok, _ in results)
        cost = sum(asked for _, asked in results) / trials / pages
        name = f"{shape.rows} {shape.stream}, {shape.per_day} a day"
        write(f"{name:<38}{pages:>6}{trials:>7}{proven:>8}{cost:>17.2f}\n")


def one_deleted() -> None:
    """Print what a row costs that is deleted while its history is swept."""
    clock = Clock()
    account = filled(clock, HISTORY)
    plain = measure(account, clock, "activities")[1]
    oldest = min(account.ids("activities"))

    def delete(asked: int) -> None:
        if asked == PEOPLE:
            account.delete("activities", oldest)

    changed = measure(account, clock, "activities", delete)[1]
    sys.stdout.write(
        f"\n6000 activities in windows: {plain} requests; with one row deleted "
        f"meanwhile {changed}, {changed / plain:.2f} times as many\n"
    )


def main() -> None:
    """Print all; the number of trials may be given."""
    logging.getLogger("tap-moco").setLevel(logging.CRITICAL)  # it is in the table
    trials = int(sys.argv[1]) if sys.argv[1:] else TRIALS
    quiet_accounts(trials)
    busy_accounts(trials)
    one_deleted()


if __name__ == "__main__":
    main()

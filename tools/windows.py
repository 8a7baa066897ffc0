"""What it costs to prove lists whose equal rows come in any order, and windows.

First reads of quiet accounts: receipts, which do not say when they changed, and
payments in pages of a fixed size; equal rows come in another order at each request,
or in one of its own for each page. Then sweeps in windows, of which one row is
deleted meanwhile.

Run it with `python -m tools.windows`, or `make windows`.
"""

from __future__ import annotations

import logging
import random
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox import Account, serve
from tests.support.clock import NOW, Clock
from tests.support.quick import pour
from tests.support.runs import settings
from tests.support.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.sandbox import Server

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
    target = Target()
    logging.getLogger("tap-moco").setLevel(logging.CRITICAL)  # the table has failures
    tick = account.clock.tick  # type: ignore[attr-defined]
    outcome = pour(settings(server), [stream], target, sleep=tick)
    if outcome.is_success and not target.ids(stream) >= set(account.ids(stream)):
        sys.exit(f"{stream}: rows are missing though the read was proven")
    return outcome.is_success


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

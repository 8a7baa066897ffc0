"""What a run costs where little or nothing changes, and what it notices.

Second runs of the sandbox's account and of a big old one, in which nothing changed; a
row that is deleted in a list of 12,000; and hourly runs of all streams while somebody
changes a row every second, at one request per second.

Run it with `python -m tools.idle`, or `make idle`.
"""

from __future__ import annotations

import logging
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_moco.sandbox import Account, generate_account, serve
from tap_moco.sandbox.evolve import evolve
from tests.support.clock import NOW, Clock
from tests.support.quick import pour, run_streams
from tests.support.runs import settings
from tests.support.target import Target

if TYPE_CHECKING:
    from tests.support.outcome import Outcome

OLD = NOW - timedelta(days=400)
BIG = {"companies": 5_000, "contacts": 60_000, "projects": 8_000}
ALIVE = 1_000
"""Projects of the big account that are not archived."""
LONG = 12_000
BUSY_RUNS = 20


def big_account() -> Account:
    """Return an account with long lists, most of its projects archived."""
    account = generate_account(1, now=OLD)
    for name, rows in BIG.items():
        ids = account.ids(name)
        created = OLD - timedelta(days=1_000)
        for number in range(len(ids), rows):
            row = account.insert(name, created_at=created + timedelta(minutes=number))
            if name == "projects" and number >= ALIVE:
                account.records[name][row["id"]]["active"] = False
    return account


def idle(name: str, account: Account) -> None:
    """Read an account twice, and print what the second run took."""
    with serve(account) as server:
        config = settings(server)
        first = run_streams(config)
        server.clear()
        second = run_streams(config, state=first.state)
        requests = len(server.requests)
    written = sum(Target().load(second.out).written.values())
    sys.stdout.write(
        f"idle run, {name}: status {second.code}, {written} records written, "
        f"{requests} requests (the first run had {first.requests})\n"
    )


def deleted_row() -> None:
    """Delete one row of a long list, and print whether the next run knows."""
    account = Account()
    for number in range(LONG):
        age = timedelta(minutes=number)
        account.insert("contacts", lastname=f"A{number:05}", created_at=OLD + age)
    with serve(account) as server:
        config = settings(server, rate_limit={"requests": 120, "seconds": 0.01})
        first = run_streams(config, ["contacts"])
        gone = account.ids("contacts")[LONG // 2]
        account.delete("contacts", gone)
        second = run_streams(config, ["contacts"], state=first.state)
        target = Target().load(first.out).load(second.out)
    word = "still there" if gone in target.ids("contacts") else "gone"
    sys.stdout.write(
        f"one of {LONG:,} rows deleted: {word} after the next run, which took "
        f"{second.requests} requests\n"
    )


def busy() -> None:
    """Change an account once per request and second; print how many runs fail."""
    clock = Clock()
    account = generate_account(1, now=NOW)
    account.clock = clock
    changes = 0

    def before_request(*_: object) -> None:
        nonlocal changes
        clock.tick(1)
        changes += 1
        evolve(account, 1, seed=changes)

    target, failed = Target(), 0
    with serve(account, before_request=before_request) as server:
        for _ in range(BUSY_RUNS):
            outcome: Outcome = pour(settings(server), (), target, sleep=clock.tick)
            failed += not outcome.is_success
            clock.tick(3600)
    sys.stdout.write(
        f"one change and one request per second, all streams: {failed} of "
        f"{BUSY_RUNS} runs failed, {changes / BUSY_RUNS:.0f} requests a run\n"
    )


def main() -> None:
    """Print all figures."""
    logging.getLogger("tap-moco").setLevel(logging.CRITICAL)  # failures are counted
    idle("the sandbox's account", generate_account(1))
    deleted_row()
    busy()
    idle("a big old account", big_account())


if __name__ == "__main__":
    main()

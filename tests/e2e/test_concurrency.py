"""Side by side, nothing is asked that would not be asked one after the other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tap_moco.completeness.windows import WINDOW_ROWS
from tap_moco.sandbox import Account, Server, generate_account, serve
from tests.support.runs import run, select, settings, stream_names

if TYPE_CHECKING:
    from tests.support.outcome import Outcome

CHANGED = "updated_after"
"""The one filter that depends on the time of the run."""
LATENCY = 0.002
"""Seconds; some answers are still awaited when the next are asked for."""


def long_account() -> Account:
    """Return an account whose time entries are read in windows."""
    account = generate_account(0.1)
    found = list(account.records["activities"].values())
    for number in range(WINDOW_ROWS * 2):
        old = found[number % len(found)]
        account.load("activities", {n: v for n, v in old.items() if n != "id"})
    return account


def asked_of(
    server: Server, concurrency: int, state: Any = None
) -> tuple[Outcome, Counter[str]]:
    """Read everything; return what was asked, too."""
    server.clear()
    config = settings(server, concurrency=concurrency)
    streams = [name for name in stream_names() if name != "sync_runs"]
    outcome = run(config, catalog=select(*streams), state=state)
    assert outcome.code == 0, outcome.err
    return outcome, Counter(
        f"{entry.path}?{sorted(pair for pair in entry.query if pair[0] != CHANGED)}"
        for entry in server.requests
    )


def test_same_requests_and_rows_whatever_the_concurrency() -> None:
    with serve(long_account(), latency=LATENCY, sort_fields="all") as server:
        alone, one_by_one = asked_of(server, 1)
        for concurrency in (2, 8):
            outcome, asked = asked_of(server, concurrency)
            assert asked == one_by_one
            assert outcome.target.rows == alone.target.rows
        _, again = asked_of(server, 1, alone.state)
        assert asked_of(server, 8, alone.state)[1] == again
    windows = [path for path in one_by_one if "'from'" in path and "activi" in path]
    assert len(windows) > WINDOW_ROWS / 100

"""Whole and incremental syncs against the least that the limit allows."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox import generate_account, serve
from tools.bench_run import Cost, Tap, table

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server

LATENCY = 0.3
"""Seconds that MOCO takes for an answer, about."""
UNCHANGED_LATENCY = 0.1
MOST_SCALE = 1.0
"""Of a sandbox account whose lists by name or date hold less than 100 rows."""


AT_ONCE = 4
"""Requests under way at once, the tap's default."""


@dataclass(frozen=True)
class Scaled:
    """A plan in fast motion: window and latency are `factor` times shorter.

    Attributes:
        activities: Time entries of the account.
        everything: Read the streams that are off by default, too.
    """

    name: str
    requests: int
    factor: float
    activities: int
    everything: bool = False
    max_per_page: int = 100
    only: tuple[str, ...] = ()

    @property
    def window(self) -> float:
        """Seconds of the window."""
        return 120 / self.factor

    @property
    def latency(self) -> float:
        """Seconds before an answer."""
        return LATENCY / self.factor

    def least(self, requests: int) -> float:
        """Return the seconds that so many requests take at least."""
        starts: list[float] = []
        for number in range(requests):
            free = starts[number - AT_ONCE] + self.latency if number >= AT_ONCE else 0
            limit = number - self.requests
            allowed = starts[limit] + self.window if limit >= 0 else 0
            starts.append(max(free, allowed))
        return starts[-1] + self.latency


def plans(*, quick: bool) -> list[Scaled]:
    """Return both plans; the larger one slower, or the CPU would be the limit."""
    if quick:
        return [Scaled("standard", 120, 240, 0), Scaled("unlimited", 1200, 60, 0)]
    return [
        Scaled("standard", 120, 60, 30_000),
        Scaled("unlimited", 1200, 2, 60_000, everything=True),
    ]


def whole(*, quick: bool) -> str:
    """Benchmark 1: a whole sync, for both plans, and 10,000 requests."""
    rows = []
    for plan in plans(quick=quick):
        server, cost = _sync(plan, small=quick)
        requests = len(server.requests)
        wall, least = _wall(server, cost), plan.least(requests)
        speed = f"{plan.requests} in {plan.window:g} s, {plan.latency * 1000:g} ms"
        rows.append(
            (
                f"{plan.name}: {speed}",
                f"{requests:,}",
                f"{least:.2f} s",
                f"{wall:.2f} s",
                f"**{wall / least:.2f}**",
                server.rejected,
            )
        )
    head = ("plan, latency", "requests", "least", "wall", "ratio", "429s")
    return f"{WHOLE}\n{table(head, rows)}\n{_many(quick=quick)}"


WHOLE = f"""\
The first sync of a sandbox account, which answers 429 beyond the limit. It reads every
default stream, and with the larger plan also those that are off by default. *Least* is
how long the same number of requests takes when each begins as early as the limit and
the latency allow, with {AT_ONCE} under way at a time. *Wall* is the time from the first
request to the end of the process. Windows and latency ({LATENCY} s) are shortened by
the same factor; that of the larger plan is smaller, since the CPU of the sandbox would
otherwise be the limit.
"""


def _many(*, quick: bool) -> str:
    rows = []
    for kind in ("sliding", "fixed"):
        entries, size = (1_000, 20) if quick else (20_000, 2)
        plan = Scaled(kind, 120, 240, entries, max_per_page=size, only=("activities",))
        server, cost = _sync(plan, small=True, fixed_window=kind == "fixed")
        requests, wall = len(server.requests), _wall(server, cost)
        ratio = wall / plan.least(requests)
        rows.append(
            (kind, f"{requests:,}", f"{wall:.1f} s", f"{ratio:.2f}", server.rejected)
        )
    head = ("window", "requests", "wall", "ratio", "429s")
    return f"{MANY}\n{table(head, rows)}"


MANY = """\
More than 10,000 requests at 120 in 0.5 s (pages of two time entries), with each of the
two kinds of window that MOCO may have. The ratio compares with a sliding window:
"""


def _sync(plan: Scaled, *, small: bool, **options: Any) -> tuple[Server, Cost]:
    """Sync an account once."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(
            account_of(plan.activities, small=small),
            latency=plan.latency,
            limit=(plan.requests, plan.window),
            max_per_page=plan.max_per_page,
            **options,
        ) as server,
    ):
        limit = {"requests": plan.requests, "seconds": plan.window}
        wanted = "all" if plan.everything else plan.only
        return server, Tap(Path(folder), server.url, wanted, rate_limit=limit).run()


def account_of(activities: int, *, small: bool = False) -> Account:
    """Return an account with so many time entries.

    The lists that MOCO sorts by name or date keep to one page: their ties come in any
    order, so that a proof may take passes, and the tap's pauses between these are not
    shortened with the window.
    """
    account = generate_account(0.1 if small else MOST_SCALE)
    found = list(account.records["activities"].values())
    for number in range(activities - len(found)):
        old = found[number % len(found)]
        account.load("activities", {n: v for n, v in old.items() if n != "id"})
    return account


def _wall(server: Server, cost: Cost) -> float:
    """Return the seconds from the first request on."""
    return cost.ended - server.requests[0].time


def unchanged(*, quick: bool) -> str:
    """Benchmark 2: an incremental sync where nothing was changed."""
    account = account_of(0, small=quick)
    runs = {count: _unchanged(account, count) for count in (1, 4)}
    alone = runs[1][1]
    rows = [
        (
            count,
            f"{sum(asked.values()):,}",
            len(asked),
            f"{wall:.2f} s",
            f"{wall / alone:.2f}",
        )
        for count, (asked, wall) in runs.items()
    ]
    head = ("concurrency", "requests", "lists and objects", "wall", "against 1")
    more = {path: count for path, count in runs[4][0].items() if count > 1}
    repeated = "; ".join(f"`{path}` {count}" for path, count in more.items()) or "none"
    return f"{UNCHANGED}\n{table(head, rows)}\nAsked more than once: {repeated}.\n"


UNCHANGED = f"""\
The second sync of the same account, with the state of the first. Answers take
{UNCHANGED_LATENCY} s, and there is no limit.
"""


def _unchanged(account: Account, concurrency: int) -> tuple[Counter[str], float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(account, latency=UNCHANGED_LATENCY) as server,
    ):
        tap = Tap(Path(folder), server.url, concurrency=concurrency)
        state = tap.run().state
        server.clear()
        cost = tap.run(state)
        asked = Counter(entry.path for entry in server.requests)
        return asked, _wall(server, cost)

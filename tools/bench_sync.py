"""Whole and incremental syncs against the least that the limit allows."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_run import Cost, Tap, table

from tap_moco.sandbox import generate_account, serve

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server

LATENCY = 0.3
"""Seconds that MOCO takes for an answer, about."""
UNCHANGED_LATENCY = 0.1
MANY = 10_000


@dataclass(frozen=True)
class Scaled:
    """A plan in fast motion: window and latency are `factor` times shorter.

    Attributes:
        per_page: Rows of a page, at most, so that a small account has many pages.
    """

    name: str
    requests: int
    factor: float
    scale: float
    per_page: int

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
        return (requests - 1) // self.requests * self.window + self.latency


def plans(*, quick: bool) -> list[Scaled]:
    """Return both plans; the larger one slower, or the CPU would be the limit."""
    if quick:
        return [
            Scaled("standard", 120, 120, 0.2, 20),
            Scaled("unlimited", 1200, 60, 0.2, 20),
        ]
    return [
        Scaled("standard", 120, 60, 1.0, 50),
        Scaled("unlimited", 1200, 10, 1.0, 10),
    ]


def whole(*, quick: bool) -> str:
    """Benchmark 1: a whole sync, for both plans, and 10,000 requests."""
    rows = []
    for plan in plans(quick=quick):
        server, cost = _sync(plan)
        requests = len(server.requests)
        wall, least = _wall(server, cost), plan.least(requests)
        rows.append(
            (
                f"{plan.name}: {plan.requests} in {plan.window:g} s, "
                f"latency {plan.latency * 1000:g} ms",
                f"{requests:,}",
                f"{least:.2f} s",
                f"{wall:.2f} s",
                f"**{wall / least:.2f}**",
                server.rejected,
                f"{server.max_in_flight}",
            )
        )
    head = ("plan", "requests", "least", "wall", "ratio", "429s", "at once")
    return f"{WHOLE}\n{table(head, rows)}\n{_many(quick=quick)}"


WHOLE = """\
A first sync of every default stream of a sandbox account, which answers 429 beyond
the limit. *Least* is what the same number of requests takes when each begins as early as
the limit allows: a full window for every 120 (1200) requests before the last, and one
latency. *Wall* is from the first request to the end of the process. Windows and latency
(0.3 s) are shortened by the same factor; the larger plan less, since there the CPU of
one core would be the limit.
"""


def _many(*, quick: bool) -> str:
    rows = []
    for kind in ("sliding", "fixed"):
        plan = Scaled(kind, 120, 240, 0.1 if quick else 1.0, 20 if quick else 2)
        server, cost = _sync(plan, fixed_window=kind == "fixed")
        requests, wall = len(server.requests), _wall(server, cost)
        ratio = wall / plan.least(requests)
        rows.append(
            (kind, f"{requests:,}", f"{wall:.1f} s", f"{ratio:.2f}", server.rejected)
        )
    head = ("window, 120 in 0.5 s", "requests", "wall", "ratio", "429s")
    return f"{MANY_TEXT}\n{table(head, rows)}"


MANY_TEXT = f"""
At least {MANY:,} requests (pages are made small), with either kind of window that MOCO may have:
"""


def _sync(plan: Scaled, **options: Any) -> tuple[Server, Cost]:
    """Sync an account once."""
    account = generate_account(plan.scale)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(
            account,
            latency=plan.latency,
            limit=(plan.requests, plan.window),
            max_per_page=plan.per_page,
            **options,
        ) as server,
    ):
        limit = {"requests": plan.requests, "seconds": plan.window}
        return server, Tap(Path(folder), server.url, rate_limit=limit).run()


def _wall(server: Server, cost: Cost) -> float:
    """Return the seconds from the first request on."""
    return cost.ended - server.requests[0].time


def unchanged(*, quick: bool) -> str:
    """Benchmark 2: an incremental sync where nothing was changed."""
    account = generate_account(0.1 if quick else 1.0)
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
    told = "; ".join(f"`{path}` {count}" for path, count in more.items()) or "none"
    return f"{UNCHANGED}\n{table(head, rows)}\nAsked more than once: {told}.\n"


UNCHANGED = f"""\
The second sync of the same account, with the state of the first; answers take {UNCHANGED_LATENCY} s.
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

"""Many requests, some of which fail at random: nothing lost, flat memory."""

from __future__ import annotations

import gc
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox import generate_account, serve
from tests.support.secrets import OUTPUTS, leaks

from .running import plain_config, run_here

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = (
    "html",
    "empty",
    "429",
    "500",
    "502",
    "503",
    "redirect",
    "cut_json",
    "reset",
    "truncated",
)
"""Everything that another try betters, but `timeout`, which only takes long."""
STREAMS = (
    "activities",
    "schedules",
    "projects",
    "project_tasks",
    "invoices",
    "invoice_details",
    "units",
    "users",
    "report_absences",
)
RATE = 0.02
PAGE = 3
"""So few rows a page that a small account takes many requests."""


Rows = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


@dataclass(frozen=True)
class Read:
    """What came of one run of the tap.

    Attributes:
        rows: Those of the target in the end, by stream and key.
        leaks: Secrets in what was written.
        megabytes: Memory of the tap's process after the run.
    """

    rows: Rows
    status: int
    leaks: int
    megabytes: float


@dataclass(frozen=True)
class Round:
    """One run, and what the server knows of it.

    Attributes:
        lost: Rows that the target lacks, or that differ.
    """

    requests: int
    faults: int
    lost: int
    read: Read


def soak(requests: int, *, scale: float, rate: float = RATE) -> Iterator[Round]:
    """Read the account again and again, until there were so many requests.

    All runs share a process of their own, so that what one of them keeps shows in
    its memory.
    """
    # Ties in arbitrary order on such small pages are another test's matter.
    options: dict[str, Any] = {"max_per_page": PAGE, "sort_fields": "all"}
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as taps,
        serve(generate_account(scale), **options) as server,
    ):
        clean = taps.submit(read, server.url).result().rows
        done, number = 0, 0
        while done < requests:
            number += 1
            server.clear()
            server.faults.clear()
            server.faults.random(rate, number, KINDS)
            outcome = taps.submit(read, server.url).result()
            done += len(server.requests)
            lost = _differences(clean, outcome.rows)
            yield Round(len(server.requests), server.faults.met, lost, outcome)


def read(url: str) -> Read:
    """Run the tap in this process."""
    OUTPUTS.clear()  # or all that was ever written stays in memory
    config = plain_config(url, max_retries=9, project_children="detail")
    outcome = run_here(config, STREAMS)
    gc.collect()
    return Read(outcome.target.rows, outcome.code, len(leaks(OUTPUTS)), resident())


def _differences(clean: Rows, found: Rows) -> int:
    """Count rows that one of the targets lacks, or that differ."""
    return sum(
        clean[name].get(key) != found.get(name, {}).get(key)
        for name in clean
        for key in clean[name].keys() | found.get(name, {}).keys()
    )


def resident() -> float:
    """Return the memory of this process in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0

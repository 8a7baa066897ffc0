"""Many requests, some of which fail at random: nothing lost, flat memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tap_moco.sandbox import generate_account, serve

from .running import OUTPUTS, Target, plain_config, run_here

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
    "report_cashflow",
)
RATE = 0.02
PAGE = 3
"""So few rows a page that a small account takes many requests."""


@dataclass(frozen=True)
class Round:
    """One whole read."""

    requests: int
    faults: int
    lost: int
    """Rows that the target lacks, or that differ."""
    status: int
    megabytes: float


def soak(requests: int, *, scale: float, rate: float = RATE) -> Iterator[Round]:
    """Read the account again and again, until there were so many requests."""
    # Ties in arbitrary order on such small pages are another test's matter.
    options = {"max_per_page": PAGE, "sort_fields": "all"}
    with serve(generate_account(scale), **options) as server:
        config = plain_config(server.url, max_retries=9, project_children="detail")
        clean = run_here(config, STREAMS).target
        done, number = 0, 0
        while done < requests:
            number += 1
            server.clear()
            server.faults.random(rate, number, KINDS)
            OUTPUTS.clear()  # or all that was ever written stays in memory
            outcome = run_here(config, STREAMS)
            done += len(server.requests)
            faulty = sum(entry.status != 200 for entry in server.requests)
            lost = _differences(clean, outcome.target)
            yield Round(len(server.requests), faulty, lost, outcome.status, resident())


def _differences(clean: Target, found: Target) -> int:
    """Count rows that one of the targets lacks, or that differ."""
    return sum(
        clean.rows[name].get(key) != found.rows.get(name, {}).get(key)
        for name in clean.rows
        for key in clean.rows[name].keys() | found.rows.get(name, {}).keys()
    )


def resident() -> float:
    """Return the memory of this process in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0

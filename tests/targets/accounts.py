"""Measure what one account needs of a machine, and write docs/many-accounts.md.

It loads a sandbox account into PostgreSQL as the Dagster example does: with the tap
and the target as processes of their own. CPU and memory are those that the system
counts for each process.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tap_moco.sandbox import Server, generate_account, serve
from tap_moco.sandbox.evolve import evolve
from tests.support.environments import ROOT
from tests.support.postgres import postgresql
from tests.support.runs import COMMAND, KEY, NO_LIMIT
from tests.support.target import lines

from .stores import Postgres

PAGE = ROOT / "docs" / "many-accounts.md"
BLOCK = re.compile(r"(<!-- begin figures -->\n).*(<!-- end figures -->)", re.DOTALL)
ACCOUNTS = 200
HOUR = 3600
MEGABYTE = 1024  # ru_maxrss is in kilobytes
WINDOW = (120, 120.0)
"""The limit of MOCO's standard plan: requests, and seconds."""
ANSWER, AT_ONCE = 0.3, 4
"""Seconds of an answer, and requests under way at once, the tap's default."""
CHANGES = 50
DAGSTER = "from moco_accounts import definitions"


@dataclass
class Cost:
    """What a process took: seconds of CPU, and megabytes."""

    name: str
    cpu: float
    memory: float


@dataclass
class Load:
    """One run of the pipeline."""

    title: str
    requests: int
    costs: list[Cost]


def main() -> int:
    """Measure an account, and write the page."""
    Postgres.environment.install()
    account = generate_account(1)
    rows = sum(len(found) for found in account.records.values())
    with (
        tempfile.TemporaryDirectory() as name,
        postgresql() as database,
        serve(account) as server,
    ):
        pipeline = Pipeline(Path(name), server, database)
        loads = [pipeline.run(f"first load, {rows:,} rows")]
        evolve(account, CHANGES)
        loads.append(pipeline.run(f"an hour later, {CHANGES} changes"))
    text = written(loads, dagster())
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(lambda found: found[1] + text + found[2], page), "utf-8")
    return 0


class Pipeline:
    """The tap and target-postgres, with the state between the runs."""

    def __init__(self, folder: Path, server: Server, database: str) -> None:
        """Write both configurations."""
        self._folder = folder
        self._server = server
        self._state = folder / "state.json"
        self._target = Postgres(folder, database, "moco").command()
        config = {"api_url": server.url, "api_key": KEY, "rate_limit": NO_LIMIT}
        (folder / "tap.json").write_text(json.dumps(config))

    def run(self, title: str) -> Load:
        """Run both; return what each took."""
        self._server.clear()
        command = [str(COMMAND), "--config", str(self._folder / "tap.json")]
        command += ["--state", str(self._state)] if self._state.exists() else []
        log = subprocess.DEVNULL
        tap = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        out = self._folder / "states.jsonl"
        with out.open("wb") as states:
            target = subprocess.Popen(
                self._target, stdin=tap.stdout, stdout=states, stderr=log
            )
        costs = [_ended("tap-moco", tap), _ended("target-postgres", target)]
        self._state.write_text(lines(out.read_text())[-1])
        return Load(title, len(self._server.requests), costs)


def _ended(name: str, process: subprocess.Popen[bytes]) -> Cost:
    """Wait for a process; return what it took."""
    if process.stdout:
        process.stdout.close()  # the other process has it
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{name} ended with {process.returncode}")
    return Cost(name, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / MEGABYTE)


def dagster() -> Cost:
    """Return what a run's own process takes in Dagster."""
    python = ROOT / ".targets" / "dagster" / "bin" / "python"
    file = ROOT / "examples" / "dagster" / "accounts.yaml"
    env = {**os.environ, "MOCO_ACCOUNTS": str(file)}
    return _ended("Dagster's run", subprocess.Popen([python, "-c", DAGSTER], env=env))


def written(loads: list[Load], engine: Cost) -> str:
    """Return the figures, and what follows from them."""
    lines = ["| run | process | CPU | memory |", "| --- | --- | ---: | ---: |"]
    lines += [
        f"| {load.title}, {load.requests:,} requests | {cost.name}"
        f" | {cost.cpu:.1f} s | {cost.memory:.0f} MB |"
        for load in loads
        for cost in load.costs
    ]
    lines += [f"| each | {engine.name} | {engine.cpu:.1f} s | {engine.memory:.0f} MB |"]
    hourly = loads[-1]
    every = [*hourly.costs, engine]
    cpu, memory = sum(c.cpu for c in every), sum(c.memory for c in every)
    # As many requests as the limit's window has need not wait for it.
    waits = hourly.requests // WINDOW[0] * WINDOW[1]
    wall = max(hourly.requests * ANSWER / AT_ONCE, waits) + cpu
    at_once = math.ceil(wall * ACCOUNTS / HOUR)
    return (
        "\n".join(lines)
        + f"\n\nSo an account takes {cpu:.0f} s of CPU per hour, and {memory:.0f} MB"
        f" of memory for the {wall:.0f} s or so that its run takes. {ACCOUNTS} accounts"
        f" keep {cpu * ACCOUNTS / HOUR:.1f} cores busy. With {at_once} at a time,"
        f" which takes {at_once * memory / 1024:.1f} GB, all of them are read within an"
        f" hour. These figures multiply those of one account: nobody has run"
        f" {ACCOUNTS} accounts. CPU and memory were measured; for MOCO's response time"
        f" the calculation assumes {ANSWER} s.\n"
    )


if __name__ == "__main__":
    sys.exit(main())

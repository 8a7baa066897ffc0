"""The benchmarks: `python -m tools.bench [--quick] [--only N] [--output FILE]`.

Writes docs/benchmarks.md. Nothing here is a test: figures depend on the machine,
so each is a ratio of things that were measured in one run.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from tools.bench_peers import peers
from tools.bench_records import cpu, memory
from tools.bench_run import TOOLS, FailedError
from tools.bench_sync import unchanged, whole
from tools.bench_webhooks import deliveries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAGE = TOOLS.parent / "docs" / "benchmarks.md"
SECTIONS: dict[str, tuple[str, Callable[..., str]]] = {
    "1": ("A whole sync against the shortest possible time", whole),
    "2": ("An incremental sync with nothing changed", unchanged),
    "3": ("CPU per record", cpu),
    "4": ("Memory", memory),
    "5": ("The same account through other tools", peers),
    "6": ("Webhooks acknowledged", deliveries),
}
INTRODUCTION = """\
Written by `tools/bench.py`. Compare figures only within a table: those of one table
were measured in one run on one machine."""
FAILED = "It failed; the log of the command says why.\n"
PACKAGES = ("tap-moco", "singer-sdk", "requests", "urllib3", "msgspec", "orjson")


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()


def machine(command: str) -> str:
    """Return what the figures depend on."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"- {datetime.now(timezone.utc):%Y-%m-%d}, by `{command}`\n"
        f"- {processor()}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.release()}; load before the start {load}\n"
        f"- Python {platform.python_version()}; {packages}\n"
    )


def section(number: str, *, quick: bool) -> str:
    """Run a benchmark; what failed is named in its place and takes no other along."""
    title, run = SECTIONS[number]
    began = time.monotonic()
    try:
        text = run(quick=quick)
    except FailedError as error:
        print(error, file=sys.stderr)
        text = FAILED
    print(f"{title}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return f"## {number}. {title}\n\n{text}"


def page(numbers: Sequence[str], command: str, *, quick: bool) -> str:
    """Run the benchmarks and return the page."""
    parts = [f"# Benchmarks\n\n{INTRODUCTION}\n\n{machine(command)}"]
    if quick:
        parts.append("A quick run: too small for its figures to mean anything.\n")
    # a child's peak memory starts from that of this process, which grows
    order = sorted(numbers, key=lambda number: number != "4")
    found = {number: section(number, quick=quick) for number in order}
    return "\n".join([*parts, *(found[number] for number in numbers)])


def main(given: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny; to try the tool")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="one section")
    parser.add_argument(
        "--output", type=Path, default=PAGE, help=f"default {PAGE.name}"
    )
    options = parser.parse_args(given)
    command = " ".join(
        ["python -m tools.bench", *(sys.argv[1:] if given is None else given)]
    )
    text = page(options.only or list(SECTIONS), command, quick=options.quick)
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(text, encoding="utf-8")
    print(options.output)
    return int(FAILED in text)


if __name__ == "__main__":
    sys.exit(main())

"""Try every target, and write docs/targets.md (`make targets`)."""

from __future__ import annotations

import argparse
import difflib
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.environments import ROOT
from tests.support.postgres import postgresql

from .page import Page, without_figures
from .recordings import record_all, record_large
from .stores import STORES
from .trials import Findings, Trial
from .warehouses import WAREHOUSES

PAGE = ROOT / "docs" / "targets.md"
AT_ONCE = 2


def main() -> int:
    """Run the trials; return 1 where the page is not what they found."""
    parser = argparse.ArgumentParser(prog="make targets", description=__doc__)
    add = parser.add_argument
    add("--check", action="store_true", help="compare the page, and do not write it")
    add("--rows", type=int, default=0, help="load so many rows besides, and time it")
    options = parser.parse_args()
    findings = try_all(options.rows)
    for found in findings:
        for failure in found.failures:
            sys.stdout.write(f"{found.title}: {failure}\n")
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    new = Page({found.title: found for found in findings}).text(old)
    if not options.check:
        PAGE.write_text(new, encoding="utf-8")
        return 0
    return _report_difference(without_figures(old), without_figures(new))


def try_all(rows: int) -> list[Findings]:
    """Run all trials, with a load of so many rows where there are any.

    Returns:
        What was found, one per target.
    """
    recordings = record_all()
    large = record_large(rows) if rows else None
    with tempfile.TemporaryDirectory(prefix="targets-") as name:
        folder = Path(name)
        with postgresql() as database, _pool() as pool:
            running = [
                pool.submit(Trial(store, recordings, folder, database).run, large)
                for store in STORES
            ]
            running += [
                pool.submit(warehouse.try_out, recordings.first, recordings.columns)
                for warehouse in WAREHOUSES
            ]
            return [trial.result() for trial in running]


def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE)


def _report_difference(old: str, new: str) -> int:
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), "docs/targets.md", "measured", lineterm=""
    )
    text = "\n".join(lines)
    if text:
        sys.stdout.write(f"docs/targets.md is stale; run `make targets`\n{text}\n")
    return 1 if text else 0


if __name__ == "__main__":
    sys.exit(main())

"""The same account through what a user would pick in place of tap-moco."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import TYPE_CHECKING

from tap_moco.sandbox import serve
from tools.bench_run import CACHE, KEY, TOOLS, Cost, Tap, measure, table
from tools.bench_sync import account_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.sandbox import Server

    Run = Callable[[Path, Server], Cost]

PACKAGES = {
    "dlt": ["dlt[duckdb]==1.31.0"],
    "tap-rest-api-msdk": ["tap-rest-api-msdk==1.4.2", "setuptools<81"],
}
LISTS = {
    "activities": "activities",
    "companies": "companies",
    "contacts": "contacts/people",
    "deals": "deals",
    "invoices": "invoices",
    "offers": "offers",
    "planning_entries": "planning_entries",
    "projects": "projects",
    "purchases": "purchases",
    "schedules": "schedules",
    "user_presences": "users/presences",
    "users": "users",
}
"""Streams of the tap and their paths: plain lists, which all three can read."""
LIMIT, WINDOW, LATENCY = 120, 2.0, 0.005


def environment(name: str) -> Path:
    """Return the folder of a peer's commands, installed at the first call."""
    folder = CACHE / name / "bin"
    done = CACHE / name / "installed"
    wanted = " ".join(PACKAGES[name])
    if not done.exists() or done.read_text() != wanted:
        venv.create(CACHE / name, with_pip=True, clear=True)
        command = [str(folder / "pip"), "install", "--quiet", *PACKAGES[name]]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        done.write_text(wanted)
    return folder


def peers(*, quick: bool) -> str:
    """Benchmark 5: wall time, requests, 429s and CPU of all three."""
    account = account_of(0 if quick else 60_000, small=quick)
    rows = []
    for name, run in {
        "tap-moco": _ours,
        "dlt": _dlt,
        "tap-rest-api-msdk": _msdk,
    }.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            serve(account, latency=LATENCY, limit=(LIMIT, WINDOW)) as server,
        ):
            cost = run(Path(folder), server)
            rows.append((name, *_row(server, cost)))
    head = (
        "what",
        "ended",
        "wall",
        "of it reading",
        "requests",
        "answered",
        "429s",
        "CPU",
    )
    return f"{TEXT}\n{table(head, rows)}"


TEXT = f"""\
A first read of {len(LISTS)} lists ({", ".join(LISTS)})
of a sandbox account that allows {LIMIT} requests in {WINDOW:g} s and answers after
{LATENCY * 1000:g} ms. This is the standard plan, 60 times faster. A real window is 120
s, so a back-off that is long enough here may give up there. Only tap-moco proves that
it skipped no row.

- dlt: its `rest_api` source with the `header_link` paginator, extraction only.
- tap-rest-api-msdk: `restapi_header_link_paginator` and `header_link`, 100 rows per
  page, with `setuptools<81`, without which it does not start. It uses the text of a
  parsed address as a query, so MOCO's next link leads to the first page again, under an
  address that grows until a header line is too long. Its other pagination styles need
  what MOCO does not send.
"""


def _row(server: Server, cost: Cost) -> tuple[str, ...]:
    reading = cost.ended - server.requests[0].time
    asked, rejected = len(server.requests), server.rejected
    return (
        "well" if cost.code == 0 else f"exit code {cost.code}",
        f"{cost.wall:.1f} s",
        f"{reading:.1f} s",
        f"{asked:,}",
        f"{asked - rejected:,}",
        f"{rejected:,}",
        f"{cost.cpu:.1f} s",
    )


def _ours(folder: Path, server: Server) -> Cost:
    limit = {"requests": LIMIT, "seconds": WINDOW}
    return Tap(folder, server.url, list(LISTS), rate_limit=limit).run()


def _dlt(folder: Path, server: Server) -> Cost:
    python = environment("dlt") / "python"
    given = [server.url, KEY, str(folder), *LISTS.values()]
    command = [str(python), str(TOOLS / "bench_dlt.py"), *given]
    return measure(command, may_fail=True)


def _msdk(folder: Path, server: Server) -> Cost:
    command = environment("tap-rest-api-msdk") / "tap-rest-api-msdk"
    config = folder / "config.json"
    settings = {
        "api_url": server.url,
        "auth_method": "no_auth",
        "headers": {"Authorization": f"Token token={KEY}"},
        "pagination_request_style": "restapi_header_link_paginator",
        "pagination_response_style": "header_link",
        "pagination_page_size": 100,
        "streams": [
            {"name": name, "path": f"/{path}", "primary_keys": ["id"]}
            for name, path in LISTS.items()
        ],
    }
    config.write_text(json.dumps(settings))
    return measure([str(command), "--config", str(config)], may_fail=True)


if __name__ == "__main__":
    sys.stdout.write(peers(quick="--quick" in sys.argv))

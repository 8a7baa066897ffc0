"""The command `tap-moco-sandbox`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from tap_moco.sandbox.app import KEY
from tap_moco.sandbox.generate import generate_account
from tap_moco.sandbox.server import serve
from tap_moco.sandbox.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_moco.sandbox.account import Account

UNLIMITED = (1000, 1.0)
"""A rate that a client never reaches, for where the sandbox has no limit."""
SIGNING_KEY = "1d608b9d72219b90ff2393a1d3ee0ac0"
"""That of MOCO's documentation."""


def _limit(text: str) -> tuple[int, float]:
    requests, _, seconds = text.partition("/")
    with suppress(ValueError):
        if int(requests) > 0 and float(seconds) > 0:
            return int(requests), float(seconds)
    wanted = "REQUESTS/SECONDS, for example 120/120"
    raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tap-moco-sandbox",
        description="Serve a made-up MOCO account on this machine.",
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="the port; by default any free one")
    add("--scale", type=float, default=1.0, help="the size; 1 has 3,000 time entries")
    add("--seed", type=int, default=1, help="another seed makes another account")
    add("--latency", type=float, default=0.0, help="seconds before each answer")
    rate = "answer 429 to more requests than that; MOCO's limit is 120/120"
    add("--limit", type=_limit, metavar="REQUESTS/SECONDS", help=rate)
    window = "count the limit from one fixed moment to the next"
    add("--fixed-window", action="store_true", help=window)
    hooks = "send webhooks there, such as http://127.0.0.1:8080/webhooks"
    add("--webhooks", metavar="URL", default="", help=hooks)
    add("--signing-key", metavar="KEY", default=SIGNING_KEY, help="signs the webhooks")
    return parser.parse_args(given)


def first_read(account: Account) -> int:
    """Estimate the requests of a first read: pages, details of documents, reports."""
    sizes = {name: len(found) for name, found in account.records.items()}
    pages = sum(-(-size // 100) or 1 for size in sizes.values())
    reports = 12 + sizes["activities"] // 50
    return pages + sizes["invoices"] + sizes["offers"] + reports


def _welcome(url: str, account: Account, limit: tuple[int, float] | None) -> str:
    """Return what a newcomer needs; the first line is the URL alone, for programs."""
    requests, seconds = limit or UNLIMITED
    rate = {"requests": requests, "seconds": seconds}
    config = {"api_url": url, "api_key": KEY, "rate_limit": rate}
    wanted = first_read(account)
    wait = (wanted - 1) // requests * seconds
    duration = f"{wait / 60:.0f} min" if wait >= 60 else f"{wait:.0f} s"  # noqa: PLR2004
    takes = f", and so {duration} at this limit" if limit else ""
    return f"""{url}

Save this as config.json, and read with `tap-moco --config config.json`:

{json.dumps(config)}

A first read takes about {wanted} requests{takes}. Stop the sandbox with Ctrl-C."""


def main(given: Sequence[str] | None = None) -> int:
    """Serve until a signal comes; return the exit status."""
    options = vars(_arguments(given))
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    account = generate_account(options.pop("scale"), options.pop("seed"))
    hooks = Webhooks(account, options.pop("webhooks"), options.pop("signing_key"))
    hooks.set_up()
    try:
        with serve(account, **options) as server, hooks.sending():
            print(_welcome(server.url, account, options["limit"]), flush=True)  # noqa: T201
            ended.wait()
    except OSError as error:
        print(f"cannot listen on port {options['port']}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0

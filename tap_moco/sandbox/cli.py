"""The command `tap-moco-sandbox`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from typing import TYPE_CHECKING

from tap_moco.sandbox.generate import generate_account
from tap_moco.sandbox.server import serve

if TYPE_CHECKING:
    from collections.abc import Sequence


def _limit(text: str) -> tuple[int, float]:
    requests, _, seconds = text.partition("/")
    try:
        return int(requests), float(seconds)
    except ValueError:
        message = f"{text!r} is not REQUESTS/SECONDS, for example 120/120"
        raise argparse.ArgumentTypeError(message) from None


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tap-moco-sandbox", description="Serve a made-up MOCO account locally."
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="the port; by default any free one")
    add("--scale", type=float, default=1.0, help="the size; 1 has 3,000 activities")
    add("--seed", type=int, default=1, help="another seed, another account")
    add("--latency", type=float, default=0.0, help="seconds before each answer")
    add("--limit", type=_limit, metavar="N/SECONDS", help="answer 429 beyond that")
    add("--fixed-window", action="store_true", help="let the limit's window not slide")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Serve until a signal comes."""
    options = _arguments(given)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    account = generate_account(options.scale, options.seed)
    server = serve(
        account,
        port=options.port,
        latency=options.latency,
        limit=options.limit,
        fixed_window=options.fixed_window,
    )
    try:
        with server as running:
            print(running.url, flush=True)  # noqa: T201
            ended.wait()
    except OSError as error:
        print(f"cannot listen on port {options.port}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0

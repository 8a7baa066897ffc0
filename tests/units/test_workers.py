"""Calls in threads that keep nobody waiting."""

from __future__ import annotations

import subprocess
import sys
import threading

from tap_moco.api.ahead import Workers


def test_cancelled_call_is_not_made() -> None:
    workers, made, go = Workers(2), [], threading.Event()
    blocked = [workers.submit(lambda: go.wait(5)) for _ in range(2)]
    waiting = workers.submit(lambda: made.append(1))
    assert waiting.cancel()
    go.set()
    assert all(future.result() for future in blocked)
    assert workers.submit(lambda: True).result()
    assert made == []


def test_slow_call_does_not_keep_the_process() -> None:
    """SIGTERM must not wait for a request of a minute."""
    program = (
        "import threading; from tap_moco.api.ahead import Workers;"
        "begun = threading.Event();"
        "Workers(2).submit(lambda: (begun.set(), threading.Event().wait(60)));"
        "assert begun.wait(10)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=20)
    assert done.returncode == 0

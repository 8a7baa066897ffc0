"""Calls in threads that keep nobody waiting."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from tap_moco.api.executor import DaemonExecutor


def test_no_more_calls_than_workers_at_once() -> None:
    lock, at_once, most = threading.Lock(), 0, 0
    together = threading.Barrier(3, timeout=5)

    def call() -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        together.wait()
        with lock:
            at_once -= 1

    workers = DaemonExecutor(3)
    for future in [workers.submit(call) for _ in range(12)]:
        future.result()
    assert most == 3


def test_one_worker_uses_no_thread() -> None:
    workers = DaemonExecutor(1)
    calls = [workers.submit(lambda: threading.current_thread().name) for _ in range(3)]
    assert {call.result() for call in calls} == {threading.current_thread().name}


def test_error_is_raised_where_the_result_is_asked_for() -> None:
    workers = DaemonExecutor(2)
    results = [workers.submit(lambda n=n: 10 // n) for n in (1, 0, 2)]  # type: ignore[misc]
    assert results[0].result() == 10
    with pytest.raises(ZeroDivisionError):
        results[1].result()
    assert results[2].result() == 5


def test_cancelled_call_is_not_made() -> None:
    workers, made, go = DaemonExecutor(2), [], threading.Event()
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
        "import threading; from tap_moco.api.executor import DaemonExecutor;"
        "begun = threading.Event();"
        "DaemonExecutor(2).submit(lambda: (begun.set(), threading.Event().wait(60)));"
        "assert begun.wait(10)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=20)
    assert done.returncode == 0

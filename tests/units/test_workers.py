"""Work side by side: in order, and never far ahead."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tap_moco.api.ahead import Workers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_order(workers: int) -> None:
    """Although the first call is the last to end."""
    first_may_end = threading.Event()

    def call(number: int) -> int:
        if number == 0 and workers > 1:
            assert first_may_end.wait(5)
        elif number == 1:
            first_may_end.set()
        return number * number

    results = Workers(workers).map(call, range(40))
    assert [future.result() for future in results] == [n * n for n in range(40)]


@pytest.mark.parametrize("workers", [1, 3])
def test_items_are_taken_little_by_little(workers: int) -> None:
    """A list as good as endless must not fill the memory."""
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield number

    results = Workers(workers).map(lambda number: number, items())
    for number in range(20):
        assert next(results).result() == number
        assert taken <= number + 2 * workers


def test_no_more_calls_than_workers_at_once() -> None:
    lock, at_once, most = threading.Lock(), 0, 0
    together = threading.Barrier(3, timeout=5)

    def call(_number: int) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        together.wait()
        with lock:
            at_once -= 1

    for future in Workers(3).map(call, range(12)):
        future.result()
    assert most == 3


def test_one_worker_uses_no_thread() -> None:
    names = Workers(1).map(lambda _: threading.current_thread().name, range(3))
    assert {f.result() for f in names} == {threading.current_thread().name}


def test_error_is_raised_where_the_result_is_asked_for() -> None:
    def call(number: int) -> int:
        return 10 // number

    results = list(Workers(2).map(call, [1, 0, 2]))
    assert results[0].result() == 10
    with pytest.raises(ZeroDivisionError):
        results[1].result()
    assert results[2].result() == 5


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

"""Work side by side: results in order, threads that never delay the end."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    _Call = tuple[Future[object], Callable[[], object]]

Result = TypeVar("Result")


class DaemonExecutor:
    """At most `count` calls under way at once, in daemon threads.

    `concurrent.futures` has executors, but joins their threads at the end of
    the process, which would keep a SIGTERM waiting for a slow request.
    """

    def __init__(self, count: int) -> None:
        """Make the queue; the threads start with the first call."""
        self.count = count
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._started = False

    def submit(self, call: Callable[[], Result]) -> Future[Result]:
        """Have a thread do the call; with one worker, do it at once."""
        future: Future[Result] = Future()
        if self.count == 1:
            _run(future, call)
            return future
        if not self._started:
            self._started = True
            for _ in range(self.count):
                threading.Thread(target=self._work, daemon=True).start()
        self._calls.put((future, call))  # type: ignore[arg-type]
        return future

    def close(self) -> None:
        """Let the threads end when their calls are done; nobody waits for it."""
        for _ in range(self.count if self._started else 0):
            self._calls.put(None)

    def _work(self) -> None:
        while call := self._calls.get():
            _run(*call)


def _run(future: Future[Result], call: Callable[[], Result]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - the waiting thread raises it
        future.set_exception(error)

"""An executor whose threads never delay the end of the process."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    _Call = tuple[Future[Any], Callable[[], Any]]

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")


class DaemonExecutor(Executor):
    """Runs at most `max_workers` calls at once, in daemon threads.

    `ThreadPoolExecutor` joins its threads when the process ends, and so a SIGTERM
    would wait for a slow request. One worker uses no thread: the call is made at once.

    Args:
        max_workers: Calls under way at the same time, at most.
    """

    def __init__(self, max_workers: int) -> None:
        """Start no thread yet: the first call does."""
        self.max_workers = max_workers
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._started = False

    def submit(
        self,
        fn: Callable[_Args, _Result],
        /,
        *args: _Args.args,
        **kwargs: _Args.kwargs,
    ) -> Future[_Result]:
        """Have a thread make the call."""
        future: Future[_Result] = Future()
        call = partial(fn, *args, **kwargs)
        if self.max_workers == 1:
            _run(future, call)
            return future
        if not self._started:
            self._started = True
            for _ in range(self.max_workers):
                threading.Thread(target=self._work, daemon=True).start()
        self._calls.put((future, call))
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the interface's signature
        """Let the threads end after the calls that were submitted; wait for none."""
        for _ in range(self.max_workers if self._started else 0):
            self._calls.put(None)

    def _work(self) -> None:
        while call := self._calls.get():
            _run(*call)


def _run(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - the waiting thread raises it
        future.set_exception(error)

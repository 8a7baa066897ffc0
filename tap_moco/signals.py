"""SIGTERM and SIGINT end the tap with the status that shells know: 143 and 130."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

GRACE_SECONDS = 1.5
"""How long a blocked target may delay the end after a signal."""


def end_at_once() -> None:
    """Let a signal end the process at once, as long as nothing has been written.

    An exception could get lost in other code: in an import, or in a callback.
    """
    _handle(os._exit)


def end_between_messages(stop: Callable[[SystemExit], None]) -> None:
    """Let a signal end the run so that the last message and the state are whole.

    Args:
        stop: Raises an exception as soon as no message is half written.
    """
    _handle(lambda status: stop(SystemExit(status)))


def _handle(end: Callable[[int], None]) -> None:
    """Call `end` with the exit status when a signal arrives."""

    def ended(number: int, _frame: FrameType | None) -> None:
        status = 128 + number
        last = threading.Timer(GRACE_SECONDS, os._exit, (status,))
        last.daemon = True
        last.start()
        name = signal.Signals(number).name
        logging.getLogger("tap-moco").info("ended by %s", name)
        end(status)

    # only the main thread may, and who runs the tap in another one has handlers
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, ended)

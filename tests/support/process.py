"""What a command does to its process, undone for the next test."""

from __future__ import annotations

import gc
import io
import logging
import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_moco.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Iterator


def environment(**more: str) -> dict[str, str]:
    """Return the variables of this process without settings, and those given."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TAP_MOCO")}
    return {**kept, **more}


@contextmanager
def process_state_kept() -> Iterator[None]:
    """Undo what a command may do to its process: logging, secrets, signals, memory."""
    root = logging.getLogger()
    handlers, level, make = root.handlers[:], root.level, logging.getLogRecordFactory()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    thresholds, secrets = gc.get_threshold(), dict(vars(redactor))
    try:
        yield
    finally:
        root.handlers[:] = handlers
        vars(redactor).update(secrets)
        root.setLevel(level)
        logging.setLogRecordFactory(make)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        # a run freezes what it began with, for a process that ends with it
        gc.unfreeze()
        gc.set_threshold(*thresholds)


@dataclass
class Log(logging.Handler):
    """Keeps the lines of the log that a user sees, and all of them."""

    seen: list[str] = field(default_factory=list)
    everything: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Write lines as the SDK does."""
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s | %(name)s | %(message)s"))

    def __hash__(self) -> int:
        """Let `logging` keep it in a set."""
        return id(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record as text."""
        text = self.format(record)
        self.everything.append(text)
        if record.levelno >= logging.INFO:
            self.seen.append(text)


@contextmanager
def captured() -> Iterator[tuple[io.BytesIO, Log]]:
    """Catch standard output, and the log down to DEBUG."""
    raw, log, root = io.BytesIO(), Log(), logging.getLogger()
    stdout = sys.stdout
    out = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    with process_state_kept():
        sys.stdout = out
        root.addHandler(log)
        root.setLevel(logging.DEBUG)
        logging.getLogger("uvicorn").setLevel(logging.WARNING)  # the sandbox's own
        redactor.install()
        try:
            yield raw, log
        finally:
            out.detach()
            sys.stdout = stdout

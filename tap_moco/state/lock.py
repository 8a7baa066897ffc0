"""Keep a second run from starting with a state that another run goes on from."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tap_moco.errors import InvalidInputError

if sys.platform != "win32":  # its locks would keep others from reading
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def locked(name: str | None) -> Iterator[None]:
    """Hold the file of `--state` for the time of a run; it must have been read before.

    Of two runs that begin with the same state, the one that ends last would have its
    state kept, and may have written older records over newer ones. The system lets go
    of the file with the process, however that ends, and also when the process closes
    the file once more. What is no file, such as a pipe, a file that cannot be
    written, and file systems without locks are not held.

    Raises:
        InvalidInputError: Another run holds it.
    """
    with contextlib.ExitStack() as stack:
        if name and os.access(name, os.R_OK | os.W_OK) and Path(name).is_file():
            _lock(stack.enter_context(Path(name).open("r+b")), name)
        yield


def _lock(file: BinaryIO, name: str) -> None:
    """Lock a file, where its file system knows locks.

    Raises:
        InvalidInputError: It is locked already.
    """
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        try:
            # not `flock`, which the command of that name holds for its whole line
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = (
                f"state: another run that started with {name} has not ended. Two runs "
                "with one state would write over each other's records; start this one "
                "again when the other one has ended"
            )
            raise InvalidInputError(msg) from None

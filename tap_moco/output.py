"""Singer messages on standard output, buffered."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from singer_sdk.singerlib import Message

    Record = dict[str, Any]

FLUSH_BYTES = 1 << 16

logger = logging.getLogger("tap-moco")


class BrokenTargetError(SystemExit):
    """The target closed the pipe; nothing is left to do."""


class BufferedWriter(MsgSpecWriter):
    """Writes messages in bulk: at every STATE, after every page, and every 64 KiB."""

    def __init__(self) -> None:
        """Begin with an empty buffer."""
        super().__init__()
        self._buffer = bytearray()
        self._has_begun = False
        self._is_flushing = False
        self._end: BaseException | None = None

    def write_message(self, message: Message) -> None:
        """Queue a message; a STATE flushes everything before it.

        A STATE that comes first is the state of before the run, and waits for more.
        """
        self._buffer += self.format_message(message)
        is_state = message.type == "STATE"
        self._has_begun |= not is_state
        if len(self._buffer) >= FLUSH_BYTES or (is_state and self._has_begun):
            self.flush()

    def write_records(
        self, stream: str, records: Iterable[Record], version: int | None, now: datetime
    ) -> None:
        """Queue RECORD messages that differ only in their record.

        The SDK's message objects would cost more than all other work on a record.
        """
        message: Record = {"type": "RECORD", "stream": stream, "time_extracted": now}
        if version is not None:
            message["version"] = version
        head = encoder.encode(message)[:-1] + b',"record":'
        lines = bytearray()
        for record in records:
            lines += head
            encoder.encode_into(record, lines, -1)
            lines += b"}\n"
        self._buffer += lines
        if len(self._buffer) >= FLUSH_BYTES:
            self.flush()

    def write_text(self, text: str) -> None:
        """Write a text that is not a message, such as a catalog, and a newline."""
        self._buffer += f"{text}\n".encode()
        self.flush()

    def flush(self) -> None:
        """Hand everything to the target.

        Raises:
            BrokenTargetError: Nobody reads any more.
        """
        self._is_flushing = True
        queued, self._buffer = self._buffer, bytearray()
        try:
            rest = memoryview(queued)
            while rest:  # unbuffered, a write may be cut short
                rest = rest[sys.stdout.buffer.write(rest) :]
            sys.stdout.buffer.flush()
        except OSError as error:
            # The interpreter flushes once more at its end; let that go nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            cause = "the target has closed the pipe"
            if not isinstance(error, BrokenPipeError):
                cause = f"standard output cannot be written ({error.strerror})"
            logger.error("%s; the tap reads nothing more", cause)  # noqa: TRY400
            raise BrokenTargetError(1) from None
        finally:
            self._is_flushing = False
        end, self._end = self._end, None
        if end:
            raise end

    def stop(self, end: BaseException) -> None:
        """Raise an exception; in the middle of a line, only after it is written.

        If nothing has been written yet, nothing will be.
        """
        if not self._has_begun:
            self._buffer.clear()
        if not self._is_flushing:
            raise end
        self._end = end

"""Where a stream's records go: to the target, or aside until the read is proven."""

from __future__ import annotations

import pickle
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tap_moco.output import BufferedWriter
    from tap_moco.records.unchanged import RecordsDigest
    from tap_moco.row import Row
    from tap_moco.stats import StreamStats

HELD_IN_MEMORY = 4 << 20
"""Bytes; more than that waits in a temporary file."""


class RecordSink:
    """Hands records to the writer, at once or when they are released.

    Args:
        writer: Takes the messages.
        stats: Counts the records, except those that are dropped.

    Attributes:
        digest: The digest of all records so far, held or not; None if none is needed.
    """

    def __init__(self, writer: BufferedWriter, stats: StreamStats) -> None:
        """Hold nothing back."""
        self._writer = writer
        self._stats = stats
        self._held: SpooledTemporaryFile[bytes] | None = None
        self._records_before = 0
        self.digest: RecordsDigest | None = None

    def write(
        self, stream: str, records: Iterable[Row], version: int | None, now: datetime
    ) -> None:
        """Write records under the name that the target gets, or hold them."""
        rows = list(records)
        if self.digest:
            self.digest.add(rows)
        if self._held is None:
            self._writer.write_records(stream, rows, version, now)
        elif rows:
            pickle.dump((stream, rows, version, now), self._held)

    @property
    def is_holding(self) -> bool:
        """Records are held back until they are released."""
        return self._held is not None

    def hold(self) -> None:
        """Hold records from now on."""
        self._held = SpooledTemporaryFile(HELD_IN_MEMORY)  # noqa: SIM115
        self._records_before = self._stats.records

    def release(self) -> None:
        """Write what was held, and hold no further records."""
        if self._held is None:
            return
        held, self._held = self._held, None
        end = held.tell()
        held.seek(0)
        with held:
            while held.tell() < end:
                # nobody else could write to this file
                self._writer.write_records(*pickle.load(held))  # noqa: S301

    def drop(self) -> None:
        """Forget what was held, since the target has it."""
        if self._held is not None:
            self._held.close()
            self._held = None
            self._stats.records = self._records_before

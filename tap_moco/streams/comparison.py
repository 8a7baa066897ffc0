"""Compare a whole read with the last one, to write it only if it differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.records.unchanged import RecordsDigest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.records.pipeline import RecordPipeline
    from tap_moco.state.stream import StreamState


class Comparison:
    """Holds the records of a whole read until it is known whether they differ.

    Args:
        state: The state of the stream, with the digest of the last read.
        pipeline: Where its rows become records.
        write_state: Writes a STATE message.
    """

    def __init__(
        self,
        state: StreamState,
        pipeline: RecordPipeline,
        write_state: Callable[[], None],
    ) -> None:
        """Hold nothing yet."""
        self._state = state
        self._pipeline = pipeline
        self._sink = pipeline.sink
        self._write_state = write_state
        self._version: int | None = None

    def begin(self, version: int | None, *, rewrites: bool) -> None:
        """Compare what is written from now on.

        Args:
            version: The version of the records.
            rewrites: The records are written even if they are the same.
        """
        self._version = version
        self._sink.drop()
        self._sink.digest = self.nothing
        if rewrites:
            self._forget(version)
        elif self._state.last_sweep.digest:
            self._sink.hold()

    @property
    def nothing(self) -> RecordsDigest:
        """A digest without any records yet."""
        pipeline = self._pipeline
        return RecordsDigest([pipeline.mapper.schemas, pipeline.maker.keeps_signatures])

    def stop(self) -> None:
        """End the comparison."""
        self._release()
        self._sink.digest = None

    def forget(self) -> None:
        """Forget the last read before changes are written, which make it outdated."""
        self.stop()
        self._forget(self._state.last_sweep.begun)

    @property
    def is_holding(self) -> bool:
        """Records are held back until the end of the read."""
        return self._sink.is_holding

    def settle(self) -> tuple[str | None, bool]:
        """Write what was held if it differs from the last read.

        Returns:
            The digest of all records, and whether they are in the target with the
            version of this read.
        """
        digest = str(self._sink.digest) if self._sink.digest else None
        if self._sink.is_holding and digest == self._state.last_sweep.digest:
            self._sink.drop()
            return digest, False
        self._release()
        return digest, True

    def _release(self) -> None:
        """Write what was held."""
        if self._sink.is_holding:
            self._forget(self._version)
        self._sink.release()

    def _forget(self, begun: int | None) -> None:
        """Forget the digest of the last read, before any record is written.

        The run may end before the next STATE, with some of the records in the target.

        Args:
            begun: The version of these records; the next one has to be later.
        """
        if self._state.last_sweep.digest:
            self._state.begin_writing(begun)
            self._write_state()

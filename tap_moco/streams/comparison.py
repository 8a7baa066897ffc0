"""A whole read, compared with the last one: what is as it was is not written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.records.unchanged import RecordsDigest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.records.pipeline import RecordPipeline
    from tap_moco.state import StreamState


class Comparison:
    """Holds the records of a whole read until it is known whether they are news.

    Args:
        state: Of the stream; its digest is the last read's.
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

    def begin(self, *, rewrites: bool) -> None:
        """Compare what is written from now on.

        Args:
            rewrites: It is written whatever comes of that.
        """
        self._sink.drop()
        self._sink.digest = RecordsDigest(self._pipeline.schemas)
        if self._state.last_sweep.digest and not rewrites:
            self._sink.hold()

    def stop(self) -> None:
        """Compare nothing more."""
        self._release()
        self._sink.digest = None

    @property
    def is_holding(self) -> bool:
        """Records wait for the end of the read."""
        return self._sink.is_holding

    def settle(self) -> tuple[str | None, bool]:
        """Write what was held if it is news.

        Returns:
            The digest of all records, and whether they are in the target under the
            version of this read.
        """
        digest = str(self._sink.digest) if self._sink.digest else None
        if self._sink.is_holding and digest == self._state.last_sweep.digest:
            self._sink.drop()
            return digest, False
        self._release()
        return digest, True

    def _release(self) -> None:
        """Write what was held; first of all forget the digest of what was there before.

        The run may end before the next STATE, with some of the records in the target.
        """
        if self._sink.is_holding and self._state.sweep:
            self._state.sweep.digest = None
            self._write_state()
        self._sink.release()

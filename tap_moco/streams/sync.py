"""One read of one stream, and what its state says afterwards."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tap_moco.timestamps import UTC, parse_timestamp

if TYPE_CHECKING:
    from tap_moco.plan import ReadPlan
    from tap_moco.state.stream import StreamState
    from tap_moco.state.sweep import Extent
    from tap_moco.streams.comparison import Comparison

logger = logging.getLogger("tap-moco")


class StreamSync:
    """One read of one stream: how it is read, and the version of its records.

    Args:
        name: The name of the stream, for messages.
        state: The state of the stream, changed in place.
        plan: How it is read.
        detects_deletes: A row that a whole read lacks is gone.
        comparison: Compares a whole read with the last one; None if nothing does.
        rewrite_every: Records of this age are written again even if they are the same;
            zero means never.

    Attributes:
        version: The version of its records: that of this sweep, or of the last one.
        started_at: The server's clock when the read began.
    """

    def __init__(  # noqa: PLR0913 - all that a read goes by
        self,
        name: str,
        state: StreamState,
        plan: ReadPlan,
        *,
        detects_deletes: bool,
        comparison: Comparison | None = None,
        rewrite_every: timedelta = timedelta(),
    ) -> None:
        """Read nothing yet."""
        self._name = name
        self._state = state
        self._comparison = comparison
        self._rewrite_every = rewrite_every
        self.plan = plan
        reads_all = plan.is_sweep and plan.since is None
        self._detects_deletes = detects_deletes
        self.declares_deletes = detects_deletes and reads_all
        self.version: int | None = None
        self.started_at = datetime.now(UTC)

    def start(self, started_at: datetime) -> None:
        """Choose the version of the records."""
        self.started_at = started_at
        self.version = self._version_of(started_at)
        if self._comparison and self.plan.is_sweep and not self.plan.resume:
            rewrites = self._is_to_be_rewritten
            self._comparison.begin(self.version, rewrites=rewrites)
        elif self._comparison and (self.plan.since or self.plan.resume):
            self._comparison.forget()

    def _version_of(self, started_at: datetime) -> int | None:
        """Return the version of a sweep that began then, or that of the last one.

        Changes in between have the version of a sweep that was interrupted: when it
        goes on, it does not read again what it has read, and would have them deleted.
        """
        last = self._state.last_sweep
        if self.declares_deletes:
            return last.next_version(started_at)
        began = parse_timestamp(last.resume.started_at) if last.resume else None
        is_increment = self.plan.since is not None and not self.plan.is_sweep
        if self._detects_deletes and is_increment and began:
            return last.next_version(began)
        return last.version

    @property
    def _is_to_be_rewritten(self) -> bool:
        """The records were last written so long ago that they are written again."""
        written = datetime.fromtimestamp(self._state.last_sweep.version or 0, UTC)
        age = abs(self.started_at - written)
        return self.declares_deletes and timedelta() < self._rewrite_every <= age

    def abandon(self) -> None:
        """Write what was held of a read that is not complete."""
        self._state.abandon_sweep()
        if self._comparison:
            self._comparison.stop()

    @property
    def is_holding(self) -> bool:
        """Records are held back until the end of the read."""
        return self._comparison is not None and self._comparison.is_holding

    def complete_sweep(
        self, extent: Extent, *, rejected: bool, denied: bool
    ) -> int | None:
        """Note a proven sweep.

        Args:
            extent: How large the list was.
            rejected: Some records do not fit the schema.
            denied: The key may not read some of the records.

        Returns:
            The version to activate; None if no deletes may be declared.
        """
        digest, is_written = None, True
        if self._comparison:
            digest, is_written = self._comparison.settle()
        last = self._state.last_sweep
        is_doubtful = (
            last.version is not None
            and last.has_total is None
            and not (extent.rows or extent.has_total)
        )
        is_whole = not (rejected or denied or is_doubtful)
        version = None
        if self.declares_deletes and is_whole and is_written:
            version = self.version
        if self.declares_deletes and last.had_rows and not extent.rows:
            self._warn_of_emptiness(are_deleted=version is not None)
        self._state.sweep = last.completed(
            version,
            datetime.now(UTC),
            extent=None if is_doubtful else extent,
            deletes_pending=self.declares_deletes and rejected,
            digest=None if rejected or denied or is_doubtful else digest,
        )
        return version

    def _warn_of_emptiness(self, *, are_deleted: bool) -> None:
        """Say that a list has become empty, and what that means for the target."""
        rows = self._state.last_sweep.rows
        logger.warning(
            "%s: the list in MOCO is empty now, and had %s rows when it was last "
            "read whole. %s",
            self._name,
            "some" if rows is None else rows,
            "They are declared deleted" if are_deleted else "Nothing is deleted",
        )

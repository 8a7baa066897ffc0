"""One read of one stream, and what its state says afterwards."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from tap_moco.timestamps import UTC

if TYPE_CHECKING:
    from tap_moco.state import Extent, ReadPlan, StreamState

logger = logging.getLogger("tap-moco")


class StreamSync:
    """One read of one stream: how it is read, and the version of its records.

    Args:
        name: Of the stream, for messages.
        state: Of the stream; changed in place.
        plan: How it is read.
        detects_deletes: A row that a whole read lacks is gone.

    Attributes:
        version: What its records carry: the sweep's version, or the last sweep's.
        started_at: The server's clock when the read began.
    """

    def __init__(
        self, name: str, state: StreamState, plan: ReadPlan, *, detects_deletes: bool
    ) -> None:
        """Read nothing yet."""
        self._name = name
        self._state = state
        self.plan = plan
        reads_all = plan.is_sweep and plan.since is None
        self.declares_deletes = detects_deletes and reads_all
        self.version: int | None = None
        self.started_at = datetime.now(UTC)

    def start(self, started_at: datetime) -> None:
        """Choose the version of the records."""
        self.started_at = started_at
        self.version = self._state.last_sweep.version
        if self.declares_deletes:
            self.version = self._state.next_version(started_at)

    def complete_sweep(
        self, extent: Extent, *, rejected: bool, denied: bool, is_written: bool = True
    ) -> int | None:
        """Note a proven sweep.

        Args:
            extent: How large the list was.
            rejected: Some records do not fit the schema.
            denied: The key may not read some of the records.
            is_written: The records were written, since they are not as before.

        Returns:
            The version to activate, if what the sweep lacks is gone.
        """
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
            logger.warning(
                "%s: the list in MOCO is empty now, and had %s rows when it was last "
                "read whole. %s",
                self._name,
                "some" if last.rows is None else last.rows,
                "They are declared deleted" if version else "Nothing is deleted",
            )
        self._state.complete_sweep(
            version,
            datetime.now(UTC),
            extent=None if is_doubtful else extent,
            deletes_pending=self.declares_deletes and rejected,
        )
        return version

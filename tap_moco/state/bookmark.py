"""How far a stream has been read: Singer's bookmark."""

from __future__ import annotations

from datetime import datetime, timedelta

from tap_moco.state.part import Count, StatePart
from tap_moco.timestamps import UTC, format_timestamp, parse_timestamp

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_SECOND = timedelta(seconds=1)
ONE_DAY = timedelta(days=1)
"""No clock is off by more: a bookmark further ahead would hide every change."""

SEQUENCE = "sequence"
"""The replication key of the stream whose bookmark is a number."""


class Bookmark(StatePart):
    """How far a stream has been read; these are Singer's own keys.

    Attributes:
        replication_key_value: A timestamp, or the number of the last event of the
            spool.
    """

    replication_key: str | None = None
    replication_key_value: str | Count | None = None

    def __post_init__(self) -> None:
        """Refuse a value that no run can have written."""
        if self.replication_key != SEQUENCE:
            self.check_timestamps("replication_key_value")

    @property
    def bookmark(self) -> datetime | None:
        """The largest `updated_at` that is certainly in the target."""
        return parse_timestamp(self.replication_key_value)

    @property
    def last_sequence(self) -> int:
        """The number of the last event of the spool that is certainly in the target."""
        value = self.replication_key_value
        return value if isinstance(value, int) else 0

    def advance_sequence(self, number: int) -> None:
        """Note that the events of the spool up to this number are in the target."""
        self.replication_key, self.replication_key_value = SEQUENCE, number

    def advance_bookmark(
        self,
        newest: datetime | None,
        started_at: datetime,
        *,
        before: datetime | None = None,
    ) -> None:
        """Move the bookmark to the newest change, but never past the start of the read.

        Args:
            newest: The largest `updated_at` that was written, if any.
            started_at: The server's clock when the read began.
            before: When the oldest record changed that has to be read again; the
                bookmark stays before it.
        """
        old = self.bookmark
        moved = min(newest or old or started_at, started_at)
        if before and moved >= before:
            moved = max(before, EPOCH) - ONE_SECOND
        if old and old < started_at + ONE_DAY:
            moved = max(moved, old)
        self.replication_key = "updated_at"
        self.replication_key_value = format_timestamp(moved)

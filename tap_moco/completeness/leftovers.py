"""Records that MOCO has and the target lacks, remembered from run to run."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

NEVER = datetime.min.replace(tzinfo=timezone.utc)
"""The time of a record that has none: no bookmark is earlier."""


class Leftovers:
    """Ids that the next runs request again, until the records are written or gone.

    Args:
        ids: The list in the stream's state, changed in place. The id that was not
            requested for the longest time comes first.
        room: The most ids to remember. If a record finds no room, the bookmark stays
            before it, so that the next run reads it again.
    """

    def __init__(self, ids: list[int], room: int) -> None:
        """Begin with what earlier runs have left."""
        self._in_order = ids
        self._room = room
        self._ids: set[Hashable] = set(ids)
        self._unmet = set(self._ids)
        self._unplaced: dict[Hashable, datetime] = {}

    def __len__(self) -> int:
        """Count all of them, remembered or not."""
        return len(self._ids) + len(self._unplaced)

    def __contains__(self, key: object) -> bool:
        """Return whether a record is one of them."""
        return key in self._ids or key in self._unplaced

    def add(self, key: Hashable, changed_at: datetime | None) -> None:
        """Remember a record as the one that was requested last.

        Args:
            key: Its id, or another key if it has no id.
            changed_at: When it changed, if that is known.
        """
        has_room = key in self._ids or len(self._ids) < self._room
        if type(key) is not int or not has_room:
            self._unplaced[key] = changed_at or NEVER
            return
        self.discard(key)
        self._ids.add(key)
        self._in_order.append(key)

    def discard(self, key: Hashable) -> None:
        """Forget a record that was written, or is gone."""
        self._unplaced.pop(key, None)
        self._unmet.discard(key)
        if key in self._ids:
            self._ids.discard(key)
            self._in_order.remove(key)  # type: ignore[arg-type]

    @property
    def unmet(self) -> list[int]:
        """The ids of earlier runs that this run has not seen, the oldest first."""
        return [number for number in self._in_order if number in self._unmet]

    @property
    def oldest_unplaced(self) -> datetime | None:
        """When the oldest record that found no room was changed."""
        return min(self._unplaced.values(), default=None)

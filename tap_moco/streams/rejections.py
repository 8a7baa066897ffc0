"""Rows that do not fit the schema, remembered by a key that can be requested again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.timestamps import changed_at

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from tap_moco.completeness.leftovers import Leftovers
    from tap_moco.row import Row


class RejectedRows:
    """Remembers rows until they fit, or keeps the bookmark before them.

    Args:
        leftovers: Those of earlier runs and of this one.
        key: Returns the key by which a row is remembered.
    """

    def __init__(self, leftovers: Leftovers, key: Callable[[Row], Hashable]) -> None:
        """Begin with what earlier runs have left."""
        self._leftovers = leftovers
        self._key = key

    def reject(self, row: Row) -> None:
        """Remember a row that does not fit."""
        self._leftovers.add(self._key(row), changed_at(row))

    def accept(self, records: list[Row]) -> None:
        """Forget that they were rejected before: they are written now."""
        if self._leftovers:
            for record in records:
                self._leftovers.discard(self._key(record))

"""Which details the target has, so that they are not asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.timestamps import parse_timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from tap_moco.row import Row
    from tap_moco.state import StreamState


class HeldDetails:
    """The details that this run and earlier ones have written.

    Args:
        state: Of the stream of details.
    """

    def __init__(self, state: StreamState) -> None:
        """Begin with what earlier runs have written."""
        self._state = state
        self._written: dict[str, str] = {}

    def are_current(self, row: Row) -> bool:
        """Tell whether those of a row of the overlap were written since it changed."""
        changed = row.get("updated_at")
        return changed is not None and self._state.known.get(str(row["id"])) == changed

    def add(self, row: Row) -> None:
        """Note that a record's details are written."""
        self._written[str(row["id"])] = row["updated_at"]

    def discard(self, number: int) -> None:
        """Note that a record's details have to be asked for again."""
        self._written.pop(str(number), None)

    def save(self, oldest: datetime, started_at: datetime) -> None:
        """Keep in the state what the next increment will show again.

        Args:
            oldest: Where the next increment begins.
            started_at: The server's clock when this read began: whatever changed
                just then may change once more within the same second.
        """
        self._state.known = {
            number: changed
            for number, changed in {**self._state.known, **self._written}.items()
            if (moment := parse_timestamp(changed))
            and oldest <= moment < started_at - VISIBILITY_MARGIN
        }

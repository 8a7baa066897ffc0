"""The state of the whole tap.

All timestamps in it are the server's, except `completed_at`, `waits_since` and
`tried_at`.
"""

from __future__ import annotations

from typing import Any

from msgspec import field, to_builtins

from tap_moco.state.account import Account
from tap_moco.state.part import StatePart
from tap_moco.state.stream import StreamState
from tap_moco.state.sweep import SweepState


class TapState(StatePart):
    """The state of the whole tap.

    Attributes:
        account: Whose rows it is about; None in a state of an older version.
        bookmarks: The state of each stream by its name.
        currently_syncing: Of other taps; read, and not used.
    """

    account: Account | None = None
    bookmarks: dict[str, StreamState] = field(default_factory=dict)
    currently_syncing: Any = None

    def of(self, stream: str) -> StreamState:
        """Return the state of a stream, an empty one the first time."""
        return self.bookmarks.setdefault(stream, StreamState())

    def versions_only(self) -> TapState:
        """Return what holds under other filters.

        Versions, which only rise, whether MOCO sends a list's total, how far back a
        report has gone, and columns, which keep their owners.
        """
        kept = {
            name: StreamState(
                sweep=SweepState(
                    version=last.version,
                    has_total=last.has_total,
                    covered_from=last.covered_from,
                ),
                custom_fields=state.custom_fields,
            )
            for name, state in self.bookmarks.items()
            for last in [state.last_sweep]
            if last.version is not None or last.covered_from or state.custom_fields
        }
        return TapState(account=self.account, bookmarks=kept)

    def to_dict(self) -> dict[str, Any]:
        """Return the value of a STATE message."""
        state: dict[str, Any] = to_builtins(self)
        return {"bookmarks": {}, **state}

"""Which invoices have details that are older than the reminders in them.

docs/completeness.md, "Details", argues why this finds every change of a reminder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.completeness.embedded import Embedded, Holders
from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from tap_moco.row import Row
    from tap_moco.state.stream import StreamState

REMINDERS = Embedded("invoice_reminders", "reminders", "invoice")


class HeldReminders(Holders):
    """The invoices whose details hold a reminder, as far as the target has them.

    Details are requested after the reminders were read, and may hold newer ones.

    Args:
        state: The state of the detail stream.
        overlap: How far before the last read of the reminders this one starts.
    """

    def __init__(self, state: StreamState, overlap: timedelta) -> None:
        """Begin with what the state knows."""
        super().__init__(REMINDERS, state, overlap)
        self._overlap = overlap
        self._known = state.known
        self._changes: dict[str, str] = {}
        self._listed: dict[int, int | None] = {}
        self._fresh: set[int] = set()
        self.are_all_known = False

    def take(self, rows: Iterable[Row]) -> None:
        """Note reminders; if one changed, the details of its invoices are stale."""
        for row in rows:
            number, invoice = row["id"], (row.get(REMINDERS.key) or {}).get("id")
            before = self._holders.get(number)
            if before != invoice or self._is_news(row):
                self.stale.update(one for one in (before, invoice) if one is not None)
            self._listed[number] = invoice
            if changed := row.get("updated_at"):
                self._changes[self._key(number)] = changed

    def _is_news(self, row: Row) -> bool:
        """Return whether a reminder changed after the details were requested."""
        text = row.get("updated_at")
        changed = parse_timestamp(text)
        if changed is None or self.since is None:
            return True
        is_known = self._known.get(self._key(row["id"])) == text
        return changed >= self.since and not is_known

    def finish(self, started_at: datetime, *, is_whole: bool) -> None:
        """Note when the reminders were read, and which of them are gone."""
        self._shown.update(self._listed)
        super().finish(started_at, is_whole=is_whole)
        self.are_all_known |= is_whole

    def hold(self, records: Iterable[Row]) -> None:
        """Note which reminders some details hold, if they have that field at all."""
        told = [one for one in records if isinstance(one.get(REMINDERS.field), list)]
        super().hold(told)
        for record in told:
            self._fresh.update(self._held[record["id"]])

    def added_to(self, state: StreamState, swept_at: datetime | None = None) -> None:
        """Note in the state what is known, once no details are stale anymore."""
        for number, invoice in self._listed.items():
            if number not in self._fresh and invoice is not None:
                self._holders[number] = invoice
        if self.are_all_known:
            for gone in self._holders.keys() - self._listed.keys() - self._fresh:
                del self._holders[gone]
        super().added_to(state, swept_at)
        if looked_at := self._looked_at:
            state.known |= {
                key: text
                for key, text in self._changes.items()
                if (changed := parse_timestamp(text))
                and looked_at - self._overlap <= changed < looked_at - VISIBILITY_MARGIN
            }

    def _key(self, number: int) -> str:
        return f"{REMINDERS.stream}/{number}"

"""What people do to invoices, their reminders and their attachments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.support.clock import NOW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.sandbox import Account, Server
    from tests.support.clock import Clock

LONG_AGO = NOW - timedelta(days=400)
ODD = {"odd": "no text"}
ORDINARY = (
    *("insert", "insert", "edit", "edit", "delete", "disregard", "restore"),
    *("remind", "remind", "reword", "attach", "attach", "retitle", "deny", "grant"),
    *("spoil", "mend"),
)
UNSEEN = ("import", "backdate", "unremind", "unremind", "move", "detach")
"""What increments cannot show, or not always: a sweep has to find it."""


@dataclass(frozen=True)
class Change:
    """One change; the number chooses the row."""

    kind: str
    row: int


@dataclass
class DetailChanges:
    """Makes changes, and knows what they mean for the details of an invoice.

    Attributes:
        server: Where details are denied, once the account is served.
        touched: When each invoice, or what its details hold, last changed.
        denied: Invoices whose details the key may not read.
        unseen: Something changed that only a sweep can find.
    """

    account: Account
    clock: Clock
    server: Server | None = None
    touched: dict[int, Any] = field(default_factory=dict)
    denied: set[int] = field(default_factory=set)
    unseen: bool = False
    texts: int = 0

    def make(self, changes: Iterable[Change]) -> None:
        """Make some changes, each in its own instant."""
        for change in changes:
            self.clock.tick(0.007)
            self.unseen |= change.kind in UNSEEN
            self.texts += 1
            getattr(self, f"_{change.kind}")(change.row)

    def add_invoice(self, row: int, **more: Any) -> None:
        """Insert an invoice."""
        month = f"2026-{row % 10 + 1:02}-15"
        invoice = self.account.insert("invoices", date=month, **more)
        self._touch(invoice["id"])

    def _some(self, collection: str, row: int) -> int | None:
        ids = self.account.ids(collection)
        return ids[row % len(ids)] if ids else None

    def _touch(self, *invoices: int | None) -> None:
        for number in invoices:
            if number is not None:
                self.touched[number] = self.clock.now

    def _insert(self, row: int) -> None:
        self.add_invoice(row)

    def _import(self, row: int) -> None:
        self.add_invoice(row, created_at=LONG_AGO + timedelta(days=300, minutes=row))

    def _edit(self, row: int, **more: Any) -> None:
        if number := self._some("invoices", row):
            fields = {"footer": f"text {self.texts}", **more}
            self.account.update("invoices", number, **fields)
            self._touch(number)

    def _backdate(self, row: int) -> None:
        self._edit(row, updated_at=LONG_AGO + timedelta(days=300, seconds=self.texts))

    def _spoil(self, row: int) -> None:
        self._edit(row, footer=ODD)

    def _mend(self, _row: int) -> None:
        for number in self.account.ids("invoices"):
            if self.account.get("invoices", number)["footer"] == ODD:
                self.account.update("invoices", number, footer="right")
                self._touch(number)

    def _disregard(self, row: int) -> None:
        self._edit(row, status="disregarded")

    def _restore(self, row: int) -> None:
        self._edit(row, status="sent")

    def _delete(self, row: int) -> None:
        if number := self._some("invoices", row):
            self.account.delete("invoices", number)
            self.unseen = True  # its reminders went with it

    def _remind(self, row: int) -> None:
        if number := self._some("invoices", row):
            fields = {"invoice_id": number, "text": f"text {self.texts}"}
            self.account.insert("invoice_reminders", **fields)
            self._touch(number)

    def _on_reminder(self, row: int, **fields: Any) -> None:
        if number := self._some("invoice_reminders", row):
            before = self.account.get("invoice_reminders", number)["invoice_id"]
            self.account.update("invoice_reminders", number, **fields)
            self._touch(before, fields.get("invoice_id"))

    def _reword(self, row: int) -> None:
        self._on_reminder(row, text=f"text {self.texts}")

    def _move(self, row: int) -> None:
        self._on_reminder(row, invoice_id=self._some("invoices", row * 3))

    def _unremind(self, row: int) -> None:
        if number := self._some("invoice_reminders", row):
            self._touch(self.account.get("invoice_reminders", number)["invoice_id"])
            self.account.delete("invoice_reminders", number)

    def _attach(self, row: int) -> None:
        """Attach a file, which changes the invoice."""
        if number := self._some("invoices", row):
            self.account.insert("invoice_attachments", invoice_id=number)
            self._edit(row)

    def _retitle(self, row: int) -> None:
        if number := self._some("invoice_attachments", row):
            invoice = self.account.get("invoice_attachments", number)["invoice_id"]
            title = f"text {self.texts}"
            self.account.update("invoice_attachments", number, title=title)
            self.account.update("invoices", invoice)
            self._touch(invoice)

    def _detach(self, row: int) -> None:
        if number := self._some("invoice_attachments", row):
            self._touch(self.account.get("invoice_attachments", number)["invoice_id"])
            self.account.delete("invoice_attachments", number)

    def _deny(self, row: int) -> None:
        number = self._some("invoices", row)
        if number and self.server:
            self.denied.add(number)
            path = re.escape(f"/invoices/{number}")
            self.server.faults.add("403", rf"{path}($|/)", times=None)

    def _grant(self, _row: int) -> None:
        if self.server:
            self.denied.clear()
            self.server.faults.clear()

"""What must hold of the details of invoices in a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tap_moco.sandbox import Account
    from tests.support.target import Target

    from .detail_changes import DetailChanges


@dataclass(frozen=True)
class DetailCheck:
    """Compares the target with the account."""

    account: Account
    target: Target
    changes: DetailChanges

    def details(self, *, older_than: Any, **narrow: Any) -> None:
        """The target has the details of each invoice as the account has them."""
        hidden = "disregarded" if narrow.get("include_archived") is False else None
        held = {row["id"]: row for row in self.target.of("invoice_details")}
        for row in self.account.rows("invoices", single=True):
            number = row["id"]
            is_in = row["status"] != hidden and number not in self.changes.denied
            is_in &= row["updated_at"] >= narrow.get("start_date", "")[:19]
            if not is_in or self.changes.touched[number] >= older_than:
                continue
            assert number in held, f"invoice_details lacks {number}"
            own = held[number]
            texts = [reminder["text"] for reminder in own.get("reminders") or ()]
            wanted = [reminder["text"] for reminder in row.get("reminders") or ()]
            assert texts == wanted, f"reminders of {number}: {texts}, not {wanted}"
            footers = [own.get("footer") or "", row.get("footer") or ""]
            assert footers[0] == footers[1], f"footer of {number}: {footers}"

    def attachments(self) -> None:
        """The target has those that the account has, and no others."""
        rows = self.account.records["invoice_attachments"]
        held = {row["id"]: row for row in self.target.of("invoice_attachments")}
        assert held.keys() == rows.keys(), "invoice_attachments"
        for number, row in held.items():
            assert row["title"] == rows[number]["title"]

"""Purchasing: what is bought, budgeted, planned and paid."""

from __future__ import annotations

from typing import ClassVar

from tap_moco.completeness.windows import DateFilter
from tap_moco.streams.embedding import EmbeddingStream
from tap_moco.streams.lists import ListStream
from tap_moco.streams.objects import YearlyStream


class PurchasePayments(ListStream):
    """Payments of purchases (Zahlungsausgänge)."""

    name = "purchase_payments"
    path = "/purchases/payments"
    date_filter = DateFilter("date_from", "date_to")


class Purchases(EmbeddingStream):
    """Purchases (Ausgaben, Eingangsrechnungen)."""

    name = "purchases"
    path = "/purchases"
    date_filter = DateFilter(range_param="date")
    embeds: ClassVar = {PurchasePayments: ("payments", "purchase")}
    takes_user_id = True

    def add_fields(self, row: dict) -> dict:  # type: ignore[type-arg]
        """Use `lastname` for the person, as elsewhere: MOCO sent `name` here."""
        user = row.get("user")
        if isinstance(user, dict) and "name" in user and "lastname" not in user:
            named = {("lastname" if k == "name" else k): v for k, v in user.items()}
            return {**row, "user": named}
        return row


class PurchaseBudgets(YearlyStream):
    """Budgets of purchases per year (Budgets)."""

    name = "purchase_budgets"
    path = "/purchases/budgets"
    primary_keys: ClassVar[tuple[str, ...]] = ("id", "year")


class PurchaseCategories(ListStream):
    """Categories of purchases (Ausgabenkategorien); one unpaged list."""

    name = "purchase_categories"
    path = "/purchases/categories"


class PurchaseDrafts(ListStream):
    """Purchases that came in and are not booked yet (Entwürfe)."""

    name = "purchase_drafts"
    path = "/purchases/drafts"


class PurchaseBookkeepingExports(ListStream):
    """Exports of purchases to bookkeeping (Buchhaltungsexporte)."""

    name = "purchase_bookkeeping_exports"
    path = "/purchases/bookkeeping_exports"
    takes_ids = False
    replication_key = None
    takes_updated_after = False


class PlannedPurchases(ListStream):
    """Planned purchases (geplante Ausgaben)."""

    name = "planned_purchases"
    path = "/planned_purchases"


class Receipts(ListStream):
    """Receipts that people hand in (Spesen); without `updated_at`."""

    name = "receipts"
    path = "/receipts"
    replication_key = None
    has_timestamps = False
    date_filter = DateFilter()
    takes_user_id = True


class Approvals(ListStream):
    """Approvals of purchases and other records (Freigaben)."""

    name = "approvals"
    path = "/approvals"

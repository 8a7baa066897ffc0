"""Lists of sales and purchasing."""

from __future__ import annotations

from tap_moco.sandbox.endpoints.base import Endpoint, dates
from tap_moco.sandbox.filters import Equal, Period

BETWEEN = dates("date", "date_from", "date_to")
SALES = (
    Endpoint("/deals", "deals", order="name"),
    Endpoint("/deal_categories", "deal_categories", paged=False),
    Endpoint(
        "/offers",
        "offers",
        order="date",
        sortable=True,
        single=True,
        filters=dates("date"),
    ),
    Endpoint(
        "/offers/{}/attachments",
        "offer_attachments",
        by_ids=False,
        paged=False,
        parent="offer_id",
    ),
    Endpoint("/offer_confirmations", "offer_confirmations"),
    Endpoint(
        "/invoices",
        "invoices",
        sortable=True,
        single=True,
        shows="include_disregarded",
        filters=BETWEEN,
    ),
    Endpoint(
        "/invoices/{}/timesheet",
        "activities",
        by_ids=False,
        paged=False,
        parent="invoice_id",
    ),
    Endpoint(
        "/invoices/{}/expenses",
        "project_expenses",
        by_ids=False,
        paged=False,
        parent="invoice_id",
    ),
    Endpoint(
        "/invoices/{}/attachments",
        "invoice_attachments",
        by_ids=False,
        paged=False,
        parent="invoice_id",
    ),
    Endpoint("/invoices/payments", "invoice_payments", filters=BETWEEN),
    Endpoint("/invoice_reminders", "invoice_reminders", filters=BETWEEN),
    Endpoint(
        "/invoices/bookkeeping_exports",
        "invoice_bookkeeping_exports",
        by_ids=False,
    ),
    Endpoint(
        "/letter_papers",
        "letter_papers",
        by_ids=False,
        paged=False,
        updated_after=False,
    ),
)

PURCHASING = (
    Endpoint(
        "/purchases",
        "purchases",
        order="date",
        filters={"date": Period("date", "date")},
    ),
    Endpoint(
        "/purchases/budgets",
        "purchase_budgets",
        by_ids=False,
        paged=False,
        updated_after=False,
        filters={"year": Equal("year")},
        defaults={"year": "{year}"},
    ),
    Endpoint("/purchases/categories", "purchase_categories", paged=False),
    Endpoint("/purchases/drafts", "purchase_drafts"),
    Endpoint("/purchases/payments", "purchase_payments", filters=BETWEEN),
    Endpoint(
        "/purchases/bookkeeping_exports",
        "purchase_bookkeeping_exports",
        by_ids=False,
        updated_after=False,
    ),
    Endpoint("/planned_purchases", "planned_purchases"),
    Endpoint("/receipts", "receipts", filters=dates("date")),
    Endpoint("/approvals", "approvals"),
)

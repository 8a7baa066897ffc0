"""Lists of sales and purchasing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.endpoints.base import TAGS, Endpoint, dates, flags, one, several
from tap_moco.sandbox.filters import Equal, Flag, Period, Since, Term, Until

if TYPE_CHECKING:
    from tap_moco.sandbox.filters import Filter

INVOICE_FILTERS: dict[str, Filter] = {
    **several("status"),
    **one("identifier"),
    **dates("date", "date_from", "date_to"),
}
SALES = (
    Endpoint(
        "/deals",
        "deals",
        order="name",
        filters={
            **TAGS,
            **one("status", "company_id"),
            **dates("closed_on", "closed_from", "closed_to"),
        },
    ),
    Endpoint("/deal_categories", "deal_categories", paged=False),
    Endpoint(
        "/offers",
        "offers",
        order="date",
        sortable=True,
        filters={
            **TAGS,
            **dates("date"),
            **one("status", "identifier"),
            **several("deal_id", "project_id", "company_id"),
        },
    ),
    Endpoint(
        "/offers/{}/attachments",
        "offer_attachments",
        by_ids=False,
        paged=False,
        single=False,
        parent="offer_id",
    ),
    Endpoint(
        "/offer_confirmations", "offer_confirmations", filters=several("offer_id")
    ),
    Endpoint(
        "/invoices",
        "invoices",
        sortable=True,
        shows="include_disregarded",
        filters={
            **INVOICE_FILTERS,
            **TAGS,
            **several("project_id"),
            "company_id": Equal("customer_id", several=True),
            "not_booked": Flag("locked", inverted=True),
            "service_period_from": Since("service_period_to"),
            "service_period_to": Until("service_period_from"),
            "term": Term(("title", "identifier", "customer_id.name")),
        },
    ),
    Endpoint(
        "/invoices/locked",
        "invoices",
        by_ids=False,
        updated_after=False,
        single=False,
        only={"locked": True},
        filters=INVOICE_FILTERS,
    ),
    Endpoint(
        "/invoices/{}/timesheet",
        "activities",
        by_ids=False,
        paged=False,
        single=False,
        parent="invoice_id",
    ),
    Endpoint(
        "/invoices/{}/expenses",
        "project_expenses",
        by_ids=False,
        paged=False,
        single=False,
        parent="invoice_id",
    ),
    Endpoint(
        "/invoices/{}/attachments",
        "invoice_attachments",
        by_ids=False,
        paged=False,
        single=False,
        parent="invoice_id",
    ),
    Endpoint(
        "/invoices/payments",
        "invoice_payments",
        filters={**several("invoice_id"), **dates("date", "date_from", "date_to")},
    ),
    Endpoint(
        "/invoice_reminders",
        "invoice_reminders",
        filters={**one("invoice_id"), **dates("date", "date_from", "date_to")},
    ),
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
        single=False,
        updated_after=False,
    ),
)

PURCHASING = (
    Endpoint(
        "/purchases",
        "purchases",
        order="date",
        filters={
            **TAGS,
            **one(
                "status",
                "approval_status",
                "payment_method",
                "receipt_identifier",
                "identifier",
                "user_id",
                "company_id",
            ),
            **flags("partially_paid"),
            "id": Equal("id", several=True),
            "date": Period("date", "date"),
            "term": Term(("title", "info")),
        },
    ),
    Endpoint(
        "/purchases/budgets",
        "purchase_budgets",
        by_ids=False,
        paged=False,
        single=False,
        updated_after=False,
        filters=one("year"),
        defaults={"year": "{year}"},
    ),
    Endpoint("/purchases/categories", "purchase_categories", paged=False),
    Endpoint("/purchases/drafts", "purchase_drafts"),
    Endpoint(
        "/purchases/payments",
        "purchase_payments",
        filters={**several("purchase_id"), **dates("date", "date_from", "date_to")},
    ),
    Endpoint(
        "/purchases/bookkeeping_exports",
        "purchase_bookkeeping_exports",
        by_ids=False,
        updated_after=False,
    ),
    Endpoint("/planned_purchases", "planned_purchases"),
    Endpoint(
        "/receipts",
        "receipts",
        filters={
            **dates("date"),
            **one("user_id", "project_id"),
            "submitted": Flag("pending", inverted=True),
        },
    ),
    Endpoint(
        "/approvals",
        "approvals",
        filters={
            "type": Equal("target_type"),
            "approver_user_id": Equal("approver_id"),
            "creator_user_id": Equal("creator_id"),
            "approval_status": Equal("status"),
        },
    ),
)

"""Purchases, budgets, receipts and approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.shapes.settings import VAT_CODE_PURCHASE
from tap_moco.sandbox.sources import (
    NAMED,
    PERSON,
    STAMPS,
    TODAY,
    Children,
    Computed,
    Follow,
    Hidden,
    Ids,
    Items,
    Nested,
    Ref,
    Same,
    Signed,
    Text,
    numbered,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.sources import Record, Shape

TARGETS = {"invoice": "invoices", "purchase": "purchases"}


def _target(account: Account, record: Record) -> Record | None:
    records = account.records[TARGETS[record["target_type"]]]
    target = records.get(record["target_id"])
    return target and {
        "id": target["id"],
        "title": target.get("title", "Rechnung"),
        "date": target["date"],
        "net_total": target.get("net_total", 0.0),
        "currency": target.get("currency", "EUR"),
    }


def _remaining(_account: Account, record: Record) -> float:
    spent = record.get("exhaused", 0.0) + record.get("planned", 0.0)
    return round(float(record.get("target", 0.0) - spent), 2)


PURCHASE_ITEM: Shape = {
    "id": None,
    "title": None,
    "net_total": 0.0,
    "tax_total": 0.0,
    "tax": 19.0,
    "vat": Ref(VAT_CODE_PURCHASE),
    "tax_included": True,
    "ksk_relevant": False,
    "gross_total": 0.0,
    "category": Ref(("id", "name", "credit_account"), "purchase_category_id", empty={}),
    "supplier_credit_number": None,
    "expense": Ref(
        ("id",),
        extra={
            "project": Nested(
                {
                    "id": Same("project_id"),
                    "company_id": Follow("project_id.customer_id"),
                }
            )
        },
    ),
    "receipt": Ref(("id", "title", "date", "attachment_url")),
}

SHAPES: Mapping[str, Shape] = {
    "purchases": {
        "identifier": numbered("E{}"),
        "receipt_identifier": None,
        "title": "Einkauf",
        "info": None,
        "iban": None,
        "reference": None,
        "date": TODAY,
        "due_date": None,
        "service_period_from": None,
        "service_period_to": None,
        "status": "pending",
        "partially_paid": False,
        "payment_method": "bank_transfer",
        "net_total": 100.0,
        "gross_total": 119.0,
        "currency": "EUR",
        "file_url": Signed("purchases/{id}.pdf"),
        "has_file": Hidden(default=True),
        "custom_properties": {},
        "tags": [],
        "company": Ref(("id", "name", "iban"), empty={}),
        "payments": Children(
            "purchase_payments",
            "purchase_id",
            ("id", "date", "currency"),
            {"total": Same("total"), "user": PERSON},
        ),
        "user": Ref(("id", "firstname"), extra={"name": Same("lastname")}),
        "refund_request": None,
        "approval_status": "none",
        "credit_card_transaction": None,
        "items": Items(PURCHASE_ITEM),
        **STAMPS,
    },
    "purchase_budgets": {
        "year": 2026,
        "title": numbered("Budget {}"),
        "active": True,
        "cost_category": None,
        "target": 10000.0,
        "exhaused": 0.0,  # MOCO's own spelling
        "planned": 0.0,
        "remaining": Computed(_remaining),
    },
    "purchase_categories": {
        "name": numbered("Kategorie {}"),
        "credit_account": None,
        "active": True,
        **STAMPS,
    },
    "purchase_drafts": {
        "title": numbered("Beleg {}"),
        "email_from": None,
        "email_body": None,
        "user": PERSON,
        "file_url": Signed("purchase_drafts/{id}.pdf"),
        "net_total": None,
        "gross_total": None,
        "credit_card_transaction": None,
        **STAMPS,
    },
    "purchase_payments": {
        "date": TODAY,
        "purchase": Ref(("id", "identifier", "title")),
        "total": Text(100.0),
        "currency": "EUR",
        "remittance_export_id": None,
        **STAMPS,
    },
    "purchase_bookkeeping_exports": {
        "from": TODAY,
        "to": TODAY,
        "purchase_ids": Ids("purchases"),
        "comment": "",
        "user": PERSON,
        "status": "pending",
        **STAMPS,
    },
    "planned_purchases": {
        "date": TODAY,
        "active": True,
        "finish_date": None,
        "frequency": "monthly",
        "variant": "recurring",
        "title": numbered("Geplanter Einkauf {}"),
        "info": None,
        "net_total": 100.0,
        "net_total_in_account_currency": 100.0,
        "exhausted": 0.0,
        "exhausted_in_account_currency": 0.0,
        "currency": "EUR",
        "company": NAMED,
        "purchase_budget": Ref(("id", "title")),
        "user": PERSON,
        "purchases": Children(
            "purchases",
            "planned_purchase_id",
            ("id", "date", "net_total", "currency", "status"),
            {"number": Same("identifier")},
        ),
        "custom_properties": {},
        "create_on_recur": False,
        "recur_next_on": None,
        **STAMPS,
    },
    "receipts": {
        "title": "Beleg",
        "date": TODAY,
        "billable": False,
        "pending": True,
        "gross_total": 10.0,
        "currency": "EUR",
        "items": Items(
            {
                "gross_total": 0.0,
                "vat": Ref(VAT_CODE_PURCHASE),
                "purchase_category": NAMED,
            }
        ),
        "project": Ref(
            ("id", "name", "billable"),
            extra={"company": Ref(path="customer_id")},
        ),
        "info": "",
        "user": PERSON,
        "refund_request": None,
        "attachment_url": Signed("receipts/{id}.jpg"),
    },
    "approvals": {
        "status": "pending",
        "target_type": "invoice",
        "target_id": Hidden(),
        "decided_at": None,
        "note": "",
        "deny_note": None,
        "creator": PERSON,
        "approver": PERSON,
        "approver2": PERSON,
        "processed_by": PERSON,
        "target": Computed(_target),
        **STAMPS,
    },
}

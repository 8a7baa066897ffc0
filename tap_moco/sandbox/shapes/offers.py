"""Deals and offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.shapes.settings import REVENUE_CATEGORY, VAT_CODE_SALE
from tap_moco.sandbox.sources import (
    DAYS,
    MILLISECOND_STAMPS,
    NAMED,
    PERSON,
    STAMPS,
    TODAY,
    Computed,
    FirstChild,
    Hidden,
    Items,
    Link,
    Ref,
    Signed,
    numbered,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.sources import Record, Shape


def _person(account: Account, record: Record) -> Record | None:
    contact = account.records["contacts"].get(record.get("person_id", 0))
    if contact is None:
        return None
    name = f"{contact['firstname']} {contact['lastname']}"
    return {"id": contact["id"], "name": name}


def gross_total(_account: Account, record: Record) -> float:
    """Return what is to be paid for a net total and its tax."""
    net: float = record.get("net_total", 0.0)
    return round(net * (1 + float(record.get("tax", 0.0)) / 100), 2)


LINE_ITEM: Shape = {
    "id": None,
    "type": "item",
    "title": None,
    "description": None,
    "quantity": None,
    "unit": None,
    "unit_price": None,
    "net_total": 0.0,
    "optional": False,
    "service_type": "service",
    "revenue_category": REVENUE_CATEGORY,
    "subtotal_type": None,
}

SHAPES: Mapping[str, Shape] = {
    "deals": {
        "name": numbered("Anfrage {}"),
        "status": "pending",
        "reminder_date": TODAY,
        "closed_on": "",  # what MOCO sends while a deal is open
        "money": 10000.0,
        "currency": "EUR",
        "info": "",
        "tags": [],
        "custom_properties": {},
        "color": Hidden("#aab7c4"),
        "user": PERSON,
        "person": Computed(_person),
        "customer": Ref(path="company_id"),
        "company": Ref(("id", "type", "name")),
        "category": Ref(("id", "name", "probability")),
        "service_period_from": None,
        "service_period_to": None,
        "inbox_email_address": None,
        **STAMPS,
    },
    "deal_categories": {
        "name": numbered("Phase {}"),
        "probability": 50,
        **STAMPS,
    },
    "offers": {
        "identifier": numbered("A{}"),
        "invoice_id": None,
        "date": TODAY,
        "due_date": TODAY,
        "title": "Angebot",
        "recipient_address": None,
        "currency": "EUR",
        "net_total": 1000.0,
        "tax": 19.0,
        "vat": Ref(VAT_CODE_SALE),
        "gross_total": Computed(gross_total),
        "discount": 0.0,
        "status": "created",
        "tags": [],
        "custom_properties": {},
        "company": NAMED,
        "project": Ref(("id", "identifier", "name")),
        "deal": NAMED,
        "user": PERSON,
        "offer_confirmation": FirstChild(
            "offer_confirmations", "offer_id", ("id", "title", "date"), STAMPS
        ),
        "customer_approval": FirstChild(
            "offer_customer_approvals",
            "offer_id",
            ("id", "active", "customer_full_name", "customer_email", "signed_at"),
            {"url": Link("offers/{offer_id}/customer_approvals/{id}")},
        ),
        "file_url": Signed("offers/{id}.pdf"),
        "salutation": "",
        "footer": None,
        "items": Items({**LINE_ITEM, "unit_cost": None}),
        "internal_contact": PERSON,
        **MILLISECOND_STAMPS,
        **DAYS,
    },
    "offer_confirmations": {
        "date": TODAY,
        "title": "Auftragsbestätigung",
        "salutation_raw": "",
        "footer_raw": "",
        "file_url": Signed("offer_confirmations/{id}.pdf"),
        "user": PERSON,
        "offer": Ref(("id", "identifier", "title")),
    },
    "offer_attachments": {"title": numbered("Anhang {}.pdf"), **STAMPS},
    "offer_customer_approvals": {
        "approval_url": Link("offers/{offer_id}/customer_approvals/{id}"),
        "offer_document_url": Signed("offers/{offer_id}.pdf"),
        "active": True,
        "customer_full_name": None,
        "customer_email": None,
        "signature_url": None,
        "signed_at": None,
        **STAMPS,
    },
}

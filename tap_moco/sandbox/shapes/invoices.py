"""Invoices and all that belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.shapes.offers import LINE_ITEM, gross_total
from tap_moco.sandbox.shapes.settings import VAT_CODE_SALE
from tap_moco.sandbox.sources import (
    DAYS,
    PERSON,
    STAMPS,
    TODAY,
    Children,
    Computed,
    Ids,
    Items,
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


def _dunning_level(account: Account, invoice: Record) -> int:
    return len(account.index("invoice_reminders", "invoice_id").get(invoice["id"], ()))


SHAPES: Mapping[str, Shape] = {
    "invoices": {
        "customer_id": None,
        "project_id": None,
        "offer_id": None,
        "identifier": numbered("R{}"),
        "date": TODAY,
        "due_date": TODAY,
        "service_period": None,
        "service_period_from": None,
        "service_period_to": None,
        "status": "created",
        "reversed": False,
        "reversal_invoice_id": None,
        "reversal": False,
        "reversed_invoice_id": None,
        "title": "Rechnung",
        "recipient_address": None,
        "currency": "EUR",
        "net_total": 1000.0,
        "tax": 19.0,
        "vat": Ref(VAT_CODE_SALE),
        "gross_total": Computed(gross_total),
        "discount": 0.0,
        "cash_discount": None,
        "cash_discount_days": None,
        "creditor_reference": "",
        "debit_number": None,
        "credit_number": None,
        "locked": False,
        "custom_properties": {},
        "tags": [],
        "letter_paper_id": None,
        "without_letter_paper": False,
        "user": PERSON,
        "file_url": Signed("invoices/{id}.pdf"),
        "debt_collection_procedure": None,
        **STAMPS,
        **DAYS,
        "salutation": "",
        "footer": None,
        "items": Items({**LINE_ITEM, "expense_ids": []}),
        "payments": Children(
            "invoice_payments",
            "invoice_id",
            ("id", "date", "currency"),
            {"paid_total": Same("paid_total"), **DAYS},
        ),
        "reminders": Children(
            "invoice_reminders",
            "invoice_id",
            ("id", "date", "due_date", "fee", "text"),
            DAYS,
        ),
        "internal_contact": PERSON,
        "activity_hours_modified": False,
    },
    "invoice_attachments": {"title": numbered("Anlage {}.pdf"), **STAMPS},
    "invoice_payments": {
        "date": TODAY,
        "invoice": Ref(("id", "identifier", "title")),
        "paid_total": Text(100.0),
        "paid_total_in_account_currency": Text(100.0),
        "currency": "EUR",
        "description": "",
        **STAMPS,
    },
    "invoice_reminders": {
        "title": "Zahlungserinnerung",
        "text": None,
        "fee": 0.0,
        "date": TODAY,
        "due_date": None,
        "status": "created",
        "file_url": Signed("invoice_reminders/{id}.pdf"),
        "invoice": Ref(
            ("id", "identifier", "title"),
            extra={"dunning_level": Computed(_dunning_level)},
        ),
        **STAMPS,
    },
    "invoice_bookkeeping_exports": {
        "from": TODAY,
        "to": TODAY,
        "invoice_ids": Ids("invoices"),
        "comment": "",
        "user": PERSON,
        "status": "manual",
        **STAMPS,
    },
    "letter_papers": {
        "name": numbered("Briefpapier {}"),
        "active": True,
        "template": "invoice",
        "file": Signed("letter_papers/{id}.pdf"),
        **STAMPS,
    },
}

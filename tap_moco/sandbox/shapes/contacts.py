"""Companies, contacts, and what is attached to anything: comments, tags, todos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.keys import TYPES
from tap_moco.sandbox.shapes.settings import VAT_CODE_PURCHASE, VAT_CODE_SALE
from tap_moco.sandbox.sources import (
    PERSON,
    STAMPS,
    Children,
    Computed,
    Ref,
    Same,
    Signed,
    numbered,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.sources import Record, Shape


def _todoable(account: Account, record: Record) -> str:
    records = account.records[TYPES[record["todoable_type"]]]
    target = records.get(record["todoable_id"], {})
    return str(target.get("name") or target.get("title") or "")


SHAPES: Mapping[str, Shape] = {
    "companies": {
        "type": "customer",
        "identifier": numbered("{}"),
        "name": numbered("Neue Firma {}"),
        "website": "",
        "email": None,
        "billing_email_cc": "",
        "phone": "",
        "fax": None,
        "address": "",
        "country_code": "DE",
        "vat_identifier": None,
        "alternative_correspondence_language": False,
        "english_correspondence_language": False,
        "tags": [],
        "labels": Same("tags"),
        "user": PERSON,
        "info": "",
        "footer": None,
        "custom_properties": {},
        "active": True,
        "archived_on": None,
        "currency": "EUR",
        "customer_vat": Ref(VAT_CODE_SALE),
        "supplier_vat": Ref(VAT_CODE_PURCHASE),
        "default_invoice_due_days": 30,
        "invoice_format": "regular_pdf",
        "default_payment_means": None,
        "projects": Children(
            "projects",
            "customer_id",
            ("id", "identifier", "name", "active", "billable"),
        ),
        "iban": "",
        "bank_bic": None,
        "bank_owner": None,
        "debit_number": None,
        "credit_number": None,
        **STAMPS,
    },
    "contacts": {
        "gender": "U",
        "firstname": "Toni",
        "lastname": numbered("Neuling-{}"),
        "title": "",
        "job_position": None,
        "mobile_phone": "",
        "work_fax": "",
        "work_phone": None,
        "work_email": None,
        "work_address": "",
        "home_email": "",
        "home_address": None,
        "birthday": None,
        "salutation": None,
        "info": "",
        "avatar_url": Signed("contacts/{id}.jpg"),
        "tags": [],
        "custom_properties": {},
        "company": Ref(("id", "type", "name")),
        "user": PERSON,
        **STAMPS,
    },
    "comments": {
        "commentable_id": None,
        "commentable_type": "Project",
        "text": "<div>Notiz</div>",
        "manual": True,
        "user": PERSON,
        "impersonating_user": PERSON,
        "attachment_filename": None,
        "attachment_content": None,
        **STAMPS,
    },
    "tags": {
        "name": numbered("Tag {}"),
        "color": None,
        "context": "Project",
        **STAMPS,
    },
    "todos": {
        "title": "Nachfassen",
        "due_date": None,
        "completed_at": None,
        "completed": False,
        "personal": False,
        "todoable_id": None,
        "todoable_type": "Company",
        "todoable_description": Computed(_todoable),
        "created_by": PERSON,
        "assigned_to": PERSON,
        **STAMPS,
    },
}

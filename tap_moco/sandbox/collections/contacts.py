"""Companies, contacts, and what is attached to anything: comments, tags, to-dos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.settings import VAT_CODE_PURCHASE, VAT_CODE_SALE
from tap_moco.sandbox.model import Collection, has, may_have
from tap_moco.sandbox.payload import (
    PERSON,
    STAMPS,
    children,
    empty,
    false,
    null,
    numbered,
    refs,
    same,
    signed,
)

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Entity, Record

_CUSTOMER = {"customer_vat", "debit_number", "default_invoice_due_days"}
_CUSTOMER |= {"footer", "invoice_format"}
_SUPPLIER = {"supplier_vat", "iban", "bank_bic", "credit_number"}
ABSENT = {
    "customer": _SUPPLIER,
    "supplier": _CUSTOMER,
    "organization": _CUSTOMER | _SUPPLIER,
}
"""Fields that a company of this type does not have, not even as null."""


def _by_type(row: Record) -> Record:
    return {n: value for n, value in row.items() if n not in ABSENT[row["type"]]}


def _todoable(entity: Entity) -> str:
    target = entity.target()
    return (target and (target.record.get("name") or target.record.get("title"))) or ""


CONTACTS = (
    Collection(
        "companies",
        may_have(user="users", customer_vat="vat_code_sales")
        | may_have(supplier_vat="vat_code_purchases"),
        {
            "type": "customer",
            "identifier": numbered("{}"),
            "name": numbered("Neue Firma {}"),
            **empty("website billing_email_cc phone address info iban"),
            **null("email fax vat_identifier footer archived_on"),
            "country_code": "DE",
            "alternative_correspondence_language": False,
            "english_correspondence_language": False,
            "tags": [],
            "labels": same("tags"),
            **refs(PERSON, "user"),
            "custom_properties": {},
            "active": True,
            "currency": "EUR",
            **refs(VAT_CODE_SALE, "customer_vat"),
            **refs(VAT_CODE_PURCHASE, "supplier_vat"),
            "default_invoice_due_days": 30,
            "invoice_format": "regular_pdf",
            **null("default_payment_means bank_bic bank_owner"),
            **null("debit_number credit_number"),
            "projects": children(
                "projects", "customer_id", "id identifier name active billable"
            ),
            **STAMPS,
        },
        trim=_by_type,
    ),
    Collection(
        "contacts",
        may_have(company="companies", user="users"),
        {
            "gender": "U",
            "firstname": "Toni",
            "lastname": numbered("Neuling-{}"),
            **empty("title mobile_phone work_fax work_address home_email info"),
            **null("job_position work_phone work_email home_address"),
            **null("birthday salutation"),
            "avatar_url": signed("contacts/{id}.jpg"),
            "tags": [],
            "custom_properties": {},
            **refs("id type name", "company"),
            **refs(PERSON, "user"),
            **STAMPS,
        },
        single_only=frozenset({"info"}),
    ),
    Collection(
        "comments",
        has(user="users") | may_have(impersonating_user="users"),
        {
            "commentable_id": None,
            "commentable_type": "Project",
            "text": "<div>Notiz</div>",
            "manual": True,
            **refs(PERSON, "user impersonating_user"),
            **null("attachment_filename attachment_content"),
            **STAMPS,
        },
        polymorphic="commentable",
        single_only=frozenset({"attachment_filename", "attachment_content"}),
    ),
    Collection(
        "tags",
        fields={
            "name": numbered("Tag {}"),
            "color": None,
            "context": "Project",
            **STAMPS,
        },
    ),
    Collection(
        "todos",
        has(created_by="users") | may_have(assigned_to="users"),
        {
            "title": "Nachfassen",
            **null("due_date completed_at todoable_id"),
            **false("completed personal"),
            "todoable_type": "Company",
            "todoable_description": _todoable,
            **refs(PERSON, "created_by assigned_to"),
            **STAMPS,
        },
        polymorphic="todoable",
    ),
)

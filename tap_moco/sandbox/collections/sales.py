"""Deals, offers, invoices and all that belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.settings import (
    HAS_REVENUE_CATEGORY,
    LINE_ITEM,
    VAT_CODE_SALE,
)
from tap_moco.sandbox.model import Collection, Stored, has, may_have, part_of
from tap_moco.sandbox.payload import (
    DAYS,
    MILLISECOND_STAMPS,
    NAMED,
    NUMBERED,
    PERSON,
    STAMPS,
    TODAY,
    children,
    empty,
    false,
    first_child,
    ids,
    items,
    link,
    null,
    numbered,
    ref,
    refs,
    signed,
    text,
)

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Entity, Record

DISREGARDED = [
    "id",
    "customer_id",
    "project_id",
    "identifier",
    "date",
    "status",
    "title",
    "currency",
    "created_at",
    "updated_at",
]
"""All that is left of an invoice that is disregarded."""


def _trim(row: Record) -> Record:
    if row["status"] != "disregarded":
        return row
    return {name: row[name] for name in DISREGARDED}


def _gross_total(entity: Entity) -> float:
    net, tax = float(entity.record["net_total"]), float(entity.record["tax"])
    return round(net * (1 + tax / 100), 2)


def _person(entity: Entity) -> Record | None:
    contact = entity.follow("person_id")
    if contact is None:
        return None
    name = f"{contact.record['firstname']} {contact.record['lastname']}"
    return {"id": contact.record["id"], "name": name}


def _dunning_level(entity: Entity) -> int:
    return len(entity.children("invoice_reminders", "invoice_id"))


BOUNDS = {"from": TODAY, "to": TODAY}
DOCUMENT: dict[str, object] = {
    "date": TODAY,
    "due_date": TODAY,
    "recipient_address": None,
    "status": "created",
    "currency": "EUR",
    "net_total": 1000.0,
    "tax": 19.0,
    "gross_total": _gross_total,
    "discount": 0.0,
    "custom_properties": {},
    "tags": [],
    "salutation": "",
    "footer": None,
    **refs(VAT_CODE_SALE, "vat"),
    **refs(PERSON, "user internal_contact"),
    **DAYS,
}
"""What offers and invoices have in common."""
TEXTS = {"salutation", "footer", "items", "internal_contact"}
ITEM: dict[str, object] = {**LINE_ITEM, "service_type": "service"}

DEALS = (
    Collection(
        "deals",
        part_of(company="companies")
        | has(user="users", category="deal_categories")
        | may_have(person="contacts"),
        {
            "name": numbered("Anfrage {}"),
            "status": "pending",
            "reminder_date": TODAY,
            "closed_on": "",  # what MOCO sends while a deal is open
            "money": 10000.0,
            "currency": "EUR",
            "info": "",
            "tags": [],
            "custom_properties": {},
            "color": Stored("#aab7c4"),
            **refs(PERSON, "user"),
            "person": _person,
            "customer": ref(NAMED, "company_id"),
            **refs("id type name", "company"),
            **refs("id name probability", "category"),
            **null("service_period_from service_period_to inbox_email_address"),
            **STAMPS,
        },
    ),
    Collection(
        "deal_categories",
        fields={"name": numbered("Phase {}"), "probability": 50, **STAMPS},
    ),
)

OFFERS = (
    Collection(
        "offers",
        part_of(company="companies")
        | has(user="users", vat="vat_code_sales")
        | may_have(project="projects", deal="deals", invoice="invoices")
        | may_have(internal_contact="users"),
        {
            **DOCUMENT,
            "identifier": numbered("A{}"),
            "title": "Angebot",
            "invoice_id": None,
            **refs(NAMED, "company deal"),
            **refs("id identifier name", "project"),
            "offer_confirmation": first_child(
                "offer_confirmations", "offer_id", "id title date", **STAMPS
            ),
            "customer_approval": first_child(
                "offer_customer_approvals",
                "offer_id",
                "id active customer_full_name customer_email signed_at",
                url=link("offers/{offer_id}/customer_approvals/{id}"),
            ),
            "file_url": signed("offers/{id}.pdf"),
            "items": items(
                "items",
                Collection("items", HAS_REVENUE_CATEGORY, {**ITEM, "unit_cost": None}),
            ),
            **MILLISECOND_STAMPS,
        },
        single_only=frozenset(TEXTS),
    ),
    Collection(
        "offer_confirmations",
        part_of(offer="offers") | has(user="users"),
        {
            "date": TODAY,
            "title": "Auftragsbestätigung",
            **empty("salutation_raw footer_raw"),
            "file_url": signed("offer_confirmations/{id}.pdf"),
            **refs(PERSON, "user"),
            **refs(NUMBERED, "offer"),
        },
    ),
    Collection(
        "offer_attachments",
        part_of(offer="offers"),
        {"title": numbered("Anhang {}.pdf"), **STAMPS},
    ),
    Collection(
        "offer_customer_approvals",
        part_of(offer="offers"),
        {
            "approval_url": link("offers/{offer_id}/customer_approvals/{id}"),
            "offer_document_url": signed("offers/{offer_id}.pdf"),
            "active": True,
            **null("customer_full_name customer_email signature_url signed_at"),
            **STAMPS,
        },
    ),
)

INVOICES = (
    Collection(
        "invoices",
        part_of(customer="companies")
        | has(user="users", vat="vat_code_sales")
        | may_have(project="projects", offer="offers", letter_paper="letter_papers")
        | may_have(internal_contact="users", reversal_invoice="invoices")
        | may_have(reversed_invoice="invoices"),
        {
            **DOCUMENT,
            **null("customer_id project_id offer_id letter_paper_id"),
            **null("reversal_invoice_id reversed_invoice_id"),
            "identifier": numbered("R{}"),
            "title": "Rechnung",
            **null("service_period service_period_from service_period_to"),
            **false("reversed reversal locked without_letter_paper"),
            **null("cash_discount cash_discount_days debt_collection_procedure"),
            "creditor_reference": "",
            **null("debit_number credit_number"),
            "file_url": signed("invoices/{id}.pdf"),
            "items": items(
                "items",
                Collection("items", HAS_REVENUE_CATEGORY, {**ITEM, "expense_ids": []}),
            ),
            "payments": children(
                "invoice_payments",
                "invoice_id",
                "id date currency paid_total",
                **DAYS,
            ),
            "reminders": children(
                "invoice_reminders", "invoice_id", "id date due_date fee text", **DAYS
            ),
            "activity_hours_modified": False,
            **STAMPS,
        },
        single_only=frozenset(
            TEXTS | {"payments", "reminders", "activity_hours_modified"}
        ),
        trim=_trim,
    ),
    Collection(
        "invoice_attachments",
        part_of(invoice="invoices"),
        {"title": numbered("Anlage {}.pdf"), **STAMPS},
    ),
    Collection(
        "invoice_payments",
        part_of(invoice="invoices"),
        {
            "date": TODAY,
            **refs(NUMBERED, "invoice"),
            "paid_total": text("paid_total", 100.0),
            "paid_total_in_account_currency": text(
                "paid_total_in_account_currency", 100.0
            ),
            "currency": "EUR",
            "description": "",
            **STAMPS,
        },
    ),
    Collection(
        "invoice_reminders",
        part_of(invoice="invoices"),
        {
            "title": "Zahlungserinnerung",
            **null("text due_date"),
            "fee": 0.0,
            "date": TODAY,
            "status": "created",
            "file_url": signed("invoice_reminders/{id}.pdf"),
            "invoice": ref(NUMBERED, "invoice_id", dunning_level=_dunning_level),
            **STAMPS,
        },
    ),
    Collection(
        "invoice_bookkeeping_exports",
        has(user="users"),
        {
            **BOUNDS,
            "invoice_ids": ids("invoice_ids", "invoices"),
            "comment": "",
            **refs(PERSON, "user"),
            "status": "manual",
            **STAMPS,
        },
    ),
    Collection(
        "letter_papers",
        fields={
            "name": numbered("Briefpapier {}"),
            "active": True,
            "template": "invoice",
            "file": signed("letter_papers/{id}.pdf"),
            **STAMPS,
        },
    ),
)
SALES = (*DEALS, *OFFERS, *INVOICES)

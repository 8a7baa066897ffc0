"""Deals, offers and invoices; purchases and what leads to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.settings import (
    LINE_ITEM,
    VAT_CODE_PURCHASE,
    VAT_CODE_SALE,
)
from tap_moco.sandbox.model import RAW, Stored, has, may_have, part_of
from tap_moco.sandbox.payload import (
    DAYS,
    MILLISECOND_STAMPS,
    NAMED,
    NUMBERED,
    PERSON,
    STAMPS,
    TAGGED,
    TODAY,
    children,
    each,
    empty,
    false,
    first_child,
    follow,
    ids,
    items,
    link,
    null,
    numbered,
    ref,
    same,
    signed,
    text,
)

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Entity, Fields, Record

DISREGARDED = (
    "id customer_id project_id identifier date status title currency"
    " created_at updated_at"
)
"""All that is left of an invoice that is disregarded."""


def by_status(invoice: Record) -> Record:
    """Leave out what a disregarded invoice does not have."""
    if invoice["status"] != "disregarded":
        return invoice
    return {name: invoice[name] for name in DISREGARDED.split()}


def _gross_total(entity: Entity) -> float:
    net, tax = float(entity.record["net_total"]), float(entity.record["tax"])
    return round(net * (1 + tax / 100), 2)


def _whole_name(contact: Entity) -> str:
    return f"{contact.record['firstname']} {contact.record['lastname']}"


def _dunning_level(invoice: Entity) -> int:
    return len(invoice.children("invoice_reminders", "invoice_id"))


def _target(approval: Entity) -> Record | None:
    target = approval.target()
    return target and target.pick("id title date net_total currency")


def _remaining(budget: Entity) -> float:
    target, spent, planned = (
        float(budget.record[name]) for name in ("target", "exhaused", "planned")
    )
    return round(target - spent - planned, 2)


def _project(expense: Entity) -> Record:
    company = follow("project_id.customer_id")
    return {"id": expense.record["project_id"], "company_id": company(expense)}


DOCUMENT: Fields = {
    **each(TODAY, "date due_date"),
    **null("recipient_address footer"),
    "status": "created",
    "currency": "EUR",
    "net_total": 1000.0,
    "tax": 19.0,
    "gross_total": _gross_total,
    "discount": 0.0,
    **TAGGED,
    "salutation": "",
    "vat": has("vat_code_sales", VAT_CODE_SALE),
    "user": has("users", PERSON),
    "internal_contact": may_have("users", PERSON),
    **DAYS,
}
"""What offers and invoices have in common."""
ITEM: Fields = {**LINE_ITEM, "service_type": "service"}
EXPORT: Fields = {
    **each(TODAY, "from to"),
    "comment": "",
    "user": has("users", PERSON),
}
RECEIPT_ITEM: Fields = {
    "gross_total": 0.0,
    "vat": may_have("vat_code_purchases", VAT_CODE_PURCHASE),
    "purchase_category": may_have("purchase_categories", NAMED),
}
PURCHASE_ITEM: Fields = {
    **null("id title supplier_credit_number"),
    **each(0.0, "net_total tax_total gross_total"),
    "tax": 19.0,
    "tax_included": True,
    "ksk_relevant": False,
    "vat": may_have("vat_code_purchases", VAT_CODE_PURCHASE),
    # MOCO sends an empty object where null is meant, here and in `company`.
    "category": may_have("purchase_categories", "id name credit_account", absent={}),
    "expense": may_have("project_expenses", "id", project=_project),
    "receipt": may_have("receipts", "id title date attachment_url"),
}

SALES: dict[str, Fields] = {
    "deals": {
        "name": numbered("Anfrage {}"),
        "status": "pending",
        "reminder_date": TODAY,
        "closed_on": "",  # what MOCO sends while a deal is open
        "money": 10000.0,
        "currency": "EUR",
        "info": "",
        **TAGGED,
        "color": Stored("#aab7c4"),
        "user": has("users", PERSON),
        "person": may_have("contacts", "id", name=_whole_name),
        "customer": ref(NAMED, "company_id"),
        "company": part_of("companies", "id type name"),
        "category": has("deal_categories", "id name probability"),
        **null("service_period_from service_period_to inbox_email_address"),
    },
    "deal_categories": {"name": numbered("Phase {}"), "probability": 50},
    "offers": {
        **DOCUMENT,
        "identifier": numbered("A{}"),
        "title": "Angebot",
        "invoice": may_have("invoices", RAW),
        "company": part_of("companies", NAMED),
        "deal": may_have("deals", NAMED),
        "project": may_have("projects", "id identifier name"),
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
        "items": items("items", {**ITEM, "unit_cost": None}),
        **MILLISECOND_STAMPS,
    },
    "offer_confirmations": {
        "date": TODAY,
        "title": "Auftragsbestätigung",
        **empty("salutation_raw footer_raw"),
        "file_url": signed("offer_confirmations/{id}.pdf"),
        "user": has("users", PERSON),
        "offer": part_of("offers", NUMBERED),
    },
    "offer_attachments": {
        "title": numbered("Anhang {}.pdf"),
        "offer": part_of("offers"),
    },
    "offer_customer_approvals": {
        "approval_url": link("offers/{offer_id}/customer_approvals/{id}"),
        "offer_document_url": signed("offers/{offer_id}.pdf"),
        "active": True,
        **null("customer_full_name customer_email signature_url signed_at"),
        "offer": part_of("offers"),
    },
    "invoices": {
        **DOCUMENT,
        "customer": part_of("companies", RAW),
        "project": may_have("projects", RAW),
        "offer": may_have("offers", RAW),
        "letter_paper": may_have("letter_papers", RAW),
        "reversal_invoice": may_have("invoices", RAW),
        "reversed_invoice": may_have("invoices", RAW),
        "identifier": numbered("R{}"),
        "title": "Rechnung",
        **null("service_period service_period_from service_period_to"),
        **false("reversed reversal locked without_letter_paper"),
        **null("cash_discount cash_discount_days debt_collection_procedure"),
        "creditor_reference": "",
        **null("debit_number credit_number"),
        "file_url": signed("invoices/{id}.pdf"),
        "items": items("items", {**ITEM, "expense_ids": []}),
        "payments": children(
            "invoice_payments", "invoice_id", "id date currency paid_total", **DAYS
        ),
        "reminders": children(
            "invoice_reminders", "invoice_id", "id date due_date fee text", **DAYS
        ),
        "activity_hours_modified": False,
    },
    "invoice_attachments": {
        "title": numbered("Anlage {}.pdf"),
        "invoice": part_of("invoices"),
    },
    "invoice_payments": {
        "date": TODAY,
        "invoice": part_of("invoices", NUMBERED),
        "paid_total": text("paid_total", 100.0),
        "paid_total_in_account_currency": text("paid_total_in_account_currency", 100.0),
        "currency": "EUR",
        "description": "",
    },
    "invoice_reminders": {
        "title": "Zahlungserinnerung",
        **null("text due_date"),
        "fee": 0.0,
        "date": TODAY,
        "status": "created",
        "file_url": signed("invoice_reminders/{id}.pdf"),
        "invoice": part_of("invoices", NUMBERED, dunning_level=_dunning_level),
    },
    "invoice_bookkeeping_exports": {
        **EXPORT,
        "invoice_ids": ids("invoice_ids", "invoices"),
        "status": "manual",
    },
    "letter_papers": {
        "name": numbered("Briefpapier {}"),
        "active": True,
        "template": "invoice",
        "file": signed("letter_papers/{id}.pdf"),
    },
}

PURCHASING: dict[str, Fields] = {
    "purchases": {
        "identifier": numbered("E{}"),
        "title": "Einkauf",
        **null("receipt_identifier info iban reference due_date refund_request"),
        **null("service_period_from service_period_to credit_card_transaction"),
        "date": TODAY,
        "status": "pending",
        "approval_status": "none",
        "partially_paid": False,
        "payment_method": "bank_transfer",
        "net_total": 100.0,
        "gross_total": 119.0,
        "currency": "EUR",
        "file_url": signed("purchases/{id}.pdf"),
        "has_file": Stored(default=True),
        **TAGGED,
        "company": may_have("companies", "id name iban", absent={}),
        "expense": may_have("project_expenses"),
        "planned_purchase": may_have("planned_purchases"),
        # MOCO documents `lastname` here, and sends `name`.
        "user": has("users", "id firstname", name=same("lastname")),
        "payments": children(
            "purchase_payments",
            "purchase_id",
            "id date currency total",
            user=ref(PERSON, "user_id"),
        ),
        "items": items("items", PURCHASE_ITEM),
    },
    "purchase_budgets": {
        "year": 2026,
        "title": numbered("Budget {}"),
        "active": True,
        "cost_category": None,
        "target": 10000.0,
        **each(0.0, "exhaused planned"),  # MOCO's own spelling
        "remaining": _remaining,
    },
    "purchase_categories": {
        "name": numbered("Kategorie {}"),
        "credit_account": None,
        "active": True,
    },
    "purchase_drafts": {
        "title": numbered("Beleg {}"),
        **null("email_from email_body net_total gross_total credit_card_transaction"),
        "user": may_have("users", PERSON),
        "file_url": signed("purchase_drafts/{id}.pdf"),
    },
    "purchase_payments": {
        "date": TODAY,
        "purchase": part_of("purchases", NUMBERED),
        "total": text("total", 100.0),
        "currency": "EUR",
        "remittance_export_id": None,
        "user": has("users"),
    },
    "purchase_bookkeeping_exports": {
        **EXPORT,
        "purchase_ids": ids("purchase_ids", "purchases"),
        "status": "pending",
    },
    "planned_purchases": {
        "date": TODAY,
        "active": True,
        **null("finish_date info recur_next_on"),
        "frequency": "monthly",
        "variant": "recurring",
        "title": numbered("Geplanter Einkauf {}"),
        **each(100.0, "net_total net_total_in_account_currency"),
        **each(0.0, "exhausted exhausted_in_account_currency"),
        "currency": "EUR",
        "company": may_have("companies", NAMED),
        "purchase_budget": may_have("purchase_budgets", "id title"),
        "user": has("users", PERSON),
        "purchases": children(
            "purchases",
            "planned_purchase_id",
            "id date net_total currency status",
            number=same("identifier"),
        ),
        "custom_properties": {},
        "create_on_recur": False,
    },
    "receipts": {
        "title": "Beleg",
        "date": TODAY,
        "billable": False,
        "pending": True,
        "gross_total": 10.0,
        "currency": "EUR",
        "items": items("items", RECEIPT_ITEM),
        "project": may_have(
            "projects", "id name billable", company=ref(NAMED, "customer_id")
        ),
        "info": "",
        "user": part_of("users", PERSON),
        "refund_request": None,
        "attachment_url": signed("receipts/{id}.jpg"),
    },
    "approvals": {
        "status": "pending",
        "target_type": "invoice",
        "target_id": Stored(),
        **null("decided_at deny_note"),
        "note": "",
        "creator": has("users", PERSON),
        "approver": has("users", PERSON),
        "approver2": may_have("users", PERSON),
        "processed_by": may_have("users", PERSON),
        "target": _target,
    },
}

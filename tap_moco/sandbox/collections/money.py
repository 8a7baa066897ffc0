"""Deals, offers and invoices; purchases and what leads to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.office import (
    LINE_ITEM,
    VAT_CODE_SALE,
    VAT_PURCHASE,
)
from tap_moco.sandbox.model import has, may_have, part_of, ref
from tap_moco.sandbox.payload import (
    DAYS,
    MAYBE_USER,
    MILLISECOND_STAMPS,
    NAMED,
    NUMBERED,
    OWNER,
    PERSON,
    STAMPS,
    TAGGED,
    TODAY,
    USER,
    children,
    first_child,
    follow,
    hidden,
    items,
    link,
    null,
    numbered,
    same,
    signed,
    text,
    whole_name,
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


def _dunning_level(invoice: Entity) -> int:
    return len(invoice.children("invoice_reminders", "invoice_id"))


def _remaining(budget: Entity) -> float:
    spent = float(budget.record["exhaused"]) + float(budget.record["planned"])
    return round(float(budget.record["target"]) - spent, 2)


def _project(expense: Entity) -> Record:
    company = follow("project_id.customer_id")
    return {"id": expense.record["project_id"], "company_id": company(expense)}


# What follows are tables, several fields in a line.
# fmt: off
DOCUMENT: Fields = {
    **TAGGED, "date": TODAY, "due_date": TODAY, "status": "created", "currency": "EUR",
    "net_total": 1000.0, "tax": 19.0, "discount": 0.0, "salutation": "",
    **null("recipient_address footer"),
    "vat": has("vat_code_sales", VAT_CODE_SALE), "user": USER,
    "internal_contact": MAYBE_USER, "gross_total": _gross_total, **DAYS,
}
"""What offers and invoices have in common."""
ITEM: Fields = {**LINE_ITEM, "service_type": "service"}
EXPORT: Fields = {"from": TODAY, "to": TODAY, "comment": "", "user": USER}
RECEIPT_ITEM: Fields = {
    "gross_total": 0.0,
    "vat": VAT_PURCHASE, "purchase_category": may_have("purchase_categories", NAMED),
}
PURCHASE_ITEM: Fields = {
    "net_total": 0.0, "tax_total": 0.0, "gross_total": 0.0, "tax": 19.0,
    "tax_included": True, "ksk_relevant": False,
    **null("id title supplier_credit_number"),
    "vat": VAT_PURCHASE,
    # MOCO sends an empty object where null is meant, here and in `company`.
    "category": may_have("purchase_categories", "id name credit_account", absent={}),
    "expense": may_have("project_expenses", "id", {"project": _project}),
    "receipt": may_have("receipts", "id title date attachment_url"),
}

SALES: dict[str, Fields] = {
    # While a deal is open, MOCO sends "" for `closed_on`.
    "deals": {
        **TAGGED, "status": "pending", "reminder_date": TODAY, "closed_on": "",
        "money": 10000.0, "currency": "EUR", "info": "", "name": numbered("Anfrage {}"),
        "color": hidden("#aab7c4"),
        **null("service_period_from service_period_to inbox_email_address"),
        "user": USER, "person": may_have("contacts", "id", {"name": whole_name}),
        "company": part_of("companies", "id type name"),
        "category": has("deal_categories", "id name probability"),
        "customer": ref(NAMED, "company_id"),
    },
    "deal_categories": {"name": numbered("Phase {}"), "probability": 50},
    "offers": {
        **DOCUMENT, "title": "Angebot", "identifier": numbered("A{}"),
        "invoice_id": may_have("invoices"), "company": part_of("companies", NAMED),
        "deal": may_have("deals", NAMED),
        "project": may_have("projects", "id identifier name"),
        "file_url": signed("offers/{id}.pdf"),
        "items": items("items", {**ITEM, "unit_cost": None}), **MILLISECOND_STAMPS,
        "offer_confirmation": first_child(
            "offer_confirmations", "offer_id", "id title date", **STAMPS,
        ),
        "customer_approval": first_child(
            "offer_customer_approvals", "offer_id",
            "id active customer_full_name customer_email signed_at",
            url=link("offers/{offer_id}/customer_approvals/{id}"),
        ),
    },
    "offer_confirmations": {
        "date": TODAY, "title": "Auftragsbestätigung", "salutation_raw": "",
        "footer_raw": "",
        "user": USER, "offer": part_of("offers", NUMBERED),
        "file_url": signed("offer_confirmations/{id}.pdf"),
    },
    "offer_attachments": {
        "title": numbered("Anhang {}.pdf"), "offer": part_of("offers"),
    },
    "offer_customer_approvals": {
        "active": True,
        **null("customer_full_name customer_email signature_url signed_at"),
        "offer": part_of("offers"),
        "approval_url": link("offers/{offer_id}/customer_approvals/{id}"),
        "offer_document_url": signed("offers/{offer_id}.pdf"),
    },
    "invoices": {
        **DOCUMENT, "title": "Rechnung", "reversed": False, "reversal": False,
        "locked": False, "without_letter_paper": False, "creditor_reference": "",
        "activity_hours_modified": False, "identifier": numbered("R{}"),
        **null("service_period service_period_from service_period_to cash_discount"),
        **null("cash_discount_days debt_collection_procedure debit_number"),
        "credit_number": None,
        "customer_id": part_of("companies"), "project_id": may_have("projects"),
        "offer_id": may_have("offers"), "letter_paper_id": may_have("letter_papers"),
        "reversal_invoice_id": may_have("invoices"),
        "reversed_invoice_id": may_have("invoices"),
        "file_url": signed("invoices/{id}.pdf"),
        "items": items("items", {**ITEM, "expense_ids": []}),
        "payments": children(
            "invoice_payments", "invoice_id", "id date currency paid_total", **DAYS,
        ),
        "reminders": children(
            "invoice_reminders", "invoice_id", "id date due_date fee text", **DAYS,
        ),
    },
    "invoice_attachments": {
        "title": numbered("Anlage {}.pdf"), "invoice": part_of("invoices"),
    },
    "invoice_payments": {
        "date": TODAY, "currency": "EUR", "description": "",
        "paid_total": text("paid_total", 100.0),
        "paid_total_in_account_currency": text("paid_total_in_account_currency", 100.0),
        "invoice": part_of("invoices", NUMBERED),
    },
    "invoice_reminders": {
        "title": "Zahlungserinnerung", "fee": 0.0, "date": TODAY, "status": "created",
        **null("text due_date"),
        "invoice": part_of("invoices", NUMBERED, {"dunning_level": _dunning_level}),
        "file_url": signed("invoice_reminders/{id}.pdf"),
    },
    "invoice_bookkeeping_exports": {**EXPORT, "status": "manual", "invoice_ids": []},
    "letter_papers": {
        "active": True, "template": "invoice", "name": numbered("Briefpapier {}"),
        "file": signed("letter_papers/{id}.pdf"),
    },
}

PURCHASING: dict[str, Fields] = {
    "purchases": {
        **TAGGED, "title": "Einkauf", "date": TODAY, "status": "pending",
        "approval_status": "none", "partially_paid": False,
        "payment_method": "bank_transfer", "net_total": 100.0, "gross_total": 119.0,
        "currency": "EUR", "identifier": numbered("E{}"),
        "has_file": hidden(default=True),
        **null("receipt_identifier info iban reference due_date refund_request"),
        **null("service_period_from service_period_to credit_card_transaction"),
        "company": may_have("companies", "id name iban", absent={}),
        "expense": may_have("project_expenses"),
        "planned_purchase": may_have("planned_purchases"),
        # MOCO documents `lastname` here, and sends `name`.
        "user": has("users", "id firstname", {"name": same("lastname")}),
        "file_url": signed("purchases/{id}.pdf"),
        "items": items("items", PURCHASE_ITEM),
        "payments": children(
            "purchase_payments", "purchase_id", "id date currency total",
            user=ref(PERSON, "user_id"),
        ),
    },
    # "exhaused" is how MOCO spells it.
    "purchase_budgets": {
        "year": 2026, "active": True, "target": 10000.0, "exhaused": 0.0,
        "planned": 0.0, "title": numbered("Budget {}"), "cost_category": None,
        "remaining": _remaining,
    },
    "purchase_categories": {
        "active": True, "name": numbered("Kategorie {}"), "credit_account": None,
    },
    "purchase_drafts": {
        "title": numbered("Beleg {}"),
        **null("email_from email_body net_total gross_total credit_card_transaction"),
        "user": MAYBE_USER, "file_url": signed("purchase_drafts/{id}.pdf"),
    },
    "purchase_payments": {
        "date": TODAY, "currency": "EUR", "total": text("total", 100.0),
        "remittance_export_id": None,
        "purchase": part_of("purchases", NUMBERED), "user": has("users"),
    },
    "purchase_bookkeeping_exports": {**EXPORT, "status": "pending", "purchase_ids": []},
    "planned_purchases": {
        "date": TODAY, "active": True, "frequency": "monthly", "variant": "recurring",
        "net_total": 100.0, "net_total_in_account_currency": 100.0, "exhausted": 0.0,
        "exhausted_in_account_currency": 0.0, "currency": "EUR",
        "custom_properties": {}, "create_on_recur": False,
        "title": numbered("Geplanter Einkauf {}"),
        **null("finish_date info recur_next_on"),
        "company": may_have("companies", NAMED),
        "purchase_budget": may_have("purchase_budgets", "id title"), "user": USER,
        "purchases": children(
            "purchases", "planned_purchase_id", "id date net_total currency status",
            number=same("identifier"),
        ),
    },
    "receipts": {
        "title": "Beleg", "date": TODAY, "billable": False, "pending": True,
        "gross_total": 10.0, "currency": "EUR", "info": "", "refund_request": None,
        "user": OWNER,
        "project": may_have(
            "projects", "id name billable", {"company": ref(NAMED, "customer_id")},
        ),
        "items": items("items", RECEIPT_ITEM),
        "attachment_url": signed("receipts/{id}.jpg"),
    },
    "approvals": {
        "status": "pending", "target_type": "invoice", "note": "",
        **null("decided_at deny_note"),
        "creator": USER, "approver": USER, "approver2": MAYBE_USER,
        "processed_by": MAYBE_USER,
        "target": part_of("invoices", "id title date net_total currency"),
    },
}

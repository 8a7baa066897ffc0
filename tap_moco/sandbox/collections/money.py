"""Deals, offers and invoices; purchases and what leads to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox import fields as f
from tap_moco.sandbox.collections.office import LINE_ITEM, VAT_PURCHASE

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Fields, Record, Row

DISREGARDED = (
    "id customer_id project_id identifier date status title currency"
    " created_at updated_at"
)
"""All that is left of an invoice that is disregarded."""


def by_status(invoice: Row) -> Row:
    """Leave out what a disregarded invoice does not have."""
    if invoice["status"] != "disregarded":
        return invoice
    return {name: invoice[name] for name in DISREGARDED.split()}


def _gross_total(document: Record) -> float:
    net, tax = float(document["net_total"]), float(document["tax"])
    return round(net * (1 + tax / 100), 2)


def _dunning_level(invoice: Record) -> int:
    return len(invoice.children("invoice_reminders"))


def _remaining(budget: Record) -> float:
    spent = float(budget["exhaused"]) + float(budget["planned"])
    return round(float(budget["target"]) - spent, 2)


def _project(expense: Record) -> Row:
    company = f.follow("project_id.customer_id")
    return {"id": expense["project_id"], "company_id": company(expense)}


# What follows are tables, several fields in a line.
# fmt: off
DOCUMENT: Fields = {
    **f.TAGGED, "date": f.TODAY, "due_date": f.TODAY, "status": "created", **f.DAYS,
    "currency": "EUR", "net_total": 1000.0, "tax": 19.0, "gross_total": _gross_total,
    "discount": 0.0, "salutation": "", **f.null("recipient_address footer"),
    "vat": f.has("vat_code_sales", "*"), "user": f.USER,
    "internal_contact": f.MAYBE_USER,
}
"""What offers and invoices have in common."""
ITEM: Fields = {**LINE_ITEM, "service_type": "service"}
EXPORT: Fields = {"from": f.TODAY, "to": f.TODAY, "comment": "", "user": f.USER}
RECEIPT_ITEM: Fields = {
    "gross_total": 0.0, "vat": VAT_PURCHASE,
    "purchase_category": f.may_have("purchase_categories", f.NAMED),
}
PURCHASE_ITEM: Fields = {
    "net_total": 0.0, "tax_total": 0.0, "gross_total": 0.0, "tax": 19.0,
    **f.null("id title supplier_credit_number"), "vat": VAT_PURCHASE,
    "tax_included": True, "ksk_relevant": False,
    # MOCO sends an empty object where null is meant, here and in `company`.
    "category": f.may_have("purchase_categories", "id name credit_account", absent={}),
    "expense": f.may_have("project_expenses", "id", {"project": _project}),
    "receipt": f.may_have("receipts", "id title date attachment_url"),
}

MONEY: dict[str, Fields] = {
    # sales; while a deal is open, MOCO sends "" for `closed_on`
    "deals": {
        **f.TAGGED, "status": "pending", "reminder_date": f.TODAY, "closed_on": "",
        "money": 10000.0, "currency": "EUR", "info": "", "color": f.hidden("#aab7c4"),
        "name": f.numbered("Anfrage {}"),
        **f.null("service_period_from service_period_to inbox_email_address"),
        "user": f.USER, "person": f.may_have("contacts", "id", {"name": f.whole_name}),
        "company": f.part_of("companies", "id type name"),
        "category": f.has("deal_categories", "id name probability"),
        "customer": f.ref(f.NAMED, "company_id"),
    },
    "deal_categories": {"name": f.numbered("Phase {}"), "probability": 50},
    "offers": {
        **DOCUMENT, "title": "Angebot", "identifier": f.numbered("A{}"),
        "invoice_id": f.may_have("invoices"), "deal": f.may_have("deals", f.NAMED),
        "company": f.part_of("companies", f.NAMED),
        "project": f.may_have("projects", "id identifier name"),
        "file_url": f.signed("offers/{id}.pdf"),
        "items": f.items({**ITEM, "unit_cost": None}), **f.MILLISECOND_STAMPS,
        "offer_confirmation": f.first_child(
            "offer_confirmations", "id title date", **f.STAMPS,
        ),
        "customer_approval": f.first_child(
            "offer_customer_approvals",
            "id active customer_full_name customer_email signed_at",
            url=f.same("approval_url"),
        ),
    },
    "offer_confirmations": {
        "date": f.TODAY, "title": "Auftragsbestätigung", "salutation_raw": "",
        "footer_raw": "", "user": f.USER, "offer": f.part_of("offers", f.NUMBERED),
        "file_url": f.signed("offer_confirmations/{id}.pdf"),
    },
    "offer_attachments": {
        "title": f.numbered("Anhang {}.pdf"), "offer": f.part_of("offers"),
    },
    "offer_customer_approvals": {
        "active": True, "offer": f.part_of("offers"),
        **f.null("customer_full_name customer_email signature_url signed_at"),
        "approval_url": f.link("offers/{offer_id}/customer_approvals/{id}"),
        "offer_document_url": f.signed("offers/{offer_id}.pdf"),
    },
    "invoices": {
        **DOCUMENT, "title": "Rechnung", "reversed": False, "reversal": False,
        "locked": False, "without_letter_paper": False, "creditor_reference": "",
        "activity_hours_modified": False, "identifier": f.numbered("R{}"),
        **f.null("service_period service_period_from service_period_to cash_discount"),
        **f.null("cash_discount_days debt_collection_procedure debit_number"),
        "credit_number": None, "letter_paper_id": f.may_have("letter_papers"),
        "customer_id": f.part_of("companies"), "project_id": f.may_have("projects"),
        "offer_id": f.may_have("offers"), "reversal_invoice_id": f.may_have("invoices"),
        "reversed_invoice_id": f.may_have("invoices"),
        "file_url": f.signed("invoices/{id}.pdf"),
        "items": f.items({**ITEM, "expense_ids": []}),
        "payments": f.children(
            "invoice_payments", "id date currency paid_total", **f.DAYS,
        ),
        "reminders": f.children(
            "invoice_reminders", "id date due_date fee text", **f.DAYS,
        ),
    },
    "invoice_attachments": {
        "title": f.numbered("Anlage {}.pdf"), "invoice": f.part_of("invoices"),
    },
    "invoice_payments": {
        "date": f.TODAY, "currency": "EUR", "description": "",
        "paid_total": f.text(100.0), "paid_total_in_account_currency": f.text(100.0),
        "invoice": f.part_of("invoices", f.NUMBERED),
    },
    "invoice_reminders": {
        "title": "Zahlungserinnerung", "fee": 0.0, "date": f.TODAY, "status": "created",
        "text": None, "due_date": None,
        "invoice": f.part_of("invoices", f.NUMBERED, {"dunning_level": _dunning_level}),
        "file_url": f.signed("invoice_reminders/{id}.pdf"),
    },
    "invoice_bookkeeping_exports": {**EXPORT, "status": "manual", "invoice_ids": []},
    "letter_papers": {
        "active": True, "template": "invoice", "name": f.numbered("Briefpapier {}"),
        "file": f.signed("letter_papers/{id}.pdf"),
    },
    # purchasing
    "purchases": {
        **f.TAGGED, "title": "Einkauf", "date": f.TODAY, "status": "pending",
        "payment_method": "bank_transfer", "net_total": 100.0, "gross_total": 119.0,
        "approval_status": "none", "partially_paid": False, "currency": "EUR",
        "identifier": f.numbered("E{}"), "has_file": f.hidden(default=True),
        **f.null("receipt_identifier info iban reference due_date refund_request"),
        **f.null("service_period_from service_period_to credit_card_transaction"),
        "company": f.may_have("companies", "id name iban", absent={}),
        "expense": f.may_have("project_expenses"),
        "planned_purchase": f.may_have("planned_purchases"),
        # MOCO documents `lastname` here, and sends `name`.
        "user": f.has("users", "id firstname", {"name": f.same("lastname")}),
        "file_url": f.signed("purchases/{id}.pdf"), "items": f.items(PURCHASE_ITEM),
        "payments": f.children(
            "purchase_payments", "id date currency total",
            user=f.ref(f.PERSON, "user_id"),
        ),
    },
    # "exhaused" is how MOCO spells it.
    "purchase_budgets": {
        "year": 2026, "active": True, "target": 10000.0, "exhaused": 0.0,
        "planned": 0.0, "title": f.numbered("Budget {}"), "cost_category": None,
        "remaining": _remaining,
    },
    "purchase_categories": {
        "active": True, "name": f.numbered("Kategorie {}"), "credit_account": None,
    },
    "purchase_drafts": {
        "title": f.numbered("Beleg {}"),
        **f.null("email_from email_body net_total gross_total credit_card_transaction"),
        "user": f.MAYBE_USER, "file_url": f.signed("purchase_drafts/{id}.pdf"),
    },
    "purchase_payments": {
        "date": f.TODAY, "currency": "EUR", "total": f.text(100.0),
        "remittance_export_id": None, "user": f.has("users"),
        "purchase": f.part_of("purchases", f.NUMBERED),
    },
    "purchase_bookkeeping_exports": {**EXPORT, "status": "pending", "purchase_ids": []},
    "planned_purchases": {
        "date": f.TODAY, "active": True, "frequency": "monthly", "variant": "recurring",
        "net_total": 100.0, "net_total_in_account_currency": 100.0, "exhausted": 0.0,
        "exhausted_in_account_currency": 0.0, "currency": "EUR",
        "custom_properties": {}, "create_on_recur": False,
        "title": f.numbered("Geplanter Einkauf {}"),
        **f.null("finish_date info recur_next_on"),
        "company": f.may_have("companies", f.NAMED),
        "purchase_budget": f.may_have("purchase_budgets", "id title"), "user": f.USER,
        "purchases": f.children(
            "purchases", "id date net_total currency status",
            number=f.same("identifier"),
        ),
    },
    "receipts": {
        "title": "Beleg", "date": f.TODAY, "billable": False, "pending": True,
        "gross_total": 10.0, "currency": "EUR", "info": "", "refund_request": None,
        "user": f.OWNER,
        "project": f.may_have(
            "projects", "id name billable", {"company": f.ref(f.NAMED, "customer_id")},
        ),
        "items": f.items(RECEIPT_ITEM), "attachment_url": f.signed("receipts/{id}.jpg"),
    },
    "approvals": {
        "status": "pending", "target_type": "invoice", "note": "", "creator": f.USER,
        **f.null("decided_at deny_note"), "approver": f.USER,
        "approver2": f.MAYBE_USER, "processed_by": f.MAYBE_USER,
        "target": f.part_of("invoices", "id title date net_total currency"),
    },
}

"""Purchases, budgets, receipts and approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.settings import VAT_CODE_PURCHASE
from tap_moco.sandbox.model import Collection, Stored, has, may_have, part_of
from tap_moco.sandbox.payload import (
    NAMED,
    NUMBERED,
    PERSON,
    STAMPS,
    TODAY,
    children,
    each,
    follow,
    ids,
    items,
    null,
    numbered,
    ref,
    refs,
    same,
    signed,
    text,
)

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Entity, Record


def _target(entity: Entity) -> Record | None:
    target = entity.target()
    return target and target.pick("id title date net_total currency")


def _remaining(entity: Entity) -> float:
    budget = entity.record
    return round(float(budget["target"] - budget["exhaused"] - budget["planned"]), 2)


def _project(entity: Entity) -> Record:
    company = follow("project_id.customer_id")
    return {"id": entity.record["project_id"], "company_id": company(entity)}


PURCHASE_ITEM = Collection(
    "items",
    may_have(vat="vat_code_purchases", purchase_category="purchase_categories")
    | may_have(expense="project_expenses", receipt="receipts"),
    {
        **null("id title supplier_credit_number"),
        **each(0.0, "net_total tax_total gross_total"),
        "tax": 19.0,
        "tax_included": True,
        "ksk_relevant": False,
        **refs(VAT_CODE_PURCHASE, "vat"),
        "category": ref("id name credit_account", "purchase_category_id", empty={}),
        "expense": ref("id", "expense_id", project=_project),
        **refs("id title date attachment_url", "receipt"),
    },
)
RECEIPT_ITEM = Collection(
    "items",
    may_have(vat="vat_code_purchases", purchase_category="purchase_categories"),
    {
        "gross_total": 0.0,
        **refs(VAT_CODE_PURCHASE, "vat"),
        **refs(NAMED, "purchase_category"),
    },
)

PURCHASING = (
    Collection(
        "purchases",
        has(user="users")
        | may_have(company="companies", expense="project_expenses")
        | may_have(planned_purchase="planned_purchases"),
        {
            "identifier": numbered("E{}"),
            "title": "Einkauf",
            **null("receipt_identifier info iban reference due_date"),
            **null("service_period_from service_period_to"),
            "date": TODAY,
            "status": "pending",
            "partially_paid": False,
            "payment_method": "bank_transfer",
            "net_total": 100.0,
            "gross_total": 119.0,
            "currency": "EUR",
            "file_url": signed("purchases/{id}.pdf"),
            "has_file": Stored(default=True),
            "custom_properties": {},
            "tags": [],
            "company": ref("id name iban", "company_id", empty={}),
            "payments": children(
                "purchase_payments",
                "purchase_id",
                "id date currency total",
                user=ref(PERSON, "user_id"),
            ),
            # MOCO documents `lastname` here, and sends `name`.
            "user": ref("id firstname", "user_id", name=same("lastname")),
            **null("refund_request credit_card_transaction"),
            "approval_status": "none",
            "items": items("items", PURCHASE_ITEM),
            **STAMPS,
        },
    ),
    Collection(
        "purchase_budgets",
        fields={
            "year": 2026,
            "title": numbered("Budget {}"),
            "active": True,
            "cost_category": None,
            "target": 10000.0,
            "exhaused": 0.0,  # MOCO's own spelling
            "planned": 0.0,
            "remaining": _remaining,
        },
    ),
    Collection(
        "purchase_categories",
        fields={
            "name": numbered("Kategorie {}"),
            "credit_account": None,
            "active": True,
            **STAMPS,
        },
    ),
    Collection(
        "purchase_drafts",
        may_have(user="users"),
        {
            "title": numbered("Beleg {}"),
            **null("email_from email_body net_total gross_total"),
            "credit_card_transaction": None,
            **refs(PERSON, "user"),
            "file_url": signed("purchase_drafts/{id}.pdf"),
            **STAMPS,
        },
    ),
    Collection(
        "purchase_payments",
        part_of(purchase="purchases") | has(user="users"),
        {
            "date": TODAY,
            **refs(NUMBERED, "purchase"),
            "total": text("total", 100.0),
            "currency": "EUR",
            "remittance_export_id": None,
            **STAMPS,
        },
    ),
    Collection(
        "purchase_bookkeeping_exports",
        has(user="users"),
        {
            "from": TODAY,
            "to": TODAY,
            "purchase_ids": ids("purchase_ids", "purchases"),
            "comment": "",
            **refs(PERSON, "user"),
            "status": "pending",
            **STAMPS,
        },
    ),
    Collection(
        "planned_purchases",
        has(user="users")
        | may_have(company="companies", purchase_budget="purchase_budgets"),
        {
            "date": TODAY,
            "active": True,
            **null("finish_date info recur_next_on"),
            "frequency": "monthly",
            "variant": "recurring",
            "title": numbered("Geplanter Einkauf {}"),
            **each(100.0, "net_total net_total_in_account_currency"),
            **each(0.0, "exhausted exhausted_in_account_currency"),
            "currency": "EUR",
            **refs(NAMED, "company"),
            **refs("id title", "purchase_budget"),
            **refs(PERSON, "user"),
            "purchases": children(
                "purchases",
                "planned_purchase_id",
                "id date net_total currency status",
                number=same("identifier"),
            ),
            "custom_properties": {},
            "create_on_recur": False,
            **STAMPS,
        },
    ),
    Collection(
        "receipts",
        part_of(user="users") | may_have(project="projects"),
        {
            "title": "Beleg",
            "date": TODAY,
            "billable": False,
            "pending": True,
            "gross_total": 10.0,
            "currency": "EUR",
            "items": items("items", RECEIPT_ITEM),
            "project": ref(
                "id name billable", "project_id", company=ref(NAMED, "customer_id")
            ),
            "info": "",
            **refs(PERSON, "user"),
            "refund_request": None,
            "attachment_url": signed("receipts/{id}.jpg"),
        },
    ),
    Collection(
        "approvals",
        has(creator="users", approver="users")
        | may_have(approver2="users", processed_by="users"),
        {
            "status": "pending",
            "target_type": "invoice",
            "target_id": Stored(),
            **null("decided_at deny_note"),
            "note": "",
            **refs(PERSON, "creator approver approver2 processed_by"),
            "target": _target,
            **STAMPS,
        },
        polymorphic="target",
    ),
)

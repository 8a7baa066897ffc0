"""The account's settings, its contacts, and what is attached to anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.model import Stored, has, may_have
from tap_moco.sandbox.payload import (
    PERSON,
    STAMPS,
    TAGGED,
    children,
    empty,
    false,
    items,
    null,
    numbered,
    same,
    signed,
    text,
)

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Entity, Fields, Record

REVENUE_CATEGORY = "id name revenue_account cost_category assignment_kind"
VAT_CODE_PURCHASE = "id tax description reverse_charge intra_eu active code"
VAT_CODE_SALE = (
    f"{VAT_CODE_PURCHASE} print_gross_total credit_account notice_tax_exemption"
    " notice_tax_exemption_en notice_tax_exemption_alt"
)
_CUSTOMER = {"customer_vat", "debit_number", "default_invoice_due_days"}
_CUSTOMER |= {"footer", "invoice_format"}
_SUPPLIER = {"supplier_vat", "iban", "bank_bic", "credit_number"}
ABSENT = {
    "customer": _SUPPLIER,
    "supplier": _CUSTOMER,
    "organization": _CUSTOMER | _SUPPLIER,
}
"""Fields that a company of this type does not have, not even as null."""


def by_type(company: Record) -> Record:
    """Leave out what companies of this type do not have."""
    return {n: v for n, v in company.items() if n not in ABSENT[company["type"]]}


def _todoable(todo: Entity) -> str:
    target = todo.target()
    names = target.record if target else {}
    return str(names.get("name") or names.get("title") or "")


VAT_CODE: Fields = {
    "tax": 19.0,
    "description": numbered("Steuersatz {}"),
    **false("reverse_charge intra_eu"),
    "active": True,
    "code": "",
}
LINE_ITEM: Fields = {
    **null("id title description quantity unit unit_price subtotal_type"),
    "type": "item",
    "net_total": 0.0,
    "optional": False,
    "revenue_category": may_have("revenue_categories", REVENUE_CATEGORY),
}
CATALOG_ITEM: Fields = {
    **LINE_ITEM,
    "unit_cost": 0.0,
    **false("part additional"),
    **null("position_group_display position_group_items"),
    **STAMPS,
}

CONTACTS: dict[str, Fields] = {
    "companies": {
        "type": "customer",
        "identifier": numbered("{}"),
        "name": numbered("Neue Firma {}"),
        **empty("website billing_email_cc phone address info iban"),
        **null("email fax vat_identifier footer archived_on"),
        "country_code": "DE",
        **false("alternative_correspondence_language"),
        **false("english_correspondence_language"),
        **TAGGED,
        "labels": same("tags"),
        "user": may_have("users", PERSON),
        "active": True,
        "currency": "EUR",
        "customer_vat": may_have("vat_code_sales", VAT_CODE_SALE),
        "supplier_vat": may_have("vat_code_purchases", VAT_CODE_PURCHASE),
        "default_invoice_due_days": 30,
        "invoice_format": "regular_pdf",
        **null("default_payment_means bank_bic bank_owner debit_number credit_number"),
        "projects": children(
            "projects", "customer_id", "id identifier name active billable"
        ),
    },
    "contacts": {
        "gender": "U",
        "firstname": "Toni",
        "lastname": numbered("Neuling-{}"),
        **empty("title mobile_phone work_fax work_address home_email info"),
        **null("job_position work_phone work_email home_address birthday salutation"),
        "avatar_url": signed("contacts/{id}.jpg"),
        **TAGGED,
        "company": may_have("companies", "id type name"),
        "user": may_have("users", PERSON),
    },
    "comments": {
        "commentable_id": None,
        "commentable_type": "Project",
        "text": "<div>Notiz</div>",
        "manual": True,
        "user": has("users", PERSON),
        "impersonating_user": may_have("users", PERSON),
        **null("attachment_filename attachment_content"),
    },
    "tags": {"name": numbered("Tag {}"), "color": None, "context": "Project"},
    "todos": {
        "title": "Nachfassen",
        **null("due_date completed_at todoable_id"),
        **false("completed personal"),
        "todoable_type": "Company",
        "todoable_description": _todoable,
        "created_by": has("users", PERSON),
        "assigned_to": may_have("users", PERSON),
    },
}

SETTINGS: dict[str, Fields] = {
    "web_hooks": {
        "target": "Activity",
        "event": "create",
        "hook": numbered("https://hooks.example.com/{}"),
        "disabled": False,
        "disabled_at": None,
    },
    "vat_code_sales": {
        **VAT_CODE,
        "print_gross_total": True,
        **empty("notice_tax_exemption notice_tax_exemption_alt"),
        **null("notice_tax_exemption_en credit_account"),
    },
    "vat_code_purchases": VAT_CODE,
    "revenue_categories": {
        "name": numbered("Erlösart {}"),
        **null("revenue_account cost_category"),
        "assignment_kind": "tasks_and_expenses",
    },
    "account_catalog_services": {
        "title": numbered("Leistung {}"),
        "items": items("items", CATALOG_ITEM),
    },
    "account_custom_properties": {
        "name": numbered("Feld {}"),
        **empty("name_alt placeholder"),
        "placeholder_alt": None,
        "kind": "String",
        "entity": "Project",
        "defaults": [],
        **false("print_on_invoice print_on_offer print_on_timesheet"),
        **false("notification_enabled api_only"),
    },
    "account_expense_templates": {
        "title": numbered("Auslage {}"),
        "description": None,
        "unit": "Stück",
        "unit_price": text("unit_price", 10.0),
        "unit_cost": text("unit_cost"),
        "currency": "EUR",
        "revenue_category": may_have("revenue_categories", REVENUE_CATEGORY),
    },
    "account_task_templates": {
        "name": numbered("Tätigkeit {}"),
        "description": "",
        "revenue_category": may_have("revenue_categories", REVENUE_CATEGORY),
        "billable": True,
        "project_default": False,
        "index": 10,
        "hourly_rate": Stored(120.0),
    },
    "account_fixed_costs": {
        "title": numbered("Fixkosten {}"),
        **null("description payment_day"),
        "costs": [],
    },
}

"""The account's settings, its contacts, and what is attached to anything."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from tap_moco.sandbox.model import RAW, Stored, has, may_have, part_of
from tap_moco.sandbox.payload import (
    PERSON,
    STAMPS,
    TAGGED,
    children,
    follow,
    hidden,
    items,
    null,
    numbered,
    same,
    signed,
    text,
)

if TYPE_CHECKING:
    from datetime import date

    from tap_moco.sandbox.model import Fields, Record

REVENUE_CATEGORY = "id name revenue_account cost_category assignment_kind"
VAT_CODE_PURCHASE = "id tax description reverse_charge intra_eu active code"
VAT_CODE_SALE = (
    f"{VAT_CODE_PURCHASE} print_gross_total credit_account notice_tax_exemption"
    " notice_tax_exemption_en notice_tax_exemption_alt"
)
_CUSTOMER = {"customer_vat", "debit_number", "default_invoice_due_days"}
_CUSTOMER |= {"footer", "invoice_format", "custom_rates"}
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


def _file_name(_today: date, number: int) -> str | None:
    """Return the name of the file that every fourth comment has."""
    return None if number % 4 else f"notiz-{number}.txt"


def _file_content(_today: date, number: int) -> str | None:
    """Return what is in that file."""
    name = _file_name(_today, number)
    return name and base64.b64encode(name.encode()).decode()


# What follows are tables, several fields in a line.
# fmt: off
VAT_CODE: Fields = {
    "tax": 19.0, "reverse_charge": False, "intra_eu": False, "active": True, "code": "",
    "description": numbered("Steuersatz {}"),
}
LINE_ITEM: Fields = {
    "type": "item", "net_total": 0.0, "optional": False,
    **null("id title description quantity unit unit_price subtotal_type"),
    "revenue_category": may_have("revenue_categories", REVENUE_CATEGORY),
}
CATALOG_ITEM: Fields = {
    **LINE_ITEM, "unit_cost": 0.0, "part": False, "additional": False,
    **null("position_group_display position_group_items"),
    **STAMPS,
}

CONTACTS: dict[str, Fields] = {
    "companies": {
        **TAGGED, "type": "customer", "website": "", "billing_email_cc": "",
        "phone": "", "address": "", "info": "", "iban": "", "country_code": "DE",
        "alternative_correspondence_language": False,
        "english_correspondence_language": False, "active": True, "currency": "EUR",
        "default_invoice_due_days": 30, "invoice_format": "regular_pdf",
        "identifier": numbered("{}"), "name": numbered("Neue Firma {}"),
        "custom_rates": Stored(fresh=lambda _today, number: number % 2 == 1),
        **null("email fax vat_identifier footer archived_on default_payment_means"),
        **null("bank_bic bank_owner debit_number credit_number"),
        "user": may_have("users", PERSON),
        "customer_vat": may_have("vat_code_sales", VAT_CODE_SALE),
        "supplier_vat": may_have("vat_code_purchases", VAT_CODE_PURCHASE),
        "labels": same("tags"),
        "projects": children(
            "projects", "customer_id", "id identifier name active billable",
        ),
    },
    "contacts": {
        **TAGGED, "gender": "U", "firstname": "Toni", "title": "", "mobile_phone": "",
        "work_fax": "", "work_address": "", "home_email": "", "info": "",
        "lastname": numbered("Neuling-{}"),
        **null("job_position work_phone work_email home_address birthday salutation"),
        "company": may_have("companies", "id type name"),
        "user": may_have("users", PERSON),
        "avatar_url": signed("contacts/{id}.jpg"),
    },
    "comments": {
        "commentable_type": "Project", "text": "<div>Notiz</div>", "manual": True,
        "attachment_filename": Stored(fresh=_file_name),
        "attachment_content": Stored(fresh=_file_content),
        "commentable": part_of("projects", RAW), "user": has("users", PERSON),
        "impersonating_user": may_have("users", PERSON),
    },
    "tags": {"name": numbered("Tag {}"), "color": None, "context": "Project"},
    "todos": {
        "title": "Nachfassen", "completed": False, "personal": False,
        "todoable_type": "Company",
        **null("due_date completed_at"),
        "todoable": part_of("companies", RAW), "created_by": has("users", PERSON),
        "assigned_to": may_have("users", PERSON),
        "todoable_description": follow("todoable_id.name"),
    },
}

SETTINGS: dict[str, Fields] = {
    "web_hooks": {
        "target": "Activity", "event": "create", "disabled": False,
        "hook": numbered("https://hooks.example.com/{}"),
        **null("disabled_at"),
    },
    "vat_code_sales": {
        **VAT_CODE, "print_gross_total": True, "notice_tax_exemption": "",
        "notice_tax_exemption_alt": "",
        **null("notice_tax_exemption_en credit_account"),
    },
    "vat_code_purchases": VAT_CODE,
    "revenue_categories": {
        "assignment_kind": "tasks_and_expenses", "name": numbered("Erlösart {}"),
        **null("revenue_account cost_category"),
    },
    "account_catalog_services": {
        "title": numbered("Leistung {}"),
        "items": items("items", CATALOG_ITEM),
    },
    "account_custom_properties": {
        "name_alt": "", "placeholder": "", "kind": "String", "entity": "Project",
        "defaults": [], "print_on_invoice": False, "print_on_offer": False,
        "print_on_timesheet": False, "notification_enabled": False, "api_only": False,
        "name": numbered("Feld {}"),
        **null("placeholder_alt"),
    },
    "account_expense_templates": {
        "unit": "Stück", "currency": "EUR", "title": numbered("Auslage {}"),
        "unit_price": text("unit_price", 10.0), "unit_cost": text("unit_cost"),
        **null("description"),
        "revenue_category": may_have("revenue_categories", REVENUE_CATEGORY),
    },
    "account_task_templates": {
        "description": "", "billable": True, "project_default": False, "index": 10,
        "name": numbered("Tätigkeit {}"), "hourly_rate": hidden(120.0),
        "revenue_category": may_have("revenue_categories", REVENUE_CATEGORY),
    },
    "account_fixed_costs": {
        "costs": [], "title": numbered("Fixkosten {}"),
        **null("description payment_day"),
    },
}

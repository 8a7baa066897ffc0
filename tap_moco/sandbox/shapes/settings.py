"""The account's own settings: VAT codes, templates, custom fields and hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.sources import STAMPS, Hidden, Items, Ref, Text, numbered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.sources import Shape

REVENUE_CATEGORY = Ref(
    ("id", "name", "revenue_account", "cost_category", "assignment_kind")
)
VAT_CODE_PURCHASE = (
    "id",
    "tax",
    "description",
    "reverse_charge",
    "intra_eu",
    "active",
    "code",
)
VAT_CODE_SALE = (
    *VAT_CODE_PURCHASE,
    "print_gross_total",
    "notice_tax_exemption",
    "notice_tax_exemption_en",
    "notice_tax_exemption_alt",
    "credit_account",
)
VAT_CODE: Shape = {
    "tax": 19.0,
    "description": numbered("Steuersatz {}"),
    "reverse_charge": False,
    "intra_eu": False,
    "active": True,
    "code": "",
}
CATALOG_ITEM: Shape = {
    "id": None,
    "type": "item",
    "title": None,
    "description": None,
    "quantity": None,
    "unit": None,
    "unit_price": None,
    "net_total": 0.0,
    "unit_cost": 0.0,
    "optional": False,
    "part": False,
    "subtotal_type": None,
    "additional": False,
    "position_group_display": None,
    "revenue_category": REVENUE_CATEGORY,
    "position_group_items": None,
    **STAMPS,
}

SHAPES: Mapping[str, Shape] = {
    "web_hooks": {
        "target": "Activity",
        "event": "create",
        "hook": numbered("https://hooks.example.com/{}"),
        "disabled": False,
        "disabled_at": None,
        **STAMPS,
    },
    "vat_code_sales": {
        **VAT_CODE,
        "print_gross_total": True,
        "notice_tax_exemption": "",
        "notice_tax_exemption_en": None,
        "notice_tax_exemption_alt": "",
        "credit_account": None,
    },
    "vat_code_purchases": VAT_CODE,
    "revenue_categories": {
        "name": numbered("Erlösart {}"),
        "revenue_account": None,
        "cost_category": None,
        "assignment_kind": "tasks_and_expenses",
    },
    "account_catalog_services": {
        "title": numbered("Leistung {}"),
        "items": Items(CATALOG_ITEM),
        **STAMPS,
    },
    "account_custom_properties": {
        "name": numbered("Feld {}"),
        "name_alt": "",
        "kind": "String",
        "entity": "Project",
        "defaults": [],
        "placeholder": "",
        "placeholder_alt": None,
        "print_on_invoice": False,
        "print_on_offer": False,
        "print_on_timesheet": False,
        "notification_enabled": False,
        "api_only": False,
    },
    "account_expense_templates": {
        "title": numbered("Auslage {}"),
        "description": None,
        "unit": "Stück",
        "unit_price": Text(10.0),
        "unit_cost": Text(),
        "currency": "EUR",
        "revenue_category": REVENUE_CATEGORY,
        **STAMPS,
    },
    "account_task_templates": {
        "name": numbered("Tätigkeit {}"),
        "description": "",
        "revenue_category": REVENUE_CATEGORY,
        "billable": True,
        "project_default": False,
        "index": 10,
        "hourly_rate": Hidden(120.0),
        **STAMPS,
    },
    "account_fixed_costs": {
        "title": numbered("Fixkosten {}"),
        "description": None,
        "payment_day": None,
        "costs": [],
        **STAMPS,
    },
}

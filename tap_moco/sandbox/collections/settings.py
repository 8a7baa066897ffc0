"""The account's own settings: VAT codes, templates, custom fields and hooks."""

from __future__ import annotations

from tap_moco.sandbox.model import Collection, Stored, may_have
from tap_moco.sandbox.payload import (
    STAMPS,
    empty,
    false,
    items,
    null,
    numbered,
    refs,
    text,
)

REVENUE_CATEGORY = "id name revenue_account cost_category assignment_kind"
VAT_CODE_PURCHASE = "id tax description reverse_charge intra_eu active code"
VAT_CODE_SALE = (
    f"{VAT_CODE_PURCHASE} print_gross_total credit_account notice_tax_exemption"
    " notice_tax_exemption_en notice_tax_exemption_alt"
)
HAS_REVENUE_CATEGORY = may_have(revenue_category="revenue_categories")
VAT_CODE: dict[str, object] = {
    "tax": 19.0,
    "description": numbered("Steuersatz {}"),
    **false("reverse_charge intra_eu"),
    "active": True,
    "code": "",
}
LINE_ITEM: dict[str, object] = {
    "id": None,
    "type": "item",
    **null("title description quantity unit unit_price subtotal_type"),
    "net_total": 0.0,
    "optional": False,
    **refs(REVENUE_CATEGORY, "revenue_category"),
}
CATALOG_ITEM = Collection(
    "items",
    HAS_REVENUE_CATEGORY,
    {
        **LINE_ITEM,
        "unit_cost": 0.0,
        **false("part additional"),
        **null("position_group_display position_group_items"),
        **STAMPS,
    },
)

SETTINGS = (
    Collection(
        "web_hooks",
        fields={
            "target": "Activity",
            "event": "create",
            "hook": numbered("https://hooks.example.com/{}"),
            "disabled": False,
            "disabled_at": None,
            **STAMPS,
        },
    ),
    Collection(
        "vat_code_sales",
        fields={
            **VAT_CODE,
            "print_gross_total": True,
            **empty("notice_tax_exemption notice_tax_exemption_alt"),
            **null("notice_tax_exemption_en credit_account"),
        },
    ),
    Collection("vat_code_purchases", fields=VAT_CODE),
    Collection(
        "revenue_categories",
        fields={
            "name": numbered("Erlösart {}"),
            **null("revenue_account cost_category"),
            "assignment_kind": "tasks_and_expenses",
        },
    ),
    Collection(
        "account_catalog_services",
        fields={
            "title": numbered("Leistung {}"),
            "items": items("items", CATALOG_ITEM),
            **STAMPS,
        },
    ),
    Collection(
        "account_custom_properties",
        fields={
            "name": numbered("Feld {}"),
            **empty("name_alt placeholder"),
            "placeholder_alt": None,
            "kind": "String",
            "entity": "Project",
            "defaults": [],
            **false("print_on_invoice print_on_offer print_on_timesheet"),
            **false("notification_enabled api_only"),
        },
    ),
    Collection(
        "account_expense_templates",
        HAS_REVENUE_CATEGORY,
        {
            "title": numbered("Auslage {}"),
            "description": None,
            "unit": "Stück",
            "unit_price": text("unit_price", 10.0),
            "unit_cost": text("unit_cost"),
            "currency": "EUR",
            **refs(REVENUE_CATEGORY, "revenue_category"),
            **STAMPS,
        },
    ),
    Collection(
        "account_task_templates",
        HAS_REVENUE_CATEGORY,
        {
            "name": numbered("Tätigkeit {}"),
            "description": "",
            **refs(REVENUE_CATEGORY, "revenue_category"),
            "billable": True,
            "project_default": False,
            "index": 10,
            "hourly_rate": Stored(120.0),
            **STAMPS,
        },
    ),
    Collection(
        "account_fixed_costs",
        fields={
            "title": numbered("Fixkosten {}"),
            **null("description payment_day"),
            "costs": [],
            **STAMPS,
        },
    ),
)

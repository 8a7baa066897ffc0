"""The account's settings, time, projects, people and contacts."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from tap_moco.sandbox.model import Stored, has, may_have, part_of, ref
from tap_moco.sandbox.payload import (
    MAYBE_USER,
    NAMED,
    OWNER,
    PERSON,
    STAMPS,
    TAGGED,
    TODAY,
    USER,
    children,
    follow,
    hidden,
    items,
    link,
    null,
    numbered,
    same,
    signed,
    text,
)

if TYPE_CHECKING:
    from datetime import date

    from tap_moco.sandbox.model import Entity, Fields, Reader, Record

HOUR = 3600
WORKDAY = [4.0, 4.0, 4.0, 4.0, 4.0]
ABSENCE = {"id": 301, "name": "Ferien", "code": "4", "customer_name": "Sandbox Studio"}
ABSENCE |= {"color": "#4fb286", "type": "Absence"}
REVENUE = may_have(
    "revenue_categories", "id name revenue_account cost_category assignment_kind"
)
VAT_CODE_PURCHASE = "id tax description reverse_charge intra_eu active code"
VAT_CODE_SALE = (
    f"{VAT_CODE_PURCHASE} print_gross_total credit_account notice_tax_exemption"
    " notice_tax_exemption_en notice_tax_exemption_alt"
)
VAT_PURCHASE = may_have("vat_code_purchases", VAT_CODE_PURCHASE)
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


def permissions(level: str) -> dict[str, str]:
    """Return what a role may do, the same in all areas."""
    areas = (
        "report companies contacts people purchases settings sales projects"
        " calendar time_tracking invoicing"
    )
    return dict.fromkeys(areas.split(), level)


def _total(unit: str) -> Reader:
    def total(entity: Entity) -> float:
        return round(float(entity.record["quantity"] * entity.record[unit]), 2)

    return total


def _first_item(purchase: Entity) -> object:
    return next((item["id"] for item in purchase.record["items"]), None)


def _active_users(unit: Entity) -> list[object]:
    users = unit.children("users", "unit_id")
    return [u.pick(f"{PERSON} email") for u in users if u.record["active"]]


# What follows are tables, several fields in a line.
# fmt: off
VAT_CODE: Fields = {
    "tax": 19.0, "reverse_charge": False, "intra_eu": False, "active": True, "code": "",
    "description": numbered("Steuersatz {}"),
}
LINE_ITEM: Fields = {
    "type": "item", "net_total": 0.0, "optional": False,
    **null("id title description quantity unit unit_price subtotal_type"),
    "revenue_category": REVENUE,
}
CATALOG_ITEM: Fields = {
    **LINE_ITEM, "unit_cost": 0.0, "part": False, "additional": False,
    **null("position_group_display position_group_items"), **STAMPS,
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
        "user": MAYBE_USER, "customer_vat": may_have("vat_code_sales", VAT_CODE_SALE),
        "supplier_vat": VAT_PURCHASE, "labels": same("tags"),
        "projects": children(
            "projects", "customer_id", "id identifier name active billable",
        ),
    },
    "contacts": {
        **TAGGED, "gender": "U", "firstname": "Toni", "title": "", "mobile_phone": "",
        "work_fax": "", "work_address": "", "home_email": "", "info": "",
        "lastname": numbered("Neuling-{}"),
        **null("job_position work_phone work_email home_address birthday salutation"),
        "company": may_have("companies", "id type name"), "user": MAYBE_USER,
        "avatar_url": signed("contacts/{id}.jpg"),
    },
    "comments": {
        "commentable_type": "Project", "text": "<div>Notiz</div>", "manual": True,
        "attachment_filename": Stored(fresh=_file_name),
        "attachment_content": Stored(fresh=_file_content),
        "commentable_id": part_of("projects"), "user": USER,
        "impersonating_user": MAYBE_USER,
    },
    "tags": {"name": numbered("Tag {}"), "color": None, "context": "Project"},
    "todos": {
        "title": "Nachfassen", "completed": False, "personal": False,
        "todoable_type": "Company", **null("due_date completed_at"),
        "todoable_id": part_of("companies"), "created_by": USER,
        "assigned_to": MAYBE_USER, "todoable_description": follow("todoable_id.name"),
    },
}

SETTINGS: dict[str, Fields] = {
    "web_hooks": {
        "target": "Activity", "event": "create", "disabled": False,
        "hook": numbered("https://hooks.example.com/{}"), "disabled_at": None,
    },
    "vat_code_sales": {
        **VAT_CODE, "print_gross_total": True, "notice_tax_exemption": "",
        "notice_tax_exemption_alt": "", "notice_tax_exemption_en": None,
        "credit_account": None,
    },
    "vat_code_purchases": VAT_CODE,
    "revenue_categories": {
        "assignment_kind": "tasks_and_expenses", "name": numbered("Erlösart {}"),
        **null("revenue_account cost_category"),
    },
    "account_catalog_services": {
        "title": numbered("Leistung {}"), "items": items("items", CATALOG_ITEM),
    },
    "account_custom_properties": {
        "name_alt": "", "placeholder": "", "kind": "String", "entity": "Project",
        "defaults": [], "print_on_invoice": False, "print_on_offer": False,
        "print_on_timesheet": False, "notification_enabled": False, "api_only": False,
        "name": numbered("Feld {}"), "placeholder_alt": None,
    },
    "account_expense_templates": {
        "unit": "Stück", "currency": "EUR", "title": numbered("Auslage {}"),
        "unit_price": text("unit_price", 10.0), "unit_cost": text("unit_cost"),
        "description": None, "revenue_category": REVENUE,
    },
    "account_task_templates": {
        "description": "", "billable": True, "project_default": False, "index": 10,
        "name": numbered("Tätigkeit {}"), "hourly_rate": hidden(120.0),
        "revenue_category": REVENUE,
    },
    "account_fixed_costs": {
        "costs": [], "title": numbered("Fixkosten {}"),
        **null("description payment_day"),
    },
}

COSTS: Fields = {
    "quantity": 1.0, "unit": "Stück", "unit_price": 0.0, "unit_cost": 0.0,
    "currency": "EUR", "budget_relevant": True, "billable": True,
    "purchase_assignment_locked": False, "custom_properties": {},
    "project": part_of("projects", "id identifier name billable"), "user": USER,
    "revenue_category": REVENUE, "price": _total("unit_price"),
    "cost": _total("unit_cost"),
}

TIME: dict[str, Fields] = {
    "activities": {
        "date": TODAY, "seconds": HOUR, "description": "", "tag": "", "billed": False,
        "billable": True, "hourly_rate": 120.0,
        **null("timer_started_at remote_service remote_id remote_url"),
        "invoice_id": may_have("invoices"),
        "task": part_of("project_tasks", "id name billable"), "user": OWNER,
        "deal": may_have("deals", NAMED),
        "hours": lambda entity: round(entity.record["seconds"] / HOUR, 4),
        "worked_seconds": same("seconds"),
        "project": ref("id identifier name billable", "task_id.project_id"),
        "customer": ref(NAMED, "task_id.project_id.customer_id"),
    },
    "schedules": {
        "date": TODAY, "am": True, "pm": True, "assignment": ABSENCE,
        **null("comment symbol"),
        "user": OWNER, "absence_request": may_have("user_absence_requests"),
    },
    "planning_entries": {
        "title": "Umsetzung", "starts_on": TODAY, "ends_on": TODAY,
        "hours_per_day": 6.0, "comment": "", "read_only": False, "tentative": False,
        **null("symbol color series_id series_repeat"),
        "user": OWNER, "task": may_have("project_tasks", NAMED),
        "project": may_have(
            "projects", "id identifier name color",
            {"customer_name": follow("customer_id.name")},
        ),
        "deal": may_have(
            "deals", "id name color", {"customer_name": follow("company_id.name")},
        ),
    },
    "user_presences": {
        "date": TODAY, "is_home_office": False, "from": "08:30", "to": None,
        "user": OWNER,
    },
}

PROJECTS: dict[str, Fields] = {
    "projects": {
        **TAGGED, "active": True, "billable": True, "fixed_price": False,
        "retainer": False, "setting_include_time_report": False, "color": "#3b7dd8",
        "currency": "EUR", "billing_variant": "project", "billing_address": "",
        "billing_email_to": "", "billing_notes": "", "info": "", "hourly_rate": 120.0,
        "identifier": numbered("P{}"), "name": numbered("Neues Projekt {}"),
        **null("start_date finish_date archived_on billing_email_cc budget"),
        **null("budget_monthly budget_expenses retainer_billing_date"),
        **null("retainer_billing_title retainer_billing_description"),
        "leader": USER, "co_leader": MAYBE_USER,
        "customer": part_of("companies", NAMED), "deal": may_have("deals", NAMED),
        "project_group": may_have("project_groups", NAMED),
        "billing_contact": may_have("contacts", PERSON),
        "contact": may_have("contacts", PERSON),
        "secondary_contact": may_have("contacts", PERSON),
        "customer_report_url": link("projects/{id}/customer_report"),
        "labels": same("tags"),
        "tasks": children(
            "project_tasks", "project_id",
            "id name billable active budget hourly_rate description",
        ),
        "contracts": children(
            "project_contracts", "project_id",
            "id user_id firstname lastname billable active budget hourly_rate",
        ),
    },
    "project_tasks": {
        "billable": True, "active": True, "hourly_rate": 120.0,
        "name": numbered("Aufgabe {}"), **null("budget description"),
        "revenue_category": REVENUE, "project": part_of("projects"),
    },
    "project_contracts": {
        "billable": True, "active": True, "hourly_rate": 120.0, "budget": None,
        "user_id": part_of("users"), "project": part_of("projects", NAMED),
        "firstname": follow("user_id.firstname"),
        "lastname": follow("user_id.lastname"),
    },
    "project_groups": {
        "budget": 0.0, "currency": "EUR", "info": "", "custom_properties": {},
        "name": numbered("Projektgruppe {}"),
        "user": USER, "company": part_of("companies", NAMED),
        "customer_report_url": link("project_groups/{id}/customer_report"),
        "projects": children(
            "projects", "project_group_id", "id identifier name active budget",
        ),
    },
    "project_expenses": {
        **COSTS, "date": TODAY, "title": "Auslage", "description": "", "billed": False,
        "cost_total_planned": 0.0,
        **null("planned_purchase_date group service_period service_period_from"),
        "service_period_to": None,
        "invoice_id": may_have("invoices"),
        "recurring_expense_id": may_have("project_recurring_expenses"),
        "file_url": signed("expenses/{id}/beleg.jpg"),
        "company": ref(NAMED, "project_id.customer_id"),
        "purchase_items": children(
            "purchases", "expense_id", "title net_total currency", id=_first_item,
            purchase_id=same("id"),
            document=lambda purchase: purchase.pick("id file_url"),
        ),
    },
    "project_payment_schedules": {
        "date": TODAY, "title": "Abschlag", "description": "", "net_total": 1000.0,
        "checked": False, "billed": False,
        "project": part_of("projects", "id identifier name"),
    },
    "project_recurring_expenses": {
        **COSTS, "start_date": TODAY, "recur_next_date": TODAY, "period": "monthly",
        "title": "Hosting", "description": "", "service_period_direction": "forward",
        "finish_date": None,
    },
}

PEOPLE: dict[str, Fields] = {
    "users": {
        **TAGGED, "firstname": "Kim", "active": True, "extern": False,
        "mobile_phone": "", "home_address": "", "info": "",
        "lastname": numbered("Neumann-{}"), "email": numbered("kim.{}@example.com"),
        "hourly_rate": hidden(120.0), "internal_rate": hidden(75.0),
        "archived_on": hidden(), **null("work_phone birthday iban credit_number"),
        "role": has("user_roles", NAMED), "unit": has("units", NAMED),
        "avatar_url": signed("avatars/{id}.jpg"),
    },
    "user_roles": {
        "is_default": False, "is_admin": False, "name": numbered("Rolle {}"),
        "permission": permissions("full"),
    },
    "user_employments": {
        "weekly_target_hours": 40.0, "pattern": {"am": WORKDAY, "pm": WORKDAY},
        "from": TODAY, "to": None, "user": OWNER,
    },
    "user_holidays": {
        "title": "Urlaubsanspruch", "days": 28.0, "hours": 224.0,
        "year": Stored(fresh=lambda today, _number: today.year),
        "user": OWNER, "creator": MAYBE_USER,
    },
    "user_absence_requests": {
        "type": "vacation", "status": "pending", "total_days": 1.0, "days": [],
        "custom_properties": {}, **null("comment approved_at"),
        "user": OWNER, "approver": MAYBE_USER, "selected_approver": MAYBE_USER,
    },
    "user_work_time_adjustments": {
        "date": TODAY, "description": "Korrektur", "hours": 1.0, "user": OWNER,
        "creator": MAYBE_USER,
    },
    "units": {
        "custom_properties": {}, "name": numbered("Team {}"), "users": _active_users,
    },
}

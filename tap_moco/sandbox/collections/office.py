"""The account's settings, time, projects, people and contacts."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from tap_moco.sandbox import fields as f

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Fields, Reader, Record, Row

HOUR = 3600
WORKDAY = [4.0, 4.0, 4.0, 4.0, 4.0]
ABSENCE = {"id": 301, "name": "Ferien", "code": "4", "customer_name": "Sandbox Studio"}
ABSENCE |= {"color": "#4fb286", "type": "Absence"}
CONTACT = f.may_have("contacts", f.PERSON)
REVENUE = f.may_have("revenue_categories", "*")
VAT_PURCHASE = f.may_have("vat_code_purchases", "*")
AREAS = (
    "report companies contacts people purchases settings sales projects calendar"
    " time_tracking invoicing"
)
"""In which a role may do something."""
_CUSTOMER = {"customer_vat", "debit_number", "default_invoice_due_days"}
_CUSTOMER |= {"footer", "invoice_format", "custom_rates"}
_SUPPLIER = {"supplier_vat", "iban", "bank_bic", "credit_number"}
ABSENT = {"customer": _SUPPLIER, "supplier": _CUSTOMER}
ABSENT["organization"] = _CUSTOMER | _SUPPLIER
"""Fields that a company of this type does not have, not even as null."""


def by_type(company: Row) -> Row:
    """Leave out what companies of this type do not have."""
    return {n: v for n, v in company.items() if n not in ABSENT[company["type"]]}


def _file_content(comment: Record) -> str | None:
    name = comment["attachment_filename"]
    return name and base64.b64encode(name.encode()).decode()


def _total(unit: str) -> Reader:
    return lambda record: round(float(record["quantity"] * record[unit]), 2)


def _first_item(purchase: Record) -> object:
    return next((item["id"] for item in purchase["items"]), None)


def _active_users(unit: Record) -> list[Row]:
    users = unit.children("users")
    return [user.pick(f"{f.PERSON} email") for user in users if user["active"]]


# What follows are tables, several fields in a line.
# fmt: off
VAT_CODE: Fields = {
    "tax": 19.0, "reverse_charge": False, "intra_eu": False, "active": True, "code": "",
    "description": f.numbered("Steuersatz {}"),
}
LINE_ITEM: Fields = {
    "type": "item", "net_total": 0.0, "optional": False, "revenue_category": REVENUE,
    **f.null("id title description quantity unit unit_price subtotal_type"),
}
CATALOG_ITEM: Fields = {
    **LINE_ITEM, "unit_cost": 0.0, "part": False, "additional": False,
    **f.null("position_group_display position_group_items"), **f.STAMPS,
}
COSTS: Fields = {
    "description": "", "quantity": 1.0, "unit": "Stück", "unit_price": 0.0,
    "unit_cost": 0.0, "currency": "EUR", "budget_relevant": True, "billable": True,
    "purchase_assignment_locked": False, "custom_properties": {},
    "project": f.part_of("projects", "id identifier name billable"), "user": f.USER,
    "revenue_category": REVENUE, "price": _total("unit_price"),
    "cost": _total("unit_cost"),
}

OFFICE: dict[str, Fields] = {
    # time
    "activities": {
        "date": f.TODAY, "seconds": HOUR, "description": "", "tag": "", "billed": False,
        "billable": True, "hourly_rate": 120.0, "worked_seconds": f.same("seconds"),
        "hours": lambda record: round(record["seconds"] / HOUR, 4),
        **f.null("timer_started_at remote_service remote_id remote_url"),
        "task": f.part_of("project_tasks", "id name billable"), "user": f.OWNER,
        "deal": f.may_have("deals", f.NAMED), "invoice_id": f.may_have("invoices"),
        "project": f.ref("id identifier name billable", "task_id.project_id"),
        "customer": f.ref(f.NAMED, "task_id.project_id.customer_id"),
    },
    "schedules": {
        "date": f.TODAY, "am": True, "pm": True, "assignment": ABSENCE,
        "comment": None, "symbol": None, "user": f.OWNER,
        "absence_request": f.may_have("user_absence_requests"),
    },
    "planning_entries": {
        "title": "Umsetzung", "starts_on": f.TODAY, "ends_on": f.TODAY,
        "hours_per_day": 6.0, "comment": "", "read_only": False, "tentative": False,
        **f.null("symbol color series_id series_repeat"),
        "user": f.OWNER, "task": f.may_have("project_tasks", f.NAMED),
        "project": f.may_have(
            "projects", "id identifier name color",
            {"customer_name": f.follow("customer_id.name")},
        ),
        "deal": f.may_have(
            "deals", "id name color", {"customer_name": f.follow("company_id.name")},
        ),
    },
    "user_presences": {
        "date": f.TODAY, "is_home_office": False, "from": "08:30", "to": None,
        "user": f.OWNER,
    },
    # projects
    "projects": {
        **f.TAGGED, "active": True, "billable": True, "fixed_price": False,
        "retainer": False, "setting_include_time_report": False, "color": "#3b7dd8",
        "currency": "EUR", "billing_variant": "project", "billing_address": "",
        "billing_email_to": "", "billing_notes": "", "info": "", "hourly_rate": 120.0,
        "identifier": f.numbered("P{}"), "name": f.numbered("Neues Projekt {}"),
        **f.null("start_date finish_date archived_on billing_email_cc budget"),
        **f.null("budget_monthly budget_expenses retainer_billing_date"),
        **f.null("retainer_billing_title retainer_billing_description"),
        "leader": f.USER, "co_leader": f.MAYBE_USER, "labels": f.same("tags"),
        "deal": f.may_have("deals", f.NAMED),
        "customer": f.part_of("companies", f.NAMED),
        "project_group": f.may_have("project_groups", f.NAMED),
        "billing_contact": CONTACT, "contact": CONTACT, "secondary_contact": CONTACT,
        "customer_report_url": f.link("projects/{id}/customer_report"),
        "tasks": f.children(
            "project_tasks", "id name billable active budget hourly_rate description",
        ),
        "contracts": f.children(
            "project_contracts",
            "id user_id firstname lastname billable active budget hourly_rate",
        ),
    },
    "project_tasks": {
        "billable": True, "active": True, "hourly_rate": 120.0,
        "name": f.numbered("Aufgabe {}"), **f.null("budget description"),
        "revenue_category": REVENUE, "project": f.part_of("projects"),
    },
    "project_contracts": {
        "billable": True, "active": True, "hourly_rate": 120.0, "budget": None,
        "user_id": f.part_of("users"), "project": f.part_of("projects", f.NAMED),
        "firstname": f.follow("user_id.firstname"),
        "lastname": f.follow("user_id.lastname"),
    },
    "project_groups": {
        "budget": 0.0, "currency": "EUR", "info": "", "custom_properties": {},
        "name": f.numbered("Projektgruppe {}"),
        "user": f.USER, "company": f.part_of("companies", f.NAMED),
        "customer_report_url": f.link("project_groups/{id}/customer_report"),
        "projects": f.children("projects", "id identifier name active budget"),
    },
    "project_expenses": {
        **COSTS, "date": f.TODAY, "title": "Auslage", "billed": False,
        **f.null("service_period service_period_from service_period_to group"),
        "cost_total_planned": 0.0, "planned_purchase_date": None,
        "recurring_expense_id": f.may_have("project_recurring_expenses"),
        "invoice_id": f.may_have("invoices"),
        "file_url": f.signed("expenses/{id}/beleg.jpg"),
        "company": f.ref(f.NAMED, "project_id.customer_id"),
        "purchase_items": f.children(
            "purchases", "title net_total currency", id=_first_item,
            purchase_id=f.same("id"),
            document=lambda purchase: purchase.pick("id file_url"),
        ),
    },
    "project_payment_schedules": {
        "date": f.TODAY, "title": "Abschlag", "description": "", "net_total": 1000.0,
        "checked": False, "billed": False,
        "project": f.part_of("projects", "id identifier name"),
    },
    "project_recurring_expenses": {
        **COSTS, "start_date": f.TODAY, "recur_next_date": f.TODAY, "title": "Hosting",
        "period": "monthly", "service_period_direction": "forward", "finish_date": None,
    },
    # people
    "users": {
        **f.TAGGED, "firstname": "Kim", "active": True, "extern": False,
        "mobile_phone": "", "home_address": "", "info": "",
        "lastname": f.numbered("Neumann-{}"), "email": f.numbered("kim.{}@example.com"),
        "hourly_rate": f.hidden(120.0), "internal_rate": f.hidden(75.0),
        "archived_on": f.hidden(), **f.null("work_phone birthday iban credit_number"),
        "role": f.has("user_roles", f.NAMED), "unit": f.has("units", f.NAMED),
        "avatar_url": f.signed("avatars/{id}.jpg"),
    },
    "user_roles": {
        "is_default": False, "is_admin": False, "name": f.numbered("Rolle {}"),
        "permission": dict.fromkeys(AREAS.split(), "full"),
    },
    "user_employments": {
        "weekly_target_hours": 40.0, "pattern": {"am": WORKDAY, "pm": WORKDAY},
        "from": f.TODAY, "to": None, "user": f.OWNER,
    },
    "user_holidays": {
        "title": "Urlaubsanspruch", "days": 28.0, "hours": 224.0, "user": f.OWNER,
        "year": f.fresh(lambda today, _number: today.year), "creator": f.MAYBE_USER,
    },
    "user_absence_requests": {
        "type": "vacation", "status": "pending", "total_days": 1.0, "days": [],
        "custom_properties": {}, **f.null("comment approved_at"), "user": f.OWNER,
        "approver": f.MAYBE_USER, "selected_approver": f.MAYBE_USER,
    },
    "user_work_time_adjustments": {
        "date": f.TODAY, "description": "Korrektur", "hours": 1.0, "user": f.OWNER,
        "creator": f.MAYBE_USER,
    },
    "units": {
        "custom_properties": {}, "name": f.numbered("Team {}"), "users": _active_users,
    },
    # contacts
    "companies": {
        **f.TAGGED, "type": "customer", "website": "", "billing_email_cc": "",
        "phone": "", "address": "", "info": "", "iban": "", "country_code": "DE",
        "alternative_correspondence_language": False,
        "english_correspondence_language": False, "active": True, "currency": "EUR",
        "default_invoice_due_days": 30, "invoice_format": "regular_pdf",
        "identifier": f.numbered("{}"), "name": f.numbered("Neue Firma {}"),
        "custom_rates": f.fresh(lambda _today, number: number % 2 == 1),
        **f.null("email fax vat_identifier footer archived_on default_payment_means"),
        **f.null("bank_bic bank_owner debit_number credit_number"),
        "user": f.MAYBE_USER, "supplier_vat": VAT_PURCHASE, "labels": f.same("tags"),
        "customer_vat": f.may_have("vat_code_sales", "*"),
        "projects": f.children("projects", "id identifier name active billable"),
    },
    "contacts": {
        **f.TAGGED, "gender": "U", "firstname": "Toni", "title": "", "mobile_phone": "",
        "work_fax": "", "work_address": "", "home_email": "", "info": "",
        "lastname": f.numbered("Neuling-{}"),
        **f.null("job_position work_phone work_email home_address birthday salutation"),
        "company": f.may_have("companies", "id type name"), "user": f.MAYBE_USER,
        "avatar_url": f.signed("contacts/{id}.jpg"),
    },
    "comments": {
        "commentable_type": "Project", "text": "<div>Notiz</div>", "manual": True,
        "attachment_filename": f.fresh(
            lambda _today, number: None if number % 4 else f"notiz-{number}.txt",
        ),
        "attachment_content": _file_content, "commentable_id": f.part_of("projects"),
        "user": f.USER, "impersonating_user": f.MAYBE_USER,
    },
    "tags": {"name": f.numbered("Tag {}"), "color": None, "context": "Project"},
    "todos": {
        "title": "Nachfassen", "completed": False, "personal": False,
        "todoable_type": "Company", **f.null("due_date completed_at"),
        "todoable_id": f.part_of("companies"), "created_by": f.USER,
        "assigned_to": f.MAYBE_USER,
        "todoable_description": f.follow("todoable_id.name"),
    },
    # settings
    "web_hooks": {
        "target": "Activity", "event": "create", "disabled": False,
        "hook": f.numbered("https://hooks.example.com/{}"), "disabled_at": None,
    },
    "vat_code_sales": {
        **VAT_CODE, "print_gross_total": True, "notice_tax_exemption": "",
        "notice_tax_exemption_alt": "",
        **f.null("notice_tax_exemption_en credit_account"),
    },
    "vat_code_purchases": VAT_CODE,
    "revenue_categories": {
        "assignment_kind": "tasks_and_expenses", "name": f.numbered("Erlösart {}"),
        **f.null("revenue_account cost_category"),
    },
    "account_catalog_services": {
        "title": f.numbered("Leistung {}"), "items": f.items(CATALOG_ITEM),
    },
    "account_custom_properties": {
        "name_alt": "", "placeholder": "", "kind": "String", "entity": "Project",
        "defaults": [], "print_on_invoice": False, "print_on_offer": False,
        "print_on_timesheet": False, "notification_enabled": False, "api_only": False,
        "name": f.numbered("Feld {}"), "placeholder_alt": None,
    },
    "account_expense_templates": {
        "unit": "Stück", "currency": "EUR", "title": f.numbered("Auslage {}"),
        "unit_price": f.text(10.0), "unit_cost": f.text(), "description": None,
        "revenue_category": REVENUE,
    },
    "account_task_templates": {
        "description": "", "billable": True, "project_default": False, "index": 10,
        "name": f.numbered("Tätigkeit {}"), "hourly_rate": f.hidden(120.0),
        "revenue_category": REVENUE,
    },
    "account_fixed_costs": {
        "costs": [], "title": f.numbered("Fixkosten {}"),
        **f.null("description payment_day"),
    },
}

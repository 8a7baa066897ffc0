"""Time, projects and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.settings import REVENUE_CATEGORY
from tap_moco.sandbox.model import RAW, Stored, has, may_have, part_of
from tap_moco.sandbox.payload import (
    NAMED,
    PERSON,
    TAGGED,
    TODAY,
    children,
    follow,
    hidden,
    link,
    null,
    numbered,
    ref,
    same,
    signed,
)

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Entity, Fields, Reader

HOUR = 3600
WORKDAY = [4.0, 4.0, 4.0, 4.0, 4.0]
ABSENCE = {
    "id": 301,
    "name": "Ferien",
    "code": "4",
    "customer_name": "Sandbox Studio",
    "color": "#4fb286",
    "type": "Absence",
}


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
COSTS: Fields = {
    "quantity": 1.0, "unit": "Stück", "unit_price": 0.0, "unit_cost": 0.0,
    "currency": "EUR", "budget_relevant": True, "billable": True,
    "purchase_assignment_locked": False, "custom_properties": {},
    "project": part_of("projects", "id identifier name billable"),
    "user": has("users", PERSON),
    "revenue_category": may_have("revenue_categories", REVENUE_CATEGORY),
    "price": _total("unit_price"), "cost": _total("unit_cost"),
}

TIME: dict[str, Fields] = {
    "activities": {
        "date": TODAY, "seconds": HOUR, "description": "", "tag": "", "billed": False,
        "billable": True, "hourly_rate": 120.0,
        **null("timer_started_at remote_service remote_id remote_url"),
        "invoice": may_have("invoices", RAW),
        "task": part_of("project_tasks", "id name billable"),
        "user": part_of("users", PERSON), "deal": may_have("deals", NAMED),
        "hours": lambda entity: round(entity.record["seconds"] / HOUR, 4),
        "worked_seconds": same("seconds"),
        "project": ref("id identifier name billable", "task_id.project_id"),
        "customer": ref(NAMED, "task_id.project_id.customer_id"),
    },
    "schedules": {
        "date": TODAY, "am": True, "pm": True, "assignment": ABSENCE,
        **null("comment symbol"),
        "user": part_of("users", PERSON),
        "absence_request": may_have("user_absence_requests"),
    },
    "planning_entries": {
        "title": "Umsetzung", "starts_on": TODAY, "ends_on": TODAY,
        "hours_per_day": 6.0, "comment": "", "read_only": False, "tentative": False,
        **null("symbol color series_id series_repeat"),
        "user": part_of("users", PERSON), "task": may_have("project_tasks", NAMED),
        "project": may_have(
            "projects", "id identifier name color",
            customer_name=follow("customer_id.name"),
        ),
        "deal": may_have(
            "deals", "id name color", customer_name=follow("company_id.name"),
        ),
    },
    "user_presences": {
        "date": TODAY, "is_home_office": False, "from": "08:30",
        **null("to"),
        "user": part_of("users", PERSON),
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
        "leader": has("users", PERSON), "co_leader": may_have("users", PERSON),
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
        "name": numbered("Aufgabe {}"),
        **null("budget description"),
        "revenue_category": may_have("revenue_categories", REVENUE_CATEGORY),
        "project": part_of("projects"),
    },
    "project_contracts": {
        "billable": True, "active": True, "hourly_rate": 120.0,
        **null("budget"),
        "user": part_of("users", RAW), "project": part_of("projects", NAMED),
        "firstname": follow("user_id.firstname"),
        "lastname": follow("user_id.lastname"),
    },
    "project_groups": {
        "budget": 0.0, "currency": "EUR", "info": "", "custom_properties": {},
        "name": numbered("Projektgruppe {}"),
        "user": has("users", PERSON), "company": part_of("companies", NAMED),
        "customer_report_url": link("project_groups/{id}/customer_report"),
        "projects": children(
            "projects", "project_group_id", "id identifier name active budget",
        ),
    },
    "project_expenses": {
        **COSTS, "date": TODAY, "title": "Auslage", "description": "", "billed": False,
        "cost_total_planned": 0.0,
        **null("planned_purchase_date group service_period service_period_from"),
        **null("service_period_to"),
        "invoice": may_have("invoices", RAW),
        "recurring_expense": may_have("project_recurring_expenses", RAW),
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
        **null("finish_date"),
    },
}

PEOPLE: dict[str, Fields] = {
    "users": {
        **TAGGED, "firstname": "Kim", "active": True, "extern": False,
        "mobile_phone": "", "home_address": "", "info": "",
        "lastname": numbered("Neumann-{}"), "email": numbered("kim.{}@example.com"),
        "hourly_rate": hidden(120.0), "internal_rate": hidden(75.0),
        "archived_on": hidden(),
        **null("work_phone birthday iban credit_number"),
        "role": has("user_roles", NAMED), "unit": has("units", NAMED),
        "avatar_url": signed("avatars/{id}.jpg"),
    },
    "user_roles": {
        "is_default": False, "is_admin": False, "name": numbered("Rolle {}"),
        "permission": permissions("full"),
    },
    "user_employments": {
        "weekly_target_hours": 40.0, "pattern": {"am": WORKDAY, "pm": WORKDAY},
        "from": TODAY,
        **null("to"),
        "user": part_of("users", PERSON),
    },
    "user_holidays": {
        "title": "Urlaubsanspruch", "days": 28.0, "hours": 224.0,
        "year": Stored(fresh=lambda today, _number: today.year),
        "user": part_of("users", PERSON), "creator": may_have("users", PERSON),
    },
    "user_absence_requests": {
        "type": "vacation", "status": "pending", "total_days": 1.0, "days": [],
        "custom_properties": {},
        **null("comment approved_at"),
        "user": part_of("users", PERSON), "approver": may_have("users", PERSON),
        "selected_approver": may_have("users", PERSON),
    },
    "user_work_time_adjustments": {
        "date": TODAY, "description": "Korrektur", "hours": 1.0,
        "user": part_of("users", PERSON), "creator": may_have("users", PERSON),
    },
    "units": {
        "custom_properties": {}, "name": numbered("Team {}"),
        "users": _active_users,
    },
}

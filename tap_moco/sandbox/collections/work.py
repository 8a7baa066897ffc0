"""Time, projects and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.settings import REVENUE_CATEGORY
from tap_moco.sandbox.model import RAW, Fresh, Stored, has, may_have, part_of
from tap_moco.sandbox.payload import (
    NAMED,
    PERSON,
    TAGGED,
    TODAY,
    children,
    each,
    empty,
    false,
    follow,
    link,
    null,
    numbered,
    ref,
    same,
    signed,
    true,
)

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Entity, Fields, Reader

HOUR = 3600
WORKDAY = [4.0, 4.0, 4.0, 4.0, 4.0]
AREAS = (
    "report companies contacts people purchases settings sales projects calendar"
    " time_tracking invoicing"
)
ABSENCE = {
    "id": 301,
    "name": "Ferien",
    "code": "4",
    "customer_name": "Sandbox Studio",
    "color": "#4fb286",
    "type": "Absence",
}


def _total(unit: str) -> Reader:
    def total(entity: Entity) -> float:
        return round(float(entity.record["quantity"] * entity.record[unit]), 2)

    return total


def _first_item(purchase: Entity) -> object:
    return next((item["id"] for item in purchase.record["items"]), None)


def _active_users(unit: Entity) -> list[object]:
    users = unit.children("users", "unit_id")
    return [u.pick(f"{PERSON} email") for u in users if u.record["active"]]


COSTS: Fields = {
    "quantity": 1.0,
    "unit": "Stück",
    **each(0.0, "unit_price unit_cost"),
    "price": _total("unit_price"),
    "cost": _total("unit_cost"),
    "currency": "EUR",
    **true("budget_relevant billable"),
    "purchase_assignment_locked": False,
    "custom_properties": {},
    "project": part_of("projects", "id identifier name billable"),
    "user": has("users", PERSON),
    "revenue_category": may_have("revenue_categories", REVENUE_CATEGORY),
}

TIME: dict[str, Fields] = {
    "activities": {
        "date": TODAY,
        "hours": lambda entity: round(entity.record["seconds"] / HOUR, 4),
        "seconds": HOUR,
        "worked_seconds": same("seconds"),
        **empty("description tag"),
        "billed": False,
        "billable": True,
        "invoice": may_have("invoices", RAW),
        **null("timer_started_at remote_service remote_id remote_url"),
        "project": ref("id identifier name billable", "task_id.project_id"),
        "task": part_of("project_tasks", "id name billable"),
        "customer": ref(NAMED, "task_id.project_id.customer_id"),
        "user": part_of("users", PERSON),
        "deal": may_have("deals", NAMED),
        "hourly_rate": 120.0,
    },
    "schedules": {
        "date": TODAY,
        **null("comment symbol"),
        **true("am pm"),
        "assignment": ABSENCE,
        "user": part_of("users", PERSON),
        "absence_request": may_have("user_absence_requests"),
    },
    "planning_entries": {
        "title": "Umsetzung",
        **each(TODAY, "starts_on ends_on"),
        "hours_per_day": 6.0,
        "comment": "",
        **null("symbol color series_id series_repeat"),
        **false("read_only tentative"),
        "user": part_of("users", PERSON),
        "project": may_have(
            "projects",
            "id identifier name color",
            customer_name=follow("customer_id.name"),
        ),
        "task": may_have("project_tasks", NAMED),
        "deal": may_have(
            "deals", "id name color", customer_name=follow("company_id.name")
        ),
    },
    "user_presences": {
        "date": TODAY,
        "from": "08:30",
        "to": None,
        "is_home_office": False,
        "user": part_of("users", PERSON),
    },
}

PROJECTS: dict[str, Fields] = {
    "projects": {
        "identifier": numbered("P{}"),
        "name": numbered("Neues Projekt {}"),
        **true("active billable"),
        **false("fixed_price retainer setting_include_time_report"),
        **null("start_date finish_date archived_on"),
        "color": "#3b7dd8",
        "currency": "EUR",
        "billing_variant": "project",
        **empty("billing_address billing_email_to billing_notes info"),
        **null("billing_email_cc budget budget_monthly budget_expenses"),
        **null("retainer_billing_date retainer_billing_title"),
        "retainer_billing_description": None,
        "hourly_rate": 120.0,
        "customer_report_url": link("projects/{id}/customer_report"),
        **TAGGED,
        "labels": same("tags"),
        "leader": has("users", PERSON),
        "co_leader": may_have("users", PERSON),
        "customer": part_of("companies", NAMED),
        "deal": may_have("deals", NAMED),
        "project_group": may_have("project_groups", NAMED),
        "billing_contact": may_have("contacts", PERSON),
        "contact": may_have("contacts", PERSON),
        "secondary_contact": may_have("contacts", PERSON),
        "tasks": children(
            "project_tasks",
            "project_id",
            "id name billable active budget hourly_rate description",
        ),
        "contracts": children(
            "project_contracts",
            "project_id",
            "id user_id firstname lastname billable active budget hourly_rate",
        ),
    },
    "project_tasks": {
        "name": numbered("Aufgabe {}"),
        **true("billable active"),
        **null("budget description"),
        "hourly_rate": 120.0,
        "revenue_category": may_have("revenue_categories", REVENUE_CATEGORY),
        "project": part_of("projects"),
    },
    "project_contracts": {
        "user": part_of("users", RAW),
        "firstname": follow("user_id.firstname"),
        "lastname": follow("user_id.lastname"),
        **true("billable active"),
        "budget": None,
        "hourly_rate": 120.0,
        "project": part_of("projects", NAMED),
    },
    "project_groups": {
        "name": numbered("Projektgruppe {}"),
        "user": has("users", PERSON),
        "company": part_of("companies", NAMED),
        "budget": 0.0,
        "currency": "EUR",
        "info": "",
        "custom_properties": {},
        "customer_report_url": link("project_groups/{id}/customer_report"),
        "projects": children(
            "projects", "project_group_id", "id identifier name active budget"
        ),
    },
    "project_expenses": {
        **COSTS,
        "date": TODAY,
        "title": "Auslage",
        "description": "",
        "billed": False,
        "cost_total_planned": 0.0,
        "invoice": may_have("invoices", RAW),
        "recurring_expense": may_have("project_recurring_expenses", RAW),
        **null("planned_purchase_date group"),
        **null("service_period service_period_from service_period_to"),
        "file_url": signed("expenses/{id}/beleg.jpg"),
        "company": ref(NAMED, "project_id.customer_id"),
        "purchase_items": children(
            "purchases",
            "expense_id",
            "title net_total currency",
            id=_first_item,
            purchase_id=same("id"),
            document=lambda purchase: purchase.pick("id file_url"),
        ),
    },
    "project_payment_schedules": {
        "date": TODAY,
        "title": "Abschlag",
        "description": "",
        "net_total": 1000.0,
        **false("checked billed"),
        "project": part_of("projects", "id identifier name"),
    },
    "project_recurring_expenses": {
        **COSTS,
        **each(TODAY, "start_date recur_next_date"),
        "finish_date": None,
        "period": "monthly",
        "title": "Hosting",
        "description": "",
        "service_period_direction": "forward",
    },
}

PEOPLE: dict[str, Fields] = {
    "users": {
        "firstname": "Kim",
        "lastname": numbered("Neumann-{}"),
        "active": True,
        "extern": False,
        "email": numbered("kim.{}@example.com"),
        **empty("mobile_phone home_address info"),
        **null("work_phone birthday iban credit_number"),
        "avatar_url": signed("avatars/{id}.jpg"),
        **TAGGED,
        "hourly_rate": Stored(120.0),
        "internal_rate": Stored(75.0),
        "archived_on": Stored(),
        "role": has("user_roles", NAMED),
        "unit": has("units", NAMED),
    },
    "user_roles": {
        "name": numbered("Rolle {}"),
        **false("is_default is_admin"),
        "permission": each("full", AREAS),
    },
    "user_employments": {
        "weekly_target_hours": 40.0,
        "pattern": {"am": WORKDAY, "pm": WORKDAY},
        "from": TODAY,
        "to": None,
        "user": part_of("users", PERSON),
    },
    "user_holidays": {
        "year": Fresh(lambda today, _number: today.year),
        "title": "Urlaubsanspruch",
        "days": 28.0,
        "hours": 224.0,
        "user": part_of("users", PERSON),
        "creator": may_have("users", PERSON),
    },
    "user_absence_requests": {
        "type": "vacation",
        "status": "pending",
        "total_days": 1.0,
        "days": [],
        **null("comment approved_at"),
        "user": part_of("users", PERSON),
        "approver": may_have("users", PERSON),
        "selected_approver": may_have("users", PERSON),
        "custom_properties": {},
    },
    "user_work_time_adjustments": {
        "date": TODAY,
        "description": "Korrektur",
        "hours": 1.0,
        "user": part_of("users", PERSON),
        "creator": may_have("users", PERSON),
    },
    "units": {
        "name": numbered("Team {}"),
        "custom_properties": {},
        "users": _active_users,
    },
}

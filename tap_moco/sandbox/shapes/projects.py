"""Projects and all that belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.shapes.settings import REVENUE_CATEGORY
from tap_moco.sandbox.sources import (
    NAMED,
    PERSON,
    STAMPS,
    TODAY,
    Children,
    Computed,
    Follow,
    Link,
    Nested,
    Ref,
    Same,
    Signed,
    named,
    numbered,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.sources import Record, Shape

PROJECT = Ref(("id", "identifier", "name", "billable"))
CONTRACT_PERSON: Shape = {
    "firstname": Follow("user_id.firstname"),
    "lastname": Follow("user_id.lastname"),
}


def _total(unit: str) -> Callable[[Account, Record], float]:
    def total(_account: Account, record: Record) -> float:
        return round(float(record.get("quantity", 1.0) * record.get(unit, 0.0)), 2)

    return total


def _first_item(_account: Account, purchase: Record) -> object:
    return next((item["id"] for item in purchase.get("items", ())), None)


COSTS: Shape = {
    "quantity": 1.0,
    "unit": "Stück",
    "unit_price": 0.0,
    "unit_cost": 0.0,
    "price": Computed(_total("unit_price")),
    "cost": Computed(_total("unit_cost")),
    "currency": "EUR",
    "budget_relevant": True,
    "billable": True,
    "purchase_assignment_locked": False,
    "custom_properties": {},
    "project": PROJECT,
    "user": PERSON,
    "revenue_category": REVENUE_CATEGORY,
}

SHAPES: Mapping[str, Shape] = {
    "projects": {
        "identifier": numbered("P{}"),
        "name": numbered("Neues Projekt {}"),
        "active": True,
        "billable": True,
        "fixed_price": False,
        "retainer": False,
        "start_date": None,
        "finish_date": None,
        "color": "#3b7dd8",
        "currency": "EUR",
        "billing_variant": "project",
        "billing_address": "",
        "billing_email_to": "",
        "billing_email_cc": None,
        "billing_notes": "",
        "setting_include_time_report": False,
        "budget": None,
        "budget_monthly": None,
        "budget_expenses": None,
        "hourly_rate": 120.0,
        "info": "",
        "retainer_billing_date": None,
        "retainer_billing_title": None,
        "retainer_billing_description": None,
        "customer_report_url": Link("projects/{id}/customer_report"),
        "tags": [],
        "labels": Same("tags"),
        "custom_properties": {},
        "leader": PERSON,
        "co_leader": PERSON,
        "customer": NAMED,
        "deal": NAMED,
        "tasks": Children(
            "project_tasks",
            "project_id",
            (
                "id",
                "name",
                "billable",
                "active",
                "budget",
                "hourly_rate",
                "description",
            ),
        ),
        "contracts": Children(
            "project_contracts",
            "project_id",
            (
                "id",
                "user_id",
                "firstname",
                "lastname",
                "billable",
                "active",
                "budget",
                "hourly_rate",
            ),
        ),
        "project_group": NAMED,
        "billing_contact": PERSON,
        "contact": PERSON,
        "secondary_contact": PERSON,
        "archived_on": None,
        **STAMPS,
    },
    "project_tasks": {
        "name": numbered("Aufgabe {}"),
        "billable": True,
        "active": True,
        "budget": None,
        "hourly_rate": 120.0,
        "description": None,
        "revenue_category": REVENUE_CATEGORY,
        **STAMPS,
    },
    "project_contracts": {
        "user_id": None,
        **CONTRACT_PERSON,
        "billable": True,
        "active": True,
        "budget": None,
        "hourly_rate": 120.0,
        "project": NAMED,
        **STAMPS,
    },
    "project_groups": {
        "name": numbered("Projektgruppe {}"),
        "user": PERSON,
        "company": NAMED,
        "budget": 0.0,
        "currency": "EUR",
        "info": "",
        "custom_properties": {},
        "customer_report_url": Link("project_groups/{id}/customer_report"),
        "projects": Children(
            "projects",
            "project_group_id",
            ("id", "identifier", "name", "active", "budget"),
        ),
        **STAMPS,
    },
    "project_expenses": {
        "date": TODAY,
        "title": "Auslage",
        "description": "",
        **COSTS,
        "billed": False,
        "cost_total_planned": 0.0,
        "planned_purchase_date": None,
        "invoice_id": None,
        "recurring_expense_id": None,
        "service_period": None,
        "service_period_from": None,
        "service_period_to": None,
        "file_url": Signed("expenses/{id}/beleg.jpg"),
        "company": named("project_id.customer_id"),
        "group": None,
        "purchase_items": Children(
            "purchases",
            "expense_id",
            ("title", "net_total", "currency"),
            {
                "id": Computed(_first_item),
                "purchase_id": Same("id"),
                "document": Nested(
                    {"id": Same("id"), "file_url": Signed("purchases/{id}.pdf")}
                ),
            },
        ),
        **STAMPS,
    },
    "project_payment_schedules": {
        "date": TODAY,
        "title": "Abschlag",
        "description": "",
        "net_total": 1000.0,
        "checked": False,
        "billed": False,
        "project": Ref(("id", "identifier", "name")),
        **STAMPS,
    },
    "project_recurring_expenses": {
        "start_date": TODAY,
        "finish_date": None,
        "recur_next_date": TODAY,
        "period": "monthly",
        "title": "Hosting",
        "description": "",
        **COSTS,
        "service_period_direction": "forward",
        **STAMPS,
    },
}

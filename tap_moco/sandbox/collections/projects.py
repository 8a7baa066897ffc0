"""Projects and all that belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.settings import REVENUE_CATEGORY
from tap_moco.sandbox.model import Collection, has, may_have, part_of
from tap_moco.sandbox.payload import (
    NAMED,
    PERSON,
    STAMPS,
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
    refs,
    same,
    signed,
    true,
)

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Entity, Reader


def _total(unit: str) -> Reader:
    def total(entity: Entity) -> float:
        return round(float(entity.record["quantity"] * entity.record[unit]), 2)

    return total


def _first_item(entity: Entity) -> object:
    return next((item["id"] for item in entity.record["items"]), None)


def _document(entity: Entity) -> object:
    return entity.pick("id file_url")


COSTS: dict[str, object] = {
    "quantity": 1.0,
    "unit": "Stück",
    **each(0.0, "unit_price unit_cost"),
    "price": _total("unit_price"),
    "cost": _total("unit_cost"),
    "currency": "EUR",
    **true("budget_relevant billable"),
    "purchase_assignment_locked": False,
    "custom_properties": {},
    **refs("id identifier name billable", "project"),
    **refs(PERSON, "user"),
    **refs(REVENUE_CATEGORY, "revenue_category"),
}

PROJECTS = (
    Collection(
        "projects",
        part_of(customer="companies")
        | has(leader="users")
        | may_have(co_leader="users", deal="deals", project_group="project_groups")
        | may_have(billing_contact="contacts", contact="contacts")
        | may_have(secondary_contact="contacts"),
        {
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
            "hourly_rate": 120.0,
            **null("retainer_billing_date retainer_billing_title"),
            "retainer_billing_description": None,
            "customer_report_url": link("projects/{id}/customer_report"),
            "tags": [],
            "labels": same("tags"),
            "custom_properties": {},
            **refs(PERSON, "leader co_leader"),
            **refs(NAMED, "customer deal project_group"),
            **refs(PERSON, "billing_contact contact secondary_contact"),
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
            **STAMPS,
        },
    ),
    Collection(
        "project_tasks",
        part_of(project="projects") | may_have(revenue_category="revenue_categories"),
        {
            "name": numbered("Aufgabe {}"),
            **true("billable active"),
            **null("budget description"),
            "hourly_rate": 120.0,
            **refs(REVENUE_CATEGORY, "revenue_category"),
            **STAMPS,
        },
    ),
    Collection(
        "project_contracts",
        part_of(project="projects", user="users"),
        {
            "user_id": None,
            "firstname": follow("user_id.firstname"),
            "lastname": follow("user_id.lastname"),
            **true("billable active"),
            "budget": None,
            "hourly_rate": 120.0,
            **refs(NAMED, "project"),
            **STAMPS,
        },
    ),
    Collection(
        "project_groups",
        has(user="users") | part_of(company="companies"),
        {
            "name": numbered("Projektgruppe {}"),
            **refs(PERSON, "user"),
            **refs(NAMED, "company"),
            "budget": 0.0,
            "currency": "EUR",
            "info": "",
            "custom_properties": {},
            "customer_report_url": link("project_groups/{id}/customer_report"),
            "projects": children(
                "projects", "project_group_id", "id identifier name active budget"
            ),
            **STAMPS,
        },
    ),
    Collection(
        "project_expenses",
        part_of(project="projects")
        | has(user="users")
        | may_have(invoice="invoices", revenue_category="revenue_categories")
        | may_have(recurring_expense="project_recurring_expenses"),
        {
            "date": TODAY,
            "title": "Auslage",
            "description": "",
            **COSTS,
            "billed": False,
            "cost_total_planned": 0.0,
            **null("planned_purchase_date invoice_id recurring_expense_id group"),
            **null("service_period service_period_from service_period_to"),
            "file_url": signed("expenses/{id}/beleg.jpg"),
            "company": ref(NAMED, "project_id.customer_id"),
            "purchase_items": children(
                "purchases",
                "expense_id",
                "title net_total currency",
                id=_first_item,
                purchase_id=same("id"),
                document=_document,
            ),
            **STAMPS,
        },
    ),
    Collection(
        "project_payment_schedules",
        part_of(project="projects"),
        {
            "date": TODAY,
            "title": "Abschlag",
            "description": "",
            "net_total": 1000.0,
            **false("checked billed"),
            **refs("id identifier name", "project"),
            **STAMPS,
        },
    ),
    Collection(
        "project_recurring_expenses",
        part_of(project="projects")
        | has(user="users")
        | may_have(revenue_category="revenue_categories"),
        {
            **each(TODAY, "start_date recur_next_date"),
            "finish_date": None,
            "period": "monthly",
            "title": "Hosting",
            "description": "",
            **COSTS,
            "service_period_direction": "forward",
            **STAMPS,
        },
    ),
)

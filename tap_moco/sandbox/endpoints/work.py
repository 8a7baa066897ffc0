"""Lists of time, projects and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.endpoints.base import (
    ARCHIVED,
    TAGS,
    Endpoint,
    dates,
    flags,
    one,
    several,
)
from tap_moco.sandbox.filters import Equal, Member, Period, Since, Term, Until

if TYPE_CHECKING:
    from tap_moco.sandbox.filters import Filter

EXPENSE_FILTERS: dict[str, Filter] = {
    **flags("billable", "billed", "budget_relevant"),
    **one("user_id"),
}
SCHEDULE_FILTERS: dict[str, Filter] = {
    **dates("date"),
    **flags("checked"),
    "company_id": Equal("project_id.customer_id"),
}
PROJECT_COMPANY = "task_id.project_id.customer_id"

TIME = (
    Endpoint(
        "/activities",
        "activities",
        sortable=True,
        filters={
            **dates("date"),
            **one("user_id", "task_id"),
            **flags("billable", "billed"),
            **several("deal_id", "tag", "remote_id"),
            "project_id": Equal("task_id.project_id"),
            "company_id": Equal(PROJECT_COMPANY),
            "term": Term(("description",)),
        },
    ),
    Endpoint(
        "/schedules",
        "schedules",
        filters={**dates("date"), **one("user_id", "absence_request_id")},
    ),
    Endpoint(
        "/planning_entries",
        "planning_entries",
        filters={
            **several("user_id", "project_id", "deal_id"),
            "period": Period("starts_on", "ends_on"),
        },
    ),
    Endpoint(
        "/users/presences",
        "user_presences",
        filters={**dates("date"), **one("user_id"), **flags("is_home_office")},
    ),
)

PROJECTS = (
    Endpoint(
        "/projects",
        "projects",
        order="name",
        sortable=True,
        shows=ARCHIVED,
        filters={
            **TAGS,
            **several("leader_id", "identifier", "project_group_id", "deal_id"),
            **flags("retainer"),
            **dates("created_at", "created_from", "created_to"),
            **dates("updated_at", "updated_from", "updated_to"),
            "company_id": Equal("customer_id", several=True),
            "term": Term(("name", "identifier", "customer_id.name")),
        },
    ),
    Endpoint(
        "/projects/{}/tasks",
        "project_tasks",
        by_ids=False,
        order="name",
        parent="project_id",
    ),
    Endpoint(
        "/projects/{}/contracts",
        "project_contracts",
        by_ids=False,
        parent="project_id",
        only={"user_id.active": True},
    ),
    Endpoint(
        "/projects/groups",
        "project_groups",
        order="name",
        filters=one("user_id", "company_id"),
    ),
    Endpoint(
        "/projects/expenses",
        "project_expenses",
        order="-date",
        single=False,
        filters={
            **EXPENSE_FILTERS,
            **dates("date"),
            "tags": Member("project_id.tags"),
        },
        together=("from", "to"),
    ),
    Endpoint(
        "/projects/{}/expenses",
        "project_expenses",
        by_ids=False,
        parent="project_id",
        filters=EXPENSE_FILTERS,
    ),
    Endpoint(
        "/projects/payment_schedules",
        "project_payment_schedules",
        order="date",
        paged=False,
        single=False,
        filters={**SCHEDULE_FILTERS, **one("project_id")},
    ),
    Endpoint(
        "/projects/{}/payment_schedules",
        "project_payment_schedules",
        order="date",
        paged=False,
        parent="project_id",
        filters=SCHEDULE_FILTERS,
    ),
    Endpoint(
        "/recurring_expenses",
        "project_recurring_expenses",
        sortable=True,
        single=False,
        filters=one("project_id"),
    ),
    Endpoint(
        "/projects/{}/recurring_expenses",
        "project_recurring_expenses",
        sortable=True,
        parent="project_id",
    ),
)

PEOPLE = (
    Endpoint(
        "/users",
        "users",
        order="lastname",
        sortable=True,
        shows=ARCHIVED,
        filters={**TAGS, **one("email")},
    ),
    Endpoint(
        "/users/roles",
        "user_roles",
        by_ids=False,
        paged=False,
        single=False,
        updated_after=False,
    ),
    Endpoint(
        "/users/employments",
        "user_employments",
        filters={
            **one("user_id"),
            "from": Since("to", endless=True),
            "to": Until("from"),
        },
    ),
    Endpoint("/users/holidays", "user_holidays", filters=one("user_id", "year")),
    Endpoint(
        "/users/absence_requests",
        "user_absence_requests",
        filters=one("user_id", "selected_approver_id", "type", "status"),
    ),
    Endpoint(
        "/users/work_time_adjustments",
        "user_work_time_adjustments",
        filters={**one("user_id"), **dates("date")},
    ),
    Endpoint("/units", "units", order="name"),
)

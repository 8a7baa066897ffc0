"""Lists of time, projects and people."""

from __future__ import annotations

from tap_moco.sandbox.endpoints.base import ARCHIVED, Endpoint, dates
from tap_moco.sandbox.filters import Period

TIME = (
    Endpoint("/activities", "activities", sortable=True, filters=dates("date")),
    Endpoint("/schedules", "schedules", filters=dates("date")),
    Endpoint(
        "/planning_entries",
        "planning_entries",
        filters={"period": Period("starts_on", "ends_on")},
    ),
    Endpoint("/users/presences", "user_presences", filters=dates("date")),
)

PROJECTS = (
    Endpoint("/projects", "projects", order="name", sortable=True, shows=ARCHIVED),
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
    Endpoint("/projects/groups", "project_groups", order="name"),
    Endpoint(
        "/projects/expenses",
        "project_expenses",
        order="-date",
        filters=dates("date"),
        together=("from", "to"),
    ),
    Endpoint(
        "/projects/payment_schedules",
        "project_payment_schedules",
        order="date",
        paged=False,
        filters=dates("date"),
    ),
    Endpoint("/recurring_expenses", "project_recurring_expenses", sortable=True),
)

PEOPLE = (
    Endpoint("/users", "users", order="lastname", sortable=True, shows=ARCHIVED),
    Endpoint(
        "/users/roles",
        "user_roles",
        by_ids=False,
        paged=False,
        updated_after=False,
    ),
    Endpoint("/users/employments", "user_employments"),
    Endpoint("/users/holidays", "user_holidays"),
    Endpoint("/users/absence_requests", "user_absence_requests"),
    Endpoint(
        "/users/work_time_adjustments",
        "user_work_time_adjustments",
        filters=dates("date"),
    ),
    Endpoint("/units", "units", order="name"),
)

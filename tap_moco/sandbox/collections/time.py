"""Time entries, absences, planning and presences."""

from __future__ import annotations

from tap_moco.sandbox.model import Collection, may_have, part_of
from tap_moco.sandbox.payload import (
    NAMED,
    PERSON,
    STAMPS,
    TODAY,
    each,
    empty,
    false,
    follow,
    null,
    ref,
    refs,
    same,
    true,
)

HOUR = 3600
ABSENCE = {
    "id": 301,
    "name": "Ferien",
    "code": "4",
    "customer_name": "Sandbox Studio",
    "color": "#4fb286",
    "type": "Absence",
}

TIME = (
    Collection(
        "activities",
        part_of(task="project_tasks", user="users")
        | may_have(deal="deals", invoice="invoices"),
        {
            "date": TODAY,
            "hours": lambda entity: round(entity.record["seconds"] / HOUR, 4),
            "seconds": HOUR,
            "worked_seconds": same("seconds"),
            **empty("description tag"),
            "billed": False,
            "billable": True,
            **null("invoice_id timer_started_at"),
            **null("remote_service remote_id remote_url"),
            "project": ref("id identifier name billable", "task_id.project_id"),
            **refs("id name billable", "task"),
            "customer": ref(NAMED, "task_id.project_id.customer_id"),
            **refs(PERSON, "user"),
            **refs(NAMED, "deal"),
            "hourly_rate": 120.0,
            **STAMPS,
        },
    ),
    Collection(
        "schedules",
        part_of(user="users") | may_have(absence_request="user_absence_requests"),
        {
            "date": TODAY,
            **null("comment symbol"),
            **true("am pm"),
            "assignment": ABSENCE,
            **refs(PERSON, "user"),
            **STAMPS,
        },
    ),
    Collection(
        "planning_entries",
        part_of(user="users")
        | may_have(project="projects", task="project_tasks", deal="deals"),
        {
            "title": "Umsetzung",
            **each(TODAY, "starts_on ends_on"),
            "hours_per_day": 6.0,
            "comment": "",
            **null("symbol color series_id series_repeat"),
            **false("read_only tentative"),
            **refs(PERSON, "user"),
            "project": ref(
                "id identifier name color",
                "project_id",
                customer_name=follow("customer_id.name"),
            ),
            **refs(NAMED, "task"),
            "deal": ref(
                "id name color", "deal_id", customer_name=follow("company_id.name")
            ),
            **STAMPS,
        },
    ),
    Collection(
        "user_presences",
        part_of(user="users"),
        {
            "date": TODAY,
            "from": "08:30",
            "to": None,
            "is_home_office": False,
            **refs(PERSON, "user"),
            **STAMPS,
        },
    ),
)

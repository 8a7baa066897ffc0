"""Time entries, absences, planning and presences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.sources import (
    NAMED,
    PERSON,
    STAMPS,
    TODAY,
    Computed,
    Follow,
    Ref,
    named,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.sources import Record, Shape

HOUR = 3600
DEFAULT_SECONDS = HOUR


def _hours(_account: Account, record: Record) -> float:
    seconds: int = record.get("seconds", DEFAULT_SECONDS)
    return round(seconds / HOUR, 4)


def _worked_seconds(_account: Account, record: Record) -> object:
    return record.get("seconds", DEFAULT_SECONDS)


ABSENCE = {
    "id": 301,
    "name": "Ferien",
    "code": "4",
    "customer_name": "Sandbox Studio",
    "color": "#4fb286",
    "type": "Absence",
}

SHAPES: Mapping[str, Shape] = {
    "activities": {
        "date": TODAY,
        "hours": Computed(_hours),
        "seconds": DEFAULT_SECONDS,
        "worked_seconds": Computed(_worked_seconds),
        "description": "",
        "billed": False,
        "billable": True,
        "invoice_id": None,
        "tag": "",
        "remote_service": None,
        "remote_id": None,
        "remote_url": None,
        "project": Ref(("id", "identifier", "name", "billable"), "task_id.project_id"),
        "task": Ref(("id", "name", "billable")),
        "customer": named("task_id.project_id.customer_id"),
        "user": PERSON,
        "deal": NAMED,
        "hourly_rate": 120.0,
        "timer_started_at": None,
        **STAMPS,
    },
    "schedules": {
        "date": TODAY,
        "comment": None,
        "am": True,
        "pm": True,
        "symbol": None,
        "assignment": ABSENCE,
        "user": PERSON,
        **STAMPS,
    },
    "planning_entries": {
        "title": "Umsetzung",
        "starts_on": TODAY,
        "ends_on": TODAY,
        "hours_per_day": 6.0,
        "comment": "",
        "symbol": None,
        "color": None,
        "read_only": False,
        "user": PERSON,
        "project": Ref(
            ("id", "identifier", "name", "color"),
            extra={"customer_name": Follow("customer_id.name")},
        ),
        "task": NAMED,
        "deal": Ref(
            ("id", "name", "color"),
            extra={"customer_name": Follow("company_id.name")},
        ),
        "series_id": None,
        "tentative": False,
        "series_repeat": None,
        **STAMPS,
    },
    "user_presences": {
        "date": TODAY,
        "from": "08:30",
        "to": None,
        "is_home_office": False,
        "user": PERSON,
        **STAMPS,
    },
}

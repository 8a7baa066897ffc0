"""Users, their units and roles, and their working time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.sources import (
    NAMED,
    PERSON,
    STAMPS,
    TODAY,
    Children,
    Fresh,
    Hidden,
    Signed,
    numbered,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.sources import Shape

AREAS = (
    "report",
    "companies",
    "contacts",
    "people",
    "purchases",
    "settings",
    "sales",
    "projects",
    "calendar",
    "time_tracking",
    "invoicing",
)
WORKDAY = [4.0, 4.0, 4.0, 4.0, 4.0]
THIS_YEAR = Fresh(lambda account, _id: account.today().year)

SHAPES: Mapping[str, Shape] = {
    "users": {
        "firstname": "Kim",
        "lastname": numbered("Neumann-{}"),
        "active": True,
        "extern": False,
        "email": numbered("kim.{}@example.com"),
        "mobile_phone": "",
        "work_phone": None,
        "home_address": "",
        "info": "",
        "birthday": None,
        "iban": None,
        "avatar_url": Signed("avatars/{id}.jpg"),
        "tags": [],
        "custom_properties": {},
        "credit_number": None,
        "hourly_rate": Hidden(120.0),
        "internal_rate": Hidden(75.0),
        "role": NAMED,
        "unit": NAMED,
        "archived_on": Hidden(),
        **STAMPS,
    },
    "user_roles": {
        "name": numbered("Rolle {}"),
        "is_default": False,
        "is_admin": False,
        "permission": dict.fromkeys(AREAS, "full"),
        **STAMPS,
    },
    "user_employments": {
        "weekly_target_hours": 40.0,
        "pattern": {"am": WORKDAY, "pm": WORKDAY},
        "from": TODAY,
        "to": None,
        "user": PERSON,
        **STAMPS,
    },
    "user_holidays": {
        "year": THIS_YEAR,
        "title": "Urlaubsanspruch",
        "days": 28.0,
        "hours": 224.0,
        "user": PERSON,
        "creator": PERSON,
        **STAMPS,
    },
    "user_absence_requests": {
        "type": "vacation",
        "status": "pending",
        "total_days": 1.0,
        "days": [],
        "comment": None,
        "approved_at": None,
        "user": PERSON,
        "approver": PERSON,
        "selected_approver": PERSON,
        "custom_properties": {},
        **STAMPS,
    },
    "user_work_time_adjustments": {
        "date": TODAY,
        "description": "Korrektur",
        "hours": 1.0,
        "user": PERSON,
        "creator": PERSON,
        **STAMPS,
    },
    "units": {
        "name": numbered("Team {}"),
        "custom_properties": {},
        "users": Children(
            "users",
            "unit_id",
            ("id", "firstname", "lastname", "email"),
            only_active=True,
        ),
        **STAMPS,
    },
}

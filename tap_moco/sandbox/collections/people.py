"""Users, their units and roles, and their working time."""

from __future__ import annotations

from tap_moco.sandbox.model import Collection, Fresh, Stored, has, may_have, part_of
from tap_moco.sandbox.payload import (
    NAMED,
    PERSON,
    STAMPS,
    TODAY,
    each,
    empty,
    false,
    null,
    numbered,
    refs,
    signed,
)

AREAS = (
    "report companies contacts people purchases settings sales projects calendar"
    " time_tracking invoicing"
)
WORKDAY = [4.0, 4.0, 4.0, 4.0, 4.0]

PEOPLE = (
    Collection(
        "users",
        has(unit="units", role="user_roles"),
        {
            "firstname": "Kim",
            "lastname": numbered("Neumann-{}"),
            "active": True,
            "extern": False,
            "email": numbered("kim.{}@example.com"),
            **empty("mobile_phone home_address info"),
            **null("work_phone birthday iban credit_number"),
            "avatar_url": signed("avatars/{id}.jpg"),
            "tags": [],
            "custom_properties": {},
            "hourly_rate": Stored(120.0),
            "internal_rate": Stored(75.0),
            "archived_on": Stored(),
            **refs(NAMED, "role unit"),
            **STAMPS,
        },
    ),
    Collection(
        "user_roles",
        fields={
            "name": numbered("Rolle {}"),
            **false("is_default is_admin"),
            "permission": each("full", AREAS),
            **STAMPS,
        },
    ),
    Collection(
        "user_employments",
        part_of(user="users"),
        {
            "weekly_target_hours": 40.0,
            "pattern": {"am": WORKDAY, "pm": WORKDAY},
            "from": TODAY,
            "to": None,
            **refs(PERSON, "user"),
            **STAMPS,
        },
    ),
    Collection(
        "user_holidays",
        part_of(user="users") | may_have(creator="users"),
        {
            "year": Fresh(lambda today, _number: today.year),
            "title": "Urlaubsanspruch",
            "days": 28.0,
            "hours": 224.0,
            **refs(PERSON, "user creator"),
            **STAMPS,
        },
    ),
    Collection(
        "user_absence_requests",
        part_of(user="users") | may_have(approver="users", selected_approver="users"),
        {
            "type": "vacation",
            "status": "pending",
            "total_days": 1.0,
            "days": [],
            **null("comment approved_at"),
            **refs(PERSON, "user approver selected_approver"),
            "custom_properties": {},
            **STAMPS,
        },
    ),
    Collection(
        "user_work_time_adjustments",
        part_of(user="users") | may_have(creator="users"),
        {
            "date": TODAY,
            "description": "Korrektur",
            "hours": 1.0,
            **refs(PERSON, "user creator"),
            **STAMPS,
        },
    ),
    Collection(
        "units",
        fields={
            "name": numbered("Team {}"),
            "custom_properties": {},
            "users": lambda entity: [
                user.pick("id firstname lastname email")
                for user in entity.children("users", "unit_id")
                if user.record["active"]
            ],
            **STAMPS,
        },
    ),
)

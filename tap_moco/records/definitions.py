"""The definitions of custom fields, from `/account/custom_properties`.

The facts about MOCO are those of docs/moco-api.md, "Values".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.row import Row


ENTITIES = {
    "companies": {"company", "customer", "supplier", "organization"},
    "contacts": {"contact", "contactperson", "person"},
    "deals": {"deal", "lead"},
    "invoice_expenses": {"expense", "projectexpense"},
    "invoices": {"invoice"},
    "offers": {"offer"},
    "planned_purchases": {"plannedpurchase"},
    "project_expenses": {"expense", "projectexpense"},
    "project_groups": {"group", "projectgroup"},
    "project_recurring_expenses": {"projectrecurringexpense", "recurringexpense"},
    "projects": {"project"},
    "purchases": {"purchase"},
    "units": {"unit"},
    "user_absence_requests": {
        "absencerequest",
        "userabsencerequest",
        "userholidayrequest",
    },
    "users": {"user"},
}
"""Streams, and the names of their records as an `entity`, in letters only."""

KNOWN_ENTITIES = frozenset().union(*ENTITIES.values())

TYPES = {"boolean": "boolean", "date": "date", "multiselect": "list"}
"""The type of a column, by the kind of the field; any other kind is text."""


@dataclass(frozen=True)
class CustomField:
    """One field that the account has defined.

    Attributes:
        id: Its id, which stays when it is renamed.
        name: The key in `custom_properties`.
        entity: The kind of record that has it, such as `Project`.
        kind: The kind of value, such as `MultiSelect`.
    """

    id: int
    name: str
    entity: str
    kind: str

    @property
    def type(self) -> str:
        """The type of its column: text, boolean, date or list."""
        return TYPES.get(self.kind.lower(), "text")

    @property
    def entity_key(self) -> str:
        """The entity in lower case, without its module and signs."""
        return re.sub(r".*::|[^a-z]", "", self.entity.lower())

    @property
    def description(self) -> str:
        """The field in a line, for the schema."""
        return f"{self.name} (custom field {self.id} of {self.entity}, {self.kind})"


def custom_fields(definitions: Iterable[Row]) -> list[CustomField]:
    """Return the defined fields, each once, the oldest first."""
    fields = {
        row["id"]: CustomField(
            row["id"],
            *(str(row.get(key) or "") for key in ("name", "entity", "kind")),
        )
        for row in definitions
        if type(row.get("id")) is int
    }
    return sorted(fields.values(), key=lambda field: field.id)


def fields_of(fields: Iterable[CustomField], stream: str) -> list[CustomField]:
    """Return the fields that the records of a stream have."""
    wanted = ENTITIES.get(stream, set())
    return [field for field in fields if field.entity_key in wanted]


def unknown_entities(fields: Iterable[CustomField]) -> list[str]:
    """Return the entities that no stream is known to hold."""
    return sorted({f.entity for f in fields if f.entity_key not in KNOWN_ENTITIES})

"""The account's own fields, typed by what `/account/custom_properties` tells."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.row import Row

    Schema = dict[str, Any]

ENTITIES = {
    "companies": {"company", "customer", "supplier", "organization"},
    "contacts": {"contact", "person"},
    "deals": {"deal"},
    "invoice_expenses": {"expense"},
    "invoices": {"invoice"},
    "offers": {"offer"},
    "planned_purchases": {"plannedpurchase"},
    "project_expenses": {"expense"},
    "project_groups": {"projectgroup"},
    "project_recurring_expenses": {"recurringexpense"},
    "projects": {"project"},
    "purchases": {"purchase"},
    "units": {"unit"},
    "user_absence_requests": {"absencerequest", "userholidayrequest"},
    "users": {"user"},
}
"""Streams, and what their records may be called as an `entity`, without signs."""

TYPES: dict[str, Schema] = {
    "boolean": {"type": ["boolean", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "multiselect": {
        "type": ["array", "null"],
        "items": {"type": ["string", "null"]},
    },
}
"""By kind; every other one is text (docs/moco-api.md, Values)."""

BOOLEANS = {"0": False, "1": True}
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class CustomFields:
    """The custom fields of one stream.

    Args:
        definitions: The rows of `/account/custom_properties`.
        stream: Whose fields to take.
        as_columns: A top-level column a field, in place of typed properties.
    """

    def __init__(
        self, definitions: Iterable[Row], stream: str, *, as_columns: bool
    ) -> None:
        """Pick the stream's fields and name their columns."""
        self._as_columns = as_columns
        self._kinds: dict[str, str] = {}
        self._columns: dict[str, str] = {}
        for row in sorted(definitions, key=lambda row: row["id"]):
            entity = re.sub(r".*::|[^a-z]", "", str(row.get("entity")).lower())
            if entity in ENTITIES.get(stream, set()) and row["name"] not in self._kinds:
                self._kinds[row["name"]] = str(row.get("kind")).lower()
                self._columns[row["name"]] = self._column(row)

    def _column(self, row: Row) -> str:
        """Name a column; the id tells two apart whose names look alike."""
        name = f"custom_{slug(row['name'])}"
        return f"{name}_{row['id']}" if name in self._columns.values() else name

    @property
    def columns(self) -> frozenset[str]:
        """The top-level columns that they have."""
        return frozenset(self._columns.values() if self._as_columns else ())

    def extend(self, schema: Schema) -> Schema:
        """Return the stream's schema with its custom fields."""
        typed = {
            name: {**TYPES.get(kind, {"type": ["string", "null"]}), "description": name}
            for name, kind in self._kinds.items()
        }
        properties = schema["properties"]
        if self._as_columns:
            columns = {self._columns[name]: field for name, field in typed.items()}
            return {**schema, "properties": {**properties, **columns}}
        typed_object = {**properties["custom_properties"], "properties": typed}
        return {
            **schema,
            "properties": {**properties, "custom_properties": typed_object},
        }

    def fill(self, row: Row) -> Row:
        """Return a row with typed values; what is not defined stays as it is."""
        given = row.get("custom_properties")
        if not isinstance(given, dict):
            return row
        typed = {
            name: BOOLEANS.get(value, value)
            if self._kinds.get(name) == "boolean" and isinstance(value, str)
            else value
            for name, value in given.items()
        }
        if not self._as_columns:
            return {**row, "custom_properties": typed}
        columns = {column: typed.get(name) for name, column in self._columns.items()}
        return {**row, **columns}


def slug(name: str) -> str:
    """Return a name fit for a column: lower case, ASCII, words joined by `_`."""
    text = unicodedata.normalize("NFKD", name.lower().translate(UMLAUTS))
    letters = text.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")

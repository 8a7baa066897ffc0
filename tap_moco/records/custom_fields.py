"""The account's custom fields in the records of one stream, typed."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tap_moco.records.column_names import assign_columns
from tap_moco.records.definitions import (
    ENTITIES,
    custom_fields,
    fields_of,
    unknown_entities,
)
from tap_moco.records.field_values import SCHEMAS, MisfitError, read_value
from tap_moco.state.custom_fields import CustomColumn
from tap_moco.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_moco.context import RunContext
    from tap_moco.records.definitions import CustomField
    from tap_moco.row import Row

    Schema = dict[str, Any]

OBJECT = "custom_properties"
MISFITS = "_raw"
"""The property for values that do not fit. A field with this name is not typed."""
MISFITS_SCHEMA: Schema = {
    "type": ["null", "object"],
    "description": "Values that do not fit the kind of their field, as MOCO sends "
    "them: field name to value.",
}

logger = logging.getLogger("tap-moco")


class CustomFields:
    """The custom fields of one stream.

    Args:
        stream: Its name, for messages.
        schema: Its schema without custom fields.
        fields: Those that its records have.
        known: All columns that its fields have ever had.
        as_columns: A top-level column per field, in place of typed properties.
    """

    def __init__(
        self,
        stream: str,
        schema: Schema,
        fields: Sequence[CustomField],
        known: Mapping[str, CustomColumn],
        *,
        as_columns: bool,
    ) -> None:
        """Name the columns."""
        self._stream = stream
        self._schema = schema
        self._fields = fields
        self._columns: dict[str, CustomField] = {}
        if as_columns:
            self._columns = assign_columns(fields, known, schema["properties"].keys())
        self._as_columns = as_columns
        self._column_of = {field: name for name, field in self._columns.items()}
        self._by_name: dict[str, list[CustomField]] = defaultdict(list)
        for field in fields:
            if as_columns or field.name not in {*self._by_name, MISFITS}:
                self._by_name[field.name].append(field)
        self._misfits: dict[CustomField, set[str]] = defaultdict(set)

    @property
    def columns(self) -> dict[str, CustomColumn]:
        """The top-level columns, each with its owner."""
        return {
            name: CustomColumn(field=field.id, type=field.type)
            for name, field in self._columns.items()
        }

    @property
    def digest(self) -> str:
        """A digest of everything that decides how records hold the fields."""
        text = repr((self._as_columns, self._fields))
        return hashlib.sha256(text.encode()).hexdigest()[:16] if self._fields else ""

    @property
    def schema(self) -> Schema:
        """The stream's schema with its custom fields."""
        properties: dict[str, Schema] = self._schema["properties"]
        if self._as_columns:
            columns = {n: _schema_of(field) for n, field in self._columns.items()}
            return {**self._schema, "properties": {**properties, **columns}}
        typed = {n: _schema_of(fields[0]) for n, fields in self._by_name.items()}
        if not typed:
            return self._schema
        typed[MISFITS] = MISFITS_SCHEMA
        own = {**properties[OBJECT], "properties": typed}
        return {**self._schema, "properties": {**properties, OBJECT: own}}

    def fill(self, row: Row) -> Row:
        """Return a row with typed values; undefined fields stay as they are."""
        if OBJECT not in row or not self._fields:
            return row
        given = row[OBJECT]
        values: Row = given if isinstance(given, dict) else {}
        typed: dict[CustomField, Any] = {}
        misfits: Row = {}
        for name, value in values.items():
            if field := self._field(name, row):
                try:
                    typed[field] = read_value(value, field.type)
                except MisfitError:
                    typed[field] = None
                    misfits[name] = value
                    self._misfits[field].add(str(row.get("id")))
        if self._as_columns:
            return {**row, **{n: typed.get(f) for n, f in self._columns.items()}}
        own = {**values, **{field.name: value for field, value in typed.items()}}
        if MISFITS in values:
            misfits[MISFITS] = values[MISFITS]
        if misfits:
            own[MISFITS] = misfits
        return {**row, OBJECT: own or given}

    def _field(self, name: str, row: Row) -> CustomField | None:
        """Return the field to which a value belongs.

        Companies of different types may have fields with the same name.
        """
        fields = self._by_name.get(name)
        if not fields:
            return None
        mine = (field for field in fields if field.entity_key == row.get("type"))
        return next(mine, fields[0])

    def log_misfits(self) -> None:
        """Warn of the values that did not fit, in one line per field."""
        for field, records in self._misfits.items():
            logger.warning(
                "%s: the custom field %r (id %s) has a value that is no %s in %s: "
                "it is null in %s, and as MOCO sends it in %s",
                self._stream,
                field.name,
                field.id,
                field.kind,
                counted(len(records), "record"),
                self._column_of.get(field, OBJECT),
                OBJECT if self._as_columns else f"{OBJECT}.{MISFITS}",
            )
        self._misfits.clear()


def _schema_of(field: CustomField) -> Schema:
    """Return the schema of a field; its title is the name in MOCO."""
    schema = SCHEMAS[field.type]
    return {**schema, "title": field.name, "description": field.description}


def custom_fields_of(
    stream: str, schema: Schema, context: RunContext
) -> CustomFields | None:
    """Return the custom fields of a stream, if the settings want them typed.

    Typed properties, once flattened, would have names that databases do not accept.
    """
    settings = context.settings
    if settings.custom_fields == "raw" or stream not in ENTITIES:
        return None
    definitions = context.custom_properties
    if definitions is None:
        return None
    defined = custom_fields(definitions)
    if unknown := unknown_entities(defined):
        context.warn_once(
            "custom_fields: the tap knows no stream for the fields of "
            f"{', '.join(map(repr, unknown))}; it leaves them as MOCO sends them"
        )
    state = context.state.bookmarks.get(stream)
    known = state.custom_fields if state else None
    return CustomFields(
        stream,
        schema,
        fields_of(defined, stream),
        known.columns if known else {},
        as_columns=settings.custom_fields == "columns" or settings.flattens,
    )

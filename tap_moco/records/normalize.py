"""Put values right where MOCO is odd, and find those that cannot be.

The oddities are those of docs/moco-api.md, "Values". What a schema declares
decides; what it does not declare is left alone or told as unknown.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from tap_moco.api.responses import parse_number
from tap_moco.records.fast_path import FastPath, declared_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Row = dict[str, Any]
    Schema = Mapping[str, Any]
    Converter = Callable[[Any], Any]
    Field = tuple[frozenset[type], Converter]

SIGNED_URL_FIELDS = frozenset(
    {
        "attachment_url",
        "avatar_url",
        "file",
        "file_url",
        "offer_document_url",
        "signature_url",
    }
)
"""Fields with a signed address: a secret while valid, different on each read."""

JSON_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
RIGHT: dict[str, frozenset[type]] = {
    "boolean": frozenset({bool}),
    "integer": frozenset({int}),
    "number": frozenset({Decimal, float, int}),
}
"""Types whose values need no look; a text may always be empty, or no time."""

SECONDS_LENGTH = len("2024-01-31T12:00:00")


class SchemaMismatchError(ValueError):
    """A value that its schema has no room for; the text is the field's path."""


class RecordNormalizer:
    """Puts the rows of one stream right.

    Args:
        schema: The stream's JSON schema.
        keep_signatures: Leave signed addresses as they are.
    """

    def __init__(self, schema: Schema, *, keep_signatures: bool = False) -> None:
        """Prepare one function a field, and a look at whole rows."""
        self._fields = _fields(schema, keep_signatures=keep_signatures)
        self._fast_path = FastPath(
            schema, frozenset() if keep_signatures else SIGNED_URL_FIELDS
        )

    def normalize(self, row: Row) -> tuple[Row, Row]:
        """Return the row put right, and the fields that the schema lacks.

        Raises:
            SchemaMismatchError: A value fits no type that the schema allows.
        """
        unknown: Row = {}
        if right := self._fast_path.try_normalize(row):
            return right, unknown
        return _normalize(self._fields, row, unknown), unknown


def _normalize(fields: dict[str, Field], row: Row, unknown: Row) -> Row:
    """Return a row with every declared field put right; the others in `unknown`."""
    normalized: Row = {}
    name = ""
    try:
        for name, value in row.items():
            field = fields.get(name)
            if field is None:
                unknown[name] = value
            elif type(value) in field[0]:
                normalized[name] = value
            else:
                normalized[name] = field[1](value)
    except SchemaMismatchError as error:
        raise SchemaMismatchError(f"{name}{error}") from None
    return normalized


def _fields(schema: Schema, *, keep_signatures: bool) -> dict[str, Field]:
    """Return for each property the types that are right, and what fixes others."""
    return {
        name: _field(
            declared,
            keep_signatures=keep_signatures,
            signed=name in SIGNED_URL_FIELDS and not keep_signatures,
        )
        for name, declared in schema.get("properties", {}).items()
    }


def _field(declared: Schema, *, keep_signatures: bool, signed: bool = False) -> Field:
    """Return the same for one declared type."""
    kind, is_nullable = declared_kind(declared)
    right = set(RIGHT.get(kind, ()))
    if kind == "object":
        fields = _fields(declared, keep_signatures=keep_signatures)
        fix: Converter = partial(_object, fields) if fields else _free_object
    elif kind == "array":
        items = declared["items"]
        fix = partial(_array, _field(items, keep_signatures=keep_signatures))
    elif kind == "string" and declared.get("format"):
        fix = {"date": _date, "date-time": _time}[declared["format"]]
    elif signed:
        fix = _strip_query
    else:
        fix = _SCALARS[kind]
    if is_nullable:
        return frozenset(right | {type(None)}), fix
    return frozenset(right), partial(_required, fix)


def _required(fix: Converter, value: Any) -> Any:
    fixed = fix(value)
    if fixed is None:
        raise SchemaMismatchError
    return fixed


def _string(value: Any) -> str | None:
    if type(value) is str:
        return value or None
    if value is None:
        return None
    if type(value) is int:
        return str(value)
    raise SchemaMismatchError


def _strip_query(value: Any) -> str | None:
    """Drop the query of an address, which holds its signature and expiry."""
    text = _string(value)
    return text.partition("?")[0] if text else None


def _number(value: Any) -> Any:
    if type(value) in RIGHT["number"] or value is None:
        return value
    if type(value) is str:
        if not value:
            return None
        if JSON_NUMBER.fullmatch(value):
            return parse_number(value)
    raise SchemaMismatchError


def _integer(value: Any) -> int | None:
    number = _number(value)
    if number is None or type(number) is int:
        return number
    whole = Decimal(str(number))  # the digits that were sent
    if whole.is_finite() and whole == whole.to_integral_value():
        return int(whole)
    raise SchemaMismatchError


def _boolean(value: Any) -> bool | None:
    if type(value) is bool or value is None:
        return value
    if value == "":
        return None
    raise SchemaMismatchError


def _date(value: Any) -> str | None:
    if type(value) is str:
        return _checked_date(value) if value else None
    if value is None:
        return None
    raise SchemaMismatchError


@lru_cache(maxsize=4096)
def _checked_date(text: str) -> str:
    """Return a valid day; of a time, the day it starts with."""
    try:
        return datetime.fromisoformat(text[:SECONDS_LENGTH]).date().isoformat()
    except ValueError:
        raise SchemaMismatchError from None


def _time(value: Any) -> str | None:
    """Cut a time to the second, as all but the offers' times are."""
    if type(value) is not str:
        if value is None:
            return None
        raise SchemaMismatchError
    if not value:
        return None
    try:
        if value[4::3] == "--T::Z":
            datetime.fromisoformat(value[:SECONDS_LENGTH])
            return value
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise SchemaMismatchError from None
    text = moment.isoformat(timespec="seconds")
    return text.replace("+00:00", "Z") if moment.tzinfo else f"{text}Z"


def _free_object(value: Any) -> Any:
    if type(value) is dict or value is None:
        return value
    if value in ("", []):
        return None
    raise SchemaMismatchError


def _object(fields: dict[str, Field], value: Any) -> Any:
    if not value and (value is None or value in ({}, "", [])):
        return None
    if type(value) is not dict:
        raise SchemaMismatchError
    unknown: Row = {}
    try:
        normalized = _normalize(fields, value, unknown)
    except SchemaMismatchError as error:
        raise SchemaMismatchError(f".{error}") from None
    return {**normalized, **unknown} if unknown else normalized


def _array(field: Field, value: Any) -> Any:
    if value is None or value == "":
        return None
    if type(value) is not list:
        raise SchemaMismatchError
    right, fix = field
    try:
        return [item if type(item) in right else fix(item) for item in value]
    except SchemaMismatchError as error:
        raise SchemaMismatchError(f"[]{error}") from None


_SCALARS: dict[str, Converter] = {
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "string": _string,
}

"""Convert values to the types of their schema, and find those that do not fit.

docs/moco-api.md, "Values", lists where MOCO differs. The schema decides; a field that
it does not declare is left alone, or reported as unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from tap_moco.api.decoding import parse_number
from tap_moco.records.fast_path import FastPath, declared_kind
from tap_moco.records.signatures import SIGNED_URL_FIELDS, unsigned, without_signatures
from tap_moco.timestamps import read_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_moco.row import Row

    Schema = Mapping[str, Any]
    Converter = Callable[[Any], Any]
    Field = tuple[frozenset[type], Converter]

JSON_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
RIGHT: dict[str, frozenset[type]] = {
    "boolean": frozenset({bool}),
    "integer": frozenset({int}),
    "number": frozenset({Decimal, float, int}),
}
"""Types whose values need no check; a text may be empty, or not be a time."""


class SchemaMismatchError(ValueError):
    """A value that fits no type of its schema; the text is the path of the field."""


class RecordNormalizer:
    """Converts the rows of one stream to the types of its schema.

    Args:
        schema: The stream's JSON schema.
        keep_signatures: Leave signed addresses as they are.
        own: Fields that hold custom fields.
        timespec: The precision to which times are cut; see `datetime.isoformat`.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        keep_signatures: bool = False,
        own: frozenset[str] = frozenset({"custom_properties"}),
        timespec: str = "seconds",
    ) -> None:
        """Prepare one function per field, and a look at whole rows."""
        self._clean: Converter = _same if keep_signatures else without_signatures
        self._fields = _Fields(self._clean, own, timespec).of(schema)
        signed = frozenset() if keep_signatures else SIGNED_URL_FIELDS
        self._fast_path = FastPath(schema, signed, None if keep_signatures else own)

    def normalize(self, row: Row) -> tuple[Row, Row]:
        """Return the converted row, and the fields that the schema lacks.

        Raises:
            SchemaMismatchError: A value fits no type that the schema allows.
        """
        if right := self._fast_path.try_normalize(row):
            return right, {}
        unknown: Row = {}
        normalized = _normalize(self._fields, row, unknown)
        return normalized, self._clean(unknown)


def _normalize(fields: dict[str, Field], row: Row, unknown: Row) -> Row:
    """Return a row with its declared fields converted; the others in `unknown`."""
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


@dataclass(frozen=True)
class _Fields:
    """Finds for each property the types that are right, and what converts others.

    Attributes:
        clean: Removes signatures from what the schema does not describe.
        own, timespec: See `RecordNormalizer`.
        is_own: The fields are inside one of `own`.
    """

    clean: Converter
    own: frozenset[str]
    timespec: str
    is_own: bool = False

    def of(self, schema: Schema) -> dict[str, Field]:
        """Return the fields of an object."""
        declared = schema.get("properties", {})
        return {name: self._field(name, field) for name, field in declared.items()}

    def _field(self, name: str, declared: Schema) -> Field:
        """Return one field."""
        inner = replace(self, is_own=self.is_own or name in self.own)
        kind, is_nullable = declared_kind(declared)
        right = set(RIGHT.get(kind, ()))
        if kind == "object":
            fields = inner.of(declared)
            fix: Converter = partial(_free_object, self.clean)
            if fields:
                fix = partial(_object, fields, self.clean)
        elif kind == "array":
            fix = partial(_array, inner._field("", declared["items"]))  # noqa: SLF001
        elif kind == "string":
            fix = inner._text(name, declared.get("format"))  # noqa: SLF001
        else:
            fix = _SCALARS[kind]
        if is_nullable:
            return frozenset(right | {type(None)}), fix
        return frozenset(right), partial(_required, fix)

    def _text(self, name: str, form: str | None) -> Converter:
        """Return what converts a text."""
        if form:
            forms: dict[str, Converter]
            forms = {"date": _date, "date-time": partial(_time, self.timespec)}
            return forms[form]
        if self.is_own:
            return partial(_cleaned, self.clean)
        if name in SIGNED_URL_FIELDS and self.clean is not _same:
            return partial(_cleaned, unsigned)
        return _string


def _same(value: Any) -> Any:
    """Leave a value as it is."""
    return value


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


def _cleaned(clean: Converter, value: Any) -> str | None:
    """Remove the signatures from a text."""
    text = _string(value)
    return clean(text) if text else None


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
    """Return a valid day; of a time, only the day."""
    try:
        return read_timestamp(text).date().isoformat()
    except ValueError:
        raise SchemaMismatchError from None


def _time(timespec: str, value: Any) -> str | None:
    """Write a time, usually to the second as MOCO usually does; an offset stays."""
    if type(value) is not str:
        if value is None:
            return None
        raise SchemaMismatchError
    if not value:
        return None
    try:
        moment = read_timestamp(value)
    except ValueError:
        raise SchemaMismatchError from None
    text = moment.isoformat(timespec=timespec)
    return text.replace("+00:00", "Z") if moment.tzinfo else f"{text}Z"


def _free_object(clean: Converter, value: Any) -> Any:
    """Return an object whose fields the account has defined, and the schema lacks."""
    if value is None or value in ("", []):
        return None
    if type(value) is not dict:
        raise SchemaMismatchError
    return {name: clean(inner) for name, inner in value.items()}


def _object(fields: dict[str, Field], clean: Converter, value: Any) -> Any:
    if not value and (value is None or value in ({}, "", [])):
        return None
    if type(value) is not dict:
        raise SchemaMismatchError
    unknown: Row = {}
    try:
        normalized = _normalize(fields, value, unknown)
    except SchemaMismatchError as error:
        raise SchemaMismatchError(f".{error}") from None
    return {**normalized, **clean(unknown)} if unknown else normalized


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
}

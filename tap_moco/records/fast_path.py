"""Find the rows that need no conversion, at msgspec's speed.

`RecordNormalizer` converts all others, field by field. The fast path never accepts a
row that the normalizer would change. If it rejects more than it has to, that only costs
time.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import UNSET, Meta, UnsetType, ValidationError, convert, defstruct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.row import Row

    Schema = Mapping[str, Any]

SCALARS: dict[str, Any] = {
    "boolean": bool,
    "date": date,
    "date-time": datetime,
    "integer": int,
    "number": int | float,
    "string": Annotated[str, Meta(min_length=1)],
}
"""By format, or by type where there is none."""
NONE = Annotated[str, Meta(min_length=1, max_length=0)]
"""A type of no value."""
UNUSUAL = re.compile(r'["\\\x00-\x1f]')
"""msgspec cannot declare fields with such names; rows that have one take the slow path.
"""
UNSIGNED = Annotated[str, Meta(pattern=r"^[^?]+\Z")]


class FastPath:
    """Recognizes rows that already have the types of their schema.

    Args:
        schema: The stream's JSON schema.
        signed: Names of fields whose addresses must have no query.
        own: Names of fields that hold custom fields, in which no address may be
            signed; None if signatures are kept.
    """

    def __init__(
        self,
        schema: Schema,
        signed: frozenset[str],
        own: frozenset[str] | None = None,
    ) -> None:
        """Make a type of the schema."""
        self._signed = signed
        self._own = own
        declared = schema["properties"]
        self._row = self._object(declared)
        self._texts = [
            name for name, field in declared.items() if "string" in field["type"]
        ]
        self._free = [
            name
            for name, field in declared.items()
            if own is not None
            and "object" in field["type"]
            and not field.get("properties")
        ]
        self._times = [
            n for n in self._texts if declared[n].get("format") == "date-time"
        ]

    def try_normalize(self, row: Row) -> Row | None:
        """Return a row with empty texts as nulls, if it needs no other change."""
        if "" in row.values():
            row = row.copy()
            for name in self._texts:
                if row.get(name) == "":
                    row[name] = None
        try:
            convert(row, self._row)
        except ValidationError:
            return None
        for name in self._free:
            if "?" in repr(row.get(name)):  # perhaps that of a signed address
                return None
        for name in self._times:
            text = row.get(name)
            if text and text[10::9] != "TZ":  # as 2024-01-31T12:00:00Z has them
                return None
        return row

    def _object(
        self, declared: Mapping[str, Schema], *, inner: bool = False, own: bool = False
    ) -> Any:
        """Return the type of an object, whose first field is required.

        So an empty object takes the slow path.
        """
        usual = [name for name in declared if not UNUSUAL.search(name)]
        if not usual:
            return NONE
        names = {f"f{number}": name for number, name in enumerate(usual)}
        types = [self._type(n, declared[n], inner=inner, own=own) for n in usual]
        first, *others = zip(names, types, strict=True)
        fields: list[Any] = [(n, of | UnsetType, UNSET) for n, of in others]
        fields.insert(0, first)
        return defstruct(
            "Row", fields, rename=names, forbid_unknown_fields=True, gc=False
        )

    def _type(self, name: str, schema: Schema, *, inner: bool, own: bool) -> Any:
        """Return the type of a field.

        Times and free objects inside another object are rare, and take the slow path.
        """
        kind, is_nullable = declared_kind(schema)
        own = own or (self._own is not None and name in self._own)
        if kind == "object":
            declared = schema.get("properties")
            free = NONE if inner else dict
            fit: Any = self._object(declared, inner=True, own=own) if declared else free
        elif kind == "array":
            items = self._type(name, schema["items"], inner=True, own=own)
            fit = list[items]  # type: ignore[valid-type]
        elif inner and schema.get("format") == "date-time":
            fit = NONE
        else:
            fit = SCALARS[schema.get("format", kind)]
        if fit is SCALARS["string"] and (own or name in self._signed):
            fit = UNSIGNED
        return fit | None if is_nullable else fit


def declared_kind(schema: Schema) -> tuple[str, bool]:
    """Return the type of a field apart from null, and whether it may be null."""
    types = schema["type"]
    names = [types] if isinstance(types, str) else types
    return next(name for name in names if name != "null"), "null" in names

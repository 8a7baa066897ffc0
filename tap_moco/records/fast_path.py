"""Tell the rows that may leave as they are, at msgspec's speed.

`RecordNormalizer` converts all others, field by field. The fast path never accepts
what the normalizer would change; where it accepts less, that only costs time.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import UNSET, Meta, UnsetType, ValidationError, convert, defstruct

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = dict[str, Any]
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
NONE = Annotated[str, Meta(max_length=0)]
UNUSUAL = re.compile(r'["\\\x00-\x1f]')
"""msgspec has no fields of such names, so that who has one never fits."""
UNSIGNED = Annotated[str, Meta(pattern=r"^[^?]+\Z")]


class FastPath:
    """What the right rows of a stream look like.

    Args:
        schema: The stream's JSON schema.
        signed: Names of fields whose addresses must have no query.
    """

    def __init__(self, schema: Schema, signed: frozenset[str]) -> None:
        """Make a type of the schema."""
        self._signed = signed
        declared = schema["properties"]
        self._row = self._object(declared, inner=False)
        self._texts = [
            name for name, field in declared.items() if "string" in field["type"]
        ]
        self._times = [
            n for n in self._texts if declared[n].get("format") == "date-time"
        ]

    def try_normalize(self, row: Row) -> Row | None:
        """Return a row with empty texts as nulls, if that is all it needs."""
        if "" in row.values():
            row = row.copy()
            for name in self._texts:
                if row.get(name) == "":
                    row[name] = None
        try:
            convert(row, self._row)
        except ValidationError:
            return None
        for name in self._times:
            text = row.get(name)
            if text and text[10::9] != "TZ":  # as 2024-01-31T12:00:00Z has them
                return None
        return row

    def _object(self, declared: Mapping[str, Schema], *, inner: bool) -> Any:
        """Return the type of an object; its first field is never left out.

        An empty object is one that is to be normalized.
        """
        usual = [name for name in declared if not UNUSUAL.search(name)]
        if not usual:
            return NONE
        names = {f"f{number}": name for number, name in enumerate(usual)}
        types = [self._type(name, declared[name], inner=inner) for name in usual]
        first, *others = zip(names, types, strict=True)
        fields: list[Any] = [(n, of | UnsetType, UNSET) for n, of in others]
        fields.insert(0, first)
        return defstruct(
            "Row", fields, rename=names, forbid_unknown_fields=True, gc=False
        )

    def _type(self, name: str, schema: Schema, *, inner: bool) -> Any:
        """Return the type of a field; times inside another are rare, so never fit."""
        kind, is_nullable = declared_kind(schema)
        declared = schema.get("properties")
        if kind == "object":
            fit: Any = self._object(declared, inner=True) if declared else dict
        elif kind == "array":
            items = schema["items"]
            fit = list[self._type(name, items, inner=True)]  # type: ignore[misc]
        elif inner and schema.get("format") == "date-time":
            fit = NONE
        elif name in self._signed:
            fit = UNSIGNED
        else:
            fit = SCALARS[schema.get("format", kind)]
        return fit | None if is_nullable else fit


def declared_kind(schema: Schema) -> tuple[str, bool]:
    """Return the type of a field but null, and whether it may be null."""
    types = schema["type"]
    names = [types] if isinstance(types, str) else types
    return next(name for name in names if name != "null"), "null" in names

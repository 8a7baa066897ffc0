"""Convert values of custom fields to the type of their column.

MOCO sends text, or a list of texts for multiple choice; it keeps what was entered when
the field was of another kind (docs/moco-api.md, Values).
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Schema = dict[str, Any]

SCHEMAS: dict[str, Schema] = {
    "text": {"type": ["null", "string"]},
    "boolean": {"type": ["null", "boolean"]},
    "date": {"type": ["null", "string"], "format": "date"},
    "list": {"type": ["null", "array"], "items": {"type": ["null", "string"]}},
}
"""JSON schemas by the type of a column."""

BOOLEANS = {"0": False, "1": True}
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class MisfitError(ValueError):
    """A value does not fit the kind of its field."""


def read_value(value: Any, kind: str) -> Any:
    """Return a value in the type of its column.

    Raises:
        MisfitError: It cannot be converted.
    """
    return None if value is None or value == "" else _READERS[kind](value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    raise MisfitError


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in BOOLEANS:
        return BOOLEANS[value]
    raise MisfitError


def _date(value: Any) -> str:
    if isinstance(value, str) and DAY.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise MisfitError


def _list(value: Any) -> list[str | None]:
    if isinstance(value, list):
        return [None if item is None else _text(item) for item in value]
    raise MisfitError


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "boolean": _boolean,
    "date": _date,
    "list": _list,
}

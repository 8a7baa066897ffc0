"""Values as a target stores them, against the values that they should be."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .recordings import Keyed, Row

ESCAPES = str.maketrans({"\n": r"\n", "\r": r"\r", "\t": r"\t"})
NESTED = {"object", "array"}
TRUE, FALSE = {"true", "1", "t"}, {"false", "0", "f"}


def plain(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a value free of how a target stores it.

    Args:
        value: What the store gave; text where it has only text.
        schema: The field's JSON schema.

    Returns:
        Numbers as floats, times as aware datetimes, nested values as dicts and
        lists; a value that cannot be read as its type, unchanged.
    """
    if value is None or value == "":
        return None
    try:
        return _typed(value, schema)
    except (TypeError, ValueError):
        return value


def _typed(value: Any, schema: Mapping[str, Any]) -> Any:
    named = schema.get("type", ())
    types = {named} if isinstance(named, str) else set(named)
    form = schema.get("format")
    if types & NESTED:
        nested = json.loads(value) if isinstance(value, str) else value
        return _nested(nested, schema)
    if "boolean" in types:
        return _boolean(value)
    if types & {"integer", "number"}:
        return float(value)
    if form == "date-time":
        return _moment(value)
    return str(value)[: len("2024-01-31")] if form == "date" else value


def _boolean(value: Any) -> bool:
    word = str(value).lower()
    if word not in TRUE | FALSE:
        raise ValueError(value)
    return word in TRUE


def _moment(value: Any) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    aware: datetime = value.replace(tzinfo=value.tzinfo or timezone.utc)
    return aware


def _nested(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a nested value with numbers as floats, and without what is null."""
    if isinstance(value, dict):
        kinds = schema.get("properties", {})
        fields = {name: _nested(v, kinds.get(name, {})) for name, v in value.items()}
        return {name: field for name, field in fields.items() if field is not None}
    if isinstance(value, list):
        return [_nested(one, schema.get("items", {})) for one in value]
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        is_flag = "boolean" in schema.get("type", ()) and value in (0, 1)
        return bool(value) if is_flag else float(value)
    return value


def manner(wanted: Any, stored: Any) -> str:
    """Say in a few words how a stored value differs from the one wanted."""
    if stored is None:
        return "values are missing"
    if isinstance(wanted, str) and stored == wanted.translate(ESCAPES):
        return r"line breaks and tabs in texts become the characters `\n` and `\t`"
    if isinstance(wanted, (dict, list)) and isinstance(stored, str):
        try:
            ast.literal_eval(stored.replace("Decimal(", "("))
        except (SyntaxError, ValueError):
            return "nested values are text that is not JSON"
        return "nested values are written as Python's `repr`, not as JSON"
    if isinstance(wanted, dict) and isinstance(stored, dict):
        return "lists inside of objects become text"
    return "values are changed"


@dataclass
class Difference:
    """What two sets of tables do not agree on.

    Attributes:
        values: How many values were compared.
        missing: Keys that should be there and are not, by stream.
        left: Keys that should not be there and are, by stream.
        manners: How stored values differ; stream, field, wanted and stored value of
            the first of each.
    """

    values: int = 0
    missing: dict[str, set[Any]] = field(default_factory=dict)
    left: dict[str, set[Any]] = field(default_factory=dict)
    manners: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def add(self, stream: str, schema: Row, wanted: Keyed, stored: Keyed) -> None:
        """Compare one table, whose columns are those of the schema."""
        if missing := wanted.keys() - stored.keys():
            self.missing[stream] = missing
        if left := stored.keys() - wanted.keys():
            self.left[stream] = left
        for key in wanted.keys() & stored.keys():
            for name, kind in schema["properties"].items():
                self._compare(
                    (stream, name),
                    plain(wanted[key].get(name), kind),
                    plain(stored[key].get(name), kind),
                )

    def _compare(self, where: tuple[str, str], wanted: Any, stored: Any) -> None:
        self.values += 1
        if wanted == stored:
            return
        self.manners.setdefault(manner(wanted, stored), (*where, wanted, stored))


def keyed(rows: list[Row], names: list[str], schema: Row) -> Keyed:
    """Return a table's rows by their key, free of how the key is stored.

    Where a key comes more than once, the last row counts.
    """
    kinds = [schema["properties"][name] for name in names]
    return {
        tuple(
            plain(row.get(name), kind) for name, kind in zip(names, kinds, strict=True)
        ): row
        for row in rows
    }

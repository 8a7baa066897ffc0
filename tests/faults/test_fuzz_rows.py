"""Random rows: valid when they are normalized, or rejected."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from tap_moco.records.normalize import RecordNormalizer, SchemaMismatchError
from tap_moco.records.signatures import SIGNED_URL_FIELDS
from tap_moco.streams.registry import stream_names
from tap_moco.streams.schema import SCHEMAS

from .chance import JSON

CHECKER = FormatChecker()
TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        "\"'`\n\r\t\\",
        "\u2028\u2029",
        "nul \x00 here",
        "😀 🏳️‍🌈",
        '=HYPERLINK("http://x")',
        "-2+3",
        "0001-01-01",
        "9999-12-31",
        "2024-02-29T12:00:00.123Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59+14:00",
        "2024-06-01T12:00:00+02:00",
        "20240601",
        "2024-W01-1",
        "24:00",
        "1e400",
        "NaN",
        "Infinity",
        "1_000",
        "٣",
        " 5 ",
        "x" * 100_000,
    ]
)
NUMBERS = st.sampled_from(
    [0, -1, 2**63, 10**40, 0.1, 1e-300, 1.7e308, Decimal("0.12345678901234567890")]
)
DEEP: Any = {}
for _ in range(50):
    DEEP = {"deeper": [DEEP]}
VALUES = st.one_of(JSON, TEXTS, NUMBERS, st.just(DEEP), st.just({}), st.just([]))


def _fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that mostly fit a schema."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = next(name for name in types if name != "null")
    if kind == "object":
        inner = {
            n: _fitting(s) | VALUES for n, s in schema.get("properties", {}).items()
        }
        return st.fixed_dictionaries({}, optional=inner) if inner else st.just({})
    if kind == "array":
        return st.lists(_fitting(schema.get("items", {"type": "string"})), max_size=2)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "string": TEXTS,
        "integer": st.integers() | NUMBERS,
        "number": NUMBERS | st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
    }
    return simple[kind]


@cache
def _schema(name: str) -> dict[str, Any]:
    return SCHEMAS.fetch_schema(name)


@pytest.mark.parametrize("name", sorted(stream_names()))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_rows(name: str, data: st.DataObject) -> None:
    """A row is valid when it is normalized, loses nothing, or is rejected."""
    schema = _schema(name)
    properties = schema["properties"]
    few = data.draw(
        st.lists(st.sampled_from(sorted(properties)), max_size=4, unique=True)
    )
    row = {n: data.draw(_fitting(properties[n]) | VALUES) for n in few}
    row |= data.draw(st.dictionaries(st.text(max_size=6), VALUES, max_size=1))
    before = copy.deepcopy(row)
    try:
        record, unknown = RecordNormalizer(schema).normalize(row)
    except SchemaMismatchError as error:
        field = str(error).split(".")[0].split("[")[0]
        assert field in row
        return
    assert row == before, "the row itself was changed"
    assert record.keys() | unknown.keys() == row.keys()
    assert all(unknown[n] == row[n] for n in unknown)
    partial = {k: v for k, v in schema.items() if k != "required"}
    errors = Draft202012Validator(partial, format_checker=CHECKER).iter_errors(
        _plain(record)
    )
    assert not list(errors), list(errors)
    for field, value in record.items():
        _check_kept(properties[field], field, row[field], value)


def _plain(record: Any) -> Any:
    """Return the record as jsonschema knows values."""
    return json.loads(json.dumps(record, default=float))


def _check_kept(schema: dict[str, Any], field: str, before: Any, after: Any) -> None:
    """Text stays as it is, but where docs/moco-api.md says otherwise."""
    types = schema["type"]
    is_text = (
        "string" in types
        and not schema.get("format")
        and field not in SIGNED_URL_FIELDS
    )
    if isinstance(before, str) and is_text:
        assert after == (before or None)
    if isinstance(before, (int, Decimal)) and "number" in types:
        assert after == before
    if "object" in types and not schema.get("properties") and isinstance(before, dict):
        assert after == before

"""What the matrix of targets calls right, and what it does not."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

from .comparison import Difference, keyed, plain

NESTED = {"type": ["object", "null"], "properties": {"id": {"type": "integer"}}}
SCHEMA = {
    "properties": {
        "id": {"type": "integer"},
        "text": {"type": ["string", "null"]},
        "customer": NESTED,
        "on": {"type": ["string", "null"], "format": "date"},
    }
}
ROW = {"id": 1, "text": "a\nb\tc", "customer": {"id": 7}, "on": "2024-01-31"}


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        ("", {"type": ["string", "null"]}, None),
        ("7", {"type": "integer"}, 7.0),
        (Decimal("1.50"), {"type": ["number", "null"]}, 1.5),
        ("True", {"type": ["boolean", "null"]}, True),
        (0, {"type": ["boolean", "null"]}, False),
        ("maybe", {"type": ["boolean", "null"]}, "maybe"),
        (
            "2024-01-31T12:00:00Z",
            {"type": "string", "format": "date-time"},
            datetime(2024, 1, 31, 12, tzinfo=timezone.utc),
        ),
        (
            datetime(2024, 1, 31, 12),  # noqa: DTZ001 - as a column without a zone
            {"type": "string", "format": "date-time"},
            datetime(2024, 1, 31, 12, tzinfo=timezone.utc),
        ),
        ('{"id": 7, "name": null}', NESTED, {"id": 7.0}),
        ("{'id': 7}", NESTED, "{'id': 7}"),
    ],
)
def test_values_are_compared_free_of_their_storage(
    value: Any, kind: dict[str, Any], wanted: Any
) -> None:
    assert plain(value, kind) == wanted


def compared(*stored: dict[str, Any]) -> Difference:
    """Compare rows with the one row that there should be."""
    difference = Difference()
    wanted = keyed([ROW], ["id"], SCHEMA)
    difference.add("rows", SCHEMA, wanted, keyed([*stored], ["id"], SCHEMA))
    return difference


def test_the_same_row_as_text_is_right() -> None:
    row = {**ROW, "id": "1", "customer": '{"id": 7}', "on": "2024-01-31 00:00:00"}
    difference = compared(row)
    assert (difference.missing, difference.left, difference.manners) == ({}, {}, {})
    assert difference.values == len(SCHEMA["properties"])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"text": r"a\nb\tc"}, "line breaks"),
        ({"text": "a b c"}, "changed"),
        ({"text": None}, "missing"),
        ({"customer": "{'id': 7}"}, "repr"),
        ({"customer": "id 7"}, "not JSON"),
        ({"customer": {"id": 8}}, "become text|changed"),
        ({"on": "2024-01-30"}, "changed"),
    ],
)
def test_a_value_that_differs_is_named(change: dict[str, Any], word: str) -> None:
    (manner,) = compared({**ROW, **change}).manners
    assert any(one in manner for one in word.split("|"))


def test_rows_too_few_and_too_many() -> None:
    difference = compared({**ROW, "id": 2})
    assert difference.missing == {"rows": {(1,)}}
    assert difference.left == {"rows": {(2,)}}

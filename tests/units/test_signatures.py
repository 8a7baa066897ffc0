"""Signed addresses: which lose their query, and where."""

from __future__ import annotations

from typing import Any

import pytest

from tap_moco.records.normalize import RecordNormalizer

from .test_normalize import FREE, INTEGER, TEXT, maybe, normalize

SIGNED_URL_FIELDS = "https://files.example/a.pdf?expires=5&signature=s3cr3t"


@pytest.mark.parametrize(
    "name", ["file_url", "attachment_url", "avatar_url", "signature_url"]
)
def test_signature_is_cut(name: str) -> None:
    assert normalize(TEXT, SIGNED_URL_FIELDS, name) == "https://files.example/a.pdf"
    assert (
        normalize(TEXT, SIGNED_URL_FIELDS, name, keep_signatures=True)
        == SIGNED_URL_FIELDS
    )
    assert normalize(TEXT, "", name) is None


def test_signature_is_cut_at_any_depth() -> None:
    inner = maybe("object", properties={"file_url": TEXT})
    schema = maybe(
        "object", properties={"document": inner, "all": maybe("array", items=inner)}
    )
    sent = {
        "document": {"file_url": SIGNED_URL_FIELDS},
        "all": [{"file_url": SIGNED_URL_FIELDS}],
    }
    cut = {"file_url": "https://files.example/a.pdf"}
    assert normalize(schema, sent) == {"document": cut, "all": [cut]}


def test_other_addresses_keep_their_query() -> None:
    assert (
        normalize(TEXT, SIGNED_URL_FIELDS, "customer_report_url") == SIGNED_URL_FIELDS
    )


AWS = "https://s3.example/a.pdf?X-Amz-Date=1&X-Amz-Signature=s3cr3t"
SAS = "HTTPS://blob.example/a%20b.pdf?sv=2024&se=2026&sig=s3cr3t%3D"
GOOGLE = "http://files.example/a?x%2Dgoog%2Dsignature=s3cr3t"
CLOUDFRONT = "https://cdn.example/a?Policy=p&Signature=s3cr3t&Key-Pair-Id=K#p1"
EXPIRES = "https://files.example/a?Expires=5&token=s3cr3t"
ADDRESSES = [SIGNED_URL_FIELDS, AWS, SAS, GOOGLE, CLOUDFRONT, EXPIRES]
HARMLESS = [
    "https://wiki.example/?page=3&assign=you&significance=5",
    "https://wiki.example/a?",
    "Is this signed? sig=no",
    "mailto:a@example.com?signature=yes",
    "",
]


def carried(texts: list[str]) -> dict[str, Any]:
    """Return a value that holds texts in every way."""
    return {
        "text": texts[0],
        "list": [*texts, 5, None],
        "deep": {"a": [{"b": texts[0]}], "flag": True},
        "prose": f"see <{texts[0]}>\nand {texts[0]} for more",
    }


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("place", ["unknown", "nested", "free", "typed", "column"])
def test_signature_is_cut_wherever_it_is(address: str, place: str) -> None:
    """Fields that MOCO has added, nested ones, and the account's own fields."""
    bare = address.partition("?")[0]
    assert _carry(carried([address]), place) == carried([bare])
    assert _carry(carried([address]), place, keep_signatures=True) == carried([address])


@pytest.mark.parametrize("text", HARMLESS)
@pytest.mark.parametrize("place", ["unknown", "nested", "free", "typed", "column"])
def test_texts_without_a_signature_stay(text: str, place: str) -> None:
    sent = carried([text])
    if not text and place in {"typed", "column"}:
        sent |= {"text": None}  # as everywhere
        sent["list"] = [None, 5, None]
    assert _carry(carried([text]), place) == sent


def _carry(value: dict[str, Any], place: str, **more: Any) -> Any:
    """Return a value as it leaves from a place."""
    fields = {
        "text": TEXT,
        "list": maybe("array", items=TEXT),
        "deep": maybe("object", properties={}),
        "prose": TEXT,
    }
    if place == "unknown":
        return RecordNormalizer({"properties": {"id": INTEGER}}, **more).normalize(
            {"id": 1, "new": value}
        )[1]["new"]
    if place == "nested":
        sent = {"id": 1, "new": value}
        return normalize(maybe("object", properties={"id": INTEGER}), sent, **more)[
            "new"
        ]
    if place == "free":
        return normalize(FREE, value, "custom_properties", **more)
    value = {**value, "list": [v for v in value["list"] if v != 5]}
    if place == "typed":
        typed = maybe("object", properties=fields)
        normalized = normalize(typed, value, "custom_properties", **more)
    else:
        normalizer = RecordNormalizer(
            {"properties": fields}, own=frozenset(fields), **more
        )
        normalized = normalizer.normalize(value)[0]
    return {**normalized, "list": [*normalized["list"][:-1], 5, None]}


def test_field_that_moco_signs_loses_its_query_where_it_is_new() -> None:
    sent = {"id": 1, "document": {"file_url": "https://files.example/a?b=1"}}
    _, unknown = RecordNormalizer({"properties": {"id": INTEGER}}).normalize(sent)
    assert unknown == {"document": {"file_url": "https://files.example/a"}}


def test_own_field_of_a_name_that_moco_signs() -> None:
    """It is the account's, and only loses what looks like a signature."""
    own = {"file": "https://files.example/a?b=1"}
    typed = maybe("object", properties={"file": TEXT})
    assert normalize(FREE, own, "custom_properties") == own
    assert normalize(typed, own, "custom_properties") == own

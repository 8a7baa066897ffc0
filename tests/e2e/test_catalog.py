"""What `--discover` offers: the schemas as they are stored, and streams.txt.

`UPDATE_STREAMS=1 pytest tests/e2e/test_catalog.py` writes a change that is meant into
streams.txt, where it is reviewed.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_moco.streams.registry import stream_classes
from tests.support.environments import ROOT
from tests.support.runs import discovered, stream_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.target import Row

TABLE = Path(__file__).with_name("streams.txt")
HEAD = ("stream", "default", "key", "replication key", "MOCO's path", "fields")
FORMATS = {"date", "date-time"}


def entry(stream: str) -> Row:
    """Return what the catalog says of a stream."""
    (found,) = [e for e in discovered()["streams"] if e["tap_stream_id"] == stream]
    return dict(found)


def metadata(stream: str) -> dict[tuple[str, ...], Row]:
    """Return the metadata by breadcrumb."""
    return {tuple(m["breadcrumb"]): m["metadata"] for m in entry(stream)["metadata"]}


def properties(schema: Row, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the breadcrumbs of all properties, those of objects within included."""
    for name, inner in schema.get("properties", {}).items():
        breadcrumb = (*above, "properties", name)
        yield breadcrumb
        yield from properties(inner, breadcrumb)


def declared(schema: Row) -> Iterator[list[str]]:
    """Yield the types of a schema and of all schemas in it."""
    if types := schema.get("type"):
        yield [types] if isinstance(types, str) else types
    items = [schema["items"]] if "items" in schema else []
    for inner in (*schema.get("properties", {}).values(), *items):
        yield from declared(inner)


def kinds(schema: Row) -> Iterator[str]:
    """Yield the type or the format of each field, at every depth."""
    for inner in schema.get("properties", {}).values():
        types = inner["type"] if isinstance(inner["type"], list) else [inner["type"]]
        named = "/".join(name for name in types if name != "null")
        yield inner["format"] if inner.get("format") in FORMATS else named
        yield from kinds(inner)
        yield from kinds(inner.get("items", {}))


def fields(schema: Row) -> str:
    """Say how many fields there are, and of which kinds."""
    counts = Counter(kinds(schema))
    words = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    return f"{counts.total()}: {words}"


def table() -> str:
    """Return a line for each stream."""
    rows = [HEAD]
    for stream in stream_classes():
        name = vars(stream)["name"]
        found = entry(name)
        is_on = metadata(name)[()]["selected-by-default"]
        rows.append(
            (
                name,
                "on" if is_on else "off",
                " ".join(found["key_properties"]),
                found.get("replication_key", "-"),
                stream.path or "-",
                fields(found["schema"]),
            )
        )
    return "".join(" | ".join(row) + "\n" for row in rows)


def test_the_streams_are_those_of_the_table() -> None:
    if os.environ.get("UPDATE_STREAMS"):
        TABLE.write_text(table(), encoding="utf-8")
    assert table().split("\n") == TABLE.read_text(encoding="utf-8").split("\n")


@pytest.mark.parametrize("stream", stream_names())
def test_the_schema_is_the_stored_one(stream: str) -> None:
    stored = ROOT / "schemas" / f"{stream}.json"
    assert entry(stream)["schema"] == json.loads(stored.read_text(encoding="utf-8"))


@pytest.mark.parametrize("stream", stream_names())
def test_null_is_the_first_type(stream: str) -> None:
    """Some targets look at one type of the two only."""
    types = [kind for kind in declared(entry(stream)["schema"]) if "null" in kind]
    assert types
    assert {kind[0] for kind in types} == {"null"}


def test_no_schema_is_left_over() -> None:
    stored = {path.stem for path in (ROOT / "schemas").glob("*.json")}
    assert stored == set(stream_names())


@pytest.mark.parametrize("stream", stream_names())
def test_metadata(stream: str) -> None:
    """Keys and replication keys cannot be left out; all else can, at every depth."""
    found, given = entry(stream), metadata(stream)
    root = given.pop(())
    replication_key = found.get("replication_key")
    kept = {
        ("properties", name) for name in (*found["key_properties"], replication_key)
    }
    assert given == {
        breadcrumb: {"inclusion": "automatic" if breadcrumb in kept else "available"}
        for breadcrumb in properties(found["schema"])
    }
    assert root.pop("inclusion") == "available"
    assert root.pop("selected") == root.pop("selected-by-default")
    assert root.pop("table-key-properties") == found["key_properties"]
    method = found["replication_method"]
    if replication_key:
        assert method == "INCREMENTAL"
        assert root.pop("replication-key") == replication_key
        assert root.pop("valid-replication-keys") == [replication_key]
    else:
        assert method == "FULL_TABLE"
    assert root == {}

"""`make drift-schema` shows what MOCO's document has that the schemas have not."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.environments import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TOOL = ROOT / "tools" / "drift_schema.py"
USER = {"properties": {"id": {"type": "integer"}, "nick": {"type": "string"}}}


def answer(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the description of an operation."""
    content = {"application/json": {"schema": schema}}
    return {"get": {"responses": {"200": {"content": content}}}}


def compared(folder: Path, paths: dict[str, Any]) -> tuple[int, list[str]]:
    """Compare a document; return the status and the lines, but for absent paths."""
    document = folder / "openapi.json"
    components = {"schemas": {"User": USER}}
    document.write_text(json.dumps({"paths": paths, "components": components}))
    done = subprocess.run(
        [sys.executable, TOOL, document],
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    lines = done.stdout.splitlines()[:-1]
    return done.returncode, [line for line in lines if "has no GET" not in line]


def test_fields_that_are_new_and_of_another_type(tmp_path: Path) -> None:
    record = {
        "allOf": [
            {"properties": {"id": {"type": "integer"}, "hours": {"type": "string"}}},
            {"properties": {"mood": {"type": "string"}, "seconds": {"type": "number"}}},
            {"properties": {"user": {"$ref": "#/components/schemas/User"}}},
        ]
    }
    status, lines = compared(
        tmp_path, {"/activities": answer({"type": "array", "items": record})}
    )
    assert status == 1
    assert lines == [
        "activities.hours: ['number'] here, string there",
        "activities.mood: new: string",
        "activities.seconds: ['integer'] here, number there",
        "activities.user.nick: new: string",
    ]


def test_details_need_not_repeat_what_the_list_has(tmp_path: Path) -> None:
    """And a parameter may have any name."""
    record = {"properties": {"title": {"type": "string"}, "footer": {"type": "string"}}}
    assert compared(tmp_path, {"/invoices/{number}": answer(record)})[1] == []
    record["properties"]["mood"] = {"type": "string"}
    lines = compared(tmp_path, {"/invoices/{number}": answer(record)})[1]
    assert lines == ["invoice_details.mood: new: string"]


def test_a_path_that_is_gone(tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_text('{"paths": {}}')
    done = subprocess.run(
        [sys.executable, TOOL, document], capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"activities: the document has no GET /activities\n" in done.stdout


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"openapi": "3.0.3"}'])
def test_what_is_no_document_is_one_line(tmp_path: Path, text: str) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(text)
    done = subprocess.run(
        [sys.executable, TOOL, document], capture_output=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.count(b"this is no OpenAPI document: ") == 1
    assert b"Traceback" not in done.stderr

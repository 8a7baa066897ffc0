"""Compare MOCO's OpenAPI document with the schemas, and print the differences.

`make drift-schema ARGS=openapi.json` (or an address) shows which fields MOCO documents
that a stream lacks, and which have another type here. Exit status 1 if there are some.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
import yaml

from tap_moco.tap import TapMoco

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Schema = dict[str, Any]
PARAMETER = re.compile(r"\{\w+\}")
NUMBERS = {"integer", "number"}
RESHAPED = {"account_hourly_rates", "account_internal_hourly_rates"}
"""Streams whose rows are parts of the one object that MOCO answers."""


def main() -> int:
    """Print one line per difference; return 1 if there is one."""
    parser = argparse.ArgumentParser(prog="make drift-schema", description=__doc__)
    parser.add_argument("document", help="a file or an address of JSON or YAML")
    try:
        document = Document(read(parser.parse_args().document))
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        parser.error(f"this is no OpenAPI document: {' '.join(str(error).split())}")
    config = {"domain": "example", "api_key": "none"}
    streams = TapMoco(config=config, validate_config=False).streams
    lines = [
        f"{name}{path}: {what}"
        for name in streams.keys() - RESHAPED
        for path, what in compare_stream(name, streams, document)
    ]
    count = f"{len(lines)} differences in {len(streams)} streams"
    print("\n".join([*sorted(lines), count]))
    return int(bool(lines))


def read(source: str) -> Schema:
    """Return a document.

    Args:
        source: A path, or an address that begins with https.
    """
    if source.startswith("https://"):
        answer = requests.get(source, timeout=60)
        answer.raise_for_status()
        text = answer.text
    else:
        text = Path(source).read_text(encoding="utf-8")
    document: Schema = yaml.safe_load(text)  # JSON is YAML, too
    return document


class Document:
    """An OpenAPI document."""

    def __init__(self, content: Schema) -> None:
        """Know the paths, whatever their parameters are called."""
        self._content = content
        self._paths = {
            PARAMETER.sub("{}", path): operations["get"]
            for path, operations in content["paths"].items()
            if "get" in operations
        }

    def record(self, path: str) -> Schema | None:
        """Return the schema of one record of a path, or nothing."""
        operation = self._paths.get(PARAMETER.sub("{}", path.partition("?")[0]))
        if operation is None:
            return None
        content = operation["responses"].get("200", {}).get("content", {})
        schema = self.resolved(content.get("application/json", {}).get("schema", {}))
        return self.resolved(schema["items"]) if "items" in schema else schema

    def resolved(self, schema: Schema) -> Schema:
        """Return a schema without `$ref` and `allOf` at its top."""
        if "$ref" in schema:
            found: Any = self._content
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            return self.resolved(found)
        whole = {**schema, "properties": dict(schema.get("properties", {}))}
        for part in whole.pop("allOf", ()):
            inner = self.resolved(part)
            whole["properties"] |= inner["properties"]
            whole |= {k: v for k, v in inner.items() if k != "properties"}
        return whole


def compare_stream(
    name: str, streams: Mapping[str, Any], document: Document
) -> Iterator[tuple[str, str]]:
    """Yield path and difference of each field of a stream."""
    path: str = streams[name].path
    record = document.record(path)
    if record is None:
        yield "", f"the document has no GET {path}"
    elif record["properties"]:  # else the document does not say what the answer has
        yield from compare(_whole_schema(name, streams), record, document)


def _whole_schema(name: str, streams: Mapping[str, Any]) -> Schema:
    """Return a stream's schema, for details with what the stream of the list has."""
    stream = streams[name]
    schema: Schema = stream.schema
    if stream.parent_stream_type:
        parent = streams[vars(stream.parent_stream_type)["name"]]
        if stream.path == f"{parent.path}/{{id}}":
            return {
                "properties": {**parent.schema["properties"], **schema["properties"]}
            }
    return schema


def compare(
    ours: Mapping[str, Any], theirs: Schema, document: Document, at: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield path and difference of each field that the document names."""
    declared = ours.get("properties")
    if declared is None:  # an object whose fields are not known beforehand
        return
    for name, given in theirs["properties"].items():
        path, schema = f"{at}.{name}", document.resolved(given)
        if name not in declared:
            yield path, f"new: {schema.get('type', 'of no type')}"
            continue
        mine = declared[name]
        if not _agree(mine, schema):
            yield path, f"{_types(mine)} here, {schema['type']} there"
        elif "items" in schema and "items" in mine:
            inner = document.resolved(schema["items"])
            yield from compare(mine["items"], inner, document, f"{path}[]")
        else:
            yield from compare(mine, schema, document, path)


def _agree(mine: Mapping[str, Any], schema: Schema) -> bool:
    """Return whether a value of MOCO's type has room in ours."""
    types = _types(mine)
    theirs = schema.get("type")
    return (
        theirs is None or theirs in types or (theirs in NUMBERS and "number" in types)
    )


def _types(schema: Mapping[str, Any]) -> list[str]:
    named = schema.get("type", [])
    types = [named] if isinstance(named, str) else named
    return [name for name in types if name != "null"]


if __name__ == "__main__":
    sys.exit(main())

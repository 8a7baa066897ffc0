"""Catalogs that were made by an older tap, or with other settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import Schema

from tap_moco.records.column_names import PREFIX
from tap_moco.records.definitions import ENTITIES

if TYPE_CHECKING:
    from singer_sdk.singerlib import CatalogEntry


def complete_entry(entry: CatalogEntry, name: str, schema: dict[str, Any]) -> None:
    """Add to a stream's entry in a catalog what it does not mention.

    Args:
        entry: The entry of the stream, changed in place.
        name: The name of the stream.
        schema: The schema of the stream, as it is today.
    """
    full = Schema.from_dict(schema)
    entry.schema.type = entry.schema.type or "object"
    entry.schema.description = schema.get("description")
    mentioned = entry.schema.properties or {}
    if name in ENTITIES:
        mentioned = _replace_custom_fields(entry, full.properties or {})
    entry.schema.properties = {**(full.properties or {}), **mentioned}


def _replace_custom_fields(
    entry: CatalogEntry, today: dict[str, Schema]
) -> dict[str, Schema]:
    """Select custom fields as an entry does, whatever their columns were called then.

    Returns:
        The other properties that the entry mentions.
    """
    mentioned: dict[str, Schema] = entry.schema.properties or {}
    own = {n: schema for n, schema in mentioned.items() if n.startswith(PREFIX)}
    chosen = {
        schema.title: selection
        for name, schema in own.items()
        if schema.title and (selection := entry.metadata.get(("properties", name)))
    }
    for name, schema in today.items():
        if name.startswith(PREFIX) and schema.title in chosen:
            entry.metadata["properties", name] = chosen[schema.title]
    return {n: schema for n, schema in mentioned.items() if n not in own}

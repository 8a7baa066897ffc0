"""The schema of a stream: its file, with what settings and the account add to it."""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from singer_sdk.schema.source import SchemaDirectory

from tap_moco.records.custom_fields import CustomFields, custom_fields_of
from tap_moco.records.maker import UNKNOWN_COLUMN
from tap_moco.spool.targets import WATCHED_STREAMS
from tap_moco.streams.stream_deletes import DELETED_AT

if TYPE_CHECKING:
    from tap_moco.context import RunContext

SCHEMAS = SchemaDirectory(files("tap_moco.schemas"))


class StreamSchema:
    """The schema of one stream in this run.

    Args:
        stream: Its name.
        context: What is known of the run.
    """

    def __init__(self, stream: str, context: RunContext) -> None:
        """Read no file yet."""
        self._stream = stream
        self._context = context

    @cached_property
    def custom_fields(self) -> CustomFields | None:
        """The account's custom fields of this stream, if they are typed."""
        schema = SCHEMAS.fetch_schema(self._stream)
        return custom_fields_of(self._stream, schema, self._context)

    @property
    def marks_deletes(self) -> bool:
        """Deletes that MOCO confirms are written to the rows themselves."""
        settings = self._context.settings
        return settings.marks_deletes and self._stream in WATCHED_STREAMS

    def json(self) -> dict[str, Any]:
        """Return it as JSON Schema."""
        schema: dict[str, Any] = dict(SCHEMAS.fetch_schema(self._stream))
        if self.custom_fields:
            schema = dict(self.custom_fields.schema)
        schema["properties"] = {**schema["properties"], **self._added_columns}
        if self._context.settings.flattens:
            # the SDK takes a stream's description for that of a nested field
            schema.pop("description")
        return schema

    @property
    def _added_columns(self) -> dict[str, Any]:
        """The columns that settings add."""
        columns: dict[str, Any] = {}
        if self._context.settings.keeps_unknown_fields:
            columns[UNKNOWN_COLUMN] = {
                "type": ["null", "object"],
                "description": "Fields of MOCO that the schema does not have.",
            }
        if self.marks_deletes:
            columns[DELETED_AT] = {
                "type": ["null", "string"],
                "format": "date-time",
                "description": "When it was deleted, UTC; null while it is there.",
            }
        return columns

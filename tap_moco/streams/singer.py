"""What the Singer SDK asks of a stream."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream

from tap_moco.streams.catalog import complete_entry
from tap_moco.streams.schema import StreamSchema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog

    from tap_moco.context import RunContext
    from tap_moco.records.custom_fields import CustomFields
    from tap_moco.row import Row


class SingerStream(Stream):
    """A stream as the SDK knows it: schema, catalog, and no record loop.

    Args:
        tap: The tap, for the SDK.
        context: What the stream may know of the run.
        permission: The right that MOCO requires, for messages.
    """

    primary_keys: ClassVar[Sequence[str]] = ("id",)
    replication_key: ClassVar[str | None] = "updated_at"
    state_partitioning_keys: Sequence[str] | None = ()

    def __init__(self, tap: Tap, context: RunContext, permission: str) -> None:
        """Read nothing yet."""
        super().__init__(tap)
        self.run_context = context
        self.stats = context.stats.stream(self.name, permission)
        self.own_schema = StreamSchema(self.name, context)

    def read(self) -> None:
        """Read the stream, write its records and move its state."""
        raise NotImplementedError

    @property
    def mode(self) -> str:
        """How the stream is read in this run, as `StreamStats.mode` has it."""
        raise NotImplementedError

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The stream's JSON schema."""
        return self.own_schema.json()

    @property
    def custom_fields(self) -> CustomFields | None:
        """The account's custom fields of this stream, if they are typed."""
        return self.own_schema.custom_fields

    @property
    def marks_deletes(self) -> bool:
        """Deletes that MOCO confirms are written to the rows themselves."""
        return self.own_schema.marks_deletes

    @property
    def is_incremental(self) -> bool:
        """The catalog wants only changes, and MOCO can name them."""
        return self.replication_method == "INCREMENTAL"

    def apply_catalog(self, catalog: Catalog) -> None:
        """Take a catalog, and add to it what it does not mention.

        It may have been made by an older tap, or with other settings. Nothing is added
        for streams that are off, so that MOCO is not asked for their custom fields.
        """
        entry = catalog.get_stream(self.name)
        if entry and entry.metadata.resolve_selection().get((), True):
            complete_entry(entry, self.name, self.schema)
            entry.key_properties = entry.key_properties or list(self.primary_keys)
            entry.replication_key = entry.replication_key or self.replication_key
        super().apply_catalog(catalog)

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002
        """Read for callers of the SDK's `sync`; pages are written as they come."""
        self.run_context.record_limit = self.ABORT_AT_RECORD_COUNT
        self.stats.begin(self.mode)
        self.run_context.isolation.run(self.stats, self.read)
        self.stats.end("read")
        self.run_context.write_state()
        return ()

    @property
    def emit_activate_version_messages(self) -> bool:
        """Never by the SDK, which would send it before the records."""
        return False

    def log(
        self,
        message: str,
        *args: Any,
        level: int = logging.DEBUG,
        **kwargs: Any,
    ) -> None:
        """Log the SDK's own messages, at a level for debugging."""
        super().log(message, *args, level=level, **kwargs)

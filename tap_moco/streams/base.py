"""What all streams share: schema, state, and records on their way out."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform
from singer_sdk.schema.source import SchemaDirectory
from singer_sdk.singerlib import ActivateVersionMessage, Schema

from tap_moco.api.errors import MissingKeyError
from tap_moco.completeness.leftovers import Leftovers
from tap_moco.maps import map_errors_told
from tap_moco.records.custom_fields import ENTITIES, CustomFields
from tap_moco.records.normalize import RecordNormalizer, SchemaMismatchError
from tap_moco.state import (
    Extent,
    ReadPlan,
    abandon_sweep,
    advance_bookmark,
    checkpoint,
    complete_sweep,
    defer_sweep,
    parse_timestamp,
    plan_read,
    sweep_version,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from singer_sdk.helpers.types import Context
    from singer_sdk.mapper import StreamMap
    from singer_sdk.singerlib import Catalog

    from tap_moco.completeness.verified_list import Row
    from tap_moco.completeness.windows import Coverage
    from tap_moco.tap import TapMoco

SCHEMAS = SchemaDirectory(files("tap_moco.schemas"))
UNKNOWN_COLUMN = "_unknown"
USUAL_LENGTH = len("2024-01-31T12:00:00Z")


class MocoStream(Stream):
    """A stream of MOCO.

    The SDK's record loop is replaced (`_sync_records`, the one private method
    that is overridden): a read is proven before its bookmark moves, a failure
    stays with its stream, and records leave a page at a time.
    """

    path: ClassVar[str]
    params: ClassVar[dict[str, str]] = {}
    primary_keys: ClassVar[Sequence[str]] = ("id",)
    replication_key: ClassVar[str | None] = "updated_at"
    state_partitioning_keys: Sequence[str] | None = ()
    full_sweeps: ClassVar[bool] = True
    """`full_sweep_days` applies: False where that is a request a record."""
    can_detect_deletes: ClassVar[bool] = True
    """A whole read holds every row there is, so that a missing one is gone."""

    def __init__(self, tap: TapMoco) -> None:
        """Belong to the tap, which has the client and the settings."""
        super().__init__(tap)
        self.moco = tap
        self.report = tap.summary.stream(self.name)
        self.started_at = datetime.now(timezone.utc)
        self._newest: datetime | None = None
        self._version: int | None = None
        self._told: set[str] = set()

    # What differs from kind to kind

    def read(self) -> None:
        """Read the stream, write its records and move its state."""
        raise NotImplementedError

    def take(self, rows: list[Row]) -> None:
        """Write what a page of the list, one's own or the parent's, holds for it."""
        raise NotImplementedError

    def catch_up(self, *, alone: bool) -> None:
        """Read what a list's rows so far ask for beside the list.

        Args:
            alone: The list is proven whole, so that progress may be kept.
        """

    def prefetch_details(self) -> None:
        """Ask for some of that while another stream still waits for its own."""

    def ask_again(self) -> None:
        """Ask for what earlier runs did not get and this one has not met."""

    def entry_urls(self) -> list[str]:
        """Return what the read is sure to ask first, so that it can be early."""
        return []

    def complete(self, row: Row) -> Row:
        """Return the row with what the tap adds to it."""
        return row

    # The SDK's side

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The stream's JSON schema, from its file."""
        schema: dict[str, Any] = dict(SCHEMAS.fetch_schema(self.name))
        if self.custom_fields:
            schema = self.custom_fields.extend(schema)
        if self.config["unknown_fields"] == "keep":
            column = {
                "type": ["object", "null"],
                "description": "Fields of MOCO that the schema does not have.",
            }
            schema["properties"] = {**schema["properties"], UNKNOWN_COLUMN: column}
        if self._flattens:
            # the SDK takes a stream's description for that of a nested field
            schema.pop("description")
        return schema

    @property
    def _flattens(self) -> bool:
        return bool(self.config.get("flattening_enabled"))

    @cached_property
    def custom_fields(self) -> CustomFields | None:
        """The account's own fields of this stream, where they are to be typed."""
        mode = self.config["custom_fields"]
        if mode == "raw" or self.name not in ENTITIES:
            return None
        definitions = self.moco.custom_properties
        return CustomFields(definitions, self.name, as_columns=mode == "columns")

    def apply_catalog(self, catalog: Catalog) -> None:
        """Take a catalog, and add to it what it does not mention.

        It may have been made by an older tap, or under other settings.
        """
        if entry := catalog.get_stream(self.name):
            full = Schema.from_dict(self.schema).properties or {}
            entry.schema.type = entry.schema.type or "object"
            entry.schema.description = self.schema.get("description")
            mentioned = entry.schema.properties or {}
            entry.schema.properties = {**full, **mentioned}
            if self.custom_fields:
                entry.schema.properties["custom_properties"] = full["custom_properties"]
            entry.key_properties = entry.key_properties or list(self.primary_keys)
            entry.replication_key = entry.replication_key or self.replication_key
        super().apply_catalog(catalog)

    @property
    def emit_activate_version_messages(self) -> bool:
        """Never by the SDK, which would send it before the records."""
        return False

    def get_replication_key_signpost(self, context: Context | None = None) -> None:  # noqa: ARG002
        """Do without: a bookmark is capped by the server's clock."""
        return

    def get_records(self, context: Context | None) -> Iterable[Row]:
        """Do without: pages are written as they come (`read`)."""
        raise NotImplementedError

    def _sync_records(
        self,
        context: Context | None = None,  # noqa: ARG002
        *,
        write_messages: bool = True,  # noqa: ARG002
    ) -> Generator[Row, Any, Any]:
        """Read in place of the SDK's loop."""
        self.moco.run(self)
        yield from ()

    def announce(self) -> None:
        """Write the SCHEMA message, for a stream that its parent writes."""
        self._write_schema_message()

    def log(
        self,
        message: str,
        *args: Any,
        level: int = logging.DEBUG,
        **kwargs: Any,
    ) -> None:
        """Log what the SDK remarks, at a level for who looks for a fault."""
        super().log(message, *args, level=level, **kwargs)

    @property
    def stream_maps(self) -> list[StreamMap]:
        """The stream's maps, which a selected one has from the start."""
        self.moco.map_stream(self.name)
        return super().stream_maps

    # Plans and state

    @cached_property
    def plan(self) -> ReadPlan:
        """How the stream is read in this run."""
        return plan_read(
            self.stream_state,
            self.moco.sync_settings(full_sweeps=self.full_sweeps),
            incremental=self.replication_method == "INCREMENTAL",
            now=datetime.now(timezone.utc),
        )

    @property
    def declares_deletes(self) -> bool:
        """The plan reads all there is: what it lacks in the end is gone."""
        return (
            self.can_detect_deletes and self.plan.is_sweep and self.plan.since is None
        )

    def begin(self, started_at: datetime) -> None:
        """Fix the version of the records: the sweep's, or the last sweep's."""
        self.started_at = started_at
        if self.declares_deletes:
            self._version = sweep_version(self.stream_state, started_at)
        else:
            self._version = self.stream_state.get("sweep", {}).get("version")

    def checkpoint(self, window: str, started_at: datetime, coverage: Coverage) -> None:
        """Note in the state that all from this window on is read and proven."""
        checkpoint(
            self.stream_state,
            window,
            started_at,
            self.moco.filters,
            rows=coverage.certain,
            total=coverage.total,
        )

    def commit(self, started_at: datetime, extent: Extent | None = None) -> None:
        """Move the state after a proven read, and declare deletes if it may."""
        now = datetime.now(timezone.utc)
        if self.plan.is_sweep:
            self._complete_sweep(extent or Extent(0, has_total=False), now)
        elif self.full_sweeps:
            defer_sweep(self.stream_state, now)
        if self.replication_method == "INCREMENTAL":
            before = self.unplaced_since
            advance_bookmark(self.stream_state, self._newest, started_at, before=before)

    def _complete_sweep(self, extent: Extent, now: datetime) -> None:
        """Note a proven sweep, and declare deletes if no row is missing in it."""
        if self.unplaced_since:
            abandon_sweep(self.stream_state)
            return
        last = self.stream_state.get("sweep", {})
        is_unheard_of = "version" in last and "has_total" not in last
        is_doubtful = is_unheard_of and not (extent.rows or extent.has_total)
        lacks_rows = bool(self.rejected) or bool(self.report.denied)
        version = None
        if self.declares_deletes and not lacks_rows and not is_doubtful:
            version = self._version
            self._activate(version)
        if not extent.rows and last.get("rows", "version" in last):
            self.logger.warning(
                "%s: the list in MOCO is empty now, and had %s rows when it was last "
                "read whole. %s",
                self.name,
                last.get("rows", "some"),
                "They are declared deleted" if version else "Nothing is deleted",
            )
        complete_sweep(
            self.stream_state,
            version,
            now,
            extent=None if is_doubtful else extent,
            deletes_pending=self.declares_deletes and bool(self.rejected),
        )

    @property
    def unplaced_since(self) -> datetime | None:
        """When the oldest record changed that is neither in nor remembered."""
        return self.rejected.oldest_unplaced

    def _activate(self, version: int | None) -> None:
        """Tell the target that rows of older versions are gone."""
        for stream_map in self.stream_maps:
            if isinstance(stream_map, RemoveRecordTransform) or version is None:
                continue
            self.moco.write_message(
                ActivateVersionMessage(stream_map.stream_alias, version)
            )

    # Records

    @property
    def is_dry_run(self) -> bool:
        """`--test`: a record a stream, and no state."""
        return self.ABORT_AT_RECORD_COUNT is not None

    @property
    def pages_to_read(self) -> int | None:
        """One where a record is enough; None is all."""
        return 1 if self.is_dry_run else None

    room_for_rejected: ClassVar[int] = 0
    """So many rejected records are remembered, by ids that can be asked for again."""

    @cached_property
    def rejected(self) -> Leftovers:
        """Records that do not fit the schema."""
        is_whole = self.replication_method != "INCREMENTAL"
        room = 0 if is_whole else self.room_for_rejected
        return Leftovers(self.stream_state, "rejected", room)

    def rejected_as(self, row: Row) -> Any:
        """Return what a row is remembered by when it is rejected."""
        return repr([row[key] for key in self.primary_keys])

    def wanted(self, rows: list[Row]) -> list[Row]:
        """Leave out what did not change, where a list is read for others too."""
        since = self.plan.since
        if since is None:
            return rows
        return [row for row in rows if (changed_at(row) or since) >= since]

    @cached_property
    def normalizer(self) -> RecordNormalizer:
        """Puts rows right by the schema."""
        return RecordNormalizer(
            self.schema, keep_signatures=self.config["keep_signatures"]
        )

    @cached_property
    def _deselected(self) -> list[list[str]]:
        """Paths of the properties that the catalog leaves out."""
        return [
            list(breadcrumb[1::2])
            for breadcrumb, selected in self.mask.items()
            if breadcrumb and not selected
        ]

    def write(self, rows: Iterable[Row]) -> None:
        """Write a page of rows as RECORD messages."""
        records = [record for row in rows if (record := self._mended(row))]
        if self.ABORT_AT_RECORD_COUNT is not None:
            records = records[: self.ABORT_AT_RECORD_COUNT - self.report.records]
        self._note(records)
        for path in self._deselected:
            records = [_without(record, path) for record in records]
        now = datetime.now(timezone.utc)
        for stream_map in self.stream_maps:
            mapped = self._mapped(stream_map, records)
            alias = stream_map.stream_alias
            self.moco.writer.write_records(alias, mapped, self._version, now)
        self.report.records += len(records)

    def _mapped(self, stream_map: StreamMap, records: list[Row]) -> Iterable[Row]:
        """Return the records as a stream map makes them; mostly as they are."""
        if isinstance(stream_map, SameRecordTransform) and not self._flattens:
            return records
        with map_errors_told():
            mapped = [m for m in map(stream_map.transform, records) if m is not None]
        if self._flattens:
            # a null object stays as a key that the flattened schema lacks
            columns = stream_map.transformed_schema["properties"]
            return [{k: v for k, v in m.items() if k in columns} for m in mapped]
        return mapped

    def _note(self, records: Iterable[Row]) -> None:
        """Remember the newest change among the records."""
        stamps = {record.get("updated_at") or "" for record in records}
        # times to the second in UTC order as text, and mended ones mostly are
        usual = {text for text in stamps if len(text) == USUAL_LENGTH}
        for text in (stamps - usual) | {max(usual, default="")}:
            changed = parse_timestamp(text)
            if changed and (self._newest is None or changed > self._newest):
                self._newest = changed

    def _mended(self, row: Row) -> Row | None:
        """Return the row put right; None if it had to be put aside.

        Raises:
            MissingKeyError: The row lacks its primary key.
        """
        row = self.complete(row)
        if self.custom_fields:
            row = self.custom_fields.fill(row)
        if None in map(row.get, self.primary_keys):
            msg = f"{self.name}: a record without its key {list(self.primary_keys)}"
            raise MissingKeyError(msg)
        try:
            record, unknown = self.normalizer.mend(row)
        except SchemaMismatchError as error:
            self.reject(row)
            name = {key: row[key] for key in self.primary_keys}
            self.logger.warning(
                "%s: record %s put aside: its field %s does not fit the schema",
                self.name,
                name,
                error,
            )
            return None
        if self.rejected:
            self.accept(row)
        if unknown:
            self._tell_unknown(record, unknown)
        return record

    def reject(self, row: Row) -> None:
        """Remember a row that does not fit, or keep the bookmark before it."""
        self.rejected.add(self.rejected_as(row), changed_at(row))

    def accept(self, row: Row) -> None:
        """Forget that a row was rejected before: it is right now."""
        self.rejected.discard(self.rejected_as(row))

    def _tell_unknown(self, record: Row, unknown: Row) -> None:
        """Keep fields that the schema lacks, or warn once of each."""
        if self.config["unknown_fields"] == "keep":
            record[UNKNOWN_COLUMN] = unknown
            return
        for name in sorted(unknown.keys() - self._told):
            self._told.add(name)
            self.logger.warning(
                "%s: MOCO sends a field that the schema lacks: %s. Left out; the "
                "setting unknown_fields: keep would keep it",
                self.name,
                name,
            )


def changed_at(row: Row) -> datetime | None:
    """Return `updated_at`, if the row has one."""
    return parse_timestamp(row.get("updated_at"))


def _without(record: Row, path: list[str]) -> Row:
    """Leave a property out, at whatever depth; others may share the record."""
    name, *inner_path = path
    if not inner_path:
        return {key: value for key, value in record.items() if key != name}
    inner = record.get(name)
    if not isinstance(inner, dict):
        return record
    return {**record, name: _without(inner, inner_path)}

"""The messages of one stream: its schema, its rows as records, its deletes."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform
from singer_sdk.singerlib import ActivateVersionMessage, SchemaMessage

from tap_moco.api.errors import MissingKeyError
from tap_moco.records.custom_fields import OBJECT
from tap_moco.records.normalize import RecordNormalizer, SchemaMismatchError
from tap_moco.records.sink import RecordSink
from tap_moco.stream_maps import map_errors_named
from tap_moco.timestamps import UTC, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk.mapper import StreamMap

    from tap_moco.config import Settings
    from tap_moco.output import BufferedWriter
    from tap_moco.records.custom_fields import CustomFields
    from tap_moco.records.unchanged import SeenRecords
    from tap_moco.row import Row
    from tap_moco.stats import StreamStats

UNKNOWN_COLUMN = "_unknown"
USUAL_LENGTH = len("2024-01-31T12:00:00Z")

logger = logging.getLogger("tap-moco")


class Rejections(Protocol):
    """Remembers the rows that do not fit the schema."""

    def reject(self, row: Row) -> None:
        """Remember a row that does not fit."""

    def accept(self, records: list[Row]) -> None:
        """Forget that these were rejected before."""


class RecordPipeline:
    """Normalizes rows, leaves out what is not selected, maps and writes them.

    Args:
        primary_keys: Columns that every record must have.
        replication_key: Named in the SCHEMA message, if the stream has one.
        schema: The stream's JSON schema.
        custom_fields: The account's own fields, where they are typed.
        deselected: Paths of the properties that the catalog leaves out.
        stream_maps: As the SDK made them of the setting `stream_maps`.
        settings: What the run was configured with.
        writer: Takes the messages.
        stats: Counts the records.
        rejections: Remembers the rows that do not fit the schema.
        timespec: To what times are cut.

    Attributes:
        keeps_signatures: Addresses of files differ on every read.
        newest: The largest `updated_at` that was written.
        sink: Where the records go.
        seen: What the target has already, where only changes are read.
        is_filtered: A stream map has left some of the records out.
    """

    def __init__(  # noqa: PLR0913 - all that a record meets on its way
        self,
        *,
        primary_keys: Sequence[str],
        replication_key: str | None,
        schema: dict[str, Any],
        custom_fields: CustomFields | None,
        deselected: Sequence[Sequence[str]],
        stream_maps: Sequence[StreamMap],
        settings: Settings,
        writer: BufferedWriter,
        stats: StreamStats,
        rejections: Rejections,
        timespec: str = "seconds",
    ) -> None:
        """Prepare the normalizer."""
        self._primary_keys = primary_keys
        self._bookmark_properties = [replication_key] if replication_key else None
        self._custom_fields = custom_fields
        self._deselected = deselected
        self._stream_maps = [
            stream_map
            for stream_map in stream_maps
            if not isinstance(stream_map, RemoveRecordTransform)
        ]
        self._settings = settings
        self.keeps_signatures = settings.keeps_signatures
        self._writer = writer
        self._stats = stats
        self._rejections = rejections
        columns = custom_fields.columns if custom_fields else ()
        self._normalizer = RecordNormalizer(
            schema,
            keep_signatures=self.keeps_signatures,
            own=frozenset({OBJECT, *columns}),
            timespec=timespec,
        )
        self._logged_fields: set[str] = set()
        self.sink = RecordSink(writer, stats)
        self.seen: SeenRecords | None = None
        self.newest: datetime | None = None
        self.is_filtered = False

    @property
    def schemas(self) -> list[SchemaMessage]:
        """The SCHEMA messages, one per stream map."""
        return [
            SchemaMessage(
                stream_map.stream_alias,
                stream_map.transformed_schema,
                stream_map.transformed_key_properties,
                self._bookmark_properties,
            )
            for stream_map in self._stream_maps
        ]

    def write_schema(self) -> None:
        """Write the SCHEMA messages."""
        for message in self.schemas:
            self._writer.write_message(message)

    def activate_version(self, version: int) -> None:
        """Declare to the target that rows of older versions are gone."""
        for stream_map in self._stream_maps:
            message = ActivateVersionMessage(stream_map.stream_alias, version)
            self._writer.write_message(message)

    def write(
        self, rows: Iterable[Row], version: int | None, limit: int | None = None
    ) -> None:
        """Write rows as RECORD messages.

        Args:
            rows: As MOCO sent them.
            version: Of the sweep that they belong to.
            limit: Write so many records at most.

        Raises:
            MissingKeyError: A row lacks its primary key.
        """
        self.write_records(self.records_of(rows)[:limit], version)

    def records_of(self, rows: Iterable[Row]) -> list[Row]:
        """Return the records of those rows that fit, not yet mapped.

        Raises:
            MissingKeyError: A row lacks its primary key.
        """
        return [record for row in rows if (record := self._normalized(row))]

    def write_records(self, records: list[Row], version: int | None) -> None:
        """Write what `records_of` returned, as RECORD messages."""
        self.note_changes(records)
        fresh = self.seen.unseen(records, self.newest) if self.seen else records
        now = datetime.now(UTC)
        for name, mapped in self.mapped(fresh):
            self.sink.write(name, mapped, version, now)
        self._rejections.accept(records)
        self._stats.records += len(fresh)

    def mapped(self, records: list[Row]) -> Iterator[tuple[str, Iterable[Row]]]:
        """Yield the records as a target gets them, under the name that it gets."""
        for path in self._deselected:
            records = [_without(record, path) for record in records]
        for stream_map in self._stream_maps:
            yield stream_map.stream_alias, self._mapped(stream_map, records)

    def fits(self, row: Row) -> bool:
        """Return whether a row would be written, and not rejected."""
        try:
            self._normalizer.normalize(row)
        except SchemaMismatchError:
            return False
        return True

    def note_changes(self, records: Iterable[Row]) -> None:
        """Remember the newest change among the records."""
        stamps = {record.get("updated_at") or "" for record in records}
        # times to the second in UTC order as text, and normalized ones mostly are
        usual = {text for text in stamps if len(text) == USUAL_LENGTH}
        for text in (stamps - usual) | {max(usual, default="")}:
            changed = parse_timestamp(text)
            if changed and (self.newest is None or changed > self.newest):
                self.newest = changed

    def _mapped(self, stream_map: StreamMap, records: list[Row]) -> Iterable[Row]:
        """Return the records as a stream map makes them; mostly as they are."""
        flattens = self._settings.flattens
        if isinstance(stream_map, SameRecordTransform) and not flattens:
            return records
        with map_errors_named():
            mapped = [m for m in map(stream_map.transform, records) if m is not None]
        self.is_filtered |= len(mapped) < len(records)
        if flattens:
            # a null object stays as a key that the flattened schema lacks
            columns = stream_map.transformed_schema["properties"]
            return [{k: v for k, v in m.items() if k in columns} for m in mapped]
        return mapped

    def _normalized(self, row: Row) -> Row | None:
        """Return the row as the schema declares it; None if it had to be rejected."""
        if self._custom_fields:
            row = self._custom_fields.fill(row)
        if None in map(row.get, self._primary_keys):
            keys = list(self._primary_keys)
            msg = f"{self._stats.name}: a record without its key {keys}"
            raise MissingKeyError(msg)
        try:
            record, unknown = self._normalizer.normalize(row)
        except SchemaMismatchError as error:
            self._rejections.reject(row)
            logger.warning(
                "%s: record %s rejected: its field %s does not fit the schema",
                self._stats.name,
                {key: row[key] for key in self._primary_keys},
                error,
            )
            return None
        if unknown:
            self._keep_or_log_unknown(record, unknown)
        return record

    def _keep_or_log_unknown(self, record: Row, unknown: Row) -> None:
        """Keep fields that the schema lacks, or warn once about each."""
        if self._settings.keeps_unknown_fields:
            record[UNKNOWN_COLUMN] = unknown
            return
        for name in sorted(unknown.keys() - self._logged_fields):
            self._logged_fields.add(name)
            logger.warning(
                "%s: MOCO sends a field that the schema lacks: %s. It is left out; "
                "the setting unknown_fields: keep would keep it",
                self._stats.name,
                name,
            )


def _without(record: Row, path: Sequence[str]) -> Row:
    """Leave a property out, at whatever depth; others may share the record."""
    name, *inner_path = path
    if not inner_path:
        return {key: value for key, value in record.items() if key != name}
    inner = record.get(name)
    if not isinstance(inner, dict):
        return record
    return {**record, name: _without(inner, inner_path)}

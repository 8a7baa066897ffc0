"""The messages of one stream: its schema, its rows as records, its deletes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from singer_sdk.singerlib import ActivateVersionMessage

from tap_moco.records.sink import RecordSink
from tap_moco.timestamps import UTC, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.output import BufferedWriter
    from tap_moco.records.maker import RecordMaker, Rejections
    from tap_moco.records.mapper import RecordMapper
    from tap_moco.records.unchanged import SeenRecords
    from tap_moco.row import Row
    from tap_moco.stats import StreamStats

USUAL_LENGTH = len("2024-01-31T12:00:00Z")


class RecordPipeline:
    """Turns rows into records, maps them and writes them.

    Args:
        maker: Makes records from the rows that fit.
        mapper: Turns records into those that a target gets.
        writer: Takes the messages.
        stats: Counts the records.
        rejections: Forgets rows that fit now.

    Attributes:
        newest: The largest `updated_at` that was written.
        sink: Where the records go.
        seen: Knows what the target already has, if only changes are read.
    """

    def __init__(
        self,
        maker: RecordMaker,
        mapper: RecordMapper,
        writer: BufferedWriter,
        stats: StreamStats,
        rejections: Rejections,
    ) -> None:
        """Write nothing yet."""
        self.maker = maker
        self.mapper = mapper
        self._writer = writer
        self._stats = stats
        self._rejections = rejections
        self.sink = RecordSink(writer, stats)
        self.seen: SeenRecords | None = None
        self.newest: datetime | None = None

    def write_schema(self) -> None:
        """Write the SCHEMA messages."""
        for message in self.mapper.schemas:
            self._writer.write_message(message)

    def activate_version(self, version: int) -> None:
        """Declare to the target that rows of older versions are gone."""
        for name in self.mapper.aliases:
            self._writer.write_message(ActivateVersionMessage(name, version))

    def write(
        self, rows: Iterable[Row], version: int | None, limit: int | None = None
    ) -> None:
        """Write rows as RECORD messages.

        Args:
            rows: As MOCO sent them.
            version: The version of the sweep that they belong to.
            limit: Write no more than this many records.

        Raises:
            MissingKeyError: A row lacks its primary key.
        """
        self.write_records(self.maker.records_of(rows)[:limit], version)

    def write_records(self, records: list[Row], version: int | None) -> None:
        """Write records that are not yet mapped, as RECORD messages."""
        self.note_changes(records)
        fresh = self.seen.unseen(records, self.newest) if self.seen else records
        now = datetime.now(UTC)
        for name, mapped in self.mapper.mapped(fresh):
            self.sink.write(name, mapped, version, now)
        self._rejections.accept(records)
        self._stats.records += len(fresh)

    def note_changes(self, records: Iterable[Row]) -> None:
        """Remember the newest change among the records."""
        stamps = {record.get("updated_at") or "" for record in records}
        # times to the second in UTC order as text, and normalized ones mostly are
        usual = {text for text in stamps if len(text) == USUAL_LENGTH}
        for text in (stamps - usual) | {max(usual, default="")}:
            changed = parse_timestamp(text)
            if changed and (self.newest is None or changed > self.newest):
                self.newest = changed

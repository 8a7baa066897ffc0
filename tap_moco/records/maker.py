"""Make records from the rows of one stream, if they fit the schema."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from tap_moco.api.errors import MissingKeyError
from tap_moco.records.custom_fields import OBJECT
from tap_moco.records.normalize import RecordNormalizer, SchemaMismatchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_moco.config import Settings
    from tap_moco.records.custom_fields import CustomFields
    from tap_moco.row import Row

UNKNOWN_COLUMN = "_unknown"

logger = logging.getLogger("tap-moco")


class Rejections(Protocol):
    """Remembers the rows that do not fit the schema."""

    def reject(self, row: Row) -> None:
        """Remember a row that does not fit."""

    def accept(self, records: list[Row]) -> None:
        """Forget that these were rejected before."""


class RecordMaker:
    """Normalizes rows, and rejects those that do not fit the schema.

    Args:
        stream: Its name, for messages.
        schema: The stream's JSON schema.
        primary_keys: Columns that every record must have.
        custom_fields: The account's custom fields, if they are typed.
        settings: The settings of the run.
        rejections: Remembers the rows that do not fit.
        timespec: The precision to which times are cut.

    Attributes:
        keeps_signatures: Addresses of files keep their signatures, and so differ on
            every read.
    """

    def __init__(  # noqa: PLR0913 - all that a record is made by
        self,
        stream: str,
        schema: dict[str, Any],
        *,
        primary_keys: Sequence[str],
        custom_fields: CustomFields | None,
        settings: Settings,
        rejections: Rejections,
        timespec: str = "seconds",
    ) -> None:
        """Prepare the normalizer."""
        self._stream = stream
        self._primary_keys = primary_keys
        self._custom_fields = custom_fields
        self._keeps_unknown_fields = settings.keeps_unknown_fields
        self.keeps_signatures = settings.keeps_signatures
        self._rejections = rejections
        columns = custom_fields.columns if custom_fields else ()
        self._normalizer = RecordNormalizer(
            schema,
            keep_signatures=self.keeps_signatures,
            own=frozenset({OBJECT, *columns}),
            timespec=timespec,
        )
        self._logged_fields: set[str] = set()

    def records_of(self, rows: Iterable[Row]) -> list[Row]:
        """Return the records of those rows that fit, not yet mapped.

        Raises:
            MissingKeyError: A row lacks its primary key.
        """
        return [record for row in rows if (record := self._normalized(row))]

    def fits(self, row: Row) -> bool:
        """Return whether a row would be written, and not rejected."""
        try:
            self._normalizer.normalize(row)
        except SchemaMismatchError:
            return False
        return True

    def _normalized(self, row: Row) -> Row | None:
        """Return the row in the types of the schema; None if it had to be rejected."""
        if self._custom_fields:
            row = self._custom_fields.fill(row)
        if None in map(row.get, self._primary_keys):
            keys = list(self._primary_keys)
            msg = f"{self._stream}: a record without its key {keys}"
            raise MissingKeyError(msg)
        try:
            record, unknown = self._normalizer.normalize(row)
        except SchemaMismatchError as error:
            self._rejections.reject(row)
            logger.warning(
                "%s: record %s rejected: its field %s does not fit the schema",
                self._stream,
                {key: row[key] for key in self._primary_keys},
                error,
            )
            return None
        if unknown:
            self._keep_or_log_unknown(record, unknown)
        return record

    def _keep_or_log_unknown(self, record: Row, unknown: Row) -> None:
        """Keep fields that the schema lacks, or warn once about each."""
        if self._keeps_unknown_fields:
            record[UNKNOWN_COLUMN] = unknown
            return
        for name in sorted(unknown.keys() - self._logged_fields):
            self._logged_fields.add(name)
            logger.warning(
                "%s: MOCO sends a field that the schema lacks: %s. The tap leaves it "
                "out; with the setting unknown_fields: keep, it keeps it",
                self._stream,
                name,
            )

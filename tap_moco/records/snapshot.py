"""All records of a stream that is read whole, written only where they differ."""

from __future__ import annotations

from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.contrib.msgspec import enc_hook

from tap_moco.records.signatures import without_signatures

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from tap_moco.records.pipeline import RecordPipeline

    Row = dict[str, Any]

SHAPE_BYTES = 8
ROWS_BYTES = 16
_encoder = msgspec.json.Encoder(
    enc_hook=enc_hook, decimal_format="number", order="sorted"
)


class Snapshot:
    """Holds the records back until all of them are read.

    Args:
        pipeline: Makes records of rows, and writes them.
        primary_keys: A later record takes the place of one with the same key.

    Attributes:
        repeated: A key that came more than once, if one did.
    """

    def __init__(self, pipeline: RecordPipeline, primary_keys: Sequence[str]) -> None:
        """Begin without a record."""
        self._pipeline = pipeline
        self._primary_keys = primary_keys
        self._records: dict[tuple[Hashable, ...], Row] = {}
        self.repeated: tuple[Hashable, ...] | None = None

    def __len__(self) -> int:
        """Count the records."""
        return len(self._records)

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows as MOCO sent them.

        Raises:
            MissingKeyError: A row lacks its primary key.
        """
        for record in self._pipeline.records_of(rows):
            key = tuple(record[name] for name in self._primary_keys)
            if key in self._records:
                self.repeated = key
            self._records[key] = record

    @cached_property
    def _mapped(self) -> list[tuple[str, Iterable[Row]]]:
        """The records as the target gets them; no more rows are added then."""
        return list(self._pipeline.mapped(list(self._records.values())))

    @property
    def digest(self) -> str:
        """The same for the same records in whatever order, under the same schema."""
        keeps_signatures = self._pipeline.keeps_signatures
        rows = blake2b(digest_size=ROWS_BYTES)
        for name, records in self._mapped:
            rows.update(name.encode())
            for row in sorted(
                _digest_of(without_signatures(r) if keeps_signatures else r)
                for r in records
            ):
                rows.update(row)
        return f"{shape_of(self._pipeline)}.{rows.hexdigest()}"

    def write(self, version: int | None) -> None:
        """Write all records."""
        records = list(self._records.values())
        self._pipeline.write_mapped(records, self._mapped, version)


def shape_of(pipeline: RecordPipeline) -> str:
    """Return how a digest begins: with the columns that the target gets."""
    schemas = [message.to_dict() for message in pipeline.schema_messages()]
    shape = _encoder.encode([schemas, pipeline.keeps_signatures])
    return blake2b(shape, digest_size=SHAPE_BYTES).hexdigest()


def _digest_of(record: Row) -> bytes:
    return blake2b(_encoder.encode(record), digest_size=ROWS_BYTES).digest()

"""Turn the records of one stream into the records that a target gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform
from singer_sdk.singerlib import SchemaMessage

from tap_moco.stream_maps import map_errors_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk.mapper import StreamMap

    from tap_moco.row import Row


class RecordMapper:
    """Leaves out what is not selected, and applies the stream maps.

    Args:
        stream_maps: As the SDK made them from the setting `stream_maps`.
        deselected: Paths of the properties that the catalog leaves out.
        replication_key: Named in the SCHEMA message, if the stream has one.
        flattens: Objects become columns.

    Attributes:
        is_filtered: A stream map has left some of the records out.
    """

    def __init__(
        self,
        stream_maps: Sequence[StreamMap],
        deselected: Sequence[Sequence[str]],
        *,
        replication_key: str | None,
        flattens: bool,
    ) -> None:
        """Leave out the maps that remove the stream."""
        self._stream_maps = [
            stream_map
            for stream_map in stream_maps
            if not isinstance(stream_map, RemoveRecordTransform)
        ]
        self._deselected = deselected
        self._bookmark_properties = [replication_key] if replication_key else None
        self._flattens = flattens
        self.is_filtered = False

    @property
    def aliases(self) -> list[str]:
        """The names that the target gets, one per stream map."""
        return [stream_map.stream_alias for stream_map in self._stream_maps]

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

    def mapped(self, records: list[Row]) -> Iterator[tuple[str, Iterable[Row]]]:
        """Yield the records as a target gets them, with the stream's name there."""
        for path in self._deselected:
            records = [_without(record, path) for record in records]
        for stream_map in self._stream_maps:
            yield stream_map.stream_alias, self._mapped(stream_map, records)

    def _mapped(self, stream_map: StreamMap, records: list[Row]) -> Iterable[Row]:
        """Return the records that a stream map makes; mostly they stay unchanged."""
        if isinstance(stream_map, SameRecordTransform) and not self._flattens:
            return records
        with map_errors_named():
            mapped = [m for m in map(stream_map.transform, records) if m is not None]
        self.is_filtered |= len(mapped) < len(records)
        if self._flattens:
            # a null object stays as a key that the flattened schema lacks
            columns = stream_map.transformed_schema["properties"]
            return [{k: v for k, v in m.items() if k in columns} for m in mapped]
        return mapped


def _without(record: Row, path: Sequence[str]) -> Row:
    """Leave a property out, at any depth, in a copy: others may share the record."""
    name, *inner_path = path
    if not inner_path:
        return {key: value for key, value in record.items() if key != name}
    inner = record.get(name)
    if not isinstance(inner, dict):
        return record
    return {**record, name: _without(inner, inner_path)}

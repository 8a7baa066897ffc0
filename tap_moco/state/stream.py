"""What the state knows of one stream, and how a run moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, Struct, UnsetType, field, structs

from tap_moco.packing import unpack_map
from tap_moco.state.bookmark import Bookmark
from tap_moco.state.custom_fields import CustomColumn, CustomFieldsState
from tap_moco.state.part import Count
from tap_moco.state.sweep import ResumePoint, SweepState
from tap_moco.timestamps import parse_timestamp

if TYPE_CHECKING:
    from datetime import datetime


class _Partition(Struct):
    """What other taps of the SDK keep for each record of a parent stream."""

    progress_markers: dict[str, Any] = field(default_factory=dict)


class StreamState(Bookmark):
    """What is known of one stream.

    Attributes:
        known: For a detail stream: records of the overlap whose details were written,
            by id, with their `updated_at`; also rows that they hold, by `stream/id`.
        rejected: Ids of records that do not fit the schema; the one that was not
            requested for the longest time comes first.
        denied: Ids of records whose details the key may not read, in the same order.
        details: For a detail stream: the records of the parent whose details are in
            the target, each with a byte of a hash of its timestamp, packed.
        embedded: For a stream whose records hold rows of other lists: when the tap
            last looked at these rows, by the name of their stream.
        holders: The record that holds each of these rows, by the same name, packed.
        seen: Digests of the records of the overlap that the target has, by id.
        alive: For a stream that reads some rows in every run: a digest of each of them,
            packed.
        custom_fields: The account's custom fields, if they are typed.
        deletes: The number of the last confirmed delete in the spool that was acted on.
        progress_markers, partitions, starting_replication_value,
            replication_key_signpost: Keys of the SDK, which are accepted and ignored.
    """

    sweep: SweepState | UnsetType = UNSET
    known: dict[str, str] = field(default_factory=dict)
    rejected: list[int] = field(default_factory=list)
    denied: list[int] = field(default_factory=list)
    details: str = ""
    embedded: dict[str, str] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    alive: str = ""
    custom_fields: CustomFieldsState | UnsetType = UNSET
    deletes: Count = 0
    progress_markers: dict[str, Any] = field(default_factory=dict)
    partitions: list[_Partition] = field(default_factory=list)
    starting_replication_value: Any = None
    replication_key_signpost: Any = None

    def __post_init__(self) -> None:
        """Refuse a value that no run can have written."""
        super().__post_init__()
        for name in ("known", "embedded"):
            for text in getattr(self, name).values():
                if not parse_timestamp(text):
                    msg = f"{name}: {text!r} is not a timestamp"
                    raise ValueError(msg)
        for packed in (self.details, self.alive, *self.holders.values()):
            unpack_map(packed)

    @property
    def last_sweep(self) -> SweepState:
        """What is known of the last sweep; empty if there was none."""
        return self.sweep or SweepState()

    def checkpoint(self, resume: ResumePoint) -> None:
        """Note that everything from this window on has been read and proven."""
        self.sweep = structs.replace(self.last_sweep, resume=resume)

    def abandon_sweep(self) -> None:
        """Forget what an interrupted sweep had read: it has to begin again."""
        if self.sweep:
            self.sweep = structs.replace(self.sweep, resume=UNSET)

    def require_sweep(self, reason: str, since: datetime) -> None:
        """Note that something was seen that only a sweep can correct."""
        self.sweep = self.last_sweep.required(reason, since)

    def begin_writing(self, version: int | None) -> None:
        """Note that until the end of the read, nobody knows what the target has."""
        self.sweep = structs.replace(self.last_sweep, digest=None, begun=version)

    def cover_from(self, day: str) -> None:
        """Note that a report goes back to this day from now on."""
        self.sweep = structs.replace(self.last_sweep, covered_from=day, digest=None)

    def note_custom_fields(
        self, columns: dict[str, CustomColumn], digest: str, now: datetime
    ) -> None:
        """Note how the records hold the custom fields from now on.

        Records that were made with other definitions have to be read again.

        Args:
            columns: Today's columns; older ones are kept.
            digest: The digest of the definitions.
            now: The tap's own clock.
        """
        last = self.custom_fields or CustomFieldsState()
        was_read = self.sweep or self.replication_key_value
        if digest != last.digest and was_read:
            self.require_sweep("its custom fields have changed", now)
            self.abandon_sweep()
        if columns or digest or self.custom_fields:
            self.custom_fields = last.with_columns(columns, digest)

    def leave_custom_fields_raw(self) -> None:
        """Note that records are made without definitions from now on."""
        if self.custom_fields:
            self.custom_fields.digest = ""

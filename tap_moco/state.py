"""The state: what it holds, how a run moves it, and the plan that is made of it.

All timestamps in it are the server's, except `completed_at`, `waits_since` and
`tried_at`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field, structs, to_builtins

from tap_moco.packing import unpack_ids, unpack_map
from tap_moco.text import counted
from tap_moco.timestamps import UTC, format_timestamp, parse_timestamp

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_SECOND = timedelta(seconds=1)
ONE_DAY = timedelta(days=1)
"""No clock is so wrong: a bookmark that far ahead would hide every change."""


SEQUENCE = "sequence"
"""The replication key of the stream whose bookmark is a number."""

Count = Annotated[int, Meta(ge=0, le=2**53)]


class _Part(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the state; a key that it does not declare is refused."""

    def check_timestamps(self, *names: str) -> None:
        """Refuse text that is not a timestamp.

        Raises:
            ValueError: Names the field; msgspec adds the path to it.
        """
        for name in names:
            text = getattr(self, name)
            if text is not None and parse_timestamp(text) is None:
                msg = f"{name} {text!r} is not a timestamp"
                raise ValueError(msg)


class Account(_Part):
    """Whose rows a state is about.

    Attributes:
        address: Host and path of the API.
        filters: The settings that narrow what MOCO shows.
    """

    address: str
    filters: dict[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """Both in a few letters."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:8]


class ResumePoint(_Part):
    """The last window that an interrupted sweep has proven.

    Attributes:
        window: Its first month, `YYYY-MM`.
        started_at: When the sweep began.
        filters: `Account.mark` at that time.
        rows: How many rows the windows so far are certain to have shown.
        total: How many rows the whole list had when the sweep began.
    """

    window: str
    started_at: str
    filters: str = ""
    rows: Count = 0
    total: Count = 0

    def __post_init__(self) -> None:
        """Refuse what no run has written."""
        self.check_timestamps("started_at")
        if parse_timestamp(f"{self.window}-01") is None:
            msg = f"window {self.window!r} is not a month"
            raise ValueError(msg)


class Due(_Part):
    """A sweep that has to come before `full_sweep_days` are over.

    It stands until a proven sweep, whatever is found in between.

    Attributes:
        reason: Why, for the log.
        since: Since when.
        tried_at: When a sweep last failed for it, by the tap's own clock.
    """

    reason: str
    since: str
    tried_at: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no run has written."""
        self.check_timestamps("since", "tried_at")


class Extent(Struct, frozen=True):
    """How large a list was when a sweep began.

    Attributes:
        rows: How many rows it had, by its total or as counted.
        has_total: MOCO sent the total (`X-Total`).
    """

    rows: int
    has_total: bool


class SweepState(_Part):
    """What is known of the last whole read that was proven.

    Attributes:
        version: The version of the records of the last sweep that declared deletes.
        completed_at: When the last one ended, by the tap's own clock.
        waits_since: Where there was none yet: since when one is due.
        rows: Rows of the list that the target has, or that were rejected: of the last
            one, and of increments since where `newest` is kept as well; None where an
            older version of the tap has not noted it.
        has_total: MOCO sent the total of the list (`X-Total`) when it began.
        deletes_pending: It declared no deletes, since records were rejected. The
            next one is due when none of them is left.
        resume: Where an interrupted one goes on.
        due: Why another one is needed, where something was seen that asks for it.
        newest: The 100 largest ids among the rows that `rows` counts, packed.
        digest: Of all records of a list or report that is read whole in every run.
        covered_from: The first day that a report or yearly list has covered so far.
        begun: The version of records that a read without an end may have left in the
            target: a later one has to be used next.
    """

    version: Count | None = None
    completed_at: str | None = None
    waits_since: str | None = None
    rows: Count | None = None
    has_total: bool | None = None
    deletes_pending: bool = False
    resume: ResumePoint | UnsetType = UNSET
    due: Due | UnsetType = UNSET
    newest: str = ""
    digest: str | None = None
    covered_from: str | None = None
    begun: Count | None = None

    def __post_init__(self) -> None:
        """Refuse what no run has written."""
        self.check_timestamps("completed_at", "waits_since", "covered_from")
        unpack_ids(self.newest)

    @property
    def had_rows(self) -> bool:
        """The list had rows when it was last read whole, as far as that is known."""
        return self.version is not None if self.rows is None else self.rows > 0


@dataclass(frozen=True)
class ReadPlan:
    """How one stream is read in this run.

    Attributes:
        since: `updated_after`; None reads everything.
        is_sweep: The whole list is read, not only what changed.
        reason: Why, for the log.
        resume: Where an interrupted sweep goes on.
    """

    since: datetime | None
    is_sweep: bool
    reason: str
    resume: ResumePoint | None = None


@dataclass(frozen=True)
class SyncSettings:
    """The settings that decide what is read.

    Attributes:
        start: `start_date`.
        overlap: How far before the bookmark an increment starts.
        sweep_every: `full_sweep_days`; zero means never again.
        rows_at_once: Rows that the plan's budget of requests can read without a wait.
        filters: A mark of the settings that narrow what MOCO shows: a sweep
            begun under others cannot be finished under these.
    """

    start: datetime | None
    overlap: timedelta
    sweep_every: timedelta
    filters: str = ""
    rows_at_once: int = 0


class CustomColumn(_Part):
    """Whose values a column of custom fields holds, for ever.

    Attributes:
        field: The id of the field's definition.
        type: What the column holds: text, boolean, date or list.
    """

    field: int
    type: str


class CustomFieldsState(_Part):
    """What is known of a stream's custom fields.

    Attributes:
        columns: All columns that they have ever had, by name.
        digest: Of the definitions by which the records in the target were made;
            empty where they were made without.
    """

    columns: dict[str, CustomColumn] = field(default_factory=dict)
    digest: str = ""


class _Partition(Struct):
    """What other taps of the SDK keep for each parent's record."""

    progress_markers: dict[str, Any] = field(default_factory=dict)


class StreamState(_Part):
    """What is known of one stream.

    Attributes:
        replication_key_value: The bookmark: a timestamp, or the number of the last
            event of the spool.
        known: Of a stream of details: records of the overlap that are done already,
            by id, with their `updated_at`; also rows that they hold, by `stream/id`.
        rejected: Ids of records that do not fit the schema, the longest unasked first.
        denied: Ids of records whose details the key may not read, in the same order.
        details: Of a stream of details: the records of the parent whose details are in
            the target, each with a byte of its stamp, packed.
        embedded: Of a stream whose records hold rows of other lists: when those were
            last looked at, by the name of their stream.
        holders: The record that holds each of these rows, by the same name, packed.
        seen: Digests of the records of the overlap that the target has, by id.
        alive: Of a stream that reads some rows in every run: a digest of each of them,
            packed.
        custom_fields: The account's own fields, where they are typed.
        deletes: The number of the last confirmed delete in the spool that was acted on.
        progress_markers, partitions, starting_replication_value,
            replication_key_signpost: The SDK's; read, and not used.
    """

    replication_key: str | None = None
    replication_key_value: str | Count | None = None
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
        """Refuse what no run has written."""
        if self.replication_key != SEQUENCE:
            self.check_timestamps("replication_key_value")
        for name in ("known", "embedded"):
            for text in getattr(self, name).values():
                if not parse_timestamp(text):
                    msg = f"{name}: {text!r} is not a timestamp"
                    raise ValueError(msg)
        for packed in (self.details, self.alive, *self.holders.values()):
            unpack_map(packed)

    @property
    def bookmark(self) -> datetime | None:
        """The largest `updated_at` that is surely in the target."""
        return parse_timestamp(self.replication_key_value)

    @property
    def last_sequence(self) -> int:
        """The number of the last event of the spool that is surely in the target."""
        value = self.replication_key_value
        return value if isinstance(value, int) else 0

    def advance_sequence(self, number: int) -> None:
        """Note that the events of the spool up to this number are in the target."""
        self.replication_key, self.replication_key_value = SEQUENCE, number

    @property
    def last_sweep(self) -> SweepState:
        """What is known of the last sweep; nothing, where there was none."""
        return self.sweep or SweepState()

    def next_version(self, started_at: datetime) -> int:
        """Return the version of a sweep that began then; later than the last one."""
        last = self.last_sweep
        used = max(last.version or 0, last.begun or 0)
        return max(used + 1, int(started_at.timestamp()))

    def advance_bookmark(
        self,
        newest: datetime | None,
        started_at: datetime,
        *,
        before: datetime | None = None,
    ) -> None:
        """Move the bookmark to the newest change read, never past the read's start.

        Args:
            newest: The largest `updated_at` that was written, if any.
            started_at: The server's clock when the read began.
            before: When the oldest record changed that has to be read again.
        """
        old = self.bookmark
        moved = min(newest or old or started_at, started_at)
        if before and moved >= before:
            moved = max(before, EPOCH) - ONE_SECOND
        if old and old < started_at + ONE_DAY:
            moved = max(moved, old)
        self.replication_key = "updated_at"
        self.replication_key_value = format_timestamp(moved)

    def checkpoint(self, resume: ResumePoint) -> None:
        """Note that everything from this window on is read and proven."""
        self.sweep = structs.replace(self.last_sweep, resume=resume)

    def require_sweep(self, reason: str, since: datetime) -> None:
        """Note that something was seen that only a sweep can put right."""
        if not self.last_sweep.due:
            due = Due(reason=reason, since=format_timestamp(since))
            self.sweep = structs.replace(self.last_sweep, due=due)

    def note_failed_sweep(self, reason: str, now: datetime) -> None:
        """Note that a sweep which was due has failed."""
        self.require_sweep(reason, now)
        if self.sweep and self.sweep.due:
            self.sweep.due.tried_at = format_timestamp(now)

    def begin_writing(self, version: int | None) -> None:
        """Note that what the target has is not known from now on until the end."""
        self.sweep = structs.replace(self.last_sweep, digest=None, begun=version)

    def cover_from(self, day: str) -> None:
        """Note that a report goes back to this day from now on."""
        self.sweep = structs.replace(self.last_sweep, covered_from=day, digest=None)

    def note_custom_fields(
        self, columns: dict[str, CustomColumn], digest: str, now: datetime
    ) -> None:
        """Note how the records hold the custom fields from now on.

        Records that were made by other definitions have to be read again.

        Args:
            columns: Those of today; older ones are kept.
            digest: Of the definitions.
            now: The tap's own clock.
        """
        last = self.custom_fields or CustomFieldsState()
        was_read = self.sweep or self.replication_key_value
        if digest != last.digest and was_read:
            self.require_sweep("its custom fields have changed", now)
            self.abandon_sweep()
        if columns or digest or self.custom_fields:
            self.custom_fields = CustomFieldsState({**last.columns, **columns}, digest)

    def leave_custom_fields_raw(self) -> None:
        """Note that records are made without definitions from now on."""
        if self.custom_fields:
            self.custom_fields.digest = ""

    def abandon_sweep(self) -> None:
        """Forget what an interrupted sweep had read: it has to begin anew."""
        if self.sweep:
            self.sweep.resume = UNSET

    def defer_sweep(self, now: datetime) -> None:
        """Note that a stream with a bookmark from elsewhere was never swept.

        Its first sweep is due when as much time has passed as after a sweep.
        """
        sweep = self.last_sweep
        if sweep.completed_at is None and sweep.waits_since is None:
            sweep.waits_since = format_timestamp(now)
        self.sweep = sweep

    def complete_sweep(
        self,
        version: int | None,
        now: datetime,
        *,
        extent: Extent | None = None,
        deletes_pending: bool = False,
        digest: str | None = None,
    ) -> None:
        """Note a proven sweep.

        Args:
            version: That of its records, if deletes follow it.
            now: The tap's own clock.
            extent: How large the list was, if that is certain.
            deletes_pending: Deletes are to follow when no rejected record is left.
            digest: Of all its records, where the next one is compared with them.
        """
        self.sweep = SweepState(
            version=self.last_sweep.version if version is None else version,
            completed_at=format_timestamp(now),
            rows=extent.rows if extent else None,
            has_total=extent.has_total if extent else None,
            deletes_pending=deletes_pending,
            digest=digest,
            covered_from=self.last_sweep.covered_from,
        )

    def sweep_is_due(self, every: timedelta, now: datetime) -> str | None:
        """Return why a stream that is read by its changes is to be swept, if it is."""
        sweep = self.last_sweep
        if sweep.due:
            return sweep.due.reason
        if sweep.deletes_pending and not self.rejected:
            return "the records that the last sweep had to reject have come in"
        swept = parse_timestamp(sweep.completed_at or sweep.waits_since)
        if swept and abs(now - swept) >= every:
            age = counted(abs(now - swept).days, "day")
            return f"the last proven sweep is {age} old"
        return None

    def waits(self, settings: SyncSettings, now: datetime) -> bool:
        """Return whether a long list was swept for nothing within the last day."""
        sweep = self.last_sweep
        if not sweep.due or (sweep.rows or 0) <= settings.rows_at_once:
            return False
        times = map(parse_timestamp, (sweep.completed_at, sweep.due.tried_at))
        return any(time and abs(now - time) < ONE_DAY for time in times)


class TapState(_Part):
    """The state of the whole tap.

    Attributes:
        account: Whose rows it is about; None in a state of an older version.
        bookmarks: The state of each stream by its name.
        currently_syncing: Of other taps; read, and not used.
    """

    account: Account | None = None
    bookmarks: dict[str, StreamState] = field(default_factory=dict)
    currently_syncing: Any = None

    def of(self, stream: str) -> StreamState:
        """Return the state of a stream, an empty one the first time."""
        return self.bookmarks.setdefault(stream, StreamState())

    def versions_only(self) -> TapState:
        """Return what holds under other filters.

        Versions, which only rise, whether MOCO sends a list's total, how far back a
        report has gone, and columns, which keep their owners.
        """
        kept = {
            name: StreamState(
                sweep=SweepState(
                    version=last.version,
                    has_total=last.has_total,
                    covered_from=last.covered_from,
                ),
                custom_fields=state.custom_fields,
            )
            for name, state in self.bookmarks.items()
            for last in [state.last_sweep]
            if last.version is not None or last.covered_from or state.custom_fields
        }
        return TapState(account=self.account, bookmarks=kept)

    def to_dict(self) -> dict[str, Any]:
        """Return the value of a STATE message."""
        state: dict[str, Any] = to_builtins(self)
        return {"bookmarks": {}, **state}


def plan_read(
    state: StreamState, settings: SyncSettings, *, incremental: bool, now: datetime
) -> ReadPlan:
    """Decide between an increment, a sweep, and the rest of a sweep."""
    resume = state.last_sweep.resume or None
    start = settings.start if incremental else None
    waits = state.waits(settings, now)
    if resume and resume.filters == settings.filters and not waits:
        reason = f"going on after window {resume.window}"
        return ReadPlan(start, is_sweep=True, reason=reason, resume=resume)
    changes = plan_changes(state, settings, incremental=incremental, now=now)
    if changes.is_sweep or waits or not settings.sweep_every:
        return changes
    due = state.sweep_is_due(settings.sweep_every, now)
    return ReadPlan(start, is_sweep=True, reason=due) if due else changes


def plan_changes(
    state: StreamState, settings: SyncSettings, *, incremental: bool, now: datetime
) -> ReadPlan:
    """Plan an increment; a whole read where there is nothing to go on from."""
    if not incremental:
        reason = "MOCO does not say what changed in this list"
        return ReadPlan(None, is_sweep=True, reason=reason)
    start, bookmark = settings.start, state.bookmark
    if bookmark is None or bookmark < EPOCH:
        return ReadPlan(start, is_sweep=True, reason="first read")
    if bookmark > now + ONE_DAY:
        return ReadPlan(start, is_sweep=True, reason="the bookmark lies in the future")
    since = max(bookmark - settings.overlap, start or bookmark - settings.overlap)
    reason = f"changes since {format_timestamp(since)}"
    return ReadPlan(since, is_sweep=False, reason=reason)


def merged_plan(plans: list[ReadPlan]) -> ReadPlan:
    """Return the plan that reads what any of these plans wants.

    A sweep is gone on with only where all of them would go on at the same point.
    """
    first = plans[0]
    since = [plan.since for plan in plans]
    agree = all(plan.resume == first.resume for plan in plans)
    return ReadPlan(
        since=min((s for s in since if s), default=None) if all(since) else None,
        is_sweep=any(plan.is_sweep for plan in plans),
        reason=next((plan.reason for plan in plans if plan.is_sweep), first.reason),
        resume=first.resume if agree else None,
    )

"""What the state knows of the last sweep, and of an interrupted one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, Struct, UnsetType, structs

from tap_moco.packing import unpack_ids
from tap_moco.state.part import Count, StatePart
from tap_moco.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from datetime import datetime


class ResumePoint(StatePart):
    """The last window that an interrupted sweep has proven.

    Attributes:
        window: Its first month, `YYYY-MM`.
        started_at: When the sweep began.
        filters: `Account.mark` at that time.
        rows: How many rows the windows so far have certainly shown.
        total: How many rows the whole list had when the sweep began.
    """

    window: str
    started_at: str
    filters: str = ""
    rows: Count = 0
    total: Count = 0

    def __post_init__(self) -> None:
        """Refuse a value that no run can have written."""
        self.check_timestamps("started_at")
        if parse_timestamp(f"{self.window}-01") is None:
            msg = f"window {self.window!r} is not a month"
            raise ValueError(msg)


class Due(StatePart):
    """A sweep that is needed before `full_sweep_days` are over.

    It stays due until a proven sweep, whatever is found in between.

    Attributes:
        reason: Why, for the log.
        since: Since when.
        tried_at: When a sweep last failed for it, by the tap's own clock.
    """

    reason: str
    since: str
    tried_at: str | None = None

    def __post_init__(self) -> None:
        """Refuse a value that no run can have written."""
        self.check_timestamps("since", "tried_at")


class Extent(Struct, frozen=True):
    """How large a list was when a sweep began.

    Attributes:
        rows: How many rows it had, by its total or as counted.
        has_total: MOCO sent the total (`X-Total`).
    """

    rows: int
    has_total: bool


class SweepState(StatePart):
    """What is known of the last proven whole read.

    Methods that change it return a copy, since a read may still use this one.

    Attributes:
        version: The version of the records of the last sweep that declared deletes.
        completed_at: When the last sweep ended, by the tap's own clock.
        waits_since: If there was no sweep yet: since when the first one is awaited.
        rows: Rows of the list that the target has, or that were rejected: those of the
            last sweep and, if `newest` is kept as well, those of increments since. None
            if an older version of the tap has not noted it.
        has_total: MOCO sent the total of the list (`X-Total`) when the sweep began.
        deletes_pending: The sweep declared no deletes, since records were rejected.
            The next one is due when none of them is left.
        resume: Where an interrupted sweep continues.
        due: Why another sweep is needed, if something was seen that requires it.
        newest: The 100 largest ids among the rows that `rows` counts, packed.
        digest: The digest of all records of a list or report that is read whole in
            every run.
        covered_from: The first day that a report or yearly list has covered so far.
        begun: The version of records that an interrupted read may have left in the
            target: the next read has to use a later one.
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
        """Refuse a value that no run can have written."""
        self.check_timestamps("completed_at", "waits_since", "covered_from")
        unpack_ids(self.newest)

    @property
    def had_rows(self) -> bool:
        """The list had rows when it was last read whole, as far as that is known."""
        return self.version is not None if self.rows is None else self.rows > 0

    def next_version(self, started_at: datetime) -> int:
        """Return the version of a sweep that began then, later than the last one."""
        used = max(self.version or 0, self.begun or 0)
        return max(used + 1, int(started_at.timestamp()))

    def required(self, reason: str, since: datetime) -> SweepState:
        """Note that another sweep is due, unless one is due already."""
        if self.due:
            return self
        due = Due(reason=reason, since=format_timestamp(since))
        return structs.replace(self, due=due)

    def failed(self, reason: str, now: datetime) -> SweepState:
        """Note that a sweep was tried for this reason, or for an older one."""
        due = self.due or Due(reason=reason, since=format_timestamp(now))
        tried = structs.replace(due, tried_at=format_timestamp(now))
        return structs.replace(self, due=tried)

    def deferred(self, now: datetime) -> SweepState:
        """Let the time to the first sweep begin now, as it does after a sweep."""
        if self.completed_at or self.waits_since:
            return self
        return structs.replace(self, waits_since=format_timestamp(now))

    def completed(
        self,
        version: int | None,
        now: datetime,
        *,
        extent: Extent | None = None,
        deletes_pending: bool = False,
        digest: str | None = None,
    ) -> SweepState:
        """Note a proven sweep.

        Args:
            version: The version of its records, if it declares deletes.
            now: The tap's own clock.
            extent: How large the list was, if that is certain.
            deletes_pending: Deletes will be declared once no rejected record is left.
            digest: The digest of all its records, if the next one is compared with it.
        """
        return SweepState(
            version=self.version if version is None else version,
            completed_at=format_timestamp(now),
            rows=extent.rows if extent else None,
            has_total=extent.has_total if extent else None,
            deletes_pending=deletes_pending,
            digest=digest,
            covered_from=self.covered_from,
            begun=self.begun if version is None else None,
        )

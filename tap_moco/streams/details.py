"""Streams that take one request per record of another list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.streams.comparison import Comparison
from tap_moco.streams.detail_reader import DetailReader
from tap_moco.streams.due_details import DueDetails, some_first
from tap_moco.streams.held_details import HeldDetails
from tap_moco.streams.shortfall import ENOUGH_DENIALS

if TYPE_CHECKING:
    from datetime import datetime

    from tap_moco.plan import ReadPlan
    from tap_moco.row import Row
    from tap_moco.state.sweep import Extent

PREFETCHED = 4
"""How many details to request while another stream still waits for its own."""
MAX_RETRIED = 100
"""The most details of earlier runs that a run requests again."""


class DetailStream(DetailReader):
    """Details that take one request per record, read for the records that changed.

    A sweep of the parent's list also shows whose details are missing, or older than
    their record (docs/completeness.md, Details).

    Attributes:
        changes_alone: They can change without their record, so a sweep requests all.
    """

    changes_alone: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Wait for the parent's rows."""
        super().__init__(*args, **kwargs)
        self.due = DueDetails()
        self._listed: set[int] = set()

    @property
    def sweeps_ask_for_all(self) -> bool:
        """A sweep of the parent requests the details of every record again."""
        return self.changes_alone or not self.is_incremental

    @property
    def can_detect_deletes(self) -> bool:  # type: ignore[override]
        """Only if a sweep writes all of them again, and no record is hidden."""
        return self.sweeps_ask_for_all and not self.parent.hides_rows

    # As a consumer of the parent's list

    def join_sweep(self, plan: ReadPlan) -> None:
        """Join the sweep of others if that does not cost one request per record."""
        if not self.sweeps_ask_for_all:
            super().join_sweep(plan)

    def new_comparison(self) -> Comparison | None:
        """Compare a stream that every run reads whole with its last read."""
        if self.is_incremental:
            return None
        return Comparison(self.state, self.pipeline, self.run_context.write_state)

    def start_sync(self, started_at: datetime) -> None:
        """Take from the state which details the target has."""
        super().start_sync(started_at)
        overlap = self.sync_settings.overlap
        self.held = HeldDetails(self.state, self.plan, overlap, started_at)
        self._listed = set()
        self.due.clear()  # of a read that failed

    def process_page(self, rows: list[Row]) -> None:
        """Remember the records whose details are due."""
        asks_for_all = self.plan.is_sweep and self.sweeps_ask_for_all
        self._listed.update(row["id"] for row in rows)
        for row in rows:
            if asks_for_all or not self.held.are_current(row):
                self.due.add(self.requests_for(self.due.request(row)))

    def requests_for(self, row: Row) -> list[Row]:
        """Return the requests for one record of the parent: one, or several."""
        return [row]

    def prefetch_details(self) -> None:
        """Request some details before it is this stream's turn."""
        self.requests.prefetch(self._ordered()[:PREFETCHED])

    def fetch_details(self, *, list_is_verified: bool) -> None:
        """Request the details, those of the longest unchanged records first.

        Raises:
            ForbiddenError: The key may not read them, or `on_forbidden` says to fail.
        """
        ordered = self._ordered()
        self.due.clear()
        is_whole = list_is_verified and self.run_context.record_limit is None
        self.fetch(ordered, keeps_progress=is_whole)
        self.save_held()
        if list_is_verified:  # one window does not speak for all
            self.shortfall.judge()

    def _ordered(self) -> list[Row]:
        """Return what is due; if no run has got any yet, a spread of records first."""
        ordered = self.due.in_order()
        if self.has_got_none():
            denied = [row for row in ordered if row["id"] in self.denied]
            ordered = some_first(ordered, denied, ENOUGH_DENIALS)
        return ordered[: self.run_context.record_limit]

    def fetch_leftovers(self) -> None:
        """Request some of the details that earlier runs did not get.

        As soon as the key may read one that was denied, request all of those.
        """
        self.fetch(self._remembered(self.rejected.unmet[:MAX_RETRIED]))
        before = self.answers
        self.fetch(self._remembered(self.denied.unmet[:MAX_RETRIED]))
        if self.answers > before:
            self.fetch(self._remembered(self.denied.unmet))
        self.shortfall.judge()
        self.shortfall.log(self.logger)

    def _remembered(self, numbers: list[int]) -> list[Row]:
        """Return the requests for records that earlier runs did not get."""
        rows: list[Row] = [{"id": number, "updated_at": None} for number in numbers]
        return [request for row in rows for request in self.requests_for(row)]

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Also note which records of the overlap need not be requested again."""
        super().commit(started_at, extent)
        if self.plan.is_sweep and not (self.plan.since or self.plan.resume):
            self.held.keep_only(self._listed)
        if self.is_incremental and (bookmark := self.state.bookmark):
            self.held.save_overlap(bookmark, started_at)

"""Streams that come out of another list's rows, a request per record."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.api.errors import ForbiddenError, NotFoundError
from tap_moco.completeness.leftovers import Leftovers
from tap_moco.completeness.list_update import ONE_PAGE
from tap_moco.streams.base import MocoStream, changed_at
from tap_moco.streams.detail_requests import DetailRequests
from tap_moco.streams.due_details import DueDetails, some_first
from tap_moco.streams.held_details import HeldDetails
from tap_moco.streams.parent_list import ParentList
from tap_moco.streams.shortfall import ENOUGH_DENIALS, Shortfall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from tap_moco.api.pagination import Page
    from tap_moco.row import Row
    from tap_moco.state import Extent, ReadPlan

CHECKPOINT_EVERY = 100
"""Details between two states."""
PREFETCHED = 4
"""Details that are asked for while another stream still waits for its own."""
MAX_RETRIED = 100
"""Details that earlier runs did not get and a run asks for again, at most."""


class DetailStream(MocoStream):
    """What only a request per record gives, read for the records that changed.

    A sweep of the parent's list also shows whose details are missing, or older than
    their record (docs/completeness.md, Details).

    Attributes:
        path: With `{id}` for the record of the parent's list.
        kind: `dict` for one object per record, `list` for a list of them.
        parent_key: The column for the record's id; None where the object has it.
        may_lack: 404 says that a record has none of these details.
        changes_alone: They change without their record: a sweep asks for all again.
    """

    kind: ClassVar[type] = dict
    parent_key: ClassVar[str | None] = None
    may_lack: ClassVar[bool] = False
    changes_alone: ClassVar[bool] = False
    max_rejected: ClassVar[int] = 1_000

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Wait for the parent's rows."""
        super().__init__(*args, **kwargs)
        self.due = DueDetails()
        self.requests = DetailRequests(self.path, self.kind, self.run_context)
        self.parent = ParentList(self.parent_stream_type, self.run_context)
        self._listed: set[int] = set()

    @property
    def sweeps_ask_for_all(self) -> bool:
        """A sweep of the parent asks for every record's details again."""
        return self.changes_alone or not self.is_incremental

    @property
    def can_detect_deletes(self) -> bool:  # type: ignore[override]
        """Only where a sweep writes all of them anew, and no record is hidden."""
        return self.sweeps_ask_for_all and not self.parent.hides_rows

    # As a consumer of the parent's list

    def join_sweep(self, plan: ReadPlan) -> None:
        """Take part in a sweep of the parent that costs no request per record.

        A list of one page is swept in every run, which says nothing of its age.
        """
        is_free = not self.sweeps_ask_for_all and plan.reason != ONE_PAGE
        if is_free and not self.plan.is_sweep:
            self.follow(plan)

    def start_sync(self, started_at: datetime) -> None:
        """Take from the state which details the target has."""
        super().start_sync(started_at)
        overlap = self.sync_settings.overlap
        self.held = HeldDetails(self.state, self.plan, overlap, started_at)
        self._listed = set()

    def process_page(self, rows: list[Row]) -> None:
        """Remember the records whose details are due."""
        asks_for_all = self.plan.is_sweep and self.sweeps_ask_for_all
        self._listed.update(row["id"] for row in rows)
        for row in rows:
            if asks_for_all or not self.held.are_current(row):
                self.due.add(self.requests_for(self.due.request(row)))

    def requests_for(self, row: Row) -> list[Row]:
        """Return what to ask for one record of the parent: once, or more often."""
        return [row]

    def prefetch_details(self) -> None:
        """Ask for some details before it is this stream's turn."""
        self.requests.prefetch(self._ordered()[:PREFETCHED])

    def fetch_details(self, *, list_is_verified: bool) -> None:
        """Ask for the details, the longest unchanged records first.

        Raises:
            ForbiddenError: The key may not read them, or `on_forbidden` says to fail.
        """
        ordered = self._ordered()
        self.due.clear()
        is_whole = list_is_verified and self.run_context.record_limit is None
        self._fetch(ordered, keeps_progress=is_whole)
        if list_is_verified:  # one window does not speak for all
            self.shortfall.judge()

    def _ordered(self) -> list[Row]:
        """Return what is due; some from everywhere first if no run has got any."""
        ordered = self.due.in_order()
        if self._has_got_none():
            denied = [row for row in ordered if row["id"] in self.denied]
            ordered = some_first(ordered, denied, ENOUGH_DENIALS)
        return ordered[: self.run_context.record_limit]

    def fetch_leftovers(self) -> None:
        """Ask for some of the details that earlier runs did not get.

        As soon as the key may read one that was denied, for all of those.
        """
        self._fetch(self._remembered(self.rejected.unmet[:MAX_RETRIED]))
        before = self.stats.details
        self._fetch(self._remembered(self.denied.unmet[:MAX_RETRIED]))
        if self.stats.details > before:
            self._fetch(self._remembered(self.denied.unmet))
        self.shortfall.judge()
        self.shortfall.log(self.logger)

    def _remembered(self, numbers: list[int]) -> list[Row]:
        """Return what to ask for records of earlier runs."""
        rows: list[Row] = [{"id": number, "updated_at": None} for number in numbers]
        return [request for row in rows for request in self.requests_for(row)]

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Also note which records of the overlap need not be asked for again."""
        super().commit(started_at, extent)
        if self.plan.is_sweep and not (self.plan.since or self.plan.resume):
            self.held.keep_only(self._listed)
        if self.is_incremental and (bookmark := self.state.bookmark):
            self.held.save_overlap(bookmark, started_at)

    # Answers

    def _fetch(self, ordered: list[Row], *, keeps_progress: bool = False) -> None:
        """Ask for details, and write what is answered.

        Args:
            ordered: The records.
            keeps_progress: All that the list holds from before each record is done
                when it is its turn.
        """
        for number, (row, answer) in enumerate(self.requests.send(ordered), 1):
            self.shortfall.begin(row)
            self.write(self._rows_of(row, answer))
            self.pipeline.note_changes([row])
            self.shortfall.end()
            if self.shortfall.is_to_be_cleared or number == len(ordered):
                for gone in self.shortfall.clear_up():
                    self.held.discard(gone)
            self.run_context.progress.show(self.name, 1, len(ordered))
            self.run_context.writer.flush()
            if number % CHECKPOINT_EVERY == 0 and self.is_incremental:
                is_in_order = keeps_progress and number > ENOUGH_DENIALS
                self._keep_progress(row if is_in_order else {})

    def _keep_progress(self, done: Row) -> None:
        """Note what is written, and move the bookmark before what is left to do."""
        if changed := changed_at(done):
            before = self.lacks_since
            self.state.advance_bookmark(changed, self.started_at, before=before)
        self.held.save()
        self.run_context.write_state()

    def _rows_of(self, row: Row, answer: Future[Page]) -> Iterator[Row]:
        """Yield the rows of one record's answer, if the record is still there.

        Raises:
            ForbiddenError: The key seems to be allowed to read the details of none.
        """
        try:
            page = answer.result()
        except NotFoundError:
            if self.may_lack:
                self.held.add(row)
            elif self.is_incremental and "listed" in row:
                self._deny(row)  # the next run asks again, and the list if need be
            else:
                self.shortfall.miss()
        except ForbiddenError as denial:
            self._deny(row, denial)
        else:
            self.stats.details += 1
            self.held.add(row)
            for body in self.requests.bodies(page):
                yield self.with_parent_key(body, row)

    def _deny(self, row: Row, denial: ForbiddenError | None = None) -> None:
        self.held.add_denied(row)
        self.shortfall.deny(denial)

    def with_parent_key(self, body: Row, row: Row) -> Row:
        """Return a row with its parent's id, without what the parent's row has."""
        if self.parent_key:
            return {**body, self.parent_key: row["id"]}
        mine, listed = self.schema["properties"], row.get("listed", self.parent.fields)
        return {
            name: value
            for name, value in body.items()
            if name in mine or (name not in listed and value is not None)
        }

    # What earlier runs got, and what they did not

    def _has_got_none(self) -> bool:
        """Neither this run nor an earlier one has got any details."""
        return not (self.stats.details or self.state.bookmark)

    @cached_property
    def denied(self) -> Leftovers:
        """Records whose details the key may not read."""
        return Leftovers(self.state.denied, sys.maxsize if self.is_incremental else 0)

    @cached_property
    def shortfall(self) -> Shortfall:
        """What this run did not get."""
        return Shortfall(
            self.rejected,
            self.denied,
            self.parent,
            self._has_got_none,
            self.stats,
            may_skip=self.run_context.settings.skips_forbidden,
        )

    @property
    def lacks_since(self) -> datetime | None:
        """Also of those that were denied."""
        both = (super().lacks_since, self.denied.oldest_unplaced)
        return min(filter(None, both), default=None)

    def rejected_key(self, row: Row) -> Any:
        """Return the parent's id, which is what can be asked for."""
        return row[self.parent_key or "id"]

    def reject(self, row: Row) -> None:
        """Remember the parent's record, whose change it is that counts."""
        self.shortfall.reject()
        self.held.discard(self.rejected_key(row))

    def accept(self, records: list[Row]) -> None:
        """Do nothing: of the rows of one response, others may be rejected."""

"""Streams that come out of another list's rows."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.api.errors import ForbiddenError, NotFoundError
from tap_moco.completeness.leftovers import Leftovers
from tap_moco.completeness.verified_list import (
    VISIBILITY_MARGIN,
    ListTraits,
    VerifiedList,
    row_id,
)
from tap_moco.state import advance_bookmark, parse_timestamp
from tap_moco.streams.base import MocoStream, changed_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from tap_moco.api.pagination import Page
    from tap_moco.completeness.verified_list import Row
    from tap_moco.state import Extent

KEEP_EVERY = 100
"""Details between two states."""
EARLY = 4
"""Details that are asked for while another stream still waits for its own."""
AGAIN = 100
"""Details that earlier runs did not get and a run asks for again, at most."""
ENOUGH_DENIALS = 10
"""So many records denied and none answered: the key may read none of them."""


class DetailStream(MocoStream):
    """What only a request a record tells, read for the records that changed.

    Attributes:
        path: With `{id}` for the record of the parent's list.
        kind: `dict` for one object a record, `list` for a list of them.
        parent_key: The column for the record's id; None where the object has it.
    """

    kind: ClassVar[type] = dict
    parent_key: ClassVar[str | None] = None
    full_sweeps: ClassVar[bool] = False
    can_detect_deletes: ClassVar[bool] = False

    room_for_rejected: ClassVar[int] = 1_000

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Wait for the parent's rows."""
        super().__init__(*args, **kwargs)
        self._waiting: list[Row] = []
        self._done: dict[str, str] = {}
        self._denial: ForbiddenError | None = None
        self._denials = 0
        self._changed_at: datetime | None = None
        self._names: dict[frozenset[str], frozenset[str]] = {}

    @cached_property
    def denied(self) -> Leftovers:
        """Records whose details the key may not read."""
        is_whole = self.replication_method != "INCREMENTAL"
        return Leftovers(self.stream_state, "denied", 0 if is_whole else sys.maxsize)

    @property
    def unplaced_since(self) -> datetime | None:
        """Also of those that were denied."""
        both = (super().unplaced_since, self.denied.oldest_unplaced)
        return min(filter(None, both), default=None)

    def rejected_as(self, row: Row) -> Any:
        """Return the parent's id, which is what can be asked for."""
        return row[self.parent_key or "id"]

    def reject(self, row: Row) -> None:
        """Remember the parent's record, whose change it is that counts."""
        self.rejected.add(self.rejected_as(row), self._changed_at)
        self._done.pop(str(self.rejected_as(row)), None)

    def accept(self, row: Row) -> None:
        """Do nothing: of the rows of one answer, others may be rejected."""

    def take(self, rows: list[Row]) -> None:
        """Remember the records whose details are due."""
        known = self.stream_state.get("known", {})
        for row in self.wanted(rows):
            changed = row.get("updated_at")
            if changed is None or known.get(str(row["id"])) != changed:
                names = frozenset(row)
                told = self._names.setdefault(names, names)  # most rows share one
                self._waiting += self.due(
                    {"id": row["id"], "updated_at": changed, "told": told}
                )

    def commit(self, started_at: datetime, extent: Extent | None = None) -> None:
        """Also note which records of the overlap need not be asked for again."""
        super().commit(started_at, extent)
        if self.replication_method != "INCREMENTAL":
            return
        overlap = self.moco.sync_settings(full_sweeps=False).overlap
        oldest = parse_timestamp(self.stream_state["replication_key_value"])
        done = {**self.stream_state.get("known", {}), **self._done}
        self.stream_state["known"] = {
            number: changed
            for number, changed in done.items()
            if oldest
            and (moment := parse_timestamp(changed))
            and oldest - overlap <= moment < started_at - VISIBILITY_MARGIN
        }

    def due(self, row: Row) -> list[Row]:
        """Return what to ask for one record of the parent: once, or more often."""
        return [row]

    def catch_up(self, *, alone: bool) -> None:
        """Ask for the details, the longest unchanged records first.

        Raises:
            ForbiddenError: The key may not read them, or `on_forbidden` says to fail.
        """
        ordered = self._ordered()
        self._waiting = []
        self._fetch(ordered, keeps_progress=alone and not self.is_dry_run)
        self._judge_denials()

    def ask_again(self) -> None:
        """Ask for some of the details that earlier runs did not get.

        As soon as the key may read one that was denied, for all of those.
        """
        self._fetch(self._remembered(self.rejected.unmet[:AGAIN]))
        before = self.report.pages
        self._fetch(self._remembered(self.denied.unmet[:AGAIN]))
        if self.report.pages > before:
            self._fetch(self._remembered(self.denied.unmet))
        self._judge_denials()
        if self._denial and self.denied:
            self.logger.warning(
                "%s: %d records are denied, and asked for again in the next runs; "
                "%s (%s)",
                self.name,
                len(self.denied),
                self.moco.right(self),
                self._denial,
            )

    def _fetch(self, ordered: list[Row], *, keeps_progress: bool = False) -> None:
        """Ask for details, and write what is answered."""
        futures = self.moco.reader.each(self.ask, ordered)
        for number, (row, future) in enumerate(zip(ordered, futures, strict=True), 1):
            self._changed_at = changed_at(row)
            self.write(self._answered(row, future))
            self._note([row])
            self.moco.show_progress(self, 1, len(ordered))
            self.moco.flush()
            if number % KEEP_EVERY == 0 and keeps_progress:
                self._keep_progress(row)

    def _remembered(self, numbers: list[int]) -> list[Row]:
        """Return what to ask for records of earlier runs."""
        return [due for n in numbers for due in self.due({"id": n, "updated_at": None})]

    def _ordered(self) -> list[Row]:
        """Return what is due, each record once, the longest unchanged first.

        As long as no run has got any details, some from everywhere come first, so
        that the oldest ones alone do not speak for all.
        """
        due = {(row["id"], row.get("year")): row for row in self._waiting}
        ordered = sorted(due.values(), key=lambda row: row["updated_at"] or "")
        if self._has_got_none:
            untried = [row for row in ordered if row["id"] not in self.denied]
            some = untried[:: -(len(untried) // ENOUGH_DENIALS + 1)]
            first = {id(row) for row in some}
            ordered = some + [row for row in ordered if id(row) not in first]
        return ordered[: self.ABORT_AT_RECORD_COUNT] if self.is_dry_run else ordered

    def prefetch_details(self) -> None:
        """Ask for some details before it is this stream's turn."""
        reader = self.moco.reader
        urls = [reader.url(self._path(row)) for row in self._ordered()[:EARLY]]
        reader.prefetch(urls, kind=self.kind, single=True)

    def _answered(self, row: Row, future: Future[Page]) -> Iterator[Row]:
        """Yield the rows of one record's answer, if the record is still there.

        Raises:
            ForbiddenError: The key seems to be allowed to read the details of none.
        """
        try:
            page = future.result()
        except NotFoundError:
            self.report.gone += 1
            self._pause_before_retry(row)
        except ForbiddenError as denial:
            self._denials += 1
            self._denial = denial
            self.denied.add(row["id"], changed_at(row))
            self.report.denied = len(self.denied)
            if self._denials == ENOUGH_DENIALS and self._has_got_none:
                raise
        else:
            self.report.pages += 1
            self._done[str(row["id"])] = row["updated_at"]
            self._pause_before_retry(row)
            yield from self.details(page, row)

    def _pause_before_retry(self, row: Row) -> None:
        """Forget what was remembered of a record: MOCO has answered."""
        self.rejected.discard(row["id"])
        self.denied.discard(row["id"])
        self.report.denied = len(self.denied)

    @property
    def _has_got_none(self) -> bool:
        """Neither this run nor an earlier one has got any details."""
        return not (self.report.pages or self.stream_state.get("replication_key_value"))

    def _judge_denials(self) -> None:
        """End the stream if it was denied, or if a denied record is to end it.

        Raises:
            ForbiddenError: All were denied, or `on_forbidden` says to fail.
        """
        fails = self.config["on_forbidden"] == "fail"
        if self._denial and (fails or self._has_got_none):
            raise self._denial

    def ask(self, row: Row) -> Page:
        """Ask for one record's details."""
        reader = self.moco.reader
        return reader.get(reader.url(self._path(row)), kind=self.kind, single=True)

    def details(self, page: Page, row: Row) -> Iterator[Row]:
        """Return the rows that an answer holds."""
        if self.kind is dict:
            yield self.own(page.body, row)
            return
        traits = ListTraits(key=row_id, timestamp_field="created_at")
        reader, sleep = self.moco.reader, self.moco.sleep
        for inner in VerifiedList(reader, page.url, traits, sleep=sleep, first=page):
            yield from (self.own(body, row) for body in inner)

    def own(self, body: Row, row: Row) -> Row:
        """Return a row with its parent's id, without what the parent's row has."""
        if self.parent_key:
            return {**body, self.parent_key: row["id"]}
        mine, told = self.schema["properties"], row.get("told", self._usually_told)
        return {
            name: value
            for name, value in body.items()
            if name in mine or name not in told
        }

    @cached_property
    def _usually_told(self) -> dict[str, Any]:
        """Fields of the parent's list, for a record whose row is not at hand."""
        parents = [s for s in self.moco.streams.values() if self in s.child_streams]
        return parents[0].schema["properties"] if parents else {}

    def _path(self, row: Row) -> str:
        return self.path.format_map(row)

    def _keep_progress(self, done: Row) -> None:
        """Move the bookmark to a record before which all are done."""
        changed = changed_at(done)
        if changed and self.replication_method == "INCREMENTAL":
            before = self.unplaced_since
            advance_bookmark(self.stream_state, changed, self.started_at, before=before)
            self.moco.write_state()


class ProjectChildStream(DetailStream):
    """Tasks or contracts: in every project's row, and in full one request each.

    A project does not change with them (docs/moco-api.md, Incremental reading), so
    all projects are read in every run.

    Attributes:
        field: Where a project's row holds them.
    """

    kind = list
    parent_key = "project_id"
    replication_key = None
    can_detect_deletes = True
    field: ClassVar[str]
    rejected_as = MocoStream.rejected_as
    reject = MocoStream.reject
    accept = MocoStream.accept

    @property
    def declares_deletes(self) -> bool:
        """Not where archived projects, and so their children, are left out."""
        return super().declares_deletes and self.config["include_archived"]

    def take(self, rows: list[Row]) -> None:
        """Write what the projects hold, or remember it until it is completed."""
        for row in rows:
            if self.field not in row:
                self.denied.add(row["id"], None)
                self.report.denied = len(self.denied)
            items = row.get(self.field) or ()
            held = [{**item, "project_id": row["id"]} for item in items]
            if self.config["project_children"] == "embedded":
                self.write(held)
            else:
                self._waiting.append(
                    {"id": row["id"], "updated_at": None, "held": held}
                )

    def _answered(self, row: Row, future: Future[Page]) -> Iterator[Row]:
        """Yield a project's children in full, the others as its row held them.

        The list of contracts has active people only (docs/moco-api.md).
        """
        full = {inner["id"]: inner for inner in super()._answered(row, future)}
        for held in row["held"]:
            yield {**held, **full.pop(held.get("id"), {})}
        yield from full.values()

"""Streams that come out of another list's rows, a request per record."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from tap_moco.api.errors import ForbiddenError, MocoError, NotFoundError
from tap_moco.completeness.leftovers import Leftovers
from tap_moco.completeness.verified_list import (
    VISIBILITY_MARGIN,
    ListTraits,
    VerifiedList,
    row_id,
)
from tap_moco.isolation import missing_permission
from tap_moco.streams.base import SCHEMAS, MocoStream, changed_at
from tap_moco.text import counted
from tap_moco.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from tap_moco.api.pagination import Page
    from tap_moco.state import Extent
    from tap_moco.streams.base import Row

CHECKPOINT_EVERY = 100
"""Details between two states."""
PREFETCHED = 4
"""Details that are asked for while another stream still waits for its own."""
MAX_RETRIED = 100
"""Details that earlier runs did not get and a run asks for again, at most."""
ENOUGH_DENIALS = 10
"""So many records denied and none answered: the key may read none of them."""


class DetailStream(MocoStream):
    """What only a request per record tells, read for the records that changed.

    Attributes:
        path: With `{id}` for the record of the parent's list.
        kind: `dict` for one object per record, `list` for a list of them.
        parent_key: The column for the record's id; None where the object has it.
        may_lack: 404 says that a record has none of these details.
    """

    kind: ClassVar[type] = dict
    parent_key: ClassVar[str | None] = None
    may_lack: ClassVar[bool] = False
    full_sweeps: ClassVar[bool] = False
    can_detect_deletes: ClassVar[bool] = False
    max_rejected: ClassVar[int] = 1_000

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Wait for the parent's rows."""
        super().__init__(*args, **kwargs)
        self._waiting: list[Row] = []
        self._done: dict[str, str] = {}
        self._denial: ForbiddenError | None = None
        self._denials = 0
        self._changed_at: datetime | None = None
        self._is_settled = True
        self._field_names: dict[frozenset[str], frozenset[str]] = {}

    # As a consumer of the parent's list

    def process_page(self, rows: list[Row]) -> None:
        """Remember the records whose details are due."""
        known = self.state.known
        for row in self._changed(rows):
            changed = row.get("updated_at")
            if changed is None or known.get(str(row["id"])) != changed:
                names = frozenset(n for n, value in row.items() if value is not None)
                listed = self._field_names.setdefault(names, names)  # mostly the same
                request = {"id": row["id"], "updated_at": changed, "listed": listed}
                self._waiting += self.requests_for(request)

    def _changed(self, rows: list[Row]) -> list[Row]:
        """Leave out what did not change, where the list is read for others too."""
        since = self.plan.since
        if since is None:
            return rows
        return [row for row in rows if (changed_at(row) or since) >= since]

    def requests_for(self, row: Row) -> list[Row]:
        """Return what to ask for one record of the parent: once, or more often."""
        return [row]

    def prefetch_details(self) -> None:
        """Ask for some details before it is this stream's turn."""
        fetcher = self.run_context.fetcher
        urls = [fetcher.url(self._path(row)) for row in self._ordered()[:PREFETCHED]]
        fetcher.prefetch(urls, kind=self.kind, single=True)

    def fetch_details(self, *, list_is_verified: bool) -> None:
        """Ask for the details, the longest unchanged records first.

        Raises:
            ForbiddenError: The key may not read them, or `on_forbidden` says to fail.
        """
        ordered = self._ordered()
        self._waiting = []
        is_whole = list_is_verified and self.run_context.record_limit is None
        self._fetch(ordered, keeps_progress=is_whole)
        self._judge_denials()

    def fetch_leftovers(self) -> None:
        """Ask for some of the details that earlier runs did not get.

        As soon as the key may read one that was denied, for all of those.
        """
        self._fetch(self._remembered(self.rejected.unmet[:MAX_RETRIED]))
        before = self.stats.requests
        self._fetch(self._remembered(self.denied.unmet[:MAX_RETRIED]))
        if self.stats.requests > before:
            self._fetch(self._remembered(self.denied.unmet))
        self._judge_denials()
        if self._denials and self.denied:
            self.logger.warning(
                "%s: %s denied, asked for again in the next runs; %s (%s)",
                self.name,
                counted(len(self.denied), "record"),
                missing_permission(self.stats),
                self._denial or "404",
            )

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Also note which records of the overlap need not be asked for again."""
        super().commit(started_at, extent)
        oldest = self.state.bookmark
        if not self.is_incremental or oldest is None:
            return
        oldest -= self.run_context.settings.sync.overlap
        self.state.known = {
            number: changed
            for number, changed in {**self.state.known, **self._done}.items()
            if (moment := parse_timestamp(changed))
            and oldest <= moment < started_at - VISIBILITY_MARGIN
        }

    # Requests and responses

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
        return ordered[: self.run_context.record_limit]

    def _remembered(self, numbers: list[int]) -> list[Row]:
        """Return what to ask for records of earlier runs."""
        rows: list[Row] = [{"id": number, "updated_at": None} for number in numbers]
        return [request for row in rows for request in self.requests_for(row)]

    def _fetch(self, ordered: list[Row], *, keeps_progress: bool = False) -> None:
        """Ask for details, and write what is answered."""
        responses = self.run_context.fetcher.map(self._get, ordered)
        for number, (row, response) in enumerate(
            zip(ordered, responses, strict=True), 1
        ):
            self._changed_at, self._is_settled = changed_at(row), True
            self.write(self._rows_of(row, response))
            self.pipeline.note_changes([row])
            if self._is_settled:
                self.rejected.discard(row["id"])
                self.denied.discard(row["id"])
            self.stats.forbidden = len(self.denied)
            self.run_context.progress.show(self.name, 1, len(ordered))
            self.run_context.writer.flush()
            if number % CHECKPOINT_EVERY == 0 and keeps_progress:
                self._keep_progress(row)

    def _get(self, row: Row) -> Page:
        """Ask for one record's details."""
        fetcher = self.run_context.fetcher
        return fetcher.get(fetcher.url(self._path(row)), kind=self.kind, single=True)

    def _path(self, row: Row) -> str:
        return self.path.format_map(row)

    def _rows_of(self, row: Row, response: Future[Page]) -> Iterator[Row]:
        """Yield the rows of one record's response, if the record is still there.

        Raises:
            ForbiddenError: The key seems to be allowed to read the details of none.
        """
        try:
            page = response.result()
        except NotFoundError:
            self.stats.not_found += 1
            if self._may_still_exist(row):
                self._note_denial(row)
        except ForbiddenError as denial:
            self._denial = denial
            self._note_denial(row)
        else:
            self.stats.requests += 1
            self._done[str(row["id"])] = row["updated_at"]
            yield from self._details(page, row)

    def _note_denial(self, row: Row) -> None:
        """Remember a record, to be asked for again.

        Raises:
            ForbiddenError: The key seems to be allowed to read the details of none.
        """
        self._denials += 1
        self._is_settled = False
        self.denied.add(row["id"], changed_at(row))
        if self._denials == ENOUGH_DENIALS:
            self._raise_if_it_got_none()

    def _may_still_exist(self, row: Row) -> bool:
        """Tell whether a 404 may be a denial: the list has, or just had, the record."""
        if self.may_lack or not self.is_incremental:
            return False
        parent = self.parent_stream_type
        if "listed" in row or not parent:
            return True  # the next run asks again, and for the record in the list
        one = {"ids": str(row["id"])}
        rows = cast("Any", parent).endpoint(self.run_context).verified(one)
        return any(found["id"] == row["id"] for page in rows for found in page)

    def _details(self, page: Page, row: Row) -> Iterator[Row]:
        """Yield the rows that a response holds."""
        if self.kind is dict:
            yield self.with_parent_key(page.body, row)
            return
        traits = ListTraits(key=row_id, timestamp_field="created_at")
        fetcher, sleep = self.run_context.fetcher, self.run_context.sleep
        for inner in VerifiedList(fetcher, page.url, traits, sleep=sleep, first=page):
            yield from (self.with_parent_key(body, row) for body in inner)

    def with_parent_key(self, body: Row, row: Row) -> Row:
        """Return a row with its parent's id, without what the parent's row has."""
        if self.parent_key:
            return {**body, self.parent_key: row["id"]}
        mine, listed = self.schema["properties"], row.get("listed", self._parent_fields)
        return {
            name: value
            for name, value in body.items()
            if name in mine or (name not in listed and value is not None)
        }

    @cached_property
    def _parent_fields(self) -> dict[str, Any]:
        """Fields of the parent's list, for a record whose row is not at hand."""
        parent = self.parent_stream_type
        name = vars(parent)["name"] if parent else self.name
        properties: dict[str, Any] = SCHEMAS.fetch_schema(name)["properties"]
        return properties

    def _keep_progress(self, done: Row) -> None:
        """Move the bookmark to a record before which all are done."""
        changed = changed_at(done)
        if changed and self.is_incremental:
            before = self.lacks_since
            self.state.advance_bookmark(changed, self.started_at, before=before)
            self.run_context.write_state()

    # What the run did not get

    @cached_property
    def denied(self) -> Leftovers:
        """Records whose details the key may not read."""
        return Leftovers(self.state.denied, sys.maxsize if self.is_incremental else 0)

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
        self._is_settled = False
        self.denied.discard(self.rejected_key(row))
        self.rejected.add(self.rejected_key(row), self._changed_at)
        self._done.pop(str(self.rejected_key(row)), None)

    def accept(self, records: list[Row]) -> None:
        """Do nothing: of the rows of one response, others may be rejected."""

    @property
    def _has_got_none(self) -> bool:
        """Neither this run nor an earlier one has got any details."""
        return not (self.stats.requests or self.state.bookmark)

    def _judge_denials(self) -> None:
        """End the stream if it was denied, or if a denied record is to end it.

        Raises:
            ForbiddenError: All were denied, or `on_forbidden` says to fail.
        """
        if self._denial and not self.run_context.settings.skips_forbidden:
            raise self._denial
        if self._denials:
            self._raise_if_it_got_none()

    def _raise_if_it_got_none(self) -> None:
        """End the stream where no run has got any details yet.

        Raises:
            ForbiddenError: What MOCO said.
        """
        if self._has_got_none:
            raise self._denial or ForbiddenError("MOCO answered 404 for every record")


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
    field: ClassVar[str]
    rejected_key = MocoStream.rejected_key
    reject = MocoStream.reject
    accept = MocoStream.accept

    @property
    def can_detect_deletes(self) -> bool:  # type: ignore[override]
        """Not where archived projects, and so their children, are left out."""
        return self.run_context.settings.include_archived

    def process_page(self, rows: list[Row]) -> None:
        """Write what the projects hold, or remember it until it is completed."""
        for row in rows:
            if row.get(self.field) is None:
                self.denied.add(f"{self.field} of {row['id']}", None)
                self.stats.forbidden = len(self.denied)
            items = self._children_in(row)
            held = [{**item, "project_id": row["id"]} for item in items]
            if self.run_context.settings.project_children == "embedded":
                self.write(held)
            else:
                self._waiting.append(
                    {"id": row["id"], "updated_at": None, "held": held}
                )

    def _children_in(self, row: Row) -> list[Row]:
        """Return the children that a project's row holds.

        Raises:
            MocoError: They are in a form that nobody has seen.
        """
        items = row.get(self.field) or []
        if isinstance(items, list) and all(isinstance(item, dict) for item in items):
            return items
        raise MocoError(
            f"the {self.field} of project {row['id']} are not a list of rows"
        )

    def _rows_of(self, row: Row, response: Future[Page]) -> Iterator[Row]:
        """Yield a project's children in full, the others as its row held them.

        The list of contracts has active people only (docs/moco-api.md).
        """
        full = {inner["id"]: inner for inner in super()._rows_of(row, response)}
        for held in row["held"]:
            yield {**held, **full.pop(held.get("id"), {})}
        yield from full.values()

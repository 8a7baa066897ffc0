"""Streams that come out of another list's rows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.api.errors import DeniedError, GoneError
from tap_moco.reading.bookmarks import advance, parse_time
from tap_moco.reading.sweep import LATE, Rules, Sweep, row_id
from tap_moco.streams.base import MocoStream, changed_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from tap_moco.api.pagination import Page
    from tap_moco.reading.sweep import Row

KEEP_EVERY = 100
"""Details between two states."""
EARLY = 4
"""Details that are asked for while another stream still waits for its own."""
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
    sweeps_again: ClassVar[bool] = False
    can_tell_deletes: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Wait for the parent's rows."""
        super().__init__(*args, **kwargs)
        self._waiting: list[Row] = []
        self._done: dict[str, str] = {}
        self._denial: DeniedError | None = None

    def take(self, rows: list[Row]) -> None:
        """Remember the records whose details are due."""
        known = self.stream_state.get("known", {})
        for row in self.wanted(rows):
            changed = row.get("updated_at")
            if changed is None or known.get(str(row["id"])) != changed:
                self._waiting += self.due({"id": row["id"], "updated_at": changed})

    def commit(self, started_at: datetime, newest: datetime | None = None) -> None:
        """Also note which records of the overlap need not be asked for again."""
        super().commit(started_at, newest)
        if self.replication_method != "INCREMENTAL":
            return
        overlap = self.moco.habits(sweeps_again=False).overlap
        oldest = parse_time(self.stream_state["replication_key_value"])
        done = {**self.stream_state.get("known", {}), **self._done}
        self.stream_state["known"] = {
            number: changed
            for number, changed in done.items()
            if oldest
            and (moment := parse_time(changed))
            and oldest - overlap <= moment < started_at - LATE
        }

    def due(self, row: Row) -> list[Row]:
        """Return what to ask for one record of the parent: once, or more often."""
        return [row]

    def catch_up(self, *, alone: bool) -> None:
        """Ask for the details, the longest unchanged records first."""
        ordered = self._ordered()
        self._waiting = []
        futures = self.moco.reader.each(self.ask, ordered)
        for number, (row, future) in enumerate(zip(ordered, futures, strict=True), 1):
            self.write(self._answered(row, future))
            self._note([row])
            self.moco.show_progress(self, 1, len(ordered))
            self.moco.flush()
            if number % KEEP_EVERY == 0 and alone and not self.is_dry_run:
                self._keep_progress(row)
        self._judge_denials()

    def _ordered(self) -> list[Row]:
        """Return what is due, each record once."""
        due = {(row["id"], row.get("year")): row for row in self._waiting}
        ordered = sorted(due.values(), key=lambda row: row["updated_at"] or "")
        return ordered[: self.ABORT_AT_RECORD_COUNT] if self.is_dry_run else ordered

    def be_early(self) -> None:
        """Ask for some details before it is this stream's turn."""
        reader = self.moco.reader
        urls = [reader.url(self._path(row)) for row in self._ordered()[:EARLY]]
        reader.ask_early(urls, kind=self.kind, single=True)

    def _answered(self, row: Row, future: Future[Page]) -> Iterator[Row]:
        """Yield the rows of one record's answer, if the record is still there.

        Raises:
            DeniedError: The key seems to be allowed to read the details of none.
        """
        try:
            page = future.result()
        except GoneError:
            self.report.gone += 1
        except DeniedError as denial:
            self._denial = denial
            self.report.denied += 1
            if not self.report.pages and self.report.denied == ENOUGH_DENIALS:
                raise
        else:
            self.report.pages += 1
            self._done[str(row["id"])] = row["updated_at"]
            yield from self.details(page, row)

    def _judge_denials(self) -> None:
        """Tell of denied records, once.

        Raises:
            DeniedError: All were denied, or `on_forbidden` says to fail.
        """
        denial, self._denial = self._denial, None
        if denial is None:
            return
        if not self.report.pages or self.config["on_forbidden"] == "fail":
            raise denial
        self.logger.warning(
            "%s: %d records were denied, and are asked for again only when they "
            "change; %s (%s)",
            self.name,
            self.report.denied,
            self.moco.right(self),
            denial,
        )

    def ask(self, row: Row) -> Page:
        """Ask for one record's details."""
        reader = self.moco.reader
        return reader.get(reader.url(self._path(row)), kind=self.kind, single=True)

    def details(self, page: Page, row: Row) -> Iterator[Row]:
        """Return the rows that an answer holds."""
        if self.kind is dict:
            yield self.own(page.body, row)
            return
        rules = Rules(key=row_id, stamp="created_at")
        reader, sleep = self.moco.reader, self.moco.sleep
        for inner in Sweep(reader, page.url, rules, sleep=sleep, first=page):
            yield from (self.own(body, row) for body in inner)

    def own(self, body: Row, row: Row) -> Row:
        """Return a row with its parent's id, without what the parent's row has."""
        if self.parent_key:
            return {**body, self.parent_key: row["id"]}
        mine = self.schema["properties"]
        return {
            name: value
            for name, value in body.items()
            if name in mine or name not in self._told_by_list
        }

    @cached_property
    def _told_by_list(self) -> dict[str, Any]:
        """Fields of the parent's list."""
        parents = [s for s in self.moco.streams.values() if self in s.child_streams]
        return parents[0].schema["properties"] if parents else {}

    def _path(self, row: Row) -> str:
        return self.path.format_map(row)

    def _keep_progress(self, done: Row) -> None:
        """Move the bookmark to a record before which all are done."""
        if self.replication_method == "INCREMENTAL":
            advance(self.stream_state, changed_at(done), self.started_at)
            self.moco.write_state()


class ProjectChildStream(DetailStream):
    """Tasks or contracts: in every project's row, and in full one request each.

    A project does not change with them (BEHAVIOUR.md, Incremental reading), so
    all projects are read in every run.

    Attributes:
        field: Where a project's row holds them.
    """

    kind = list
    parent_key = "project_id"
    replication_key = None
    can_tell_deletes = True
    field: ClassVar[str]

    @property
    def declares_deletes(self) -> bool:
        """Not where archived projects, and so their children, are left out."""
        return super().declares_deletes and self.config["include_archived"]

    def take(self, rows: list[Row]) -> None:
        """Write what the projects hold, or remember it until it is completed."""
        for row in rows:
            self.report.denied += self.field not in row
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

        The list of contracts has active people only (BEHAVIOUR.md).
        """
        full = {inner["id"]: inner for inner in super()._answered(row, future)}
        for held in row["held"]:
            yield {**held, **full.pop(held.get("id"), {})}
        yield from full.values()

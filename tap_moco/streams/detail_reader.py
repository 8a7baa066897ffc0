"""Request details, one record after the other, and handle the answers."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.api.errors import ForbiddenError, NotFoundError
from tap_moco.completeness.leftovers import Leftovers
from tap_moco.streams.base import MocoStream
from tap_moco.streams.detail_requests import DetailRequests
from tap_moco.streams.parent_list import ParentList
from tap_moco.streams.shortfall import ENOUGH_DENIALS, Shortfall
from tap_moco.timestamps import changed_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from tap_moco.api.pagination import Page
    from tap_moco.records.maker import Rejections
    from tap_moco.row import Row
    from tap_moco.streams.held_details import HeldDetails

CHECKPOINT_EVERY = 100
"""The state is written after this many details."""


class DetailReader(MocoStream):
    """A stream that requests one record after the other.

    Attributes:
        path: With `{id}` for the record of the parent's list.
        kind: `dict` for one object per record, `list` for a list of them.
        parent_key: The column for the record's id; None if the object has the id.
        may_lack: 404 means that a record has none of these details.
        held: Which details the target has.
        answers: How many records this run got.
    """

    kind: ClassVar[type] = dict
    parent_key: ClassVar[str | None] = None
    may_lack: ClassVar[bool] = False
    max_rejected: ClassVar[int] = 1_000
    held: HeldDetails

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Send no request yet."""
        super().__init__(*args, **kwargs)
        self.requests = DetailRequests(self.path, self.kind, self.run_context)
        self.parent = ParentList(self.parent_stream_type, self.run_context)
        self.answers = 0

    def fetch(self, ordered: list[Row], *, keeps_progress: bool = False) -> None:
        """Request details, and write the answers.

        Args:
            ordered: The records.
            keeps_progress: When a record's turn comes, all records of the list that
                changed before it are done.
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
        """Note what is written; the bookmark stays before what is left to do."""
        if changed := changed_at(done):
            before = self.lacks_since
            self.state.advance_bookmark(changed, self.started_at, before=before)
        self.save_held()
        self.run_context.write_state()

    def save_held(self) -> None:
        """Note in the state which details the target has."""
        if self.is_incremental:
            self.held.save()

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
            self.answers += 1
            self.held.add(row)
            for body in self.requests.bodies(page):
                yield self.with_parent_key(body, row)

    def _deny(self, row: Row, denial: ForbiddenError | None = None) -> None:
        self.held.add_denied(row)
        self.shortfall.deny(denial)

    def with_parent_key(self, body: Row, row: Row) -> Row:
        """Return a row with its parent's id, without the fields of the parent's row."""
        if self.parent_key:
            return {**body, self.parent_key: row["id"]}
        mine, listed = self.schema["properties"], row.get("listed", self.parent.fields)
        return {
            name: value
            for name, value in body.items()
            if name in mine or (name not in listed and value is not None)
        }

    # What earlier runs got, and what they did not

    def has_got_none(self) -> bool:
        """Neither this run nor an earlier one has got any details."""
        return not (self.answers or self.state.bookmark)

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
            self.has_got_none,
            self.stats,
            may_skip=self.run_context.settings.skips_forbidden,
        )

    @property
    def lacks_since(self) -> datetime | None:
        """When the oldest record changed that is neither written nor remembered."""
        both = (super().lacks_since, self.denied.oldest_unplaced)
        return min(filter(None, both), default=None)

    def rejected_key(self, row: Row) -> Any:
        """Return the parent's id, which can be requested again."""
        return row[self.parent_key or "id"]

    @property
    def rejections(self) -> Rejections:
        """What remembers rows that do not fit, by their record."""
        return self

    def reject(self, row: Row) -> None:
        """Remember the parent's record, since it is what has to be requested again."""
        self.shortfall.reject()
        self.held.discard(self.rejected_key(row))

    def accept(self, records: list[Row]) -> None:
        """Do nothing, since other rows of the same response may be rejected."""

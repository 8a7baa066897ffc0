"""Read a list to its end and prove that no row was passed over.

The argument is in docs/completeness.md. In short: a row that is known to have
been in the list when a page was answered is *confirmed* for that page's `X-Total`.
When the confirmed rows are as many as one such total, they are all of them.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from tap_moco.api.errors import IncompleteReadError, MissingKeyError, PaginationError
from tap_moco.api.pagination import with_page_size
from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.completeness.proof import Proof, moment_of
from tap_moco.timestamps import Cutoff

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from datetime import datetime

    from tap_moco.api.fetcher import Fetcher
    from tap_moco.api.pagination import Page
    from tap_moco.row import Row

logger = logging.getLogger("tap-moco.completeness")

CHECKS_PER_PASS = 8
"""A later pass ends where the proof is reached; each look for it counts all rows."""
CHANGES_MARGIN = timedelta(seconds=10)
"""Newer rows are looked at before another pass: twice `VISIBILITY_MARGIN`."""


@dataclass
class ListTraits:
    """What is known of a list's rows.

    Attributes:
        key: What makes a row one, out of its payload; None where MOCO's rows
            have no key, so that they can only be counted.
        timestamp_field: `created_at` where rows enter the list by being created only;
            `updated_at` where a filter lets changed rows in and out.
        leaves_only_by_delete: A row that was seen twice was there in between.
        unchanged_since: Asks whether nothing changed since a time; None where MOCO
            cannot say.
        changed_since: Asks for the list's rows that changed since a time, one page
            of them; None where MOCO cannot say.
        first_page: Asks for a first page; None for the reader.
        max_passes: How often the list is read before it fails.
    """

    key: Callable[[Row], Hashable] | None
    timestamp_field: str | None
    leaves_only_by_delete: bool = True
    unchanged_since: Callable[[datetime], bool] | None = None
    changed_since: Callable[[datetime], Page] | None = None
    first_page: Callable[[str], Page] | None = None
    max_passes: int | None = None

    def keys(self, rows: list[Row]) -> list[Hashable]:
        """Return the key of each row, None where it lacks it; [] if rows have none."""
        return [self.key(row) for row in rows] if self.key else []

    def stamps(self, rows: list[Row]) -> list[str | None]:
        """Return what each row says of when it entered the list, if it does."""
        name = self.timestamp_field or ""
        return [s if isinstance(s := row.get(name), str) else None for row in rows]

    @property
    def can_be_counted(self) -> bool:
        """Whether more passes can show that rows were there all the time."""
        return bool(self.key and (self.timestamp_field or self.leaves_only_by_delete))


class VerifiedList:
    """A list, read until it is proven; iterate it for the rows to emit.

    Args:
        reader: Asks for the pages.
        url: The first page.
        traits: What is known of the rows.
        first: The first page, where somebody has asked for it already.
    """

    def __init__(
        self,
        reader: Fetcher,
        url: str,
        traits: ListTraits,
        *,
        first: Page | None = None,
    ) -> None:
        """Ask for nothing yet."""
        if first:
            self._first = first
        self._reader = reader
        self._ask = traits.first_page or reader.get
        self.url = url
        self._traits = traits

    @cached_property
    def _first(self) -> Page:
        """The first page of the first pass."""
        return self._ask(self.url)

    @cached_property
    def _proof(self) -> Proof:
        """What all pages say together."""
        stays = self._traits.leaves_only_by_delete
        return Proof(self.started_at, leaves_only_by_delete=stays)

    @cached_property
    def _cutoff(self) -> Cutoff:
        """What did not change since need not be written twice."""
        return Cutoff(self.started_at - VISIBILITY_MARGIN)

    @property
    def started_at(self) -> datetime:
        """The server's clock when the first page was answered."""
        return moment_of(self._first)

    @property
    def total(self) -> int:
        """Rows of the list, by its first page."""
        total = self._first.total
        return len(self._first.body) if total is None else total

    @property
    def is_first_pass(self) -> bool:
        """The page at hand is of the first pass over the list."""
        return not self._is_again

    @property
    def is_new_pass(self) -> bool:
        """The page at hand is the first of another pass over the list."""
        return self._proof.passes.current.pages == 1

    @property
    def is_one_answer(self) -> bool:
        """The first page is the whole list, and so its own proof."""
        return self._first.is_whole_list

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of page after page.

        Raises:
            IncompleteReadError: The list kept moving, pass after pass.
            MissingKeyError: A row has no key.
        """
        yield from self._read(self._first)
        while not self._is_proven():
            self._give_up_if_hopeless()
            logger.info("%s moved while it was read; once more", self._path)
            yield from self._look_at_changes()
            yield from self._read(self._first_again())

    def _give_up_if_hopeless(self) -> None:
        """End a read that more requests would not better.

        Raises:
            IncompleteReadError: It is one.
        """
        passes = self._proof.passes
        reason = passes.reason_to_end
        if self._traits.max_passes == len(passes):
            reason = reason or "so many were allowed"
        if reason:
            raise IncompleteReadError(
                f"{self._path} could not be proven complete in {len(passes)} passes "
                f"of {passes.pages} pages: {reason}; {self._proof.shortfall}. "
                "Its rows were written; no bookmark was moved and nothing deleted"
            )

    @property
    def _is_again(self) -> bool:
        return len(self._proof.passes) > 1

    def _first_again(self) -> Page:
        """Ask for the first page of another pass."""
        if not self._first.is_paged:
            return self._ask(self.url)
        return self._ask(with_page_size(self.url, self._proof.passes.page_size))

    def _look_at_changes(self) -> Iterator[list[Row]]:
        """Yield what changed a moment ago, right before the first page goes out.

        Its stamps are too new to tell whether that page's total counts it. That it
        was seen before tells.
        """
        if self._traits.key and self._traits.changed_since:
            self._reader.await_room(2)
            passed = timedelta(seconds=time.perf_counter() - self._latest.sent)
            since = moment_of(self._latest) + passed - CHANGES_MARGIN
            page = self._traits.changed_since(since)
            yield self._take(page, self._keys(page), total=None)

    def _read(self, first: Page) -> Iterator[list[Row]]:
        """Read all pages; from the second time on only until the proof is there."""
        current = self._proof.passes.begin(first)
        step = max(self._proof.passes.list_pages // CHECKS_PER_PASS, 1)
        for page in self._reader.pages(first, in_step=not self._proof.totals_are_true):
            keys = self._keys(page)
            current.add(page, keys)
            # what is beyond the end of a list may tell nothing of it
            total = page.total if page.body or page is first else None
            yield self._take(page, keys, total)
            if page.next_url and not current.may_go_on(page):
                msg = f"{self._path} names a next page after all its rows were read"
                raise PaginationError(msg)
            if (
                self._is_again
                and current.pages % step == 0
                and self._proof.is_counted()
            ):
                return

    def _take(self, page: Page, keys: list[Hashable], total: int | None) -> list[Row]:
        """Take note of a page; return the rows that are news to the target."""
        self._latest = page
        rows: list[Row] = page.body
        if self._traits.key is None:
            return rows
        news = self._news(rows, keys) if self._is_again else rows
        stamps = self._traits.stamps(rows)
        self._proof.add(page, list(zip(keys, stamps, strict=True)), total)
        return news

    def _news(self, rows: list[Row], keys: list[Hashable]) -> list[Row]:
        """Return the rows that were not seen before, or not as they are now."""
        unseen = self._proof.unseen(keys)
        self._proof.passes.current.new_rows += len(unseen)
        is_old = self._cutoff.is_before_cutoff
        return [
            row
            for row, key in zip(rows, keys, strict=True)
            if key in unseen or not is_old(row.get("updated_at"))
        ]

    def _is_proven(self) -> bool:
        """Tell whether the list was read."""
        if self._proof.is_complete:
            return True
        ask = self._traits.unchanged_since
        return not self._traits.can_be_counted and self._proof.stood_still(ask)

    def _keys(self, page: Page) -> list[Hashable]:
        keys = self._traits.keys(page.body)
        if None in keys:
            msg = f"{self._path} answered a row without its primary key"
            raise MissingKeyError(msg)
        return keys

    @property
    def _path(self) -> str:
        return self._reader.path(self.url)


def row_id(row: Row) -> Hashable:
    """Return the id that a list's rows are told apart by."""
    number: Hashable = row.get("id")
    return number

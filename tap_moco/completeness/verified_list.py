"""Read a list to its end and prove that no row was skipped.

The argument is in docs/completeness.md. In short: a row that was certainly in the list
when a page reported its `X-Total` is *confirmed* for that page. If the confirmed rows
of a page are as many as its total, they are all rows of the list.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from tap_moco.api.errors import PaginationError
from tap_moco.completeness.list_requests import ListRequests
from tap_moco.completeness.noted_pages import NotedPages
from tap_moco.completeness.proof import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_moco.api.fetcher import Fetcher
    from tap_moco.api.pagination import Page
    from tap_moco.completeness.list_traits import ListTraits
    from tap_moco.row import Row

logger = logging.getLogger("tap-moco.completeness")

CHECKS_PER_PASS = 8
"""A later pass ends once the list is proven; each check counts all rows."""
PASSES_ONCE_SETTLED = 2
"""How many more passes are allowed once rows are no longer too new to be confirmed."""


class VerifiedList:
    """A list, read until it is proven; iterate it for the rows to emit.

    Args:
        reader: Requests the pages.
        url: The first page.
        traits: What is known of the rows.
        first: The first page, if it has been requested already.

    Attributes:
        max_passes: After how many passes the read fails; None for as many as help.
    """

    def __init__(
        self,
        reader: Fetcher,
        url: str,
        traits: ListTraits,
        *,
        first: Page | None = None,
        max_passes: int | None = None,
    ) -> None:
        """Send no request yet."""
        if first:
            self._first = first
        self.url = url
        self._traits = traits
        self._requests = ListRequests(
            reader, url, traits.first_page, traits.changed_since
        )
        self.max_passes = max_passes
        self._has_settled = False

    @cached_property
    def _first(self) -> Page:
        """The first page of the first pass."""
        return self._requests.first()

    @cached_property
    def _noted(self) -> NotedPages:
        """What all pages have shown."""
        return NotedPages(self._first, self._traits, self._requests.path)

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
        """The current page belongs to the first pass over the list."""
        return not self._is_again

    @property
    def told_total(self) -> int | None:
        """Rows of the list, where the first page has its total."""
        return self._first.total

    @property
    def is_one_answer(self) -> bool:
        """The first page is the whole list, and so its own proof."""
        return self._first.is_whole_list

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of page after page.

        Raises:
            IncompleteReadError: The list could not be proven complete.
            MissingKeyError: A row has no key.
        """
        noted, requests, first = self._noted, self._requests, self._first
        proof = noted.proof
        while True:
            yield from self._read(first)
            if proof.is_complete:
                return
            for page in requests.parts(proof.passes.current.seams):
                yield noted.besides(page, is_whole=True)
            if proof.is_complete:
                return
            if reason := proof.reason_to_end(self.max_passes):
                if not (self._may_settle and proof.may_settle):
                    raise proof.failure(requests.path, reason)
                self._settle()
            logger.info(
                "%s changed while it was read; the tap reads it again", requests.path
            )
            # whether a total counts a row this new, its stamp does not tell; that it
            # was seen before does
            for page in requests.changes(noted.latest):
                yield noted.besides(page, is_whole=False)
            first = requests.first_again(self._first, proof.passes.page_size)

    @property
    def _may_settle(self) -> bool:
        """It has not settled yet, and more passes may be read, or time may help."""
        helps = self._traits.timestamp_field or self.max_passes is None
        return bool(helps) and not self._has_settled

    def _settle(self) -> None:
        """Allow once for some more passes, when no row is too new to be certain."""
        self._has_settled = True
        if self._traits.timestamp_field:
            self._requests.await_settled_rows()
        self._noted.proof.passes.count_anew()
        if self.max_passes:
            self.max_passes += PASSES_ONCE_SETTLED

    @property
    def _is_again(self) -> bool:
        return len(self._noted.proof.passes) > 1

    def _read(self, first: Page) -> Iterator[list[Row]]:
        """Read all pages; from the second pass on, only until the list is proven."""
        noted, path = self._noted, self._requests.path
        proof = noted.proof
        current = proof.passes.begin(first)
        step = max(proof.passes.list_pages // CHECKS_PER_PASS, 1)
        for page in self._requests.pages(first, in_step=not proof.totals_are_true):
            # what is beyond the end of a list may say nothing of it
            is_whole = bool(page.body) or page is first
            keys = noted.keys(page)
            current.add(page, keys)
            news = noted.news(page, keys) if self._is_again else page.body
            noted.note(page, keys, is_whole=is_whole)
            yield news
            if page.next_url and not current.may_go_on(page):
                msg = f"{path} names a next page after all its rows were read"
                raise PaginationError(msg)
            if self._is_again and current.pages % step == 0 and proof.is_counted():
                return

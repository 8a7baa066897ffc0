"""What is asked for to read one list."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_moco.api.pagination import page_size, with_page_size
from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.completeness.proof import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from tap_moco.api.fetcher import Fetcher
    from tap_moco.api.pagination import Page

CHANGES_MARGIN = timedelta(seconds=10)
"""Newer rows are looked at before another pass: twice `VISIBILITY_MARGIN`."""
SETTLING = VISIBILITY_MARGIN + timedelta(seconds=1)
"""After so long, the stamps of rows say what they were too new to say before."""


class ListRequests:
    """Asks for the pages of a list, and for some of its rows besides.

    Args:
        fetcher: Asks for pages.
        url: The first page.
        first_page: Asks for a first page; None for the fetcher.
        changed_since: Asks for the list's rows that changed since a time, one page
            of them; None where MOCO cannot say.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        url: str,
        first_page: Callable[[str], Page] | None,
        changed_since: Callable[[datetime], Page] | None,
    ) -> None:
        """Ask for nothing yet."""
        self._fetcher = fetcher
        self._url = url
        self._ask = first_page or fetcher.get
        self._changed_since = changed_since
        self.path = fetcher.path(url)

    def first(self) -> Page:
        """Return the first page."""
        return self._ask(self._url)

    def first_again(self, before: Page, size: int) -> Page:
        """Return the first page of another pass.

        Args:
            before: The first page of the first pass.
            size: Rows per page, where the list has pages.
        """
        url = with_page_size(self._url, size) if before.is_paged else self._url
        return self._ask(url)

    def pages(self, first: Page, *, in_step: bool) -> Iterator[Page]:
        """Yield all pages of the list; see `Fetcher.pages`."""
        return self._fetcher.pages(first, in_step=in_step)

    def changes(self, latest: Page) -> Iterator[Page]:
        """Yield what changed a moment ago, right before a first page goes out.

        Args:
            latest: The last page so far, whose clock tells the server's time.
        """
        if self._changed_since:
            self._fetcher.await_room(2)
            passed = timedelta(seconds=time.perf_counter() - latest.sent)
            yield self._changed_since(moment_of(latest) + passed - CHANGES_MARGIN)

    def await_settled_rows(self) -> None:
        """Wait until the rows so far are no longer too new to be certain."""
        self._fetcher.pause(SETTLING.total_seconds())

    def parts(self, urls: Iterable[str]) -> Iterator[Page]:
        """Yield pages of any size, until one shows that the list knows one size."""
        for response in self._fetcher.map(self._fetcher.get, urls):
            page = response.result()
            yield page
            if len(page.body) > page_size(page.url):
                return

"""The requests that read one list."""

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
"""How far back to look for new rows before another pass: twice `VISIBILITY_MARGIN`."""
SETTLING = VISIBILITY_MARGIN + timedelta(seconds=1)
"""After this time, the timestamps of rows are old enough to prove something."""


class ListRequests:
    """Requests the pages of a list, and single pages outside of a pass.

    Args:
        fetcher: Requests pages.
        url: The first page.
        first_page: Requests a first page; None for the fetcher.
        changed_since: Requests one page of the rows that changed since a time; None
            if MOCO does not filter the list by that.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        url: str,
        first_page: Callable[[str], Page] | None,
        changed_since: Callable[[datetime], Page] | None,
    ) -> None:
        """Send no request yet."""
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
        """Yield what changed a moment ago, right before a first page is requested.

        Args:
            latest: The last page so far, from which the server's time is known.
        """
        if self._changed_since:
            self._fetcher.await_room(2)
            passed = timedelta(seconds=time.perf_counter() - latest.sent)
            yield self._changed_since(moment_of(latest) + passed - CHANGES_MARGIN)

    def await_settled_rows(self) -> None:
        """Wait until the rows so far are no longer too new to be confirmed."""
        self._fetcher.pause(SETTLING.total_seconds())

    def parts(self, urls: Iterable[str]) -> Iterator[Page]:
        """Yield pages of any size, until one shows that the list ignores the size."""
        for response in self._fetcher.map(self._fetcher.get, urls):
            page = response.result()
            yield page
            if len(page.body) > page_size(page.url):
                return

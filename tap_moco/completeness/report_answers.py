"""The answers of a report, and which of them hold all requested rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.api.errors import IncompleteReadError
from tap_moco.api.pagination import PER_PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.api.fetcher import Fetcher
    from tap_moco.api.pagination import Page
    from tap_moco.row import Row

    Params = dict[str, str]


class ReportAnswers:
    """Requests a report, and repeats a request whose answer lacks the usual total.

    Args:
        fetcher: Sends the requests.
        path: The path of the report.
        sends_total: MOCO sent the report's total when it was last read.

    Attributes:
        page_size: Rows of a full page: 100, or fewer if the server has sent fewer.
        sent_total: MOCO has sent a total in this read.
    """

    def __init__(self, fetcher: Fetcher, path: str, *, sends_total: bool) -> None:
        """Send no request yet."""
        self._fetcher = fetcher
        self.path = path
        self._sends_total = sends_total
        self.page_size = PER_PAGE
        self.sent_total = False

    def url(self, params: Params) -> str:
        """Return the address of the first page with these filters."""
        return self._fetcher.url(self.path, {"per_page": str(PER_PAGE), **params})

    def first(self, params: Params) -> Page:
        """Return the first page with these filters.

        Raises:
            IncompleteReadError: It lacks the total that MOCO usually sends with it.
        """
        page = self._fetcher.get(self.url(params))
        if page.total is None and self._sends_total:
            page = self._fetcher.get(page.url)
        if page.total is not None:
            self._sends_total = self.sent_total = True
        elif self._sends_total and page.body:
            raise self._lost_total()
        if page.next_url and page.body:
            self.page_size = min(self.page_size, len(page.body))
        return page

    def total(self, params: Params) -> int | None:
        """Return how many rows there are with these filters, if MOCO says so.

        Raises:
            IncompleteReadError: MOCO usually says so, and did not.
        """
        url = self._fetcher.url(self.path, {"per_page": "1", **params})
        page = self._fetcher.get(url)
        if page.total is None and self._sends_total:
            page = self._fetcher.get(url)
        if page.total is None and self._sends_total:
            raise self._lost_total()
        return page.total

    def pages(self, first: Page) -> Iterator[Page]:
        """Yield all pages from the first on, each of a moment of its own."""
        yield from self._fetcher.pages(first)

    def of_size(self, params: Params, size: int) -> Page:
        """Return the first page with these filters, in pages of this many rows."""
        query = {"per_page": str(size), **params}
        return self._fetcher.get(self._fetcher.url(self.path, query))

    def rows(self, params: Params, size: int, first: Page) -> Iterator[Row]:
        """Yield the rows of all pages of a size; `first` is the one of usual size."""
        if size != PER_PAGE:
            first = self.of_size(params, size)
        for page in self.pages(first):
            yield from page.body

    def is_whole(self, page: Page) -> bool:
        """Return whether a first page holds all rows there are.

        A full page may have been cut off: its total and its rows are two queries to a
        database. One without paging headers was cut off if another page follows it.
        """
        if page.next_url:
            return False
        rows = len(page.body)
        if page.is_paged:
            is_full = rows in {self.page_size, PER_PAGE}
            return not is_full and rows >= (page.total or 0)
        return rows != PER_PAGE or len(list(self.pages(page))) == 1

    def check_emptiness(self) -> None:
        """Check a report that showed no row.

        Raises:
            IncompleteReadError: No answer had the usual total, so rows may be missing
                together with the headers.
        """
        if self._sends_total and not self.sent_total:
            raise self._lost_total()

    def _lost_total(self) -> IncompleteReadError:
        return IncompleteReadError(
            f"MOCO answered {self.path} without X-Total, which it usually sends for "
            "this report: rows may be missing. Nothing was declared deleted"
        )

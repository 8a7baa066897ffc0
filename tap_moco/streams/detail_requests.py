"""One request per record: which addresses, and what the answers hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.completeness.list_traits import ListTraits, row_id
from tap_moco.completeness.verified_list import VerifiedList

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from tap_moco.api.pagination import Page
    from tap_moco.context import RunContext
    from tap_moco.row import Row


class DetailRequests:
    """Requests the details of records, one by one.

    Args:
        path: With `{id}` for the record, and `{year}` where a request has one.
        kind: `dict` for one object per record, `list` for a list of them.
        context: Of the run.
    """

    def __init__(self, path: str, kind: type, context: RunContext) -> None:
        """Send no request yet."""
        self._path = path
        self._kind = kind
        self._context = context

    def send(self, rows: list[Row]) -> Iterator[tuple[Row, Future[Page]]]:
        """Yield each row with its answer; several requests are under way at a time."""
        answers = self._context.fetcher.map(self._get, rows)
        return zip(rows, answers, strict=True)

    def prefetch(self, rows: Iterable[Row]) -> None:
        """Request details that will certainly be passed to `send` soon."""
        urls = [self._url(row) for row in rows]
        self._context.fetcher.prefetch(urls, kind=self._kind, single=True)

    def bodies(self, page: Page) -> Iterator[Row]:
        """Yield the objects of one record's answer, and of the pages after it."""
        if self._kind is dict:
            yield page.body
            return
        traits = ListTraits(key=row_id, timestamp_field="created_at")
        fetcher = self._context.fetcher
        for rows in VerifiedList(fetcher, page.url, traits, first=page):
            yield from rows

    def _get(self, row: Row) -> Page:
        return self._context.fetcher.get(self._url(row), kind=self._kind, single=True)

    def _url(self, row: Row) -> str:
        return self._context.fetcher.url(self._path.format_map(row))

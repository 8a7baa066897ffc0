"""Fetches pages: in which order, and how far ahead of the reader."""

from __future__ import annotations

from collections import deque
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from tap_moco.api.executor import DaemonExecutor
from tap_moco.api.pagination import page_number, same_request, with_page
from tap_moco.api.prefetched import Prefetched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from tap_moco.api.client import Client
    from tap_moco.api.pagination import Page

    _Ahead = deque[tuple[str, Future[Page]]]

_Item = TypeVar("_Item")


class Fetcher:
    """Reads lists and objects, with several requests in flight where that is allowed.

    Requests that the reader waits for go first. If a worker would be idle otherwise,
    at the end of a list for example, it prefetches what the reader will need later.

    Args:
        client: Sends one request at a time.
        on_response: Called for each response that the reader takes, including errors,
            in the reader's context.
    """

    def __init__(
        self, client: Client, on_response: Callable[[], None] = lambda: None
    ) -> None:
        """Send nothing yet."""
        self._on_response = on_response
        self.url = client.url
        self.path = client.path
        self._client = client
        concurrency = client.config.concurrency
        self._executor = DaemonExecutor(concurrency)
        is_concurrent = concurrency > 1
        self._depth = 2 * concurrency if is_concurrent else 1
        self._prefetched = Prefetched(
            self._submit, self._depth, is_concurrent=is_concurrent
        )

    def close(self) -> None:
        """Let the threads end when their requests are done; wait for none."""
        self._executor.shutdown()
        self._client.close()

    def get(self, url: str, **how: Any) -> Page:
        """Return the response to one GET, which may have been prefetched.

        Args:
            url: An address under the base URL.
            **how: As `Client.get` takes it.

        Raises:
            MocoError: As `Client.get` does.
        """
        prefetched = self._prefetched.take(url)
        self._on_response()
        return prefetched.result() if prefetched else self._client.get(url, **how)

    def map(
        self, function: Callable[[_Item], Page], items: Iterable[_Item]
    ) -> Iterator[Future[Page]]:
        """Yield the responses for items in order, fetched side by side."""
        waiting: deque[Future[Page]] = deque()
        for item in items:
            waiting.append(self._executor.submit(copy_context().run, function, item))
            if len(waiting) >= self._depth:
                yield waiting.popleft()
        while waiting:
            self._prefetched.fill_idle_workers(len(waiting))
            yield waiting.popleft()

    def pages(self, first: Page, *, in_step: bool = False) -> Iterator[Page]:
        """Yield a list from its first page on, fetching some pages ahead of the reader.

        The `Link` header decides: pages that were fetched ahead are thrown away if the
        page before them names another one as the next, or if the reader stops.

        Args:
            first: The first page.
            in_step: Request each page after the one before has arrived.
        """
        page, ahead = first, deque[tuple[str, "Future[Page]"]]()
        try:
            yield page
            while page.next_url:
                self._fetch_ahead(page, ahead, 1 if in_step else self._depth)
                self._prefetched.fill_idle_workers(len(ahead))
                _, future = ahead.popleft()
                self._on_response()
                page = future.result()
                yield page
        finally:
            _discard(ahead)
        yield from self._unannounced_pages(page)

    def _fetch_ahead(self, page: Page, ahead: _Ahead, depth: int) -> None:
        """Queue the page that is named as the next, and the likely ones after it."""
        following = page.next_url or ""
        if ahead and not same_request(ahead[0][0], following):
            _discard(ahead)
        if not ahead:
            ahead.append((following, self._submit(following)))
        if page.total is None:
            return
        last = -(-page.total // len(page.body)) if page.body else 0
        while len(ahead) < depth:
            number = page_number(ahead[-1][0]) + 1
            if number > last:
                break
            url = with_page(following, number)
            ahead.append((url, self._submit(url)))

    def _unannounced_pages(self, page: Page) -> Iterator[Page]:
        """Yield what follows a page that has neither a next link nor a total.

        A page of exactly 100 rows may have been cut off (docs/moco-api.md, Pages).
        Then the next pages are requested, until one is shorter or empty. A page that
        repeats the one before is not yielded: such a list has no pages.
        """
        while page.total is None and page.is_full:
            following = self.get(with_page(page.url, page_number(page.url) + 1))
            if _same_rows(following.body, page.body):
                return
            page = following
            yield page

    def await_room(self, requests: int) -> None:
        """Wait until this many requests may go out back to back."""
        self._client.await_room(requests)

    def pause(self, seconds: float) -> None:
        """Let the reader wait for some seconds."""
        self._client.sleep(seconds)

    def prefetch(self, urls: Iterable[str], **how: Any) -> None:
        """Request addresses that will certainly be passed to `get` soon."""
        self._prefetched.add(urls, **how)

    def set_upcoming(self, urls: Iterable[str]) -> None:
        """Set what is read later on, to be prefetched where a worker would be idle."""
        self._prefetched.set_upcoming(urls)

    def _submit(self, url: str, **how: Any) -> Future[Page]:
        return self._executor.submit(self._client.get, url, **how)


def _discard(ahead: _Ahead) -> None:
    """Cancel the requests for these pages that have not been sent yet."""
    for _, future in ahead:
        future.cancel()
    ahead.clear()


def _same_rows(some: list[Any], others: list[Any]) -> bool:
    """Compare pages whatever the order of their rows; by id, if the rows have ids."""
    keys = [{str(row.get("id", row)) for row in rows} for rows in (some, others)]
    return keys[0] == keys[1]

"""What to ask, in which order, and how far ahead."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from tap_moco.api.executor import DaemonExecutor
from tap_moco.api.pagination import (
    PER_PAGE,
    Page,
    page_number,
    same_request,
    with_page,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from tap_moco.api.client import Client

    Queue = deque[tuple[str, Future[Page]]]

Item = TypeVar("Item")

SHORT_ROWS = 1_000
"""A list of no more rows is surely read page by page, from its first one on."""


class Fetcher:
    """Reads lists and objects, side by side where there is more than one worker.

    What is wanted is asked for first. What will be wanted later fills the gaps:
    where a list ends, or a row of single records.

    Args:
        client: Asks one thing at a time.
    """

    def __init__(self, client: Client) -> None:
        """Ask for nothing yet."""
        self.url = client.url
        self.path = client.path
        self._client = client
        concurrency = client.access.concurrency
        self._workers = DaemonExecutor(concurrency)
        self._is_ahead = concurrency > 1
        self._depth = 2 * concurrency if self._is_ahead else 1
        self._early: dict[str, Future[Page]] = {}
        self._begun: dict[str, Queue] = {}
        self._coming: list[str] = []
        self._following = ""

    def close(self) -> None:
        """Let the threads end when their calls are done; nobody waits for it."""
        self._workers.close()

    def get(self, url: str, **how: Any) -> Page:
        """Return the answer to one GET, which may have been asked early.

        Args:
            url: An address under the base URL.
            **how: As `Client.get` takes it.

        Raises:
            MocoError: As `Client.get` does.
        """
        if url in self._coming:
            self._coming.remove(url)
        early = self._early.pop(url, None)
        return early.result() if early else self._client.get(url, **how)

    def each(
        self, function: Callable[[Item], Page], items: Iterable[Item]
    ) -> Iterator[Future[Page]]:
        """Yield the answers for items in order, asked for side by side."""
        waiting: deque[Future[Page]] = deque()
        for item in items:
            waiting.append(self._workers.submit(partial(function, item)))
            if len(waiting) >= self._depth:
                yield waiting.popleft()
        while waiting:
            self._fill(len(waiting))
            yield waiting.popleft()

    def pages(self, first: Page) -> Iterator[Page]:
        """Yield a list from its first page on, some pages ahead of the reader.

        The `Link` header decides: a page that was read ahead is thrown away
        if the page before it names another one as the next.
        """
        page = first
        ahead: Queue = self._begun.pop(first.url, deque())
        yield page
        if not page.is_paged:
            yield from self._unpaged(page)
            return
        while page.next_url:
            self._read_ahead(page, ahead)
            self._fill(len(ahead))
            _, future = ahead.popleft()
            page = future.result()
            yield page

    def _read_ahead(self, page: Page, ahead: Queue) -> None:
        """Queue the page that `page` names, and the likely ones after it."""
        following = page.next_url or ""
        if ahead and not same_request(ahead[0][0], following):
            for _, future in ahead:
                future.cancel()
            ahead.clear()
        if not ahead:
            ahead.append((following, self._submit(following)))
        if page.total is None:
            return
        last = -(-page.total // len(page.body)) if page.body else 0
        while len(ahead) < self._depth:
            number = page_number(ahead[-1][0]) + 1
            if number > last:
                break
            url = with_page(following, number)
            ahead.append((url, self._submit(url)))

    def _submit(self, url: str, **how: Any) -> Future[Page]:
        return self._workers.submit(partial(self._client.get, url, **how))

    def _unpaged(self, page: Page) -> Iterator[Page]:
        """Yield what follows a page without paging headers.

        Exactly a full page may have been cut off (docs/moco-api.md, Pages): then
        the next one is asked for, until one is short or repeats its forerunner.
        """
        while len(page.body) == PER_PAGE:
            following = self.get(with_page(page.url, page_number(page.url) + 1))
            if not following.body or _same_rows(following.body, page.body):
                return
            page = following
            yield page

    def prefetch(self, urls: Iterable[str], **how: Any) -> None:
        """Ask for what `get` is surely asked for soon."""
        for url in urls:
            if self._has_room and url not in self._early:
                self._early[url] = self._submit(url, **how)

    def set_upcoming(self, urls: Iterable[str]) -> None:
        """Set the lists to read, which are begun when there is nothing else to do."""
        self._coming = list(urls)
        self._following = ""
        for url in self._early.keys() - self._coming:
            del self._early[url]
        for url in self._begun.keys() - self._coming:
            del self._begun[url]
        self._fill(0)

    def follow(self, url: str) -> None:
        """Set the list that is read right after the one at hand, all its pages."""
        self._following = url
        self._coming.insert(0, url)
        self.prefetch([url])

    def _fill(self, waiting: int) -> None:
        """Have idle workers begin what comes later.

        Args:
            waiting: Answers that the reader waits for.
        """
        for url in list(self._coming):
            early = [*self._early.values(), *self._ahead_of_time()]
            under_way = waiting + sum(not future.done() for future in early)
            if under_way >= self._depth or not self._has_room:
                return
            self._begin(url)

    def _begin(self, url: str) -> None:
        """Ask for a list's first page, or once that is there for the next ones."""
        first = self._early.get(url)
        if first is None:
            self.prefetch([url])
        elif first.done() and not first.exception() and url not in self._begun:
            page = first.result()
            is_sure = url == self._following or (page.total or 0) <= SHORT_ROWS
            if page.next_url and is_sure:
                self._begun[url] = deque()
                self._read_ahead(page, self._begun[url])

    def _ahead_of_time(self) -> list[Future[Page]]:
        return [future for queue in self._begun.values() for _, future in queue]

    @property
    def _has_room(self) -> bool:
        """Answers that nobody takes yet cost memory, and grow old."""
        waiting = len(self._early) + len(self._ahead_of_time())
        return self._is_ahead and waiting < 2 * self._depth


def _same_rows(some: list[Any], others: list[Any]) -> bool:
    """Compare pages whatever the order of their rows; by id, if they have some."""
    keys = [{str(row.get("id", row)) for row in rows} for rows in (some, others)]
    return keys[0] == keys[1]

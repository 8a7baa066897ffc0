"""Responses that are requested before the reader needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future

    from tap_moco.api.pagination import Page


class Submit(Protocol):
    """Requests an address in another thread."""

    def __call__(self, url: str, **how: Any) -> Future[Page]:
        """Return the future response."""


class Prefetched:
    """Requests what will be read soon, if a worker would be idle otherwise.

    Args:
        submit: Asks for an address in another thread.
        depth: How many requests keep all workers busy.
        is_concurrent: There are several workers; one alone prefetches nothing.
    """

    def __init__(self, submit: Submit, depth: int, *, is_concurrent: bool) -> None:
        """Send no request yet."""
        self._submit = submit
        self._depth = depth
        self._is_concurrent = is_concurrent
        self._responses: dict[str, Future[Page]] = {}
        self._upcoming: list[str] = []

    def take(self, url: str) -> Future[Page] | None:
        """Return the future response, if it was requested; nobody else gets it."""
        if url in self._upcoming:
            self._upcoming.remove(url)
        return self._responses.pop(url, None)

    def add(self, urls: Iterable[str], **how: Any) -> None:
        """Request addresses that will certainly be read soon."""
        for url in urls:
            if self._has_room and url not in self._responses:
                self._responses[url] = self._submit(url, **how)

    def set_upcoming(self, urls: Iterable[str]) -> None:
        """Set what is read later on, to be prefetched where a worker would be idle."""
        self._upcoming = list(urls)
        for url in self._responses.keys() - self._upcoming:
            del self._responses[url]
        self.fill_idle_workers(0)

    def fill_idle_workers(self, waiting: int) -> None:
        """Prefetch what is read later on.

        Args:
            waiting: Responses that the reader waits for.
        """
        for url in self._upcoming:
            prefetched = list(self._responses.values())  # which workers take from
            pending = sum(not future.done() for future in prefetched)
            if waiting + pending >= self._depth:
                return
            self.add([url])

    @property
    def _has_room(self) -> bool:
        """Responses that nobody takes yet cost memory, and become outdated."""
        return self._is_concurrent and len(self._responses) < 2 * self._depth

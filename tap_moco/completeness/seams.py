"""Seams: places where two pages meet, and equal rows may be on neither of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.api.pagination import with_page, with_page_size

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tap_moco.api.pagination import Page


class Seams:
    """The seams of one pass at which rows may hide.

    Equal rows come in any order, which may differ from request to request
    (docs/moco-api.md, Order). Of those around the end of a page, some can be on both
    pages and as many others on neither: rows hide at the seams where a row came twice.
    """

    def __init__(self) -> None:
        """Have seen no page."""
        self._rows = 0
        self._largest = 0
        self._before: set[Hashable] = set()
        self._found: list[int] = []

    def add(self, keys: list[Hashable]) -> None:
        """Take note of the next page."""
        if not self._before.isdisjoint(keys):
            self._found.append(self._rows)
        self._before = set(keys)
        self._rows += len(keys)
        self._largest = max(self._largest, len(keys))

    def urls(self, first: Page) -> list[str]:
        """Return for each seam the address of a page that has it in its middle.

        Args:
            first: The first page of the pass; the addresses have its filters.
        """
        pages = [_page_around(seam, self._largest) for seam in self._found]
        return [
            with_page(with_page_size(first.url, size), number) for number, size in pages
        ]


def _page_around(seam: int, largest: int) -> tuple[int, int]:
    """Return the number and size of the page that reaches furthest around a row."""

    def reach(size: int) -> int:
        return min(seam % size, size - seam % size)

    size = max(range(1, largest + 1), key=reach)
    return seam // size + 1, size

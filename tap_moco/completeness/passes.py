"""Passes: reads of a list from its first page to its last, and what they prove."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.seams import Seams

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tap_moco.api.pagination import Page

PAGE_SIZES = (PER_PAGE, 83, 91, 77, 97, 71)
"""Rows per page, pass by pass. Equal rows come in any order (docs/moco-api.md, Order),
so some can hide where two pages meet. The pages of the next pass meet elsewhere."""
MAX_ALIKE = 3
"""After this many passes without a change, further ones may be hopeless."""
MAX_PASSES = 15
MAX_PAGES = 100
MAX_TIMES = 3
"""A read fails after `MAX_PASSES` passes, or `MAX_TIMES` times the pages of the list
and `MAX_PAGES` more. Many passes are cheap over a short list, hopeless over a long one.
"""
MUCH_MORE = 100
"""No list grows by this many rows and its own length while it is read."""


@dataclass
class Pass:
    """One read from the first page to the last.

    Attributes:
        first: Its first page.
        seen: Keys of the rows that it has shown.
        rows: How many rows it has shown, counting repeated ones again.
        new_rows: How many rows were first seen since it began.
        pages: How many pages it has read.
        totals: The totals that its pages reported.
        is_cut: A page that was announced is empty, or lacks the paging headers of
            the first.
        is_in_step: Each page was requested after the one before had arrived.
    """

    first: Page
    seen: set[Hashable] = field(default_factory=set)
    rows: int = 0
    new_rows: int = 0
    pages: int = 0
    totals: set[int | None] = field(default_factory=set)
    is_cut: bool = False
    is_in_step: bool = True
    _seams: Seams = field(default_factory=Seams)
    _before: Page | None = None

    def add(self, page: Page, keys: list[Hashable]) -> None:
        """Take note of the next page."""
        if before := self._before:
            is_bare = self.first.is_paged and not page.is_paged
            self.is_cut |= bool(before.next_url) and (is_bare or not page.body)
            self.is_in_step &= before.answered <= page.sent
        self._before = page
        self.pages += 1
        self.rows += len(page.body)
        self.seen.update(keys)
        self._seams.add(keys)
        self.totals.add(page.total)

    def may_go_on(self, page: Page) -> bool:
        """Return whether this may be a growing list, and not links that never end."""
        total = self.first.total
        is_plausible = total is None or self.rows <= 2 * total + MUCH_MORE
        return bool(page.body) and is_plausible

    @property
    def is_one_answer(self) -> bool:
        """The whole list came in one answer, which is one moment.

        A page of as many rows as were requested may have been cut off, unless its total
        says that these are all. Without a total, another page was requested; if it is
        not part of this pass, it repeated the first one, and the list has no pages.
        """
        if self.pages > 1 or self.first.next_url:
            return False
        total = self.first.total
        if total is None or self.rows == total:
            return True
        return self.rows > total and not self.first.is_full

    @property
    def seams(self) -> list[str]:
        """Pages around places where equal rows hide, if nothing moved in this pass."""
        is_still = self.totals == {self.rows}
        return self._seams.urls(self.first) if is_still else []

    def repeats(self, before: Pass) -> bool:
        """Return whether two passes saw the very same rows, each of them once.

        That is a proof without totals and timestamps. A row is skipped if a row that
        was read leaves its place, so that all behind it move up. Either that row was
        deleted: then the second pass lacks it. Or it moved behind the reader's place:
        then it is read again. Equal rows in another order move nothing else, and for
        each that hides between two pages, another one comes twice. None of this holds
        for pages that were in flight at the same time, or if a page was cut off.
        """
        return before.seen == self.seen and all(
            one.rows == len(one.seen) and one.is_in_step and not one.is_cut
            for one in (before, self)
        )

    def adds_nothing_to(self, before: Pass) -> bool:
        """Return whether nothing moved, nor was found."""
        return not self.new_rows and self.totals == before.totals

    def is_same_as(self, before: Pass) -> bool:
        """Return whether pages of the same size have shown the same rows."""
        is_same_size = len(self.first.body) == len(before.first.body)
        return is_same_size and self.seen == before.seen


class Passes:
    """All passes over a list so far.

    Attributes:
        current: The last one.
    """

    current: Pass

    def __init__(self) -> None:
        """Begin with none."""
        self._all: list[Pass] = []
        self._since = 0

    def __len__(self) -> int:
        """Count them."""
        return len(self._all)

    def begin(self, first: Page) -> Pass:
        """Begin another pass with its first page, and return it."""
        self.current = Pass(first)
        self._all.append(self.current)
        return self.current

    @property
    def page_size(self) -> int:
        """Rows per page to request in the next pass."""
        return PAGE_SIZES[len(self) % len(PAGE_SIZES)]

    @property
    def pages(self) -> int:
        """Pages of all passes."""
        return sum(one.pages for one in self._all)

    @property
    def list_pages(self) -> int:
        """Pages of the list, as the first pass found it."""
        return self._all[0].pages

    @property
    def are_repeated(self) -> bool:
        """The last two passes saw the very same rows."""
        return len(self) > 1 and self.current.repeats(self._all[-2])

    @property
    def show_the_same(self) -> bool:
        """Some passes have shown nothing new, and the last one was just as another.

        So every size of a page was tried, or none is heeded; and equal rows are not in
        another order each time, which would show all of them sooner or later.
        """
        recent = self._all[self._since :]
        last = recent[-MAX_ALIKE - 1 :]
        return (
            len(last) > MAX_ALIKE
            and all(one.adds_nothing_to(before) for before, one in pairwise(last))
            and any(self.current.is_same_as(before) for before in recent[:-1])
        )

    def count_anew(self) -> None:
        """Compare future passes only with each other, not with those so far."""
        self._since = len(self._all)

    @property
    def reason_to_end(self) -> str | None:
        """Why another pass is not worth its requests; None if it is."""
        if self.show_the_same:
            return "MOCO shows the same rows each time"
        most_pages = MAX_PAGES + MAX_TIMES * self.list_pages
        if len(self) >= MAX_PASSES or self.pages + self.current.pages > most_pages:
            return "it changes faster than it can be read"
        return None

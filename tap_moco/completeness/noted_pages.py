"""What the pages of a list have shown: which rows are new, and what that proves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.api.errors import MissingKeyError
from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.completeness.proof import Proof, moment_of
from tap_moco.timestamps import Cutoff

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tap_moco.api.pagination import Page
    from tap_moco.completeness.list_traits import ListTraits
    from tap_moco.row import Row


class NotedPages:
    """Takes note of the pages of a list, and says which of their rows are new.

    Args:
        first: The first page of the first pass.
        traits: What is known of the rows.
        path: The path of the list, for messages.

    Attributes:
        proof: What all pages prove together.
        latest: The page that came last.
    """

    def __init__(self, first: Page, traits: ListTraits, path: str) -> None:
        """Take no note yet."""
        self._traits = traits
        self._path = path
        started_at = moment_of(first)
        stays = traits.leaves_only_by_delete
        self.proof = Proof(started_at, leaves_only_by_delete=stays)
        # what did not change since need not be written twice
        self._cutoff = Cutoff(started_at - VISIBILITY_MARGIN)
        self.latest = first

    def news(self, page: Page, keys: list[Hashable]) -> list[Row]:
        """Return the rows that were not seen before, or may have changed since."""
        unseen = self.proof.unseen(keys)
        self.proof.passes.current.new_rows += len(unseen)
        is_old = self._cutoff.is_before_cutoff
        return [
            row
            for row, key in zip(page.body, keys, strict=True)
            if key in unseen or not is_old(row.get("updated_at"))
        ]

    def besides(self, page: Page, *, is_whole: bool) -> list[Row]:
        """Take note of a page outside of a pass; return its new rows."""
        keys = self.keys(page)
        news = self.news(page, keys)
        self.note(page, keys, is_whole=is_whole)
        return news

    def note(self, page: Page, keys: list[Hashable], *, is_whole: bool) -> None:
        """Take note of a page with rows of the list.

        Args:
            page: Of a pass, or outside of one.
            keys: The keys of its rows.
            is_whole: Its total is that of the whole list.
        """
        self.latest = page
        rows = list(zip(keys, self._traits.stamps(page.body), strict=True))
        self.proof.add(page, rows, page.total if is_whole else None)

    def keys(self, page: Page) -> list[Hashable]:
        """Return the keys of a page's rows.

        Raises:
            MissingKeyError: A row has none.
        """
        keys = [self._traits.key(row) for row in page.body]
        if None in keys:
            msg = f"{self._path} returned a row without its primary key"
            raise MissingKeyError(msg)
        return keys

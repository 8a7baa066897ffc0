"""First pages of a list, checked if they lack the total that MOCO used to send."""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from tap_moco.api.errors import MissingTotalError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.api.fetcher import Fetcher
    from tap_moco.api.pagination import Page
    from tap_moco.state.sweep import SweepState


class Part(Enum):
    """Which part of a list is requested."""

    WHOLE = "whole"
    CHANGES = "changes"
    """What changed, or some records by their ids."""
    WINDOW = "window"
    """A range of days; all windows together are checked against the whole list."""


class TotalCheck:
    """Requests first pages, and repeats a request if one lacks the usual total.

    A page that has lost its headers may have lost rows, too: an empty one would have
    the whole table declared deleted.

    Args:
        fetcher: Requests pages.
        url: The first row of the whole list.
        nothing: A part of the list that certainly has no rows; None if there is none.
        sweeps: The last sweeps of the list, according to the states.

    Attributes:
        sends_total: MOCO has sent the total of this list, now or before.
        has_doubts: A window came without a total, and so may lack rows.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        url: str,
        sweeps: Iterable[SweepState],
        nothing: str | None = None,
    ) -> None:
        """Take from the states whether the list has a total, and has rows."""
        known = list(sweeps)
        self._fetcher = fetcher
        self._url = url
        self._nothing = nothing
        self.sends_total = any(sweep.has_total for sweep in known)
        self.has_doubts = False
        self._had_rows = any(sweep.had_rows for sweep in known)

    def first_page(self, url: str, part: Part) -> Page:
        """Return the first page of a part of the list.

        Raises:
            MissingTotalError: It lacks the total that MOCO usually sends.
        """
        page = self._fetcher.get(url)
        is_usual = not self.sends_total and (page.body or not self._had_rows)
        if page.total is None and not is_usual:
            page = self._fetcher.get(url)
        if page.total is not None:
            self.sends_total = True
        elif self.sends_total and not self._is_plausible(page, part):
            raise MissingTotalError(
                f"MOCO answered {self._fetcher.path(url)} without X-Total, which it "
                "usually sends for this list: rows may be missing. No bookmark moved, "
                "and nothing was declared deleted"
            )
        return page

    def _is_plausible(self, page: Page, part: Part) -> bool:
        """Return whether a page may lack the total, as far as MOCO is known.

        Nobody has seen whether MOCO sends a total with an empty list. If nothing
        changed, the total of the whole list shows that MOCO still sends it.
        """
        if part is Part.CHANGES and not page.body:
            return self._fetcher.get(self._url).total is not None
        if part is Part.WINDOW and (page.body or not self._is_silent_on_nothing):
            self.has_doubts = True
        return part is Part.WINDOW

    @cached_property
    def _is_silent_on_nothing(self) -> bool:
        """MOCO sends no total if there are no rows, so a missing one means nothing."""
        if self._nothing is None:
            return False
        page = self._fetcher.get(self._nothing)
        return page.total is None and not page.body

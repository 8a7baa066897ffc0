"""One range of days, read in the cheapest way that proves it."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from tap_moco.api.errors import IncompleteReadError
from tap_moco.completeness.windows import Coverage

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from datetime import datetime

    from tap_moco.completeness.day_cuts import DayCuts, Part
    from tap_moco.completeness.verified_list import VerifiedList
    from tap_moco.row import Row

logger = logging.getLogger("tap-moco")

PASSES_BEFORE_CUTS = 2
"""A third pass over a list that moves costs more than cutting it into days."""


class TiedDays:
    """The days on which two pages meet, where some rows of the day may hide.

    Equal rows come in any order, which may differ from request to request
    (docs/moco-api.md, Order).
    """

    def __init__(self) -> None:
        """Know no page yet."""
        self._days: set[str] = set()
        self._last: object = None

    def add(self, rows: list[Row]) -> None:
        """Note the day on which a page and the page before it meet, if it is one."""
        if not rows:
            return
        if isinstance(self._last, str) and rows[0].get("date") == self._last:
            self._days.add(self._last)
        self._last = rows[-1].get("date")

    @property
    def days(self) -> list[date]:
        """The days that are dates."""
        found = []
        for text in sorted(self._days):
            with suppress(ValueError):
                found.append(date.fromisoformat(text))
        return found


class Window:
    """A range of days, read as one list, or in parts if that proves nothing.

    Args:
        whole: The range as one list.
        cuts: The range in parts; None if it cannot be cut.
        has_timestamps: Rows have timestamps. Without them, a list of several pages is
            hardly ever proven.

    Attributes:
        was_cut: It was read in parts, each at a moment of its own.
    """

    def __init__(
        self, whole: VerifiedList, cuts: DayCuts | None, *, has_timestamps: bool
    ) -> None:
        """Send no request yet."""
        self._whole = whole
        self._cuts = cuts
        self._has_timestamps = has_timestamps
        self.url = whole.url
        self.was_cut = False

    @property
    def total(self) -> int:
        """Rows, by the first page."""
        return self._whole.total

    @property
    def told_total(self) -> int | None:
        """Rows, if MOCO sends their total."""
        return self._whole.told_total

    @property
    def started_at(self) -> datetime:
        """The server's clock at the first page."""
        return self._whole.started_at

    @property
    def has_to_be_cut(self) -> bool:
        """Several pages of rows without timestamps prove nothing."""
        is_provable = self._has_timestamps or self._whole.is_one_answer
        return self._cuts is not None and not is_provable

    def parts(self) -> Iterator[Part]:
        """Yield the range in parts; nothing if it cannot be cut."""
        self.was_cut = self._cuts is not None
        return self._cuts.parts(self.total) if self._cuts else iter(())

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of page after page.

        Raises:
            IncompleteReadError: It could not be proven, cut or not.
        """
        if self._cuts is None:
            yield from self._whole
        elif self.has_to_be_cut or not (yield from self._is_proven(self._cuts)):
            for part in self.parts():
                yield from part

    def _is_proven(self, cuts: DayCuts) -> Generator[list[Row], None, bool]:
        """Yield the rows of one list, and of the days whose rows it may have hidden.

        Returns:
            Whether all rows of the moment of the first page have been shown.
        """
        total = self._whole.told_total
        coverage = Coverage(total, self.started_at, has_timestamps=True)
        ties = TiedDays()
        try:
            for rows in self._whole:
                if self._whole.is_first_pass:
                    ties.add(rows)
                if ties.days:
                    self._whole.max_passes = 1
                coverage.add_window(rows)
                yield rows
        except IncompleteReadError as failure:
            logger.info("%s. The tap reads it day by day", failure)
        else:
            return True
        for day in ties.days:
            for rows in cuts.day(day):
                coverage.add_window(rows)
                yield rows
        return coverage.is_complete

"""What a history asks of whoever reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tap_moco.row import Row

    Note = Callable[[list[Row]], None]


class RowSource(Protocol):
    """Pages of rows, of which the list has so many."""

    @property
    def total(self) -> int:
        """Rows, by the first page."""

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of page after page."""


class WindowReader(Protocol):
    """Takes the windows' rows to the streams, and makes windows points to resume at."""

    @property
    def wants_rows(self) -> bool:
        """Somebody still wants rows."""

    def distribute(self, rows: RowSource, note: Note = ...) -> None:
        """Hand on every page, also to who takes note of it."""

    def checkpoint(self, window: str, started_at: datetime, *, total: int) -> None:
        """Note in the state that everything from this month on is done."""

"""The interfaces between a history and the code that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tap_moco.row import Row

    Note = Callable[[list[Row]], None]


class RowSource(Protocol):
    """Pages of rows, with the number of rows in the list."""

    @property
    def total(self) -> int:
        """Rows, by the first page."""

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of page after page."""


class WindowReader(Protocol):
    """Hands the rows of windows to the streams, and saves windows as resume points."""

    @property
    def wants_rows(self) -> bool:
        """Some stream still wants rows."""

    def distribute(self, rows: RowSource, note: Note = ...) -> None:
        """Hand on every page, also to a function that takes note of it."""

    def checkpoint(self, window: str, started_at: datetime, *, total: int) -> None:
        """Note in the state that everything from this month on is done."""

"""The records whose details a run still has to request, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.row import Row


class DueDetails:
    """The requests that are due, collected from the pages of the parent's list."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._requests: list[Row] = []
        self._field_names: dict[frozenset[str], frozenset[str]] = {}

    def request(self, row: Row) -> Row:
        """Return what is kept of a row of the parent's list.

        Rows share the set of their field names, since these are mostly the same.
        """
        names = frozenset(name for name, value in row.items() if value is not None)
        listed = self._field_names.setdefault(names, names)
        return {"id": row["id"], "updated_at": row.get("updated_at"), "listed": listed}

    def add(self, requests: Iterable[Row]) -> None:
        """Add requests."""
        self._requests += requests

    @property
    def ids(self) -> set[int]:
        """The records of the requests so far."""
        return {row["id"] for row in self._requests}

    def clear(self) -> None:
        """Forget all requests, since they are being sent."""
        self._requests = []

    def in_order(self) -> list[Row]:
        """Return each request once, the longest unchanged record first."""
        due = {(row["id"], row.get("year")): row for row in self._requests}
        return sorted(due.values(), key=lambda row: row["updated_at"] or "")


def some_first(rows: list[Row], skipped: Iterable[Row], count: int) -> list[Row]:
    """Return the rows with some of them, evenly spread, in front.

    The oldest records alone would not show what the key may read.

    Args:
        rows: In the order that they have otherwise.
        skipped: Rows that must not come first.
        count: How many rows come first.
    """
    others = {id(row) for row in skipped}
    untried = [row for row in rows if id(row) not in others]
    some = untried[:: -(len(untried) // count + 1)]
    first = {id(row) for row in some}
    return some + [row for row in rows if id(row) not in first]

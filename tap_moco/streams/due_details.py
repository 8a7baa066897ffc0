"""The records whose details a run has yet to ask for, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.row import Row


class DueDetails:
    """What is to be asked for, collected from the pages of the parent's list."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._requests: list[Row] = []
        self._field_names: dict[frozenset[str], frozenset[str]] = {}

    def request(self, row: Row) -> Row:
        """Return what is kept of a row of the parent's list.

        The names of the fields that it shows are mostly the same as those of others.
        """
        names = frozenset(name for name, value in row.items() if value is not None)
        listed = self._field_names.setdefault(names, names)
        return {"id": row["id"], "updated_at": row.get("updated_at"), "listed": listed}

    def add(self, requests: Iterable[Row]) -> None:
        """Ask for these too."""
        self._requests += requests

    @property
    def ids(self) -> set[int]:
        """The records that are asked for so far."""
        return {row["id"] for row in self._requests}

    def clear(self) -> None:
        """Forget all of them: they are asked for."""
        self._requests = []

    def in_order(self) -> list[Row]:
        """Return each request once, the longest unchanged record first."""
        due = {(row["id"], row.get("year")): row for row in self._requests}
        return sorted(due.values(), key=lambda row: row["updated_at"] or "")


def some_first(rows: list[Row], skipped: Iterable[Row], count: int) -> list[Row]:
    """Return the rows with so many of them from everywhere in front.

    The oldest ones alone do not speak for all.

    Args:
        rows: In the order that they are to have otherwise.
        skipped: Those that are not to come first.
        count: How many come first.
    """
    others = {id(row) for row in skipped}
    untried = [row for row in rows if id(row) not in others]
    some = untried[:: -(len(untried) // count + 1)]
    first = {id(row) for row in some}
    return some + [row for row in rows if id(row) not in first]

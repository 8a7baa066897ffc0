"""What is known of the rows of a list, without looking at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import datetime

    from tap_moco.api.pagination import Page
    from tap_moco.row import Row


@dataclass
class ListTraits:
    """What is known of the rows of a list.

    Attributes:
        key: Returns what identifies a row.
        timestamp_field: `created_at` if rows enter the list only by being created;
            `updated_at` if a filter lets changed rows in and out; None if rows have
            no timestamps.
        leaves_only_by_delete: A row that was seen twice was there in between.
        changed_since: Requests one page of the rows that changed since a time; None
            if MOCO does not filter the list by that.
        first_page: Requests a first page; None for the reader.
    """

    key: Callable[[Row], Hashable]
    timestamp_field: str | None
    leaves_only_by_delete: bool = True
    changed_since: Callable[[datetime], Page] | None = None
    first_page: Callable[[str], Page] | None = None

    def stamps(self, rows: list[Row]) -> list[str | None]:
        """Return for each row when it entered the list, if it has that timestamp."""
        name = self.timestamp_field or ""
        return [s if isinstance(s := row.get(name), str) else None for row in rows]


def row_id(row: Row) -> Hashable:
    """Return the id by which the rows of a list are distinguished."""
    number: Hashable = row.get("id")
    return number

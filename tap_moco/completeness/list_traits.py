"""What is known of a list's rows, whatever they say."""

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
    """What is known of a list's rows.

    Attributes:
        key: What makes a row one, out of its payload.
        timestamp_field: `created_at` where rows enter the list by being created only;
            `updated_at` where a filter lets changed rows in and out; None where
            rows do not tell.
        leaves_only_by_delete: A row that was seen twice was there in between.
        changed_since: Asks for the list's rows that changed since a time, one page
            of them; None where MOCO cannot say.
        first_page: Asks for a first page; None for the reader.
    """

    key: Callable[[Row], Hashable]
    timestamp_field: str | None
    leaves_only_by_delete: bool = True
    changed_since: Callable[[datetime], Page] | None = None
    first_page: Callable[[str], Page] | None = None

    def stamps(self, rows: list[Row]) -> list[str | None]:
        """Return what each row says of when it entered the list, if it does."""
        name = self.timestamp_field or ""
        return [s if isinstance(s := row.get(name), str) else None for row in rows]


def row_id(row: Row) -> Hashable:
    """Return the id that a list's rows are told apart by."""
    number: Hashable = row.get("id")
    return number

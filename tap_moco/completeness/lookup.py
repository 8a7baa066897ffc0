"""Which of some records MOCO still shows, asked by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.api.pagination import PER_PAGE

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_moco.completeness.endpoint import ListEndpoint


def shown_records(endpoint: ListEndpoint, ids: Collection[int]) -> set[int] | None:
    """Ask a list, by its filter `ids`, which of some records it still has.

    Each question names a record as well that the list has just shown. Where the answer
    lacks it, or has rows that nobody asked for, MOCO does not heed the filter, and
    what it leaves out says nothing (docs/moco-api.md, Deletes and webhooks).

    Returns:
        The ids that are shown; None where the answers say nothing.
    """
    first = endpoint.count_page()
    if not first.body:
        return set()
    witness = first.body[0]["id"]
    asked = sorted(set(ids) - {witness})
    shown = set(ids) & {witness}
    for start in range(0, len(asked), PER_PAGE - 1):
        some = {*asked[start : start + PER_PAGE - 1], witness}
        records = endpoint.verified({"ids": ",".join(map(str, sorted(some)))})
        if records.total > len(some):
            return None
        found = {row["id"] for rows in records for row in rows}
        if witness not in found or not found <= some:
            return None
        shown |= found - {witness}
    return shown

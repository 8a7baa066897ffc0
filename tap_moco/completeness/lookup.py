"""Ask MOCO by ids which of some records it still shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.api.pagination import PER_PAGE

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_moco.completeness.endpoint import ListEndpoint


def shown_records(endpoint: ListEndpoint, ids: Collection[int]) -> set[int] | None:
    """Ask a list, with its filter `ids`, which of some records it still has.

    Each request also names a record that the list has just shown. If the answer lacks
    it, or has rows that were not requested, MOCO ignores the filter, and missing rows
    prove nothing (docs/moco-api.md, Deletes and webhooks).

    Returns:
        The ids that are shown; None if the answers prove nothing.
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

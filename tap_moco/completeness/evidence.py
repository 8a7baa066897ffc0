"""What the answers of a list prove together: which rows were in it, and when.

The argument is in docs/completeness.md, "Confirmed rows".
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from tap_moco.completeness.references import References, Sightings
from tap_moco.timestamps import UTC, Cutoff, format_timestamp

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    from tap_moco.completeness.references import Response

VISIBILITY_MARGIN = timedelta(seconds=5)
"""Timestamps are cut to seconds, and a row becomes visible when its transaction ends:
only a timestamp that is older by this proves that the row was in the list."""
CAUSALITY_MARGIN = timedelta(seconds=2)
"""Whoever undoes a change has seen it, and so gives the row a later timestamp.
Timestamps are cut to seconds, and MOCO's servers are assumed to differ by less than
one."""
CLOCK_SLACK = timedelta(seconds=10)
"""A timestamp that is older than the start by more than this needs no closer look."""


class Evidence:
    """Counts, for each response with a total, its confirmed rows.

    Args:
        started_at: The server's clock when the first page was requested.
        leaves_only_by_delete: A row that was seen twice was there in between.
            Otherwise that holds only if it had the same timestamp.
    """

    def __init__(self, started_at: datetime, *, leaves_only_by_delete: bool) -> None:
        """Have seen nothing yet."""
        self._stays = leaves_only_by_delete
        self._responses: list[Response] = []
        self._rows: dict[Hashable, Sightings] = {}
        self._earlier: list[Sightings] = []
        old = started_at - VISIBILITY_MARGIN - CLOCK_SLACK
        self._long_ago = format_timestamp(old)
        self._is_long_ago = Cutoff(old).is_before_cutoff
        self._stamps: dict[Hashable, str | None] = {}
        self._settled: dict[int, Cutoff] = {}

    def __contains__(self, key: object) -> bool:
        """Return whether a row was seen at all."""
        return key in self._rows

    def add(
        self, response: Response, rows: Collection[tuple[Hashable, str | None]]
    ) -> None:
        """Take note of a response.

        Args:
            response: Responses come in the order of reading, which can differ from
                that of sending.
            rows: The key of each row, and its timestamp if it has one.
        """
        number = len(self._responses)
        self._responses.append(response)
        known, stays, is_long_ago = self._rows, self._stays, self._is_long_ago
        old = Sightings(number, number, self._long_ago, -1)
        for key, stamp in rows:
            seen = known.get(key)
            if seen is None:  # most rows are old, and share what is known of them
                is_old = is_long_ago(stamp)
                known[key] = old if is_old else Sightings(number, number, stamp, -1)
            elif stays or self._is_unchanged(key, seen, stamp):
                known[key] = Sightings(seen.first, number, seen.stamp, seen.after)
            else:
                self._earlier.append(seen)
                known[key] = Sightings(number, number, stamp, seen.last)
        if not stays:
            self._stamps.update(rows)

    def _is_unchanged(self, key: Hashable, seen: Sightings, stamp: str | None) -> bool:
        """Return whether a row was certainly in the list since it was first seen."""
        return self._stamps[key] == stamp and self._is_settled(seen.first, stamp)

    def _is_settled(self, number: int, stamp: str | None) -> bool:
        """Return whether any change after a response must leave another timestamp."""
        if number not in self._settled:
            moment = datetime.fromtimestamp(self._responses[number].moment, UTC)
            self._settled[number] = Cutoff(moment - CAUSALITY_MARGIN)
        return self._settled[number].is_before_cutoff(stamp)

    @property
    def may_suffice(self) -> bool:
        """As many rows were seen as some total counts, so `counts` may be a proof."""
        totals = [one.total for one in self._responses if one.total is not None]
        return bool(totals) and len(self._rows) >= min(totals)

    def counts(self) -> list[tuple[int, int]]:
        """For each response with a total: its confirmed rows, and the total."""
        references = References(self._responses, VISIBILITY_MARGIN)
        changes = [0] * (len(references.totals) + 1)
        sightings = Counter(chain(self._rows.values(), self._earlier))
        for sighting, rows in sightings.items():
            for begin, end in references.covered(sighting):
                changes[begin] += rows
                changes[end] -= rows
        return list(zip(accumulate(changes), references.totals, strict=False))

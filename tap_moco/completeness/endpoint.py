"""A list of MOCO: how it is asked for, and what is known of its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.totals import Part, TotalCheck
from tap_moco.completeness.verified_list import (
    VISIBILITY_MARGIN,
    ListTraits,
    VerifiedList,
    row_id,
)
from tap_moco.timestamps import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tap_moco.api.fetcher import Fetcher
    from tap_moco.api.pagination import Page
    from tap_moco.completeness.windows import DateFilter
    from tap_moco.state import SweepState


@dataclass(frozen=True)
class ListEndpoint:
    """A list as the account's settings show it.

    Attributes:
        path: Under the base URL.
        fetcher: Asks for the pages.
        sleep: Waits so many seconds between two passes.
        params: Sent with every request, such as `include_archived`.
        hides_rows: Archived rows are left out, so that archiving looks like deleting.
        has_timestamps: Rows have `created_at` and `updated_at`.
        takes_updated_after: MOCO filters the list by it.
        date_filter: How a long history is cut.
        last_sweeps: What the states of its streams say of the last sweep.
    """

    path: str
    fetcher: Fetcher
    sleep: Callable[[float], None]
    params: dict[str, str] = field(default_factory=dict)
    hides_rows: bool = False
    has_timestamps: bool = True
    takes_updated_after: bool = True
    date_filter: DateFilter | None = None
    last_sweeps: Sequence[SweepState] = ()

    @cached_property
    def totals(self) -> TotalCheck:
        """Doubts pages without a total, by what the states know of the list."""
        return TotalCheck(self.fetcher, self.count_url, self.last_sweeps)

    @property
    def count_url(self) -> str:
        """The first row of the whole list: the shortest answer that tells its total."""
        return self._url({"per_page": "1"})

    def count_page(self) -> Page:
        """Ask how many rows the whole list has.

        Raises:
            IncompleteReadError: MOCO tells it of this list, and did not.
        """
        return self.totals.first_page(self.count_url, Part.WHOLE)

    def verified(self, params: dict[str, str] | None = None) -> VerifiedList:
        """Return a verified read of the list with these filters."""
        filters = params or {}
        part = Part.CHANGES if filters else Part.WHOLE
        if not filters.keys() <= {"updated_after", "ids"}:
            part = Part.WINDOW
        is_filtered = bool(filters) or self.hides_rows
        moves_by = "updated_at" if is_filtered else "created_at"
        only_by_delete = not self.hides_rows and filters.keys() <= {"updated_after"}
        can_ask = self.takes_updated_after
        return VerifiedList(
            self.fetcher,
            self._url(filters),
            ListTraits(
                key=row_id,
                timestamp_field=moves_by if self.has_timestamps else None,
                leaves_only_by_delete=only_by_delete,
                unchanged_since=self._is_unchanged if can_ask else None,
                first_page=partial(self.totals.first_page, part=part),
            ),
            sleep=self.sleep,
        )

    def _is_unchanged(self, since: datetime) -> bool:
        """Ask whether nothing was changed or added since then."""
        url = self.fetcher.url(self.path, changed_after(since - VISIBILITY_MARGIN))
        return not self.totals.first_page(url, Part.CHANGES).body

    def _url(self, params: dict[str, str]) -> str:
        """Return the address of the list's first page with these filters."""
        query = {"per_page": str(PER_PAGE), **self.params, **params}
        return self.fetcher.url(self.path, query)


def changed_after(moment: datetime | None) -> dict[str, str]:
    """Return the filter for what changed since then; None filters nothing."""
    return {"updated_after": format_timestamp(moment)} if moment else {}

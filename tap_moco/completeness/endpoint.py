"""A list of MOCO: how it is requested, and what is known of its rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.list_traits import ListTraits, row_id
from tap_moco.completeness.totals import Part, TotalCheck
from tap_moco.completeness.verified_list import VerifiedList
from tap_moco.timestamps import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tap_moco.api.fetcher import Fetcher
    from tap_moco.api.pagination import Page
    from tap_moco.completeness.windows import DateFilter
    from tap_moco.state.sweep import SweepState


@dataclass(frozen=True)
class ListEndpoint:
    """A list as the account's settings show it.

    Attributes:
        path: Under the base URL.
        fetcher: Asks for the pages.
        params: Sent with every request, such as `include_archived`.
        alive_params: Sent to get only rows that are not archived; None if they are
            never read separately.
        hides_rows: Archived rows are left out, so archiving looks like deleting.
        has_timestamps: Rows have `created_at` and `updated_at`.
        takes_updated_after: MOCO filters the list by `updated_after`.
        date_filter: How a long history is cut.
        takes_user_id: MOCO filters the list by `user_id`, and its rows have a `user`.
        last_sweeps: The last sweeps, according to the states of its streams.
    """

    path: str
    fetcher: Fetcher
    params: dict[str, str] = field(default_factory=dict)
    alive_params: dict[str, str] | None = None
    hides_rows: bool = False
    has_timestamps: bool = True
    takes_updated_after: bool = True
    date_filter: DateFilter | None = None
    takes_user_id: bool = False
    last_sweeps: Sequence[SweepState] = ()

    @cached_property
    def totals(self) -> TotalCheck:
        """Checks pages without a total, by what the states know of the list."""
        nothing = None
        if self.date_filter:
            nothing = self._url({"per_page": "1", **self.date_filter.nothing})
        return TotalCheck(self.fetcher, self.count_url, self.last_sweeps, nothing)

    @property
    def count_url(self) -> str:
        """The first row of the whole list: the shortest answer that has the total."""
        return self._url({"per_page": "1"})

    @property
    def alive(self) -> VerifiedList | None:
        """The rows that are not archived, if they are read in every run."""
        if self.alive_params is None:
            return None
        alive = replace(self, params=self.alive_params, hides_rows=True)
        return alive.list_of({}, partial(self.totals.first_page, part=Part.CHANGES))

    def count_page(self) -> Page:
        """Ask how many rows the whole list has.

        Raises:
            MissingTotalError: MOCO usually sends the total of this list, and did not.
        """
        return self.totals.first_page(self.count_url, Part.WHOLE)

    def first_page(self, params: dict[str, str]) -> Page:
        """Return the first page of the list with these filters."""
        return self.totals.first_page(self._url(params), _part(params))

    def total(self, params: dict[str, str]) -> int | None:
        """Ask how many rows the list has with these filters."""
        url = self._url({"per_page": "1", **params})
        return self.totals.first_page(url, _part(params)).total

    def verified(
        self,
        params: dict[str, str] | None = None,
        *,
        first: Page | None = None,
        max_passes: int | None = None,
    ) -> VerifiedList:
        """Return a verified read of the list with these filters.

        Args:
            params: The filters; none is the whole list.
            first: The first page, if it was requested already.
            max_passes: After how many passes the read fails.
        """
        filters = params or {}
        first_page = partial(self.totals.first_page, part=_part(filters))
        return self.list_of(filters, first_page, first=first, max_passes=max_passes)

    def list_of(
        self,
        filters: dict[str, str],
        first_page: Callable[[str], Page],
        *,
        first: Page | None = None,
        max_passes: int | None = None,
    ) -> VerifiedList:
        """Return a verified read, which gets its first pages from a function."""
        is_filtered = bool(filters) or self.hides_rows
        moves_by = "updated_at" if is_filtered else "created_at"
        only_by_delete = not self.hides_rows and _part(filters) is not Part.WINDOW
        can_ask = self.takes_updated_after
        return VerifiedList(
            self.fetcher,
            self._url(filters),
            ListTraits(
                key=row_id,
                timestamp_field=moves_by if self.has_timestamps else None,
                leaves_only_by_delete=only_by_delete,
                changed_since=partial(self._changes, filters) if can_ask else None,
                first_page=first_page,
            ),
            first=first,
            max_passes=max_passes,
        )

    def _changes(self, filters: dict[str, str], since: datetime) -> Page:
        """Request what changed since then, from the list with these filters."""
        newer = changed_after(since)
        newer["updated_after"] = max(
            newer["updated_after"], filters.get("updated_after", "")
        )
        return self.fetcher.get(self._url(filters | newer))

    def _url(self, params: dict[str, str]) -> str:
        """Return the address of the list's first page with these filters."""
        query = {"per_page": str(PER_PAGE), **self.params, **params}
        return self.fetcher.url(self.path, query)


def _part(params: dict[str, str]) -> Part:
    """Return which part of a list these filters show."""
    if not params:
        return Part.WHOLE
    is_change = params.keys() <= {"updated_after", "ids"}
    return Part.CHANGES if is_change else Part.WINDOW


def changed_after(moment: datetime | None) -> dict[str, str]:
    """Return the filter for what changed since then; None means no filter."""
    return {"updated_after": format_timestamp(moment)} if moment else {}

"""The windows of a list: all rows that are dated in a range of days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.completeness.day_cuts import DayCuts
from tap_moco.completeness.window import PASSES_BEFORE_CUTS, Window

if TYPE_CHECKING:
    from datetime import date

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.verified_list import VerifiedList


class DayWindows:
    """Cuts a list into windows.

    Args:
        endpoint: The list.
        filters: Filters of the whole read.
        today: The day of the run.
        is_sweep: A window that changes too much may be cut into its days.
    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        filters: dict[str, str],
        today: date,
        *,
        is_sweep: bool,
    ) -> None:
        """Send no request yet."""
        self._endpoint = endpoint
        self._filters = filters
        self._today = today
        self._is_sweep = is_sweep

    def of(
        self, start: date | None, end: date | None, known: VerifiedList | None = None
    ) -> Window:
        """Return a range of days; of a list without a filter by date, the whole list.

        Args:
            start: Its first day; None leaves this end open.
            end: Its last day; None leaves this end open.
            known: The same rows, if their first page has been requested already.
        """
        endpoint, date_filter = self._endpoint, self._endpoint.date_filter
        if date_filter is None:
            whole = known or endpoint.verified(self._filters)
            return Window(whole, None, has_timestamps=endpoint.has_timestamps)
        cuts = None
        if self._is_sweep:
            span = (start, end)
            cuts = DayCuts(endpoint, date_filter, span, self._today, self._filters)
        days = date_filter.params(start, end)
        whole = known or endpoint.verified(self._filters | days)
        whole.max_passes = PASSES_BEFORE_CUTS if cuts else None
        return Window(whole, cuts, has_timestamps=endpoint.has_timestamps)

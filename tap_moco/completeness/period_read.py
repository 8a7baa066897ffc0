"""One read of the rows of a list that are dated in a period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.completeness.list_read import ListRead

if TYPE_CHECKING:
    from datetime import datetime

    from tap_moco.completeness.verified_list import VerifiedList
    from tap_moco.state import Extent


class PeriodRead(ListRead):
    """Reads what the settings' period holds, verified as any list, and commits nothing.

    What is outside of it was not read: that moves no bookmark, and tells no deletes.
    """

    def _verified_rest(self) -> VerifiedList:
        """Return the rows of the period, in one piece."""
        period, date_filter = self._context.settings.period, self._endpoint.date_filter
        if not period or not date_filter:
            msg = f"{self._endpoint.path} is not read by dates"
            raise TypeError(msg)
        return self._endpoint.verified(date_filter.params(period.first, period.last))

    def _finish(
        self,
        started_at: datetime,  # noqa: ARG002
        extent: Extent,  # noqa: ARG002
        *,
        list_is_verified: bool,
    ) -> None:
        """Read what the rows ask for beside the list."""
        for _ in self._with_details(list_is_verified=list_is_verified):
            pass

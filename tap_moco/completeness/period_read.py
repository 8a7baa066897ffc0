"""One read of the rows of a list that are dated in a period."""

from __future__ import annotations

from operator import methodcaller
from typing import TYPE_CHECKING

from tap_moco.completeness.list_read import ListRead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.list_read import ListConsumer
    from tap_moco.context import RunContext
    from tap_moco.state.sweep import Extent


class PeriodRead(ListRead):
    """Reads and verifies the period that the settings name, and commits nothing.

    Rows outside of it were not read, so no bookmark moves and no delete is declared.

    Args:
        endpoint: The list.
        consumers: The selected streams, the list's own first.
        context: What they know of the run.
    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        consumers: Sequence[ListConsumer],
        context: RunContext,
    ) -> None:
        """Send no request yet."""
        period, date_filter = context.settings.period, endpoint.date_filter
        if not period or not date_filter:
            msg = f"{endpoint.path} is not filtered by date"
            raise TypeError(msg)
        dates = date_filter.params(period.first, period.last)
        super().__init__(endpoint, consumers, context, endpoint.verified(dates))

    def run(self) -> list[ListConsumer]:
        """Read the period."""
        self._each(methodcaller("write_schema"))
        return super().run()

    def _finish(
        self,
        started_at: datetime,  # noqa: ARG002
        extent: Extent,  # noqa: ARG002
        *,
        list_is_verified: bool,
    ) -> list[ListConsumer]:
        """Fetch the detail records of the rows."""
        return list(self._with_details(list_is_verified=list_is_verified))

"""The total of a list, compared with the rows that the target must have."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.list_read import ListConsumer
from tap_moco.completeness.row_count import RowCount, is_counted
from tap_moco.timestamps import UTC

if TYPE_CHECKING:
    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.verified_list import VerifiedList
    from tap_moco.context import RunContext
    from tap_moco.plan import SyncSettings


class ListOwner(ListConsumer, Protocol):
    """The list's own stream, whose rows are counted."""

    @property
    def count(self) -> RowCount | None:
        """The rows that the target has: those of the last sweep, and new ones since."""

    @property
    def sync_settings(self) -> SyncSettings:
        """The settings that decide what is read."""

    @property
    def can_detect_deletes(self) -> bool:
        """A row that a whole read lacks is gone."""


class ListCount:
    """Asks how many rows a list has, and compares that with the target's rows.

    Args:
        endpoint: The list.
        owner: Its own stream.
        context: What the stream knows of the run.

    Attributes:
        asked_at: When MOCO was asked, by MOCO's clock.
    """

    def __init__(
        self, endpoint: ListEndpoint, owner: ListOwner, context: RunContext
    ) -> None:
        """Send no request yet."""
        self._endpoint = endpoint
        self._owner = owner
        self._context = context
        self._total: int | None = None
        self.asked_at = datetime.now(UTC)

    @property
    def is_possible(self) -> bool:
        """The list's total can show whether the target has all rows, and no others."""
        return (
            self._context.record_limit is None
            and self._owner.sync_settings.start is None
            and bool(self._context.settings.sync.sweep_every)
            and self._owner.can_detect_deletes
            and is_counted(self._owner.state.last_sweep)
        )

    @property
    def fits_one_page(self) -> bool:
        """One request probably returns the whole list, and is as cheap as a count."""
        sweep = self._owner.state.last_sweep
        return (sweep.rows or 0) <= PER_PAGE or sweep.has_total is False

    @property
    def url(self) -> str:
        """The address of the count, or of the whole list."""
        if self.fits_one_page:
            return self._endpoint.verified().url
        return self._endpoint.count_url

    def ask(self) -> None:
        """Request one row, which comes with the total."""
        page = self._endpoint.count_page()
        self._note(page.total, page.moment or datetime.now(UTC))

    def take(self, whole: VerifiedList) -> None:
        """Take the total from the first page of the whole list."""
        self._note(whole.total, whole.started_at)

    def _note(self, total: int | None, asked_at: datetime) -> None:
        self._total, self.asked_at = total, asked_at
        self._owner.stats.rows_in_moco = total

    def difference(self) -> str | None:
        """Say how the rows of the target differ from the total; None if they agree."""
        if self._total is None or not self._owner.count:
            return None
        return self._owner.count.difference(self._total, self.asked_at)

    def is_open(self) -> bool:
        """Return whether a young row was not counted, or another one is gone."""
        if self._total is None or not self._owner.count:
            return False
        return self._owner.count.is_open(self._total, self.asked_at)

    def is_equal(self) -> bool:
        """Return whether both numbers are equal; True if one is unknown."""
        if self._total is None or not self._owner.count:
            return True
        return self._owner.count.is_equal(self._total, self.asked_at)

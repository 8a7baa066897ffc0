"""A sweep that could not be proven: it is postponed, and the changes are read."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from tap_moco.api.errors import IncompleteReadError
from tap_moco.timestamps import UTC, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_moco.completeness.list_read import ListConsumer
    from tap_moco.plan import SyncSettings

logger = logging.getLogger("tap-moco")


class PostponedSweep:
    """Postpones a sweep, for as long as that is allowed.

    Args:
        consumers: The streams of the list.
        settings: Say how often to sweep it.
        error: Why it could not be proven.
    """

    def __init__(
        self,
        consumers: Sequence[ListConsumer],
        settings: SyncSettings,
        error: IncompleteReadError,
    ) -> None:
        """Change no plan yet."""
        self._consumers = consumers
        self._settings = settings
        self._error = error

    def plan_changes(self) -> None:
        """Let each stream read only its changes.

        Raises:
            IncompleteReadError: Some stream cannot.
        """
        now = datetime.now(UTC)
        plans = [consumer.changes_plan() for consumer in self._consumers]
        if any(plan.is_sweep for plan in plans):
            raise self._error
        for consumer, plan in zip(self._consumers, plans, strict=True):
            if consumer.plan.is_sweep:
                state, reason = consumer.state, consumer.plan.reason
                state.sweep = state.last_sweep.failed(reason, now)
            consumer.follow(plan)

    def warn_of_deletes(self) -> None:
        """Say since when deletes are unchecked.

        Raises:
            IncompleteReadError: That is too long ago.
        """
        first, every = self._consumers[0], self._settings.sweep_every
        swept = first.state.last_sweep.completed_at
        since = swept or "the first read"
        unchecked = f"deletes are unchecked since {since}: {self._error}"
        moment = parse_timestamp(swept)
        if moment and datetime.now(UTC) - moment > 2 * every:
            raise IncompleteReadError(unchecked)
        logger.warning("%s: %s", first.name, unchecked)

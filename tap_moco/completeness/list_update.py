"""What a list needs in one run: its changes, a count, a sweep, or some of them."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from tap_moco.api.errors import IncompleteReadError
from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.completeness.list_read import ListConsumer, ListRead
from tap_moco.completeness.row_count import RowCount, is_counted
from tap_moco.plan import ReadPlan
from tap_moco.timestamps import UTC, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.verified_list import VerifiedList
    from tap_moco.context import RunContext
    from tap_moco.plan import SyncSettings

logger = logging.getLogger("tap-moco")

ONE_PAGE = "one answer shows all of it"
CLOCK_WENT_BACK = "the bookmark is later than MOCO's clock"


class ListOwner(ListConsumer, Protocol):
    """The list's own stream, whose rows are counted."""

    @property
    def count(self) -> RowCount | None:
        """The rows that the target has, as increments have counted them on."""

    @property
    def sync_settings(self) -> SyncSettings:
        """The settings that decide what is read."""

    @property
    def can_detect_deletes(self) -> bool:
        """A row that a whole read lacks is gone."""


class ListUpdate:
    """Brings the streams of a list up to date.

    docs/completeness.md, "The count", says what is asked for when, and why.

    Args:
        endpoint: The list.
        owner: Its own stream, if that is selected.
        children: The streams that come out of its rows.
        context: What they know of the run.
    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        owner: ListOwner | None,
        children: Sequence[ListConsumer],
        context: RunContext,
    ) -> None:
        """Ask for nothing yet."""
        self._endpoint = endpoint
        self._owner = owner
        self._consumers: list[ListConsumer] = [*([owner] if owner else []), *children]
        self._context = context
        self._settings = context.settings.sync

    @property
    def entry_urls(self) -> list[str]:
        """What is asked for first."""
        read = ListRead(self._endpoint, self._consumers, self._context)
        if read.plan.is_sweep or not self._is_counted:
            return read.entry_urls
        if self._fits_one_page:
            return [self._endpoint.verified().url]
        return [self._endpoint.count_url, *read.entry_urls]

    def run(self) -> None:
        """Read what is needed.

        Raises:
            IncompleteReadError: It could not be proven that nothing is missing.
        """
        for consumer in list(self._consumers):
            if not self._context.isolation.run(consumer.stats, consumer.write_schema):
                self._consumers.remove(consumer)
        if not self._consumers:
            return
        read = ListRead(self._endpoint, self._consumers, self._context)
        if read.plan.is_sweep:
            self._sweep()
        elif self._owner and self._owner in self._consumers and self._is_counted:
            self._read_counted(self._owner)
        else:
            self._read_changes()
        self._sweep_if_due()

    # The count

    @property
    def _is_counted(self) -> bool:
        """The list's total shows whether the target has all rows, and no others."""
        return (
            self._owner is not None
            and self._context.record_limit is None
            and self._owner.sync_settings.start is None
            and bool(self._settings.sweep_every)
            and self._owner.can_detect_deletes
            and is_counted(self._owner.state.last_sweep)
        )

    @property
    def _fits_one_page(self) -> bool:
        """One request is likely to show all of it: that costs no more than a count."""
        if self._owner is None:
            return False
        sweep = self._owner.state.last_sweep
        return (sweep.rows or 0) <= PER_PAGE or sweep.has_total is False

    def _read_counted(self, owner: ListOwner) -> None:
        """Read the changes, and compare the rows that there must be with the total."""
        whole = self._endpoint.verified() if self._fits_one_page else None
        if whole and (whole.is_one_answer or not self._endpoint.totals.sends_total):
            owner.follow(ReadPlan(None, is_sweep=True, reason=ONE_PAGE))
            self._sweep(whole)
            return
        total, asked_at = self._ask_total(whole)
        if owner not in self._read_changes() or total is None:
            return
        difference = owner.count and owner.count.difference(total, asked_at)
        if not difference or owner.state.last_sweep.due:
            return
        total, asked_at = self._ask_total()
        owner.replan()
        self._read_changes([owner])
        if total is None or not owner.count or owner.count.is_equal(total, asked_at):
            return
        owner.state.require_sweep(difference, asked_at)

    def _ask_total(
        self, whole: VerifiedList | None = None
    ) -> tuple[int | None, datetime]:
        """Return how many rows the whole list has, and when that was asked."""
        if whole and self._owner:
            self._owner.stats.rows_in_moco = whole.total
            return whole.total, whole.started_at
        page = self._endpoint.count_page()
        if self._owner:
            self._owner.stats.rows_in_moco = page.total
        return page.total, page.moment or datetime.now(UTC)

    # Reading

    def _read_changes(
        self, consumers: Sequence[ListConsumer] | None = None
    ) -> list[ListConsumer]:
        """Read what changed; return the streams that got all of it."""
        wanted = self._consumers if consumers is None else consumers
        read = ListRead(self._endpoint, wanted, self._context)
        if read.plan.since and any(self._is_ahead(one, read) for one in wanted):
            for consumer in wanted:
                consumer.follow(ReadPlan(None, is_sweep=True, reason=CLOCK_WENT_BACK))
            read = ListRead(self._endpoint, wanted, self._context)
        return read.run()

    def _is_ahead(self, consumer: ListConsumer, read: ListRead) -> bool:
        """Return whether a bookmark is later than the server's clock.

        Servers may differ by seconds, which the overlap makes up for.
        """
        leeway = min(VISIBILITY_MARGIN, self._settings.overlap)
        bookmark = consumer.state.bookmark
        return bookmark is not None and bookmark > read.started_at + leeway

    def _sweep(self, whole: VerifiedList | None = None) -> list[ListConsumer]:
        """Read the whole list; where that cannot be proven, what changed at least.

        Raises:
            IncompleteReadError: There is no bookmark, or no sweep has been proven for
                twice `full_sweep_days`.
        """
        read = ListRead(self._endpoint, self._consumers, self._context, whole)
        try:
            return read.run()
        except IncompleteReadError as error:
            self._postpone_sweep(error)
            done = self._read_changes()
            self._warn_of_deletes(error)
            return done

    def _sweep_if_due(self) -> None:
        """Sweep where this run has seen that it is needed, and it may be done now."""
        consumers = [c for c in self._consumers if not c.plan.is_sweep]
        for consumer in consumers:
            if consumer.state.last_sweep.due:
                consumer.replan()
        if any(consumer.plan.is_sweep for consumer in consumers):
            self._sweep()

    def _postpone_sweep(self, error: IncompleteReadError) -> None:
        """Have each stream read its changes only.

        Raises:
            IncompleteReadError: Some stream cannot.
        """
        now = datetime.now(UTC)
        plans = [consumer.changes_plan() for consumer in self._consumers]
        if any(plan.is_sweep for plan in plans):
            raise error
        for consumer, plan in zip(self._consumers, plans, strict=True):
            if consumer.plan.is_sweep:
                state, reason = consumer.state, consumer.plan.reason
                state.sweep = state.last_sweep.failed(reason, now)
            consumer.follow(plan)

    def _warn_of_deletes(self, error: IncompleteReadError) -> None:
        """Say since when deletes are unchecked.

        Raises:
            IncompleteReadError: That is too long ago.
        """
        swept = self._consumers[0].state.last_sweep.completed_at
        unchecked = f"deletes are unchecked since {swept or 'the first read'}: {error}"
        moment, every = parse_timestamp(swept), self._settings.sweep_every
        if moment and datetime.now(UTC) - moment > 2 * every:
            raise IncompleteReadError(unchecked)
        logger.warning("%s: %s", self._consumers[0].name, unchecked)

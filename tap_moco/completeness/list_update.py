"""What a list needs in one run: its changes, a count, a sweep, or several of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.api.errors import IncompleteReadError
from tap_moco.completeness.evidence import VISIBILITY_MARGIN
from tap_moco.completeness.list_count import ListCount
from tap_moco.completeness.list_read import ListRead
from tap_moco.completeness.postponed import PostponedSweep
from tap_moco.plan import ReadPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.list_count import ListOwner
    from tap_moco.completeness.list_read import ListConsumer
    from tap_moco.completeness.verified_list import VerifiedList
    from tap_moco.context import RunContext

ONE_PAGE = "one answer shows all of it"
CLOCK_WENT_BACK = "the bookmark is later than MOCO's clock"


class ListUpdate:
    """Brings the streams of a list up to date.

    docs/completeness.md, "The count", says what is requested when, and why.

    Args:
        endpoint: The list.
        owner: Its own stream, if that is selected.
        children: The streams that take rows from it.
        context: What they know of the run.
    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        owner: ListOwner | None,
        children: Sequence[ListConsumer],
        context: RunContext,
    ) -> None:
        """Send no request yet."""
        self._endpoint = endpoint
        self._owner = owner
        self._consumers: list[ListConsumer] = [*([owner] if owner else []), *children]
        self._context = context
        self._settings = context.settings.sync
        self._has_failed = False

    @property
    def entry_urls(self) -> list[str]:
        """The first addresses to request."""
        read = ListRead(self._endpoint, self._consumers, self._context)
        count = self._count
        if read.plan.is_sweep or not count:
            return read.entry_urls
        if count.fits_one_page:
            return [count.url]
        return [count.url, *read.entry_urls]

    @property
    def _count(self) -> ListCount | None:
        """The list's total, if it can show whether the target has all rows."""
        if self._owner is None:
            return None
        count = ListCount(self._endpoint, self._owner, self._context)
        return count if count.is_possible else None

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
        owner = self._owner
        read = ListRead(self._endpoint, self._consumers, self._context)
        if read.plan.is_sweep:
            self._sweep()
        elif owner and owner in self._consumers and (count := self._count):
            self._read_counted(owner, count)
        else:
            self._read_changes()
        self._sweep_if_due()

    def _read_counted(self, owner: ListOwner, count: ListCount) -> None:
        """Read the changes, and compare the count of rows with MOCO's total."""
        if count.fits_one_page:
            whole = self._endpoint.verified()
            if whole.is_one_answer or not self._endpoint.totals.sends_total:
                owner.follow(ReadPlan(None, is_sweep=True, reason=ONE_PAGE))
                self._sweep(whole)
                return
            count.take(whole)
        else:
            count.ask()
        if owner in self._read_changes() and not owner.state.last_sweep.due:
            self._compare(owner, count)

    def _compare(self, owner: ListOwner, count: ListCount) -> None:
        """Ask again where the numbers differ; make a sweep due if they still do.

        A deleted row may hide behind a new one that MOCO did not count. What the tap
        has seen by now is in the next total, unless it was deleted. If the list changes
        meanwhile, that may have been just now, and the next run decides.
        """
        alarm = count.difference()
        if not alarm and not count.is_open():
            return
        records = owner.stats.records
        count.ask()
        owner.replan()
        self._read_changes([owner])
        difference = count.difference() if owner.stats.records == records else None
        if alarm and not count.is_equal():
            difference = alarm
        if difference:
            owner.state.require_sweep(difference, count.asked_at)

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

        The clocks of servers may differ by seconds, which the overlap covers.
        """
        leeway = min(VISIBILITY_MARGIN, self._settings.overlap)
        bookmark = consumer.state.bookmark
        return bookmark is not None and bookmark > read.started_at + leeway

    def _sweep(self, whole: VerifiedList | None = None) -> list[ListConsumer]:
        """Read the whole list; if that cannot be proven, read at least what changed.

        Raises:
            IncompleteReadError: There is no bookmark, or no sweep has been proven for
                twice `full_sweep_days`.
        """
        read = ListRead(self._endpoint, self._consumers, self._context, whole)
        try:
            return read.run()
        except IncompleteReadError as error:
            self._has_failed = True
            postponed = PostponedSweep(self._consumers, self._settings, error)
            postponed.plan_changes()
            done = self._read_changes()
            postponed.warn_of_deletes()
            return done

    def _sweep_if_due(self) -> None:
        """Sweep if this run has seen that it is necessary, and it may be done now.

        A sweep that this run could not prove is left to the next run.
        """
        if self._has_failed:
            return
        consumers = [c for c in self._consumers if not c.plan.is_sweep]
        for consumer in consumers:
            if consumer.state.last_sweep.due:
                consumer.replan()
        if any(consumer.plan.is_sweep for consumer in consumers):
            self._sweep()

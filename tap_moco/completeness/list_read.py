"""One read of one list, for all streams that take rows from it."""

from __future__ import annotations

import logging
from functools import partial
from itertools import islice, zip_longest
from operator import methodcaller
from typing import TYPE_CHECKING, Protocol

from tap_moco.completeness.history import History
from tap_moco.plan import merged_plan
from tap_moco.state.sweep import Extent, ResumePoint
from tap_moco.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.completeness.reader import RowSource
    from tap_moco.completeness.verified_list import VerifiedList
    from tap_moco.context import RunContext
    from tap_moco.plan import ReadPlan
    from tap_moco.row import Row
    from tap_moco.state.stream import StreamState
    from tap_moco.stats import StreamStats

logger = logging.getLogger("tap-moco")


class ListConsumer(Protocol):
    """A stream that takes a list's rows: the list's own, or one of its children."""

    name: str
    stats: StreamStats

    @property
    def state(self) -> StreamState:
        """What is known of the stream."""

    @property
    def plan(self) -> ReadPlan:
        """How the stream is read in this run."""

    def follow(self, plan: ReadPlan) -> None:
        """Use this plan from now on."""

    def replan(self) -> None:
        """Plan again, from the state as it is now."""

    def changes_plan(self) -> ReadPlan:
        """Return the plan for reading only changes; a sweep if that is impossible."""

    def join_sweep(self, plan: ReadPlan) -> None:
        """Join a sweep that another stream of the list needs, if that is useful."""

    def write_schema(self) -> None:
        """Write the SCHEMA message."""

    def start_sync(self, started_at: datetime) -> None:
        """Prepare for a read that began at this moment of the server's clock."""

    def process_page(self, rows: list[Row]) -> None:
        """Write what a page of the list contains for the stream."""

    def prefetch_details(self) -> None:
        """Request some details while another consumer still waits for its own."""

    def fetch_details(self, *, list_is_verified: bool) -> None:
        """Fetch the detail records of the rows collected so far."""

    def fetch_leftovers(self) -> None:
        """Request records that earlier runs did not get and this run has not seen."""

    @property
    def is_holding(self) -> bool:
        """Its records are held back until the end of the read."""

    @property
    def lacks_since(self) -> datetime | None:
        """When the oldest record changed that is neither written nor remembered."""

    def checkpoint(self, resume: ResumePoint) -> None:
        """Note that everything from this window on is read and proven."""

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Move the state after a proven read, and declare deletes."""


class ListRead:
    """Reads a list, a long one in windows, and hands its rows to the consumers.

    Args:
        endpoint: The list.
        consumers: The selected streams, the list's own first.
        context: What they know of the run.
        whole: The whole list, if its first page has been requested already.
    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        consumers: Sequence[ListConsumer],
        context: RunContext,
        whole: VerifiedList | None = None,
    ) -> None:
        """Send no request yet."""
        self._endpoint = endpoint
        self._consumers = list(consumers)
        self._context = context
        self.plan = merged_plan([consumer.plan for consumer in consumers])
        self._history = History(endpoint, self.plan, context, whole)
        self._alive: VerifiedList | None = None
        if not self.plan.is_sweep and context.record_limit is None:
            self._alive = endpoint.alive

    @property
    def entry_urls(self) -> list[str]:
        """The first addresses to request: the list, or the rest of its history."""
        alive = [self._alive.url] if self._alive else []
        return [self._history.rest.url, *alive]

    @property
    def started_at(self) -> datetime:
        """The server's clock when the list is first requested."""
        return self._history.rest.started_at

    def run(self) -> list[ListConsumer]:
        """Read the list, and commit every consumer that got all of it.

        Returns:
            Those that were committed.

        Raises:
            IncompleteReadError: It could not be proven that nothing is missing.
        """
        whole = self._history.rest
        resume = self.plan.resume
        started_at = resume and parse_timestamp(resume.started_at)
        started_at = started_at or whole.started_at
        rows = resume.total if resume and resume.total else whole.total
        if self.plan.is_sweep:
            self._each(methodcaller("join_sweep", self.plan))
        self._each(methodcaller("start_sync", started_at))
        reads_all = self.plan.is_sweep and self._context.record_limit is None
        is_one_list = True
        if reads_all:
            is_one_list = self._history.read(self, started_at)
        else:
            self.distribute(whole)
            if self._alive:
                self.distribute(self._alive)
        extent = Extent(rows, self._endpoint.totals.sends_total)
        return self._finish(started_at, extent, list_is_verified=is_one_list)

    @property
    def wants_rows(self) -> bool:
        """Some consumer has not failed yet."""
        return bool(self._consumers)

    def distribute(
        self, rows: RowSource, note: Callable[[list[Row]], None] = lambda _: None
    ) -> None:
        """Give every page to every consumer, and to a function that notes it."""
        if not self._consumers:
            return
        for page in islice(rows, 1 if self._context.record_limit else None):
            note(page)
            name = self._consumers[0].name
            self._context.progress.show(name, len(page), rows.total)
            self._each(methodcaller("process_page", page))
            self._context.writer.flush()
            if not self._consumers:
                return

    def checkpoint(self, window: str, started_at: datetime, *, total: int) -> None:
        """Fetch the details so far, and save the window as a resume point.

        Only if all consumers sweep, and every row is either in the target under this
        version, or remembered.
        """
        self._consumers = list(self._with_details(list_is_verified=False))
        if all(
            consumer.plan.is_sweep
            and not consumer.lacks_since
            and not consumer.is_holding
            for consumer in self._consumers
        ):
            resume = ResumePoint(
                window=window,
                started_at=format_timestamp(started_at),
                filters=self._context.settings.sync.filters,
                total=total,
            )
            for consumer in self._consumers:
                consumer.checkpoint(resume)
            self._context.write_state()

    def _finish(
        self, started_at: datetime, extent: Extent, *, list_is_verified: bool
    ) -> list[ListConsumer]:
        """Commit all consumers that got everything, and return them."""
        consumers = self._with_details(list_is_verified=list_is_verified)
        if self._context.record_limit is not None:
            return list(consumers)
        return [
            consumer
            for consumer in consumers
            if self._context.isolation.run(
                consumer.stats, partial(_commit, consumer, started_at, extent)
            )
        ]

    def _with_details(self, *, list_is_verified: bool) -> Iterator[ListConsumer]:
        """Yield each consumer once its details have been fetched."""
        for consumer, following in zip_longest(self._consumers, self._consumers[1:]):
            if following:
                following.prefetch_details()
            read = partial(consumer.fetch_details, list_is_verified=list_is_verified)
            if self._context.isolation.run(consumer.stats, read):
                yield consumer

    def _each(self, call: Callable[[ListConsumer], object]) -> None:
        """Make a call for each consumer; one that fails gets no further calls."""
        self._consumers = [
            consumer
            for consumer in self._consumers
            if self._context.isolation.run(consumer.stats, partial(call, consumer))
        ]


def _commit(consumer: ListConsumer, started_at: datetime, extent: Extent) -> None:
    """Let a consumer request its leftovers, and move its state."""
    consumer.fetch_leftovers()
    consumer.commit(started_at, extent)

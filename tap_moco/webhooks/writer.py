"""Store deliveries in groups: one transaction for all that are waiting."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from tap_moco.errors import SpoolError

if TYPE_CHECKING:
    from tap_moco.spool.events import Event
    from tap_moco.spool.spool import Spool
    from tap_moco.webhooks.metrics import Metrics

logger = logging.getLogger("tap-moco.webhooks")

MAX_GROUP = 500
"""The most events in one transaction."""

MAX_WAIT = 8.0
"""Seconds that a delivery may wait to be stored; MOCO waits 10 for the answer."""


@dataclass(frozen=True)
class _Job:
    """A job for the disk: to store an event, or to test whether one could be stored."""

    event: Event | None
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]

    def finish(self, error: SpoolError | None) -> None:
        """Notify the waiting request, unless it has given up."""
        if not self.done.done():
            if error:
                self.done.set_exception(error)
            else:
                self.done.set_result(None)


class GroupWriter:
    """Writes to a spool from one thread, so that no event loop waits for a disk.

    While a group is written, the next one collects.

    Args:
        spool: An open spool.
        metrics: Where to count what was stored.
    """

    def __init__(self, spool: Spool, metrics: Metrics) -> None:
        """Write nothing yet; the thread starts with the first event."""
        self._spool = spool
        self._metrics = metrics
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_failing = False

    async def store(self, event: Event) -> None:
        """Return when the event is on the disk, whether it is new or not.

        Raises:
            SpoolError: It was not stored, or not in time.
        """
        await self._submit(event)

    async def probe(self) -> None:
        """Return if an event can be stored now.

        Raises:
            SpoolError: It cannot.
        """
        await self._submit(None)

    def close(self, timeout: float = 0.5) -> None:
        """Write what is waiting, and end the thread; wait for it for some seconds."""
        if self._thread:
            self._queue.put(None)
            self._thread.join(timeout)

    async def _submit(self, event: Event | None) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        job = _Job(event, loop, loop.create_future())
        self._queue.put(job)
        late = SpoolError(f"nothing was written for {MAX_WAIT:.0f} s")
        timer = loop.call_later(MAX_WAIT, job.finish, late)
        try:
            await job.done
        finally:
            timer.cancel()

    def _run(self) -> None:
        """Write group after group until a None comes."""
        while group := self._next_group():
            try:
                self._write(group)
                error = None
            except SpoolError as failure:
                error = failure
            except Exception as failure:  # the thread has to live on
                logger.debug("unexpected", exc_info=True)
                error = SpoolError(f"unexpected {type(failure).__name__}: {failure}")
            self._note(error)
            for job in group:
                with suppress(RuntimeError):  # the loop was closed meanwhile
                    job.loop.call_soon_threadsafe(job.finish, error)

    def _next_group(self) -> list[_Job]:
        """Wait for a job, and take all that are waiting; none at the end."""
        group = []
        job = self._queue.get()
        try:
            while job is not None:
                # who has given up was asked to send again, and does
                if not job.done.done():
                    group.append(job)
                if len(group) == MAX_GROUP:
                    break
                job = self._queue.get_nowait() if group else self._queue.get()
        except Empty:
            pass
        if job is None and group:
            self._queue.put(None)
        return group

    def _write(self, group: list[_Job]) -> None:
        deliveries = [job.event for job in group if job.event]
        if len(deliveries) < len(group):
            self._spool.probe()
        if deliveries:
            stored = self._spool.store(deliveries)
            self._metrics.stored.inc(stored)
            self._metrics.duplicates.inc(len(deliveries) - stored)
            self._metrics.note_newest(deliveries[-1].received_at)

    def _note(self, error: SpoolError | None) -> None:
        """Log the first of several failures, and when writing works again."""
        if error and not self._is_failing:
            logger.error("%s; deliveries are answered with 503", error)
        elif self._is_failing and not error:
            logger.info("%s can be written again", self._spool.name)
        self._is_failing = error is not None

"""Everything that a stream may know of the run."""

from __future__ import annotations

import logging
import time
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import StateMessage

from tap_moco.api.client import Client
from tap_moco.api.errors import ForbiddenError
from tap_moco.api.fetcher import Fetcher
from tap_moco.isolation import Isolation
from tap_moco.progress import Progress
from tap_moco.redaction import redactor
from tap_moco.spool.opening import open_reader
from tap_moco.stats import RunStats
from tap_moco.timestamps import UTC

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.config import Settings
    from tap_moco.output import BufferedWriter
    from tap_moco.spool.reader import SpoolReader
    from tap_moco.state.tap import TapState


DEFINITION_READS = 3
"""How often to read the definitions of custom fields if some are missing."""

logger = logging.getLogger("tap-moco")


class RunContext:
    """The settings, the state, and what reads and writes in one run.

    Args:
        settings: From a configuration that was checked.
        state: Changed in place as streams are read. A read of a period uses a copy
            that has only the versions, and writes `given` in its place.
        given: The state as it was given; None if there was none.
        writer: Takes the Singer messages.
        sleep: Waits for some seconds; a test passes its own.

    Attributes:
        record_limit: How many records `--test` reads per stream; None reads all.
    """

    def __init__(
        self,
        settings: Settings,
        state: TapState,
        writer: BufferedWriter,
        sleep: Callable[[float], None] = time.sleep,
        given: dict[str, Any] | None = None,
    ) -> None:
        """Send nothing yet."""
        self.settings = settings
        self.state = state.versions_only() if settings.period else state
        self._given = given
        self.writer = writer
        self.stats = RunStats()
        self.progress = Progress()
        self.isolation = Isolation(skips_forbidden=settings.skips_forbidden)
        self.sleep = sleep
        self.record_limit: int | None = None
        self._warnings: set[str] = set()
        self._written_state: dict[str, Any] | None = None
        self.state.account = settings.account

    @cached_property
    def fetcher(self) -> Fetcher:
        """What reads from MOCO, with the only client of the run."""
        return Fetcher(self.client, self.isolation.count_request)

    @cached_property
    def client(self) -> Client:
        """The only client of the run."""
        return Client(
            self.settings.client,
            on_secret=redactor.add,
            redact=redactor.redact,
            sleep=self.sleep,
        )

    @cached_property
    def spool(self) -> SpoolReader:
        """What the webhook receiver has stored, opened when it is needed.

        Raises:
            SpoolError: It cannot be opened.
        """
        return open_reader(self.settings)

    def close(self) -> int:
        """Let the threads end; return how many requests were sent."""
        if "spool" in vars(self):
            self.spool.close()
        if "fetcher" in vars(self):
            self.fetcher.close()
        return self.client.requests if "client" in vars(self) else 0

    @cached_property
    def today(self) -> date:
        """The day of the run."""
        return datetime.now(UTC).date()

    @property
    def first_day(self) -> str:
        """The first day of reports."""
        start = self.settings.sync.start
        return min(start.date(), self.today).isoformat() if start else "0001-01-01"

    @property
    def years(self) -> list[int]:
        """The years that reports and rates cover, the oldest first."""
        oldest = self.today.year - self.settings.report_years
        return list(range(max(oldest, int(self.first_day[:4])), self.today.year + 1))

    @cached_property
    def custom_properties(self) -> list[dict[str, Any]] | None:
        """The definitions of custom fields; None if the key may not read them."""
        try:
            return self._read_custom_properties()
        except ForbiddenError as denial:
            logger.warning(
                "custom_fields: %s is not possible, since the key may not read the "
                "definitions (%s). The tap reads them as with custom_fields: raw",
                self.settings.custom_fields,
                denial,
            )
            return None

    def _read_custom_properties(self) -> list[dict[str, Any]]:
        """Read the definitions until their number agrees with the totals of all pages.

        If the list changes while it is read, some definitions can be skipped.
        """
        url = self.fetcher.url("/account/custom_properties", {"per_page": "100"})
        rows: dict[str, dict[str, Any]] = {}
        for _ in range(DEFINITION_READS):
            pages = list(self.fetcher.pages(self.fetcher.get(url)))
            rows = {str(row.get("id")): row for page in pages for row in page.body}
            if {page.total for page in pages} <= {len(rows), None}:
                break
        return list(rows.values())

    def warn_once(self, message: str) -> None:
        """Log a warning, unless it was logged before in this run."""
        if message not in self._warnings:
            self._warnings.add(message)
            logger.warning("%s", message)

    def write_state(self) -> None:
        """Write a STATE message, if the state has changed.

        The first one is always written, for orchestrators that keep the last STATE of
        a run. A read of a period writes the state that it was given, if any.
        """
        state = self._given if self.settings.period else self.state.to_dict()
        if state != self._written_state:
            self._written_state = state
            self.writer.write_message(StateMessage(state or {}))

"""What the receiver logs about deliveries, limited however many come."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from tap_moco.spool.events import EVENTS
from tap_moco.spool.targets import TARGETS

if TYPE_CHECKING:
    from tap_moco.spool.events import Event

logger = logging.getLogger("tap-moco.webhooks")

REPEAT_SECONDS = 60.0
"""Each cause of refusals is logged at most once in this time."""

MAX_NAMES = 100
"""How many unknown names to log; headers are not signed, so anybody can invent some."""


class Notices:
    """Logs each kind of unusual delivery once, or once a minute."""

    def __init__(self) -> None:
        """Log nothing yet."""
        self._logged: dict[str, float] = {}
        self._names: set[str] = set()

    def refused(self, cause: str, reason: str) -> None:
        """Warn of a delivery that is refused."""
        now = time.monotonic()
        if now - self._logged.get(cause, -REPEAT_SECONDS) >= REPEAT_SECONDS:
            self._logged[cause] = now
            logger.warning(
                "a delivery was refused with %s; further ones within a minute are "
                "only counted in /metrics",
                reason,
            )

    def unknown(self, event: Event) -> None:
        """Warn once of each target and each event that MOCO does not document."""
        if event.target not in TARGETS:
            self._warn(f"the target {event.target!r}")
        if event.event not in EVENTS:
            self._warn(f"the event {event.event!r}")

    def _warn(self, what: str) -> None:
        if what not in self._names and len(self._names) < MAX_NAMES:
            self._names.add(what)
            logger.warning(
                "%s is unknown; its deliveries are stored all the same", what
            )

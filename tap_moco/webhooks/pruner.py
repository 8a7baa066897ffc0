"""Remove old events from a spool while the receiver runs."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tap_moco.errors import SpoolError
from tap_moco.spool.upkeep import prune

if TYPE_CHECKING:
    from tap_moco.spool.spool import Spool

logger = logging.getLogger("tap-moco.webhooks")

INTERVAL_SECONDS = 3600.0


class Pruner:
    """Removes old events at the start and once an hour, in a thread of its own.

    Args:
        spool: An open spool.
        keep: How long events are kept after they were read.
    """

    def __init__(self, spool: Spool, keep: timedelta) -> None:
        """Remove nothing yet."""
        self._spool = spool
        self._keep = keep
        self._end = threading.Event()

    def start(self) -> None:
        """Begin; the thread ends with the process, even in the middle of its work."""
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """Stop removing events."""
        self._end.set()

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                count = prune(self._spool, datetime.now(timezone.utc) - self._keep)
            except SpoolError as error:
                logger.warning("old events could not be removed: %s", error)
            else:
                if count:
                    logger.info("events removed that were read long ago: %d", count)
            self._end.wait(INTERVAL_SECONDS)

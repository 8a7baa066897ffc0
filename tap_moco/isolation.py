"""An error in one stream ends that stream, and leaves the others alone."""

from __future__ import annotations

import logging
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING

from tap_moco.api.errors import FatalError, ForbiddenError, MocoError
from tap_moco.errors import InvalidInputError, SpoolError
from tap_moco.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_moco.stats import StreamStats

logger = logging.getLogger("tap-moco")


_at_hand: ContextVar[StreamStats | None] = ContextVar("_at_hand", default=None)
"""The stream for which code runs, also in the threads that send its requests."""


class Isolation:
    """Runs parts of a stream's read; notes how they failed, and counts their requests.

    Args:
        skips_forbidden: A stream that the key may not read is skipped.
    """

    def __init__(self, *, skips_forbidden: bool) -> None:
        """Note nothing yet."""
        self._skips_forbidden = skips_forbidden
        self._counting = threading.Lock()

    def count_request(self) -> None:
        """Count a response for the current stream."""
        if stats := _at_hand.get():
            with self._counting:
                stats.requests += 1

    def run(
        self,
        stats: StreamStats,
        call: Callable[[], object],
        dependents: Sequence[StreamStats] = (),
    ) -> bool:
        """Run a part of a stream's read; return whether it succeeded.

        Args:
            stats: The stream.
            call: The part.
            dependents: Streams that cannot be read without this one.

        Raises:
            SystemExit: No other stream can work either.
        """
        before = _at_hand.set(stats)
        try:
            call()
        except FatalError as error:
            stats.end("failed", redactor.redact(str(error)))
            logger.error("%s", error)  # noqa: TRY400
            raise SystemExit(1) from None
        except ForbiddenError as error:
            outcome = "skipped" if self._skips_forbidden else "failed"
            reason = f"{error}; {missing_permission(stats)}"
            _end_streams(outcome, reason, stats, dependents)
        except (MocoError, InvalidInputError, SpoolError) as error:
            _end_streams("failed", str(error), stats, dependents)
        except Exception as error:
            logger.debug("%s", stats.name, exc_info=True)
            reason = f"unexpected {type(error).__name__}: {error}"
            _end_streams("failed", reason, stats, dependents)
        else:
            return True
        finally:
            _at_hand.reset(before)
        return False


def missing_permission(stats: StreamStats) -> str:
    """Name the right that a stream needs."""
    return f"the key lacks the right for {stats.permission}, or the module is off"


def _end_streams(
    outcome: str, reason: str, stats: StreamStats, dependents: Sequence[StreamStats]
) -> None:
    """End a stream, and those that cannot be read without it."""
    reason = redactor.redact(reason)
    with_it = [dependent for dependent in dependents if dependent.outcome is None]
    stats.end(outcome, reason)
    missing = reason if outcome == "skipped" else f"{stats.name} could not be read"
    for dependent in with_it:
        dependent.end(outcome, missing)
    names = ", ".join(dependent.name for dependent in with_it)
    logged = f"{reason}; {outcome} with it: {names}" if names else reason
    level = logging.WARNING if outcome == "skipped" else logging.ERROR
    logger.log(level, "%s %s: %s", stats.name, outcome, logged)

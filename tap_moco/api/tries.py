"""Tries: repeat what may succeed the next time, and know when to give up."""

from __future__ import annotations

import logging
import random
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn, TypeVar
from urllib.parse import urlsplit

from tap_moco.api.errors import (
    AnswerBoundError,
    FatalError,
    UnavailableError,
    UnreachableError,
)
from tap_moco.api.responses import NoAnswerError, RetryError, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.api.client_config import ClientConfig
    from tap_moco.api.rate_limit import RateLimiter
    from tap_moco.api.responses import Answer
    from tap_moco.api.transport import Transport

logger = logging.getLogger("tap-moco.api")

Read = TypeVar("Read")


class Tries:
    """Sends requests until they are answered; any thread may.

    Args:
        config: How often to try, and how long to wait.
        transport: Closes its idle connections after an answer that was not usable.
        limiter: Paused by a 429.
        sleep: Waits for some seconds between tries.
    """

    def __init__(
        self,
        config: ClientConfig,
        transport: Transport,
        limiter: RateLimiter,
        sleep: Callable[[float], None],
    ) -> None:
        """Start the clock of the last success."""
        self._config = config
        self._transport = transport
        self._limiter = limiter
        self._sleep = sleep
        self._end: FatalError | None = None
        self._last_success = time.monotonic()

    def end(self, error: FatalError) -> FatalError:
        """Make every later request raise this error, and return it."""
        self._end = error
        return error

    def until_usable(
        self, url: str, send: Callable[[], Answer], read: Callable[[Answer], Read]
    ) -> Read:
        """Return what `read` makes of the first usable answer.

        Args:
            url: The address, for messages.
            send: Sends the request once.
            read: Raises a `RetryError` if an answer is not usable.

        Raises:
            MocoError: What `send` and `read` raise at once.
            UnavailableError, UnreachableError: No try brought a usable answer.
        """
        path, failures = self._transport.path(url), 0
        while True:
            if self._end:
                raise self._end
            try:
                answer = send()
                if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                    self._pause_after_429(answer)
                    continue
                result = read(answer)
            except RetryError as error:
                failure = error
            except AnswerBoundError as error:
                raise AnswerBoundError(f"{path}: {error}") from error
            except FatalError as error:
                self.end(error)
                raise
            else:
                self._last_success = time.monotonic()
                return result
            failures += 1
            self._transport.start_afresh()
            if failures > self._config.max_retries:
                self._give_up(path, failures, failure)
            self._back_off(path, failures, failure)

    def _give_up(self, path: str, failures: int, failure: RetryError) -> NoReturn:
        """End a request for which every try has failed.

        Raises:
            UnreachableError: The host answers no other request either.
            UnavailableError: Only this request fails.
        """
        after = f"after {failures} {'try' if failures == 1 else 'tries'}"
        if isinstance(failure, NoAnswerError) and not self._is_answering():
            host = urlsplit(self._transport.base_url).netloc
            words = f"no usable answer from {host}: {failure}, {after}"
            raise self.end(UnreachableError(words))
        raise UnavailableError(f"{path}: {failure}, {after}")

    def _is_answering(self) -> bool:
        """Request something small: any answer at all shows that the host is up."""
        try:
            self._transport.get(f"{self._transport.base_url}/session")
        except (NoAnswerError, UnreachableError):
            return False
        except (RetryError, AnswerBoundError):
            return True
        return True

    def _back_off(self, path: str, failures: int, failure: RetryError) -> None:
        """Wait before the next try: exponential, with full jitter."""
        delay = random.uniform(0.5, 1) * min(2.0 ** (failures - 1), 60)
        logger.info("%s: %s; try %d in %.1f s", path, failure, failures + 1, delay)
        self._sleep(delay)

    def _pause_after_429(self, answer: Answer) -> None:
        """Pause all requests after a 429, since others use the account's budget."""
        delay = retry_after(answer) or self._limiter.window
        waited = time.monotonic() - self._last_success
        if waited + delay > self._config.max_wait + self._limiter.window:
            msg = f"MOCO answered 429 for {waited:.0f} s without one success"
            raise UnavailableError(msg)
        if self._limiter.pause(delay):
            logger.info("MOCO's request limit is used up; waiting %.0f s", delay)

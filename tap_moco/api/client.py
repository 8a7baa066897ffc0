"""The one client of the tap: GET -> a page; authenticated, limited, retried."""

from __future__ import annotations

import logging
import random
import threading
import time
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn, TypeVar
from urllib.parse import urlencode, urlsplit

from tap_moco.api.auth import key_of
from tap_moco.api.decoding import RepairLog
from tap_moco.api.errors import (
    AnswerBoundError,
    FatalError,
    ForbiddenError,
    LoginError,
    MocoError,
    RefusedError,
    UnavailableError,
    UnreachableError,
)
from tap_moco.api.pagination import Page, next_link, total_rows
from tap_moco.api.rate_limit import RateLimiter
from tap_moco.api.responses import (
    Answer,
    NoAnswerError,
    RetryError,
    decode,
    raise_for_status,
    retry_after,
    server_time,
)
from tap_moco.api.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tap_moco.api.client_config import ClientConfig

logger = logging.getLogger("tap-moco.api")

Params = dict[str, str]
Read = TypeVar("Read")

PAGING_HEADERS = ("Link", "X-Page", "X-Per-Page", "X-Total")


class Client:
    """Asks MOCO. Sends GET, and `POST /session` to get a key, nothing else.

    Args:
        config: How to reach the account.
        on_secret: Told the key that a session gave, so that it is masked.
        redact: Takes secrets out of what an error shows of an answer.
        sleep: Waits so many seconds between tries; a test brings its own.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        on_secret: Callable[[str], None] = lambda _: None,
        redact: Callable[[str], str] = lambda text: text,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare everything; nothing is sent yet."""
        self.config = config
        self._learn_secret = on_secret
        self._redact = redact
        self._sleep = sleep
        self._limiter = RateLimiter(
            config.max_requests, config.period, at_once=config.concurrency
        )
        self._transport = Transport(config, self._limiter)
        for password in self._transport.proxy_passwords:
            on_secret(password)
        self._login = threading.Lock()
        self._refusal: FatalError | None = None
        self._repairs = RepairLog()
        self._answered: set[str] = set()
        self._last_success = time.monotonic()

    @property
    def requests(self) -> int:
        """Requests sent so far, retries included."""
        return self._limiter.begun

    def close(self) -> None:
        """Tell what answers there were that had to be put right."""
        self._repairs.tell()

    def url(self, path: str, params: Mapping[str, str] | None = None) -> str:
        """Return the address of a path under the base URL."""
        query = f"?{urlencode(params)}" if params else ""
        return f"{self._transport.base_url}{path}{query}"

    def path(self, url: str) -> str:
        """Return the path of an address under the base URL, for messages."""
        return url.removeprefix(self._transport.base_url).partition("?")[0]

    def get(
        self,
        url: str,
        kind: type = list,
        items: type = dict,
        *,
        single: bool = False,
    ) -> Page:
        """Return the answer to one GET; any thread may ask.

        Args:
            url: An address under the base URL.
            kind: `list` or `dict`, what the body has to be.
            items: What a list has to be of.
            single: One record is asked for, which may be gone.

        Raises:
            ForbiddenError, NotFoundError, PaginationError, AnswerBoundError: At once.
            RefusedError: It is denied, although MOCO has answered this path before.
            UnavailableError: After all retries.
            FatalError: At once or after them; every later request raises it too.
        """
        self._authenticate()
        path = self.path(url)

        def read(answer: Answer) -> Page:
            raise_for_status(answer, single=single, redact=self._redact)
            note = partial(self._repairs.add, path)
            return Page(
                body=decode(answer, kind, items, note),
                url=url,
                next_url=next_link(answer.headers, url),
                total=total_rows(answer.headers),
                moment=_asked_at(answer),
                is_paged=any(name in answer.headers for name in PAGING_HEADERS),
            )

        try:
            page = self._retried(url, partial(self._transport.get, url), read)
        except ForbiddenError as denial:
            if path in self._answered:
                raise RefusedError(denial, path) from None
            raise
        self._answered.add(path)
        return page

    def _authenticate(self) -> None:
        """Have a key; exchange e-mail and password for it the first time."""
        with self._login:
            if not self._transport.is_signed:
                self._transport.sign(self.config.api_key or self._new_key())

    def _new_key(self) -> str:
        """Return the user's key from `POST /session`.

        Raises:
            FatalError: There is none; asking again could lock the user out.
        """
        url = self.url("/session")
        credentials = {"email": self.config.email, "password": self.config.password}
        send = partial(self._transport.post, url, credentials)
        try:
            key = self._retried(url, send, key_of)
        except FatalError:
            raise
        except MocoError as error:
            self._refusal = LoginError(f"the login failed: {error}")
            raise self._refusal from error
        self._learn_secret(key)
        return key

    def _retried(
        self, url: str, send: Callable[[], Answer], read: Callable[[Answer], Read]
    ) -> Read:
        """Send until there is a usable answer, a final one, or no more tries."""
        failures = 0
        while True:
            if self._refusal:
                raise self._refusal
            try:
                answer = send()
                if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                    self._pause_after_429(answer)
                    continue
                result = read(answer)
            except RetryError as error:
                failure = error
            except AnswerBoundError as error:
                raise AnswerBoundError(f"{self.path(url)}: {error}") from error
            except FatalError as error:
                self._refusal = error
                raise
            else:
                self._last_success = time.monotonic()
                return result
            failures += 1
            self._transport.start_afresh()
            if failures > self.config.max_retries:
                self._give_up(self.path(url), failures, failure)
            self._back_off(self.path(url), failures, failure)

    def _give_up(self, path: str, failures: int, failure: RetryError) -> NoReturn:
        """End a request that no try has bettered.

        Raises:
            UnreachableError: The host answers nothing else either.
            UnavailableError: It is this request alone.
        """
        after = f"after {failures} {'try' if failures == 1 else 'tries'}"
        if isinstance(failure, NoAnswerError) and not self._is_answering():
            host = urlsplit(self._transport.base_url).netloc
            self._refusal = UnreachableError(
                f"no usable answer from {host}: {failure}, {after}"
            )
            raise self._refusal
        raise UnavailableError(f"{path}: {failure}, {after}")

    def _is_answering(self) -> bool:
        """Ask for something small: any answer at all shows that the host is up."""
        try:
            self._transport.get(self.url("/session"))
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
        """Pause every request after a 429: others use the account's budget."""
        delay = retry_after(answer) or self._limiter.window
        waited = time.monotonic() - self._last_success
        if waited + delay > self.config.max_wait + self._limiter.window:
            msg = f"MOCO answered 429 for {waited:.0f} s without one success"
            raise UnavailableError(msg)
        if self._limiter.pause(delay):
            logger.info("MOCO's request limit is used up; waiting %.0f s", delay)


def _asked_at(answer: Answer) -> datetime | None:
    """Return a time by the server's clock before which it had not looked yet.

    `Date` is when it answered, which may be long after it counted the rows.
    """
    answered = server_time(answer)
    return answered - answer.elapsed if answered else None

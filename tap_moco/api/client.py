"""The only client of the tap: a GET becomes a page, signed, rate-limited, retried."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tap_moco.api.auth import key_of
from tap_moco.api.decoding import RepairLog
from tap_moco.api.errors import (
    FatalError,
    ForbiddenError,
    LoginError,
    MocoError,
    RefusedError,
)
from tap_moco.api.pagination import Page, next_link, total_rows
from tap_moco.api.rate_limit import RateLimiter
from tap_moco.api.responses import Answer, decode, raise_for_status, server_time
from tap_moco.api.transport import Transport
from tap_moco.api.tries import Tries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tap_moco.api.client_config import ClientConfig

Params = dict[str, str]

PAGING_HEADERS = ("Link", "X-Page", "X-Per-Page", "X-Total")


class Client:
    """Sends requests to MOCO: GET, and `POST /session` to get a key, nothing else.

    Args:
        config: How to reach the account.
        on_secret: Called with the key of a session, so that the log masks it.
        redact: Removes secrets from what an error shows of an answer.
        sleep: Waits for some seconds between tries; a test passes its own.
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
        self._limiter = RateLimiter(
            config.max_requests, config.period, at_once=config.concurrency
        )
        self._transport = Transport(config, self._limiter)
        for password in self._transport.proxy_passwords:
            on_secret(password)
        self._tries = Tries(config, self._transport, self._limiter, sleep)
        self.sleep = sleep
        self._login = threading.Lock()
        self._repairs = RepairLog()
        self._answered: set[str] = set()

    @property
    def requests(self) -> int:
        """Requests sent so far, retries included."""
        return self._limiter.begun

    def await_room(self, requests: int) -> None:
        """Wait until the budget has room for this many requests back to back."""
        self._limiter.await_room(requests)

    def close(self) -> None:
        """Log how many answers had to be repaired."""
        self._repairs.log()

    def url(self, path: str, params: Mapping[str, str] | None = None) -> str:
        """Return the address of a path under the base URL."""
        query = f"?{urlencode(params)}" if params else ""
        return f"{self._transport.base_url}{path}{query}"

    def path(self, url: str) -> str:
        """Return the path of an address under the base URL, for messages."""
        return self._transport.path(url)

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
            kind: The type that the body must have, `list` or `dict`.
            items: The type of a list's items.
            single: The address is that of one record, which may be gone.

        Raises:
            ForbiddenError, NotFoundError, PaginationError, AnswerBoundError: At once.
            RefusedError: MOCO denies it, but has answered this path before.
            UnavailableError: After all retries.
            FatalError: At once or after all retries; every later request raises it too.
        """
        self._authenticate()
        path = self.path(url)

        def read(answer: Answer) -> Page:
            raise_for_status(answer, single=single, redact=self._redact)
            note = partial(self._repairs.add, path)
            return _page(answer, url, decode(answer, kind, items, note))

        try:
            send = partial(self._transport.get, url)
            page = self._tries.until_usable(url, send, read)
        except ForbiddenError as denial:
            if path in self._answered:
                raise RefusedError(denial, path) from None
            raise
        self._answered.add(path)
        return page

    def _authenticate(self) -> None:
        """Make sure that there is a key; the first time, get it by logging in."""
        with self._login:
            if not self._transport.is_signed:
                self._transport.sign(self.config.api_key or self._new_key())

    def _new_key(self) -> str:
        """Return the user's key from `POST /session`.

        Raises:
            FatalError: MOCO gave no key; asking again could lock the user out.
        """
        url = self.url("/session")
        credentials = {"email": self.config.email, "password": self.config.password}
        send = partial(self._transport.post, url, credentials)
        try:
            key = self._tries.until_usable(url, send, key_of)
        except FatalError:
            raise
        except MocoError as error:
            raise self._tries.end(LoginError(f"the login failed: {error}")) from error
        self._learn_secret(key)
        return key


def _page(answer: Answer, url: str, body: Any) -> Page:
    """Return an answer as a page, its body decoded."""
    return Page(
        body=body,
        url=url,
        next_url=next_link(answer.headers, url),
        total=total_rows(answer.headers),
        moment=_asked_at(answer),
        is_paged=any(name in answer.headers for name in PAGING_HEADERS),
        sent=answer.sent,
        answered=answer.answered,
    )


def _asked_at(answer: Answer) -> datetime | None:
    """Return a time by the server's clock at which it had not counted the rows yet.

    `Date` is the time of the answer, which may be long after the count.
    """
    answered = server_time(answer)
    return answered - answer.elapsed if answered else None

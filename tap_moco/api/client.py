"""The one client of the tap: GET -> a page; authenticated, limited, retried."""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import getproxies

import requests
from requests.adapters import HTTPAdapter

from tap_moco.api.auth import TokenAuth
from tap_moco.api.errors import (
    ForbiddenError,
    MocoError,
    RefusedError,
    UnauthorizedError,
    UnavailableError,
)
from tap_moco.api.pagination import Page, next_link, total_rows
from tap_moco.api.rate_limit import LimitedSession, RateLimiter
from tap_moco.api.responses import (
    Answer,
    RetryError,
    decode,
    raise_for_status,
    retry_after,
    server_time,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from requests import PreparedRequest

logger = logging.getLogger("tap-moco.api")

Params = dict[str, str]

PAGING_HEADERS = ("Link", "X-Page", "X-Per-Page", "X-Total")


@dataclass(frozen=True)
class ClientConfig:
    """How to reach an account.

    Attributes:
        base_url: Ends in `/api/v1`.
        api_key: A key, or None where e-mail and password are exchanged for one.
        impersonate_user_id: Sent as `X-IMPERSONATE-USER-ID`.
        max_requests: Requests in any `period` seconds.
        concurrency: Requests under way at once, at most.
        connect_timeout, read_timeout: Seconds.
        max_retries: Tries after the first, for one request.
        max_wait: Seconds without one success that 429s are waited out.
    """

    base_url: str
    user_agent: str
    api_key: str | None = None
    email: str | None = None
    password: str | None = None
    impersonate_user_id: int | None = None
    max_requests: int = 120
    period: float = 120.0
    concurrency: int = 4
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    max_retries: int = 5
    max_wait: float = 900.0


class Client:
    """Asks MOCO. Sends GET, and `POST /session` to get a key, nothing else.

    Args:
        config: How to reach the account.
        on_secret: Told the key that a session gave, so that it is masked.
        sleep: Waits so many seconds between tries; a test brings its own.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        on_secret: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare the session; nothing is sent yet."""
        self.config = config
        self._learn_secret = on_secret
        self._sleep = sleep
        self._limiter = RateLimiter(
            config.max_requests, config.period, at_once=config.concurrency
        )
        self._session = LimitedSession(self._limiter)
        self._session.trust_env = False  # no .netrc in place of the key
        self._session.proxies = dict(getproxies())
        adapter = HTTPAdapter(pool_maxsize=config.concurrency + 1)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._session.headers["User-Agent"] = config.user_agent
        self._session.headers["Accept"] = "application/json"
        if config.impersonate_user_id:
            self._session.headers["X-IMPERSONATE-USER-ID"] = str(
                config.impersonate_user_id
            )
        self._template: PreparedRequest | None = None
        self._login = threading.Lock()
        self._refusal: MocoError | None = None
        self._answered: set[str] = set()
        self._last_success = time.monotonic()

    @property
    def requests(self) -> int:
        """Requests sent so far, retries included."""
        return self._limiter.begun

    def url(self, path: str, params: Mapping[str, str] | None = None) -> str:
        """Return the address of a path under the base URL."""
        query = f"?{urlencode(params)}" if params else ""
        return f"{self.config.base_url}{path}{query}"

    def path(self, url: str) -> str:
        """Return the path of an address under the base URL, for messages."""
        return url.removeprefix(self.config.base_url).partition("?")[0]

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
            UnauthorizedError, ForbiddenError, NotFoundError, PaginationError: At once.
            RefusedError: It is denied, although MOCO has answered this path before.
            UnavailableError: After all retries.
        """
        self._authenticate()
        path = self.path(url)
        try:
            answer, body = self._retried("GET", url, kind, items, single=single)
        except ForbiddenError as denial:
            if path in self._answered:
                raise RefusedError(denial, path) from None
            raise
        self._answered.add(path)
        return Page(
            body=body,
            url=url,
            next_url=next_link(answer.headers, url),
            total=total_rows(answer.headers),
            moment=_asked_at(answer),
            is_paged=any(name in answer.headers for name in PAGING_HEADERS),
        )

    def _authenticate(self) -> None:
        """Have a key; exchange e-mail and password for it the first time."""
        with self._login:
            if self._refusal:
                raise self._refusal  # asking again could lock the user out
            if self._session.auth:
                return
            try:
                key = self.config.api_key or self._new_key()
            except MocoError as error:
                self._refusal = error
                raise
            self._session.auth = TokenAuth(key, self.config.base_url)

    def _new_key(self) -> str:
        """Return the user's key from `POST /session`."""
        credentials = {"email": self.config.email, "password": self.config.password}
        _, body = self._retried("POST", self.url("/session"), dict, json=credentials)
        key = body.get("api_key")
        if not isinstance(key, str) or not key:
            raise UnauthorizedError("MOCO gave no key for email and password")
        self._learn_secret(key)
        return key

    def _retried(
        self,
        method: str,
        url: str,
        kind: type,
        items: type = dict,
        *,
        single: bool = False,
        **options: Any,
    ) -> tuple[Answer, Any]:
        """Send until there is a usable answer, a final one, or no more tries."""
        failures = 0
        while True:
            try:
                answer = self._send(method, url, **options)
                if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                    self._pause_after_429(answer)
                    continue
                raise_for_status(answer, single=single)
                body = decode(answer, kind, items)
            except RetryError as error:
                failures += 1
                self._back_off(failures, url, str(error))
            except UnauthorizedError as error:
                self._refusal = error
                raise
            else:
                self._last_success = time.monotonic()
                return answer, body

    def _send(self, method: str, url: str, **options: Any) -> Answer:
        """Send one request, and read the answer.

        Raises:
            RetryError: The connection failed, timed out or broke off.
        """
        if method == "GET":
            request = self._prepared(url)
        else:
            request = self._session.prepare_request(
                requests.Request(method, url, **options)
            )
        try:
            with self._session.send(
                request,
                timeout=(self.config.connect_timeout, self.config.read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer.read(response)
        except requests.exceptions.Timeout as error:
            raise RetryError("no answer in time") from error
        except requests.exceptions.RequestException as error:
            raise RetryError(_reason(error)) from error

    def _prepared(self, url: str) -> PreparedRequest:
        """Return a GET like the first one, for another address of the same host.

        To prepare one anew costs a third of the CPU of a page.
        """
        if self._template is None:
            self._template = self._session.prepare_request(requests.Request("GET", url))
        request = self._template.copy()
        request.url = requests.utils.requote_uri(url)
        return request

    def _back_off(self, failures: int, url: str, reason: str) -> None:
        """Wait before the next try: exponential, with full jitter."""
        path = self.path(url)
        if failures > self.config.max_retries:
            msg = f"{path}: {reason}, after {failures} tries"
            raise UnavailableError(msg)
        delay = random.uniform(0.5, 1) * min(2.0 ** (failures - 1), 60)
        logger.info("%s: %s; try %d in %.1f s", path, reason, failures + 1, delay)
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


def _reason(error: requests.exceptions.RequestException) -> str:
    """Name a failed connection without the address, which may hold secrets."""
    text = str(error).lower()
    for sign, reason in (
        ("name", "the host name cannot be resolved"),
        ("refused", "connection refused"),
        ("certificate", "the TLS certificate is not valid"),
        ("incomplete", "the answer broke off"),
        ("timed out", "no answer in time"),
        ("reset", "connection reset"),
        ("aborted", "connection closed without an answer"),
    ):
        if sign in text:
            return reason
    return f"the request failed ({type(error).__name__})"

"""Requests on the wire: where they go, through which proxy, and whom they trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import requests
import urllib3.exceptions
from requests.utils import get_environ_proxies, requote_uri

from tap_moco.api.auth import TokenAuth, canonical
from tap_moco.api.causes import cause, certificate_problem
from tap_moco.api.connections import InStepAdapter
from tap_moco.api.errors import PaginationError, UnreachableError
from tap_moco.api.rate_limit import LimitedSession
from tap_moco.api.responses import Answer, NoAnswerError, RetryError
from tap_moco.api.trust import environment_bundle, read_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import PreparedRequest

    from tap_moco.api.client_config import ClientConfig
    from tap_moco.api.rate_limit import RateLimiter

UNUSABLE = (
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
)
"""Errors in an address. The base URL was checked, so it is the address of a proxy."""


class Transport:
    """Sends one request and reads its answer; any thread may.

    Args:
        config: How to reach the account.
        limiter: Says when a request may begin.

    Attributes:
        base_url: As it is sent; every request has to begin with it.
    """

    def __init__(self, config: ClientConfig, limiter: RateLimiter) -> None:
        """Prepare the session; nothing is sent yet."""
        self._config = config
        self.base_url = canonical(config.base_url)
        self._session = session = LimitedSession(limiter)
        session.trust_env = False  # no .netrc in place of the key
        session.proxies = get_environ_proxies(self.base_url)
        adapter = InStepAdapter(
            max_seconds=config.max_response_seconds,
            trusted=read_bundle(config.ca_bundle) if config.ca_bundle else None,
            pool_maxsize=config.concurrency + 1,
        )
        if not config.ca_bundle:
            session.verify = environment_bundle() or True
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.headers["User-Agent"] = config.user_agent
        session.headers["Accept"] = "application/json"
        if config.impersonate_user_id:
            user = str(config.impersonate_user_id)
            session.headers["X-IMPERSONATE-USER-ID"] = user
        self._template: PreparedRequest | None = None

    @property
    def proxy_passwords(self) -> Iterator[str]:
        """The passwords of the proxies in the environment."""
        for proxy in self._session.proxies.values():
            try:
                password = urlsplit(proxy).password
            except ValueError:
                continue
            if password:
                yield unquote(password)

    @property
    def is_signed(self) -> bool:
        """Whether the key is known."""
        return self._session.auth is not None

    def sign(self, key: str) -> None:
        """Send this key from now on."""
        self._session.auth = TokenAuth(key, self.base_url)
        self._template = None

    def path(self, url: str) -> str:
        """Return the path of an address under the base URL, for messages."""
        return url.removeprefix(self.base_url).partition("?")[0]

    def start_afresh(self) -> None:
        """Close idle connections: what they still hold may belong to an old answer."""
        self._session.close()

    def get(self, url: str) -> Answer:
        """Send one GET, signed.

        Raises:
            PaginationError: The address is not below the base URL.
            RetryError, NoAnswerError: Another try may succeed.
            UnreachableError: No other try will succeed.
            AnswerBoundError: The answer is too large or too slow.
        """
        if not url.startswith(self.base_url):
            raise PaginationError("the tap requests no address outside of the API")
        return self._send(self._prepared(url))

    def post(self, url: str, json: Any) -> Answer:
        """Send one POST with a JSON body; it raises what `get` does."""
        request = requests.Request("POST", url, json=json)
        return self._send(self._session.prepare_request(request))

    def _send(self, request: PreparedRequest) -> Answer:
        try:
            with self._session.send(
                request,
                timeout=(self._config.connect_timeout, self._config.read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer.read(response, self._config.max_response_bytes)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
        ) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> RetryError | UnreachableError:
        """Return what a failed connection means."""
        host = urlsplit(self.base_url).netloc
        if problem := certificate_problem(error):
            return UnreachableError(f"{host}: the TLS certificate {problem}")
        if isinstance(error, UNUSABLE):
            return UnreachableError(
                f"{host}: the proxy that the environment names cannot be used "
                f"({type(error).__name__})"
            )
        return NoAnswerError(cause(error))

    def _prepared(self, url: str) -> PreparedRequest:
        """Return a GET like the first one, for another address of the same host.

        Preparing each request from scratch would cost a third of the CPU of a page.
        """
        if self._template is None:
            self._template = self._session.prepare_request(requests.Request("GET", url))
        request = self._template.copy()
        request.url = requote_uri(url)
        return request

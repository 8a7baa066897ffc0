"""Connections that stay in step: one request, one whole answer, in limited time.

`http.client` passes over the interim answer 100 and no other one, drops bytes
that follow an answer, and restarts its time-out with every byte that it gets.
"""

from __future__ import annotations

import io
import time
from functools import partial
from http import HTTPStatus
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.util.response import assert_header_parsing

from tap_moco.api.errors import AnswerBoundError

if TYPE_CHECKING:
    import socket

    from urllib3.connection import HTTPConnection
    from urllib3.connectionpool import HTTPConnectionPool
    from urllib3.poolmanager import PoolManager

    Base = HTTPConnection
else:
    Base = object

INTERIM = set(range(100, 200)) - {HTTPStatus.SWITCHING_PROTOCOLS}
"""Statuses that announce another answer to the same request."""

BODILESS = {
    HTTPStatus.SWITCHING_PROTOCOLS,
    HTTPStatus.NO_CONTENT,
    HTTPStatus.NOT_MODIFIED,
}
"""Statuses after which nobody reads a body, should one come all the same."""


class _Arriving(io.RawIOBase):
    """The bytes of an answer as a socket gets them, until time is up.

    Args:
        raw: Reads from the socket.
        sock: Its time-out is the silence that is allowed before each byte.
        max_seconds: From the first byte on.
    """

    def __init__(
        self, raw: io.RawIOBase, sock: socket.socket, max_seconds: float
    ) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._silence = sock.gettimeout()
        self._max_seconds = max_seconds
        self._deadline: float | None = None
        self.is_over = False

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there, or wait for it.

        Raises:
            AnswerBoundError: The whole answer takes too long.
            TimeoutError: The server was silent for too long.
        """
        if self.is_over:
            return 0
        remaining = self._remaining()
        try:
            count = self._raw.readinto(buffer)
        except TimeoutError:
            if remaining is None:
                raise
            raise self._too_slow() from None
        if self._deadline is None:
            self._deadline = time.monotonic() + self._max_seconds
        return count

    def _remaining(self) -> float | None:
        """Return the seconds left where these are fewer than the silence allowed."""
        if self._deadline is None:
            return None
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise self._too_slow()
        if self._silence is not None and remaining >= self._silence:
            return None
        self._sock.settimeout(remaining)
        return remaining

    def _too_slow(self) -> AnswerBoundError:
        return AnswerBoundError(
            f"the answer was not complete after {self._max_seconds:g} s "
            "(max_response_seconds)"
        )

    def close(self) -> None:
        """Give the socket back."""
        self._raw.close()
        super().close()


class _Reader(io.BufferedReader):
    """Reads an answer, and knows when it ends what came beyond it.

    Attributes:
        has_leftovers: Bytes had arrived that do not belong to the answer.
    """

    raw: _Arriving
    has_leftovers = False

    def close(self) -> None:
        """Note what is left in the buffer, and close."""
        if not self.closed:
            self.raw.is_over = True  # so that peek shows the buffer, and asks no more
            self.has_leftovers = bool(self.peek(1))
        super().close()


class FinalResponse(HTTPResponse):
    """The final answer to a request, whatever interim ones come before it."""

    def __init__(
        self, sock: socket.socket, *args: Any, max_seconds: float, **kwargs: Any
    ) -> None:
        """Read from the socket as `http.client` does, but in bounded time."""
        super().__init__(sock, *args, **kwargs)
        raw: Any = self.fp.detach()
        self.reader = _Reader(_Arriving(raw, sock, max_seconds))
        self.fp = self.reader

    def begin(self) -> None:
        """Read the status and the headers.

        Raises:
            HeaderParsingError: The headers are cut short by a line that is none;
                some, such as `Link`, may be lost.
        """
        super().begin()
        while self.status in INTERIM:
            self.headers = self.msg = None  # type: ignore[assignment] # begins anew
            super().begin()
        assert_header_parsing(self.headers)
        if self.status in BODILESS:
            self.will_close = True


class InStep(Base):
    """A connection that is used again only if its last answer ended where it said."""

    def __init__(self, *args: Any, max_seconds: float, **kwargs: Any) -> None:
        """Make a connection whose answers take `max_seconds` at most."""
        super().__init__(*args, **kwargs)
        self._max_seconds = max_seconds
        self._last: FinalResponse | None = None

    def response_class(self, *args: Any, **kwargs: Any) -> FinalResponse:  # type: ignore[override]
        """Return what `http.client` reads the answer with."""
        self._last = FinalResponse(*args, max_seconds=self._max_seconds, **kwargs)
        return self._last

    def getresponse(self) -> Any:
        """Return the answer; one that cannot be understood is closed."""
        try:
            return super().getresponse()
        except BaseException:
            if self._last:
                self._last.close()
            raise

    @property
    def is_connected(self) -> bool:
        """Whether the pool may use the connection once more."""
        is_in_step = self._last is None or not self._last.reader.has_leftovers
        return is_in_step and super().is_connected


class InStepAdapter(HTTPAdapter):
    """Sends over such connections, directly or by a proxy.

    Args:
        max_seconds: From the first byte of an answer to its last one.
        trusted: PEM text of certificates to trust besides the usual ones.
        **options: As `HTTPAdapter` takes them.
    """

    def __init__(
        self, *, max_seconds: float, trusted: str | None, **options: Any
    ) -> None:
        """Make the pools."""
        self._max_seconds = max_seconds
        self._tls: dict[str, Any] = {"ca_cert_data": trusted} if trusted else {}
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **{**kwargs, **self._tls})
        self._keep_in_step(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the pools of connections by a proxy."""
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs, **self._tls)
        if is_new:
            self._keep_in_step(manager)
        return manager

    def _keep_in_step(self, manager: PoolManager) -> None:
        """Have a manager's pools, whatever their kind, make our connections."""
        pools: dict[str, Any] = {
            scheme: partial(_pool_class(kind), max_seconds=self._max_seconds)
            for scheme, kind in manager.pool_classes_by_scheme.items()
        }
        manager.pool_classes_by_scheme = pools


def _pool_class(kind: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    connection = type("Connection", (InStep, kind.ConnectionCls), {})
    return type("Pool", (kind,), {"ConnectionCls": connection})

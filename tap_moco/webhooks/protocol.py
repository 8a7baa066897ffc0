"""HTTP that does not wait for ever for a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

REQUEST_SECONDS = 10.0
"""How long a request may take; MOCO itself gives up after this time."""

LAST_SECONDS = 2.0
"""The same while the server ends, which has to take less than 5 seconds."""


class BoundedProtocol(HttpToolsProtocol):
    """Cuts off a connection whose request is not complete in time.

    Uvicorn itself waits for ever for a first request, for the rest of its headers, and
    for the rest of a body that was answered early.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait(REQUEST_SECONDS)

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a request."""
        super().on_message_begin()
        self._wait(REQUEST_SECONDS)

    def on_message_complete(self) -> None:
        """End the wait, since the request is complete."""
        super().on_message_complete()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the wait, since nothing more can come."""
        self._stop_waiting()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Wait a little longer for the rest of a request, and for no new one."""
        is_waiting = self._deadline is not None
        super().shutdown()
        if is_waiting:
            self._wait(LAST_SECONDS)

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

"""The account behind a loopback port, in a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tap_moco.sandbox.app import API, Server
from tap_moco.sandbox.faults import TRANSPORT
from tap_moco.sandbox.question import Options, RateLimit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox.account import Account

HOST = "127.0.0.1"


class _Protocol(HttpToolsProtocol):
    """HTTP whose application can cut the connection."""

    def on_message_begin(self) -> None:
        """Put the connection where faults find it."""
        super().on_message_begin()
        self.scope[TRANSPORT] = self.transport  # type: ignore[literal-required]


class _Uvicorn(uvicorn.Server):
    """Uvicorn without ticks, so that it starts and ends at once."""

    def __init__(self, app: Server) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                date_header=False,  # the account's clock gives the time
                server_header=False,
                timeout_keep_alive=3600,
            )
        )
        self.listening = threading.Event()
        self._end = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait for the end."""
        self._loop = asyncio.get_running_loop()
        self.listening.set()
        await self._end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close everything, whatever is under way."""
        for server in self.servers:
            server.close()
        for opened in sockets or []:
            opened.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in self.server_state.tasks:
            task.cancel()

    def stop(self) -> None:
        """Let the loop end, which listens; to be called from another thread."""
        self._loop.call_soon_threadsafe(self._end.set)


@contextmanager
def serve(
    account: Account,
    *,
    port: int = 0,
    limit: tuple[int, float] | None = None,
    fixed_window: bool = False,
    **options: Any,
) -> Iterator[Server]:
    """Serve an account until the block ends.

    Args:
        account: What to serve.
        port: Where to listen; 0 for any free port.
        limit: So many requests in so many seconds are answered.
        fixed_window: See `RateLimit`.
        **options: See `Options`.
    """
    rate_limit = RateLimit(*limit, fixed_window) if limit else None
    # The protocol is named, or asyncio leaves Nagle's algorithm on: 40 ms an answer.
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((HOST, port))
    url = f"http://{HOST}:{opened.getsockname()[1]}{API}"
    server = Server(account, Options(**options, limit=rate_limit), url)
    running = _Uvicorn(server)
    thread = threading.Thread(
        target=lambda: asyncio.run(running.serve([opened])), daemon=True
    )
    thread.start()
    running.listening.wait()
    try:
        yield server
    finally:
        running.stop()
        thread.join(timeout=5)

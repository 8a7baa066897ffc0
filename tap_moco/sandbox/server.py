"""The account behind a loopback port, in a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from tap_moco.sandbox.app import API, Server
from tap_moco.sandbox.faults import TRANSPORT
from tap_moco.sandbox.question import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.routing import Router

    from tap_moco.sandbox.account import Account

HOST = "127.0.0.1"


class _Protocol(HttpToolsProtocol):
    """HTTP whose application can cut the connection."""

    def on_message_begin(self) -> None:
        """Put the connection where faults find it."""
        super().on_message_begin()
        self.scope[TRANSPORT] = self.transport  # type: ignore[literal-required]


async def _answer(app: Router, opened: socket.socket, started: Future[Any]) -> None:
    """Answer until what `started` is given is called, from another thread.

    Uvicorn's own server would let both ends wait for its next tick.
    """
    config = Config(
        app, ws="none", log_config=None, access_log=False, timeout_keep_alive=3600
    )
    config.load()
    loop, state, ended = asyncio.get_running_loop(), ServerState(), asyncio.Event()
    protocol = partial(_Protocol, config, state, {})
    listener = await loop.create_server(protocol, sock=opened)
    started.set_result(partial(loop.call_soon_threadsafe, ended.set))
    await ended.wait()
    listener.close()
    for connection in list(state.connections):
        connection.transport.abort()


@contextmanager
def serve(account: Account, *, port: int = 0, **options: Any) -> Iterator[Server]:
    """Serve an account until the block ends; port 0 is any free one; see `Options`."""
    # The protocol is named, or asyncio leaves Nagle's algorithm on: 40 ms an answer.
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((HOST, port))
    url = f"http://{HOST}:{opened.getsockname()[1]}{API}"
    server = Server(account, Options(**options), url)
    started: Future[Any] = Future()
    answering = _answer(server.app, opened, started)
    thread = threading.Thread(target=asyncio.run, args=(answering,), daemon=True)
    thread.start()
    stop = started.result()
    try:
        yield server
    finally:
        stop()
        thread.join(timeout=5)

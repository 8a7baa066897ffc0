"""A server that writes raw bytes to its sockets: for what no HTTP server sends."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator

    Part = bytes | float | None
    Script = Callable[["Request"], Iterable[Part]]
    """What to send: bytes, a pause in seconds, or None to hang up."""


@dataclass(frozen=True)
class Request:
    """One request, and which of the server's connections brought it."""

    path: str
    head: str
    connection: int
    number: int
    """Counted from 1, over all connections."""


@dataclass
class Wire:
    """What the server was asked, and where it is."""

    port: int
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """The base URL that a tap is given."""
        return f"{self.scheme}://127.0.0.1:{self.port}/api/v1"

    def asked(self, path: str) -> list[Request]:
        """Return the requests for a path."""
        return [one for one in self.requests if one.path == path]


def answer(
    body: Any, status: str = "200 OK", length: int | None = None, **headers: object
) -> bytes:
    """Return an answer as it should be, but for what is asked for."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json"]
    lines.append(f"Content-Length: {len(data) if length is None else length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


def row_of(path: str) -> dict[str, Any]:
    """Return a row that says of which list it is."""
    return {"id": 1, "name": f"of {path}", "created_at": "2020-01-01T00:00:00Z"}


@contextlib.contextmanager
def wire(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """Serve raw bytes, over TLS where a context is given."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        state = Wire(listener.getsockname()[1], "https" if tls else "http")
        arguments = (listener, state, script, tls)
        threading.Thread(target=_accept, args=arguments, daemon=True).start()
        yield state
        with contextlib.suppress(OSError):  # which wakes up who accepts
            listener.shutdown(socket.SHUT_RDWR)


def _accept(
    listener: socket.socket, state: Wire, script: Script, tls: ssl.SSLContext | None
) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        state.connections += 1
        arguments = (connection, state, script, tls, state.connections)
        threading.Thread(target=_serve, args=arguments, daemon=True).start()


def _serve(
    connection: socket.socket,
    state: Wire,
    script: Script,
    tls: ssl.SSLContext | None,
    number: int,
) -> None:
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        stack.enter_context(connection)
        connection.settimeout(10)
        if tls:
            connection = stack.enter_context(
                tls.wrap_socket(connection, server_side=True)
            )
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while request := _read(connection, state, number):
            for part in script(request):
                if part is None:
                    return
                if isinstance(part, bytes):
                    connection.sendall(part)
                else:
                    time.sleep(part)


def _read(connection: socket.socket, state: Wire, number: int) -> Request | None:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(1 << 16)
        if not piece:
            return None
        head += piece
    target = head.split(b" ", 2)[1].decode()
    path = urlsplit(target).path.removeprefix("/api/v1")
    request = Request(path, head.decode(), number, len(state.requests) + 1)
    state.requests.append(request)
    return request

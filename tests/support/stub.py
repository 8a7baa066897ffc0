"""A server that answers whatever a test wants: for what the sandbox never does."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .runs import Params

    Part = bytes | float | None
    """What to send: bytes, a pause in seconds, or None to hang up."""

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Request:
    """One request, and which of the server's connections brought it.

    Attributes:
        target: The path and the query as they were sent.
        head: All bytes before the body.
        number: Counted from 1, over all connections.
    """

    method: str
    target: str
    head: str
    connection: int
    number: int

    @property
    def path(self) -> str:
        """The path below the base URL."""
        return urlsplit(self.target).path.removeprefix(PREFIX)

    @property
    def query(self) -> Params:
        """The parameters."""
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def page(self) -> int:
        """The number of the page, which is the first one where none is named."""
        return int(self.query.get("page", 1))

    @property
    def headers(self) -> dict[str, str]:
        """The headers, their names in small letters."""
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return {name.lower(): value.strip() for name, _, value in lines if name}


@dataclass
class Answer:
    """A body, as JSON or as bytes, and headers.

    Attributes:
        headers: Those besides Content-Length and Date; `{base}` is the base URL.
    """

    body: Any = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200

    def encoded(self, base: str) -> bytes:
        """Return what goes over the wire."""
        data = self.body if isinstance(self.body, bytes) else _json(self.body)
        own = {"Content-Length": str(len(data)), "Date": formatdate(usegmt=True)}
        given = {n: v.replace("{base}", base) for n, v in self.headers.items()}
        return _head(f"{self.status} {_phrase(self.status)}", {**own, **given}) + data


def raw(
    body: Any, status: str = "200 OK", length: int | None = None, **headers: object
) -> bytes:
    """Return the bytes of an answer that is right but for what is given."""
    data = body if isinstance(body, bytes) else _json(body)
    own = {
        "Content-Type": "application/json",
        "Content-Length": len(data) if length is None else length,
    }
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return _head(status, {**own, **given}) + data


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""


def _head(status: str, headers: Mapping[str, object]) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{n}: {v}" for n, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def paged(rows: list[Any], query: Params, path: str = "/things") -> Answer:
    """Answer a page of a list of these rows as MOCO does."""
    number, size = int(query.get("page", 1)), int(query.get("per_page", 100))
    headers = {"X-Total": str(len(rows)), "X-Page": str(number)}
    if number * size < len(rows):
        following = urlencode({**query, "page": number + 1})
        headers["Link"] = f'<{{base}}{path}?{following}>; rel="next"'
    return Answer(rows[(number - 1) * size : number * size], headers)


def row_of(path: str) -> dict[str, Any]:
    """Return a row that says of which list it is."""
    return {"id": 1, "name": f"of {path}", "created_at": "2020-01-01T00:00:00Z"}


@dataclass
class Stub:
    """Where the server is, and what it was asked."""

    port: int = 0
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """The base URL that a tap is given."""
        return f"{self.scheme}://127.0.0.1:{self.port}{PREFIX}"

    @property
    def asked(self) -> list[tuple[str, Params]]:
        """The path and the parameters of each request."""
        return [(request.path, request.query) for request in self.requests]

    def of(self, path: str) -> list[Request]:
        """Return the requests for a path."""
        return [request for request in self.requests if request.path == path]


@contextlib.contextmanager
def stub(
    script: Callable[[Request], Answer | Iterable[Part]],
    tls: ssl.SSLContext | None = None,
) -> Iterator[Stub]:
    """Answer each request as the script says, over TLS where a context is given."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        state = Stub(listener.getsockname()[1], "https" if tls else "http")
        server = _Server(state, script, tls)
        threading.Thread(target=server.accept, args=(listener,), daemon=True).start()
        try:
            yield state
        finally:
            with contextlib.suppress(OSError):  # which wakes up who accepts
                listener.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serving(answer: Callable[[str, Params], Answer]) -> Iterator[Stub]:
    """Serve what the function says of a path and its parameters."""
    with stub(lambda request: answer(request.path, request.query)) as server:
        yield server


@dataclass
class _Server:
    """One thread per connection; the script is called by one at a time."""

    state: Stub
    script: Callable[[Request], Answer | Iterable[Part]]
    tls: ssl.SSLContext | None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def accept(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.state.connections += 1
            given = (connection, self.state.connections)
            threading.Thread(target=self._serve, args=given, daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            connection.settimeout(10)
            if self.tls:
                connection = stack.enter_context(
                    self.tls.wrap_socket(connection, server_side=True)
                )
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while head := _read(connection):
                for part in self._parts(head, number):
                    if part is None:
                        return
                    if isinstance(part, bytes):
                        connection.sendall(part)
                    else:
                        time.sleep(part)

    def _parts(self, head: str, connection: int) -> Iterable[Part]:
        method, target, _ = head.split(" ", 2)
        with self._lock:
            number = len(self.state.requests) + 1
            request = Request(method, target, head, connection, number)
            self.state.requests.append(request)
            said = self.script(request)
        return [said.encoded(self.state.url)] if isinstance(said, Answer) else said


def _read(connection: socket.socket) -> str:
    """Read one request; return its head, or nothing where the client hung up."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(1 << 16)
        if not piece:
            return ""
        data += piece
        if not data[:1].isalpha():
            return "GET / TLS"  # no server of HTTP waits for more of a handshake
    head, _, body = data.partition(b"\r\n\r\n")
    text = head.decode("latin-1")
    for line in text.lower().split("\r\n"):
        if line.startswith("content-length:"):
            left = int(line.partition(":")[2]) - len(body)
            while left > 0 and (piece := connection.recv(left)):
                left -= len(piece)
    return text

"""A server that answers whatever a test wants: for what the sandbox never does."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tap_moco.api.client import Client
from tap_moco.api.client_config import ClientConfig
from tap_moco.api.fetcher import Fetcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .runs import Params


@dataclass
class Answer:
    """A body and headers, with `{base}` for the server's own address."""

    body: Any = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


def paged(rows: list[Any], query: Params, path: str = "/things") -> Answer:
    """Answer a page of a list of these rows as MOCO does."""
    number, size = int(query.get("page", 1)), int(query.get("per_page", 100))
    headers = {"X-Total": str(len(rows)), "X-Page": str(number)}
    if number * size < len(rows):
        following = urlencode({**query, "page": number + 1})
        headers["Link"] = f'<{{base}}{path}?{following}>; rel="next"'
    return Answer(rows[(number - 1) * size : number * size], headers)


@dataclass
class Stub:
    """A server under way, and what it was asked."""

    base: str = ""
    asked: list[tuple[str, Params]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    @property
    def pages(self) -> list[str]:
        """The pages that were asked for."""
        return [query.get("page", "1") for _, query in self.asked]

    def client(self, concurrency: int = 1) -> Client:
        """Return a client that knows the key."""
        return Client(
            ClientConfig(
                self.base,
                "test",
                api_key="stub-key",
                max_requests=1000,
                period=1.0,
                concurrency=concurrency,
                max_retries=0,
            )
        )

    def read(self, concurrency: int = 1) -> list[Any]:
        """Return the bodies of all pages of a list."""
        reader = Fetcher(self.client(concurrency))
        first = reader.get(reader.url("/things", {"a": "1 2", "per_page": "100"}))
        return [page.body for page in reader.pages(first)]


@contextmanager
def serving(answer: Callable[[str, Params], Answer]) -> Iterator[Stub]:
    """Serve what the function says of a path and its parameters."""
    stub = Stub()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            path = parts.path.removeprefix("/api/v1")
            with lock:
                stub.asked.append((path, query))
                stub.keys.append(self.headers.get("Authorization"))
                said = answer(path, query)
            body = json.dumps(said.body).encode()
            self.send_response(said.status)
            for name, text in said.headers.items():
                self.send_header(name, text.replace("{base}", stub.base))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.base = f"http://127.0.0.1:{server.server_port}/api/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()

"""The HTTP side: keys, the limit, faults, and the log of requests."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from tap_moco.sandbox.api import Answer, Api, Request
from tap_moco.sandbox.control import CONTROLS
from tap_moco.sandbox.faults import Faults, Silent, retry_after
from tap_moco.sandbox.lists import Behaviour
from tap_moco.sandbox.rows import dump
from tap_moco.sandbox.specials import me, session

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.limit import RateLimit

API, CONTROL = "/api/v1", "/sandbox/"
KEY = "sandbox-key"
EMAIL, PASSWORD = "demo@example.com", "sandbox-password"
AUTHORIZED = frozenset(
    f"{scheme}{quote}{KEY}{quote}"
    for scheme, quote in (("Token token=", ""), ("Token token=", '"'), ("Bearer ", ""))
)
NO_KEY = Answer(b'{"message":"Invalid API key."}', 401)
NO_METHOD = Answer(status=405)
TOO_MANY = Answer(b'{"message":"Too many requests"}', 429)
SMALLEST_GZIP = 1000
GZIP = 31
"""What zlib calls gzip."""


@dataclass
class Entry:
    """A request that came in, and the status it got."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    status: int = 0
    """0 while there is no answer, and where there never was one."""
    time: float = field(default_factory=time.time)


@dataclass
class Options:
    """How the server behaves."""

    latency: float = 0.0
    limit: RateLimit | None = None
    before_request: Callable[[Entry, Account], object] | None = None
    behaviour: Behaviour = field(default_factory=Behaviour)
    max_per_page: int = 100
    gzip: bool = True


class App:
    """An ASGI application that answers for an account."""

    def __init__(self, account: Account, options: Options) -> None:
        """Prepare to answer."""
        self.account = account
        self.options = options
        self.requests: list[Entry] = []
        self.rejected = 0
        self.max_in_flight = 0
        self.faults = Faults()
        self.base = ""
        self._start = account.snapshot()
        self._in_flight = 0
        self._api = Api(account, options.behaviour, options.max_per_page)

    def clear(self) -> None:
        """Forget all requests and faults."""
        self.requests.clear()
        self.faults.clear()
        self.rejected = self.max_in_flight = 0

    def reset(self) -> None:
        """Make everything what it was at the start."""
        self.clear()
        self.account.restore(self._start)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path, query = scope["path"], scope["query_string"].decode()
        if path.startswith(CONTROL):
            response = self._control(scope, await _body(receive))
        elif path == API or path.startswith(API + "/"):
            headers = {n.decode(): v.decode("latin-1") for n, v in scope["headers"]}
            entry = Entry(
                scope["method"],
                path[len(API) :],
                parse_qsl(query, keep_blank_values=True),
                headers,
            )
            response = await self._counted(entry, query, receive)
        else:
            response = Response(status_code=404)
        await response(scope, receive, send)

    def _control(self, scope: Scope, body: bytes) -> Response:
        status, value = CONTROLS.answer(self, scope["method"], scope["path"], body)
        return Response(dump(value), status, media_type="application/json")

    async def _counted(self, entry: Entry, query: str, receive: Receive) -> Response:
        self.requests.append(entry)
        self._in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self._in_flight)
        try:
            body = await _body(receive) if entry.method == "POST" else b""
            if self.options.latency:
                await asyncio.sleep(self.options.latency)
            response = self._answered(entry, query, body)
        finally:
            self._in_flight -= 1
        entry.status = 0 if isinstance(response, Silent) else response.status_code
        return response

    def _answered(self, entry: Entry, query: str, body: bytes) -> Response:
        with self.account.lock:
            if self.options.before_request:
                self.options.before_request(entry, self.account)
            limit = self.options.limit
            if limit and (wait := limit.wait()):
                self.rejected += 1
                now = self.account.clock().astimezone(timezone.utc)
                more = retry_after(limit.retry_after, wait, now)
                return self._response(entry, Answer(TOO_MANY.body, 429, more))
            fault = self.faults.due(entry.path, query)
            answer = self._answer(entry, body)
            if fault is None:
                return self._response(entry, answer)
            return fault.response(_plain(answer, self._headers(answer)))

    def _answer(self, entry: Entry, body: bytes) -> Answer:
        if entry.path == "/session" and entry.method == "POST":
            return self._log_in(body)
        if entry.method != "GET":
            return NO_METHOD
        if entry.headers.get("authorization", "") not in AUTHORIZED:
            return NO_KEY
        staff = "x-impersonate-user-id" in entry.headers
        return self._api.answer(
            Request(self.base, entry.path, entry.query, staff=staff)
        )

    def _log_in(self, body: bytes) -> Answer:
        try:
            given = json.loads(body)
        except ValueError:
            given = None
        if given != {"email": EMAIL, "password": PASSWORD}:
            return NO_KEY
        user = me(self.account)
        who = session(self.account)
        names = {n: user[n] for n in ("firstname", "lastname")}
        return Answer(dump({"api_key": KEY, **who, "email": EMAIL, **names}))

    # ---- bytes

    def _headers(self, answer: Answer) -> dict[str, str]:
        now = self.account.clock().astimezone(timezone.utc)
        return {
            "date": format_datetime(now, usegmt=True),
            "content-type": "application/json; charset=utf-8",
            "etag": f'W/"{zlib.crc32(answer.body):08x}"',
            "x-request-id": f"{len(self.requests):032x}",
            **answer.headers,
        }

    def _response(self, entry: Entry, answer: Answer) -> Response:
        headers = self._headers(answer)
        accepts = "gzip" in entry.headers.get("accept-encoding", "")
        if not (accepts and self.options.gzip and len(answer.body) > SMALLEST_GZIP):
            return _plain(answer, headers)
        headers["content-encoding"] = "gzip"
        return Response(_gzip(answer.body), answer.status, headers)


def _plain(answer: Answer, headers: dict[str, str]) -> Response:
    return Response(answer.body, answer.status, headers)


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(1, wbits=GZIP)
    return packer.compress(body) + packer.flush()


async def _body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message: Any = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)

"""The HTTP side: keys, the limit, faults, and the log of requests."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from tap_moco.sandbox.api import Api, answer
from tap_moco.sandbox.control import control_routes
from tap_moco.sandbox.faults import Broken, Faults, Silent
from tap_moco.sandbox.lists import Behaviour
from tap_moco.sandbox.objects import login

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.rate_limit import RateLimit

API = "/api/v1"
KEY = "sandbox-key"
EMAIL, PASSWORD = "demo@example.com", "sandbox-password"
AUTHORIZED = frozenset({f"Token token={KEY}", f'Token token="{KEY}"', f"Bearer {KEY}"})
SMALLEST_GZIP = 1000


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
    """How the account is served."""

    latency: float = 0.0
    """Seconds that pass before each answer."""
    limit: RateLimit | None = None
    before_request: Callable[[Entry, Account], object] | None = None
    """Called with each request under the account's lock; may change the account, but
    must not ask the server."""
    behaviour: Behaviour = field(default_factory=Behaviour)
    max_per_page: int = 100


class App:
    """An ASGI application that answers for an account.

    Attributes:
        requests: Every request to the API so far, whatever the answer was.
        rejected: How many requests were over the limit.
        max_in_flight: How many requests there were at once, at most.
        faults: What is to go wrong.
    """

    def __init__(self, account: Account, options: Options) -> None:
        """Prepare to answer."""
        self.account = account
        self.requests: list[Entry] = []
        self.rejected = self.max_in_flight = self._in_flight = 0
        self.faults = Faults()
        self._options = options
        self._start = account.snapshot()
        api = Api(account, options.behaviour, options.max_per_page)
        session = Route("/session", self._log_in, methods=["POST"])
        self._api = Router([session, *api.routes()], default=_not_found)
        controls = control_routes(
            account, self.faults, reset=self.reset, stats=self.stats
        )
        routes = [Mount("/sandbox", routes=controls), Mount(API, app=self._guarded)]
        self._router = Router(routes, default=_not_found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._router(scope, receive, send)

    def clear(self) -> None:
        """Forget all requests and faults."""
        self.requests.clear()
        self.faults.clear()
        self.rejected = self.max_in_flight = 0

    def reset(self) -> None:
        """Make everything what it was at the start."""
        with self.account.lock:
            self.clear()
            self.account.restore(self._start)

    def stats(self) -> dict[str, int]:
        """Count the requests: all, those over the limit, and the most at once."""
        return {
            "requests": len(self.requests),
            "rejected": self.rejected,
            "max_in_flight": self.max_in_flight,
        }

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request to the API, as far as limit, faults and key let it."""
        entry = Entry(
            scope["method"],
            scope["path"].removeprefix(API),
            parse_qsl(scope["query_string"].decode(), keep_blank_values=True),
            {name.decode(): text.decode("latin-1") for name, text in scope["headers"]},
        )
        self.requests.append(entry)
        self._in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self._in_flight)
        try:
            await asyncio.sleep(self._options.latency)
            response = await self._respond(entry, scope, receive)
        finally:
            self._in_flight -= 1
        entry.status = 0 if isinstance(response, Silent) else response.status_code
        app: ASGIApp = response
        if not isinstance(response, Broken):
            app = GZipMiddleware(response, SMALLEST_GZIP, compresslevel=1)
        await app(scope, receive, send)

    async def _respond(self, entry: Entry, scope: Scope, receive: Receive) -> Response:
        with self.account.lock:
            if self._options.before_request:
                self._options.before_request(entry, self.account)
            if refusal := self._refusal():
                return self._dated(refusal)
            fault = self.faults.due(entry.path, scope["query_string"].decode())
        is_login = (entry.method, entry.path) == ("POST", "/session")
        response = _no_key()
        if is_login or entry.headers.get("authorization") in AUTHORIZED:
            response = await _response_of(self._api, scope, receive)
        dated = self._dated(response)
        return fault.response(dated) if fault else dated

    def _refusal(self) -> Response | None:
        limit = self._options.limit
        if limit is None or limit.admits_one():
            return None
        self.rejected += 1
        return answer({"message": "Too many requests"}, 429)

    def _dated(self, response: Response) -> Response:
        now = self.account.clock().astimezone(timezone.utc)
        response.headers["date"] = format_datetime(now, usegmt=True)
        return response

    async def _log_in(self, request: Request) -> Response:
        try:
            given = json.loads(await request.body())
        except ValueError:
            given = None
        if given != {"email": EMAIL, "password": PASSWORD}:
            return _no_key()
        return answer({"api_key": KEY, "email": EMAIL, **login(self.account)})


def _no_key() -> Response:
    return answer({"message": "Invalid API key."}, 401)


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=404)(scope, receive, send)


async def _response_of(app: ASGIApp, scope: Scope, receive: Receive) -> Response:
    """Return what an application answers, before it is sent."""
    response = Response()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            response.status_code = message["status"]
            response.raw_headers = list(message["headers"])
        else:
            response.body = message.get("body", b"")

    await app(scope, receive, send)
    return response

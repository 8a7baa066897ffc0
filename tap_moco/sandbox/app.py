"""The HTTP side: keys, the limit, faults, the log of requests, and control."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from tap_moco.sandbox.api import Api, answer
from tap_moco.sandbox.evolve import evolve
from tap_moco.sandbox.faults import Broken, Faults, wrong
from tap_moco.sandbox.objects import session

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.question import Options

    Command = Callable[[dict[str, Any]], object]

API = "/api/v1"
KEY = "sandbox-key"
EMAIL, PASSWORD = "demo@example.com", "sandbox-password"
AUTHORIZED = frozenset({f"Token token={KEY}", f'Token token="{KEY}"', f"Bearer {KEY}"})
NOT_FOUND = Response(status_code=404)


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


class Server:
    """Answers for an account, unless faults are due, and counts its requests.

    Attributes:
        url: Of its API.
        requests: All to the API so far, whatever the answer was.
        rejected: How many of them were over the limit.
        max_in_flight: How many there were at once, at most.
    """

    def __init__(self, account: Account, options: Options, url: str) -> None:
        """Prepare to answer."""
        self.account, self.url = account, url
        self.requests: list[Entry] = []
        self.rejected = self.max_in_flight = self._in_flight = 0
        self.faults = Faults()
        self._options = options
        self._admitted: list[float] = []
        self._restore = account.snapshot()
        log_in = Route("/session", self._log_in, methods=["POST"])
        self._api = Router([log_in, *Api(account, options).routes()], default=NOT_FOUND)
        mounts = [Mount("/sandbox", routes=_controls(self)), Mount(API, self._guarded)]
        self.app = Router(mounts, default=NOT_FOUND)

    def clear(self) -> None:
        """Forget all requests and faults."""
        self.requests.clear()
        self.faults.clear()
        self.rejected = self.max_in_flight = 0

    def reset(self) -> None:
        """Make everything what it was at the start."""
        with self.account.lock:
            self.clear()
            self._restore()

    def stats(self) -> dict[str, object]:
        """Count the requests: all, those over the limit, the most at once; and rows."""
        return {
            "requests": len(self.requests),
            "rejected": self.rejected,
            "max_in_flight": self.max_in_flight,
            "collections": {n: len(found) for n, found in self.account.records.items()},
        }

    def _is_over_limit(self) -> bool:
        """Count a request, unless there were too many."""
        if not self._options.limit:
            return False
        (requests, seconds), now = self._options.limit, time.monotonic()
        window = now % seconds if self._options.fixed_window else seconds
        self._admitted = [at for at in self._admitted if at >= now - window]
        is_over = len(self._admitted) >= requests
        self._admitted += [] if is_over else [now]
        return is_over

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request to the API, as far as limit, faults and key let it."""
        request = Request(scope)
        entry = Entry(
            request.method,
            scope["path"].removeprefix(API),
            request.query_params.multi_items(),
            dict(request.headers.items()),
        )
        self.requests.append(entry)
        self._in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self._in_flight)
        try:
            await asyncio.sleep(self._options.latency)
            response = await self._respond(entry, scope, receive)
        finally:
            self._in_flight -= 1
        entry.status = response.status_code
        zipped = GZipMiddleware(response, minimum_size=1000, compresslevel=1)
        app = response if isinstance(response, Broken) else zipped
        await app(scope, receive, send)

    async def _respond(self, entry: Entry, scope: Scope, receive: Receive) -> Response:
        hook, fault = self._options.before_request, None
        login = (entry.method, entry.path) == ("POST", "/session")
        app: ASGIApp = self._api
        with self.account.lock:
            if hook:
                hook(entry, self.account)
            if self._is_over_limit():
                self.rejected += 1
                app = wrong("429")
            else:
                fault = self.faults.due(entry.path, scope["query_string"].decode())
                if not login and entry.headers.get("authorization") not in AUTHORIZED:
                    app = wrong("401")
        response = await _response_of(app, scope, receive)
        now = self.account.clock().astimezone(timezone.utc)
        response.headers["date"] = format_datetime(now, usegmt=True)
        return fault.response(response) if fault else response

    async def _log_in(self, request: Request) -> Response:
        with suppress(ValueError):
            if await request.json() == {"email": EMAIL, "password": PASSWORD}:
                key = {"api_key": KEY, "email": EMAIL}
                return answer(key | session(self.account))
        return wrong("401")


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


def _controls(server: Server) -> list[Route]:
    """Return the requests that change the sandbox, for who is outside of it."""
    account = server.account
    posts: dict[str, Command] = {
        "insert": lambda it: account.insert(it["collection"], **it.get("fields", {})),
        "update": lambda it: account.update(it["collection"], it["id"], **it["fields"]),
        "archive": lambda it: account.archive(it["collection"], it["id"]),
        "delete": lambda it: account.delete(it["collection"], it["id"]),
        "add_field": lambda it: account.added[it["collection"]].update(
            {it["name"]: it["default"]}
        ),
        "evolve": lambda it: evolve(account, it.get("changes", 100), it.get("seed", 1)),
        "faults": lambda it: _set_faults(server.faults, **it),
        "reset": lambda _: server.reset(),
    }
    gets: dict[str, Command] = {
        "stats": lambda _: server.stats(),
        "rows/{name}": lambda it: account.rows(it["name"]),
    }
    return [
        Route(f"/{path}", partial(_control, account, do), methods=[method])
        for method, commands in (("POST", posts), ("GET", gets))
        for path, do in commands.items()
    ]


def _set_faults(faults: Faults, **given: Any) -> None:
    if "rate" in given:
        faults.random(given["rate"], given.get("seed", 1), given["kinds"])
    elif given:
        faults.add(**given)
    else:
        faults.clear()


async def _control(account: Account, do: Command, request: Request) -> Response:
    """Take a JSON object, and answer with what was done."""
    try:
        given = json.loads(await request.body() or b"{}")
        with account.lock:
            done = do({**given, **request.path_params})
        return answer({} if done is None else done)
    except KeyError as error:
        return answer({"message": f"not known, or not given: {error.args[0]}"}, 400)
    except (ValueError, TypeError) as error:
        return answer({"message": str(error)}, 400)

"""Answers that a server gives on a bad day."""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import Receive, Scope, Send

TRANSPORT = "sandbox.transport"
"""The key of the connection's transport in a request's scope."""
HTML = b"<!DOCTYPE html><html><body><h1>Wartungsarbeiten</h1></body></html>"
ANSWERS: dict[str, tuple[int, bytes]] = {
    "html": (200, HTML),
    "object": (200, b'{"message":"Something else"}'),
    "empty": (200, b""),
    "400": (400, b'{"message":"Bad request"}'),
    "401": (401, b'{"message":"Invalid API key."}'),
    "403": (403, b'{"errors":["Access denied"]}'),
    "404": (404, b""),
    "422": (422, '{"base":["ist nicht verfügbar"]}'.encode()),
    "429": (429, b'{"message":"Too many requests"}'),
    "500": (500, b"Internal Server Error"),
    "502": (502, HTML),
    "503": (503, b"Service Unavailable"),
    "redirect": (302, b""),
}
"""Complete answers that have nothing to do with what was asked."""
KINDS = frozenset({*ANSWERS, "cut_json", "reset", "timeout", "truncated"})


def wrong(kind: str) -> Response:
    """Return one of these answers."""
    status, body = ANSWERS[kind]
    headers = {"location": "http://elsewhere.invalid/"} if kind == "redirect" else {}
    media_type = "text/html" if body == HTML else "application/json"
    return Response(body, status, headers, media_type)


class Broken(Response):
    """A connection that is cut: after half of a body, or after a wait for nothing."""

    def __init__(self, half: bytes, headers: Mapping[str, str], wait: float) -> None:
        """Prepare to send what there is."""
        super().__init__(half, 200 if half else 0, headers)
        self._wait = wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, or wait, unless the client leaves first; and close."""
        if self.body:
            start = {"type": "http.response.start", "status": self.status_code}
            await send({**start, "headers": self.raw_headers})
            body = {"type": "http.response.body", "body": self.body}
            await send({**body, "more_body": True})
            scope[TRANSPORT].close()
        else:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(_disconnect(receive), self._wait)
            scope[TRANSPORT].abort()
        await _disconnect(receive)


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@dataclass
class Fault:
    """What goes wrong, and with which requests."""

    kind: str
    """One of KINDS."""
    match: str = ""
    """A regular expression, searched in `/path?query`."""
    nth: int = 1
    """The first matching request that fails, counted from 1."""
    times: int | None = 1
    """How many of them fail from there on; None for all."""
    seconds: float = 30.0
    """How long a `timeout` hangs."""
    seen: int = 0

    def is_due(self, path: str, query: str) -> bool:
        """Count a request; return whether it fails."""
        if not any(re.search(self.match, text) for text in (path, f"{path}?{query}")):
            return False
        self.seen += 1
        is_late = self.times is not None and self.seen >= self.nth + self.times
        return self.seen >= self.nth and not is_late

    def response(self, real: Response) -> Response:
        """Return the wrong answer in place of the real one."""
        if self.kind in ANSWERS:
            return wrong(self.kind)
        half, headers = bytes(real.body)[: len(real.body) // 2], dict(real.headers)
        if self.kind == "cut_json":
            del headers["content-length"]
            return Response(half or b"[", headers=headers)
        if self.kind == "truncated":
            return Broken(half, headers, 0)
        return Broken(b"", {}, self.seconds if self.kind == "timeout" else 0)


class Faults:
    """The faults that are still to come; `met` counts those that have been."""

    def __init__(self) -> None:
        """Start without any."""
        self.clear()

    def clear(self) -> None:
        """Let all go well again."""
        self.met = 0
        self._faults: list[Fault] = []
        self.random(0.0, 0, ())

    def add(self, kind: str, match: str = "", **details: Any) -> None:
        """Let requests fail whose path the pattern finds: see `Fault`."""
        if kind not in KINDS:
            raise ValueError(f"no such fault: {kind}")
        self._faults.append(Fault(kind, match, **details))

    def random(self, rate: float, seed: int, kinds: Iterable[str]) -> None:
        """Let any request fail with this probability, in one of these ways."""
        self._rate, self._kinds = rate, tuple(kinds)
        self._chance = random.Random(seed)

    def due(self, path: str, query: str) -> Fault | None:
        """Return what goes wrong with this request, if anything."""
        due = [fault for fault in self._faults if fault.is_due(path, query)]
        if not due and self._chance.random() < self._rate:
            due = [Fault(self._chance.choice(self._kinds))]
        self.met += bool(due)
        return due[0] if due else None

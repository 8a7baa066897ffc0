"""Answers that a server gives on a bad day."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from starlette.types import Message, Receive, Scope, Send

TRANSPORT = "sandbox.transport"
"""The key of the connection's transport in a request's scope."""
HTML = b"<!DOCTYPE html><html><body><h1>Wartungsarbeiten</h1></body></html>"


@dataclass(frozen=True)
class Fixed:
    """An answer that has nothing to do with what was asked."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"


ANSWERS: Mapping[str, Fixed] = {
    "html": Fixed(200, HTML, "text/html; charset=utf-8"),
    "object": Fixed(200, b'{"message":"Something else"}'),
    "empty": Fixed(200, b""),
    "400": Fixed(400, b'{"message":"Bad request"}'),
    "401": Fixed(401, b'{"message":"Invalid API key."}'),
    "403": Fixed(403, b'{"errors":["Access denied"]}'),
    "404": Fixed(404, b""),
    "422": Fixed(422, '{"base":["ist nicht verfügbar"]}'.encode()),
    "429": Fixed(429, b'{"message":"Too many requests"}'),
    "500": Fixed(500, b"Internal Server Error", "text/plain"),
    "502": Fixed(502, HTML, "text/html"),
    "503": Fixed(503, b"Service Unavailable", "text/plain"),
    "redirect": Fixed(302, b"", "text/html"),
}


def retry_after(kind: str, seconds: float, now: datetime) -> dict[str, str]:
    """Return the header that tells when to come again, as seconds or a date."""
    if kind == "date":
        later = now.timestamp() + seconds + 1
        moment = now.fromtimestamp(later, now.tzinfo)
        return {"retry-after": format_datetime(moment, usegmt=True)}
    return {"retry-after": str(int(seconds) + 1)} if kind == "seconds" else {}


@dataclass(frozen=True)
class Fault:
    """What goes wrong, once it is its turn."""

    kind: str
    """One of ANSWERS, or `reset`, `timeout`, `truncated`, `cut_json`."""
    seconds: float = 30.0
    """How long a `timeout` hangs."""
    retry_after: str | None = None
    """The header of that name, as it is sent."""
    to: str = "http://elsewhere.invalid/"
    """Where a `redirect` leads."""

    def response(self, real: Response) -> Response:
        """Return the wrong answer in place of the real one."""
        if self.kind in ANSWERS:
            return self._fixed(ANSWERS[self.kind])
        if self.kind == "cut_json":
            half = bytes(real.body)[: max(len(real.body) // 2, 1)]
            return Response(half, headers=_without_length(real))
        if self.kind == "truncated":
            return Truncated(bytes(real.body), headers=_without_length(real))
        return Silent(self.seconds if self.kind == "timeout" else 0)

    def _fixed(self, answer: Fixed) -> Response:
        headers = {"retry-after": self.retry_after} if self.retry_after else {}
        if self.kind == "redirect":
            headers["location"] = self.to
        headers["content-type"] = answer.content_type
        return Response(answer.body, answer.status, headers)


def _without_length(response: Response) -> dict[str, str]:
    return {k: v for k, v in response.headers.items() if k != "content-length"}


class Truncated(Response):
    """A body that ends before its announced length."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of the body, and close."""
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope[TRANSPORT].close()
        await _disconnect(receive)


class Silent(Response):
    """No answer at all; the connection closes."""

    def __init__(self, seconds: float) -> None:
        """Hang for so long before it closes."""
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        """Wait, unless the client leaves first, and close."""
        gone = asyncio.ensure_future(_disconnect(receive))
        await asyncio.wait({gone}, timeout=self._seconds)
        scope[TRANSPORT].abort()
        await gone


async def _disconnect(receive: Receive) -> None:
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()


@dataclass
class Rule:
    """The requests that a fault is for."""

    match: re.Pattern[str]
    fault: Fault
    first: int
    """Which of the matching requests is the first to fail, counted from 1."""
    times: int | None
    """How many fail; None for all from then on."""
    seen: int = 0

    def due(self, path: str, query: str) -> bool:
        """Count a request; tell whether it fails."""
        whole = f"{path}?{query}"
        if not (self.match.search(path) or self.match.search(whole)):
            return False
        self.seen += 1
        late = self.times is not None and self.seen >= self.first + self.times
        return self.seen >= self.first and not late


class Faults:
    """The faults that are still to come.

    Attributes:
        met: How many requests have failed since the last `clear`.
    """

    def __init__(self) -> None:
        """Start without any."""
        self.met = 0
        self._rules: list[Rule] = []
        self._rate = 0.0
        self._kinds: tuple[str, ...] = ()
        self._random = random.Random()

    def add(
        self,
        kind: str,
        match: str = "",
        *,
        nth: int = 1,
        times: int | None = 1,
        **details: Any,
    ) -> Rule:
        """Let requests fail whose path the pattern finds.

        Args:
            kind: What goes wrong: see `Fault.kind`.
            match: A regular expression, searched in `/path` and in `/path?query`.
            nth: The first matching request that fails, counted from 1.
            times: How many of them fail from there on; None for all.
            **details: Other fields of `Fault`.
        """
        fault = Fault(kind, **details)
        if kind not in KINDS:
            message = f"no such fault: {kind}"
            raise ValueError(message)
        rule = Rule(re.compile(match), fault, nth, times)
        self._rules.append(rule)
        return rule

    def random(self, rate: float, seed: int, kinds: Iterable[str]) -> None:
        """Let any request fail with this probability, in one of these ways."""
        self._rate, self._kinds = rate, tuple(kinds)
        self._random = random.Random(seed)

    def clear(self) -> None:
        """Let all go well again."""
        self.met = 0
        self._rules.clear()
        self._rate = 0.0

    def due(self, path: str, query: str) -> Fault | None:
        """Return what goes wrong with this request, if anything."""
        due = [rule.fault for rule in self._rules if rule.due(path, query)]
        if not due and self._rate and self._random.random() < self._rate:
            due = [Fault(self._random.choice(self._kinds))]
        self.met += bool(due)
        return due[0] if due else None


KINDS = frozenset({*ANSWERS, "cut_json", "reset", "timeout", "truncated"})

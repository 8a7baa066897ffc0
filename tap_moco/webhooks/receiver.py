"""The receiver: an ASGI application that acknowledges what it has stored."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tap_moco.errors import SpoolError
from tap_moco.spool.events import MalformedError, parse_event
from tap_moco.webhooks.metrics import Metrics
from tap_moco.webhooks.notices import Notices
from tap_moco.webhooks.pruner import Pruner
from tap_moco.webhooks.writer import GroupWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from tap_moco.spool.events import Event
    from tap_moco.spool.spool import Spool
    from tap_moco.webhooks.signature import SigningKeys

SIGNATURE = b"x-moco-signature"
MAX_BODY_BYTES = 1 << 20
KEEP = timedelta(days=30)


class RefusedError(Exception):
    """A delivery that is answered with 4xx.

    Args:
        status: The answer's status.
        cause: The label of the counter.
        reason: The answer's text.
    """

    def __init__(self, status: int, cause: str, reason: str) -> None:
        """Keep what to answer."""
        super().__init__(reason)
        self.status = status
        self.cause = cause


class Receiver:
    """Answers the three paths.

    Args:
        spool: An open spool.
        keys: What deliveries are signed with.
        max_body_bytes: Larger bodies are refused.
    """

    def __init__(self, spool: Spool, keys: SigningKeys, max_body_bytes: int) -> None:
        """Receive nothing yet."""
        self.metrics = Metrics()
        self.metrics.note_newest(spool.newest())
        self.writer = GroupWriter(spool, self.metrics)
        self._keys = keys
        self._max_body_bytes = max_body_bytes
        self._notices = Notices()

    async def webhooks(self, request: Request) -> Response:
        """Store a delivery, and acknowledge it once it is on the disk."""
        self.metrics.received.inc()
        try:
            event = await self._event(request)
            began = time.perf_counter()
            await self.writer.store(event)
        except RefusedError as error:
            self.metrics.refused.labels(error.cause).inc()
            self._notices.refused(error.cause, f"{error.status}: {error}")
            return PlainTextResponse(f"{error}\n", error.status)
        except (SpoolError, asyncio.CancelledError):  # the latter as the server ends
            self.metrics.spool_errors.inc()
            return PlainTextResponse("it cannot be stored now; send it again\n", 503)
        self.metrics.store_seconds.observe(time.perf_counter() - began)
        return PlainTextResponse("stored\n")

    async def healthz(self, _request: Request) -> Response:
        """Answer 200 if an event could be stored now."""
        try:
            await self.writer.probe()
        except SpoolError:
            return PlainTextResponse("the spool cannot be written\n", 503)
        return PlainTextResponse("ok\n")

    async def show_metrics(self, _request: Request) -> Response:
        """Answer with all metrics."""
        text = generate_latest(self.metrics.registry)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _event(self, request: Request) -> Event:
        """Read a delivery; check its sender first, and then its content.

        Raises:
            RefusedError: It does not come from MOCO, or is not an event.
        """
        headers = request.scope["headers"]
        signatures = [value for name, value in headers if name == SIGNATURE]
        if not signatures:
            raise RefusedError(401, "unsigned", "the signature is missing")
        body = await self._body(request)
        if len(signatures) > 1 or not self._keys.accept(signatures[0], body):
            raise RefusedError(401, "forged", "no key made the signature of this body")
        try:
            event = parse_event(headers, body, datetime.now(timezone.utc))
        except MalformedError as error:
            raise RefusedError(400, "malformed", str(error)) from None
        self._notices.unknown(event)
        return event

    async def _body(self, request: Request) -> bytes:
        """Read the raw body; the server cuts off a client that is too slow.

        Raises:
            RefusedError: It is too large, or incomplete.
        """
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > self._max_body_bytes:
                    limit = f"the body is larger than {self._max_body_bytes} bytes"
                    raise RefusedError(413, "oversized", limit)
        except ClientDisconnect:
            raise RefusedError(400, "aborted", "the body broke off") from None
        return bytes(body)


def create_app(
    spool: Spool,
    keys: SigningKeys,
    *,
    max_body_bytes: int = MAX_BODY_BYTES,
    keep: timedelta = KEEP,
) -> Starlette:
    """Return the ASGI application, which closes the spool when it ends.

    Args:
        spool: An open spool.
        keys: What deliveries are signed with.
        max_body_bytes: Larger bodies are refused.
        keep: How long events are kept after they were read.
    """
    receiver = Receiver(spool, keys, max_body_bytes)
    pruner = Pruner(spool, keep)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        pruner.start()
        try:
            yield
        finally:
            pruner.stop()
            receiver.writer.close()
            spool.close()

    app = Starlette(
        routes=[
            Route("/webhooks", receiver.webhooks, methods=["POST"]),
            Route("/healthz", receiver.healthz),
            Route("/metrics", receiver.show_metrics),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # MOCO follows no redirect
    return app

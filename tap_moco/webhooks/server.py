"""Serve the receiver on a port, until a signal comes."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
from typing import TYPE_CHECKING

import click
import uvicorn

from tap_moco.webhooks.protocol import BoundedProtocol

if TYPE_CHECKING:
    from types import FrameType

    from starlette.applications import Starlette

logger = logging.getLogger("tap-moco.webhooks")

GRACE_SECONDS = 3
"""Seconds to wait for current requests after a signal; the end may take 5 at most."""

KEEP_ALIVE_SECONDS = 75
"""Longer than nginx keeps an idle connection; otherwise it would use a closed one."""

MAX_CONNECTIONS = 512
"""More are answered with 503, since each may hold a body in memory."""


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket, which listens once the server runs.

    Raises:
        ClickException: The address is not available.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        return socket.create_server(address, family=family)
    except UnicodeError:
        reason = "this is not the name of a host"
    except socket.gaierror as error:
        reason = str(error.strerror)
    except OSError as error:
        reason = os.strerror(error.errno or errno.EINVAL)
    raise click.ClickException(f"cannot listen on {host}, port {port}: {reason}")


def make_server(app: Starlette) -> uvicorn.Server:
    """Return the server of an application, which is not running yet."""
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)


def serve(app: Starlette, opened: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; then still answer current requests."""
    server = make_server(app)

    def end(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn raises the signal again at its end, which would make it a failure
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    host, port = opened.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    logger.info("listening on http://%s:%d/webhooks", shown, port)
    server.run([opened])
    logger.info("ended by a signal; everything acknowledged is in the spool")

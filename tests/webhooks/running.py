"""The installed command as a process, and the receiver as an application."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_moco.webhooks.server import listen, make_server
from tests.support.ports import free_port
from tests.support.process import environment

from .sender import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.applications import Starlette

COMMAND = str(Path(sys.executable).with_name("tap-moco-webhooks"))
PATIENCE = 60
"""Seconds after which a process counts as hanging."""


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env=environment(**env),
    )


class Process:
    """`tap-moco-webhooks serve` on a port that stays the same."""

    def __init__(self, spool: str, folder: Path, **env: str) -> None:
        """Know what to start."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/webhooks"
        self._log = folder / f"serve-{self.port}.log"
        given = {
            "TAP_MOCO_WEBHOOKS_SPOOL": spool,
            "TAP_MOCO_WEBHOOKS_SIGNING_KEY": KEY,
            "TAP_MOCO_WEBHOOKS_PORT": str(self.port),
        }
        self._env = environment(**{**given, **env})
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """All that it wrote so far."""
        return self._log.read_text(encoding="utf-8")

    def start(self) -> Process:
        """Start it, and wait until it listens."""
        seen = len(self.log) if self._log.exists() else 0
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [COMMAND, "serve"], env=self._env, stdout=log, stderr=log
            )
        for _ in range(PATIENCE * 50):
            if re.search("listening on http", self.log[seen:]):
                return self
            assert self.process.poll() is None, self.log
            time.sleep(0.02)
        raise AssertionError(self.log)

    def kill(self) -> None:
        """End it as a power failure would, but for the disk."""
        if self.process:
            self.process.kill()
            self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Ask it to end; return its exit status."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(spool: str, folder: Path, **env: str) -> Iterator[Process]:
    """Run `tap-moco-webhooks serve` for a block."""
    receiver = Process(spool, folder, **env).start()
    try:
        yield receiver
    finally:
        receiver.kill()


def ask(
    app: Starlette,
    headers: Sequence[tuple[bytes, bytes]],
    body: bytes,
    *,
    path: str = "/webhooks",
    method: str = "POST",
) -> tuple[int, str]:
    """Send one request to an application, without a server that checks it before."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": list(headers),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    text = b"".join(part.get("body", b"") for part in sent[1:])
    return sent[0]["status"], text.decode()


@contextmanager
def listening(app: Starlette) -> Iterator[int]:
    """Serve an application from a thread of this process; give its port."""
    opened = listen("127.0.0.1", 0)
    server = make_server(app)
    thread = threading.Thread(target=server.run, args=([opened],))
    thread.start()
    try:
        yield opened.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)

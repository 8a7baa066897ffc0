"""How many webhooks a second are acknowledged durably, and how soon.

`deliveries` is the section of the benchmarks. As a command, this file is what the
section starts in processes of their own: `load PORT CLIENTS SECONDS` sends deliveries,
and `nothing PORT` is a receiver that stores nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_moco.webhooks.receiver import create_app
from tap_moco.webhooks.server import listen, serve
from tap_moco.webhooks.signature import SigningKeys
from tools.bench_run import CACHE, TOOLS, FailedError, median, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KEY = "1d608b9d72219b90ff2393a1d3ee0ac0"
CLIENTS = (1, 8, 64)
BODY_BYTES = 900
"""About the size of a time entry as MOCO sends it."""
START_SECONDS = 30

ITSELF = [sys.executable, "-m", "tools.bench_webhooks"]
NOTE = f"""\
Each delivery is signed and is a new event with a body of {BODY_BYTES} bytes. It counts
once the answer has come, which is after the commit. The spool is an SQLite file. Each
client sends its next delivery when the last one was answered. The load generator is a
process of its own on the same machine. Everything is measured three times, in turns;
these are the medians.

- *one row per commit* and *group commit* are the bare limit of the same disk in the
  same run: SQLite alone in one thread, without HTTP, one row in each commit or as many
  as there are clients.
- *no spool* is the same receiver with a spool that stores nothing: what HTTP, the
  signature and the load generator allow.
"""


def body(number: int) -> bytes:
    """Return the body of a delivery."""
    record = {"id": number, "billable": True, "description": ""}
    record["description"] = "x" * (BODY_BYTES - len(json.dumps(record)))
    return json.dumps(record).encode()


def request(number: int) -> bytes:
    """Return a whole request."""
    content = body(number)
    lines = [
        "POST /webhooks HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "X-Moco-Target: Activity",
        "X-Moco-Event: update",
        "X-Moco-Timestamp: 1795000000000",
        f"X-Moco-Signature: {hmac.digest(KEY.encode(), content, hashlib.sha256).hex()}",
        "X-Moco-User-Id: 933590696",
        "X-Moco-Account-Url: demo",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def _client(port: int, numbers: Iterator[int], end: float) -> list[float]:
    """Send until the end; return the seconds that each answer took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took = []
    while time.perf_counter() < end:
        message = request(next(numbers))
        began = time.perf_counter()
        writer.write(message)
        answer = await reader.readuntil(b"\r\n\r\nstored\n")
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise FailedError(answer.decode())
        took.append(time.perf_counter() - began)
    writer.close()
    return took


async def load(port: int, clients: int, seconds: float) -> dict[str, float]:
    """Send from so many clients at once; return the rate, and seconds per answer."""
    numbers = itertools.count(time.time_ns() // 1000)
    began = time.perf_counter()
    each = [_client(port, numbers, began + seconds) for _ in range(clients)]
    took = sorted(itertools.chain.from_iterable(await asyncio.gather(*each)))
    rate = len(took) / (time.perf_counter() - began)
    p50, p99 = (took[int(len(took) * share)] for share in (0.5, 0.99))
    return {"rate": rate, "p50": p50, "p99": p99}


class Nothing:
    """A spool that stores nothing."""

    name = "nothing"

    def newest(self) -> None:
        """Have no event."""

    def store(self, deliveries: Sequence[Any]) -> int:
        """Count events."""
        return len(deliveries)

    def change(self, *_: object) -> int:
        """Have nothing to change."""
        return 0

    def close(self) -> None:
        """Have nothing to close."""


def bare(folder: Path, rows: int, seconds: float) -> float:
    """Return how many rows a second SQLite alone commits, so many at a time."""
    values = (body(number).decode() for number in itertools.count())
    path = folder / "bare.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, payload TEXT)")
        began, commits = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            connection.execute("BEGIN IMMEDIATE")
            group = [(value,) for value in itertools.islice(values, rows)]
            connection.executemany("INSERT INTO bare (payload) VALUES (?)", group)
            connection.execute("COMMIT")
            commits += 1
        return commits * rows / (time.perf_counter() - began)


@contextmanager
def _running(command: list[str], **env: str) -> Iterator[int]:
    """Run a receiver whose last argument is a free port; give the port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*command, str(port)],
        cwd=TOOLS.parent,
        env={**os.environ, **env},
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            if time.monotonic() > deadline or process.poll() is not None:
                raise FailedError("the receiver did not start")
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _loaded(port: int, clients: int, seconds: float) -> dict[str, float]:
    command = [*ITSELF, "load", str(port), str(clients), str(seconds)]
    done = subprocess.run(
        command, capture_output=True, check=False, cwd=TOOLS.parent, text=True
    )
    if done.returncode:
        raise FailedError(done.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def deliveries(*, quick: bool) -> str:
    """Benchmark 6: deliveries that are acknowledged durably."""
    rounds, seconds = (1, 0.5) if quick else (3, 4.0)
    CACHE.mkdir(parents=True, exist_ok=True)
    command = str(Path(sys.executable).with_name("tap-moco-webhooks"))
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        env = {"SPOOL": f"{name}/spool.db", "SIGNING_KEY": KEY}
        variables = {f"TAP_MOCO_WEBHOOKS_{name}": value for name, value in env.items()}
        with (
            _running([command, "serve", "--port"], **variables) as port,
            _running([*ITSELF, "nothing"]) as free,
        ):
            rows = []
            for clients in CLIENTS:
                found = [
                    _round(Path(name), port, free, clients, seconds)
                    for _ in range(rounds)
                ]
                rows.append((clients, *_columns(found)))
    return f"{NOTE}\n{table(HEAD, rows)}"


def _round(
    folder: Path, port: int, free: int, clients: int, seconds: float
) -> dict[str, float]:
    """Measure everything once, one after the other."""
    return {
        "single": bare(folder, 1, seconds),
        "group": bare(folder, clients, seconds),
        **_loaded(port, clients, seconds),
        "nothing": _loaded(free, clients, seconds)["rate"],
    }


def _columns(rounds: Sequence[dict[str, float]]) -> list[str]:
    """Return what a row of the table shows, from the medians."""
    found = {name: median([one[name] for one in rounds]) for name in rounds[0]}
    rate, group, nothing = (found[name] for name in ("rate", "group", "nothing"))
    return [
        f"{rate:,.0f}",
        *(f"{found[name] * 1000:.1f} ms" for name in ("p50", "p99")),
        *(f"{found[name]:,.0f}" for name in ("single", "group", "nothing")),
        f"{rate / group:.2f}",
        f"{rate / min(group, nothing):.2f}",
    ]


HEAD = (
    "clients",
    "acknowledged a second",
    "p50",
    "p99",
    "one row per commit",
    "group commit",
    "no spool",
    "of group commit",
    "of the lesser of both",
)


def main() -> None:
    """Send, or receive and store nothing."""
    what, port, *rest = sys.argv[1:]
    if what == "load":
        print(json.dumps(asyncio.run(load(int(port), int(rest[0]), float(rest[1])))))
    else:
        app = create_app(Nothing(), SigningKeys([KEY]))  # type: ignore[arg-type]
        with listen("127.0.0.1", int(port)) as opened:
            serve(app, opened)


if __name__ == "__main__":
    main()

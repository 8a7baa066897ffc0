"""What the benchmarks share: processes that are measured, and their set-up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TOOLS = Path(__file__).parent
CACHE = Path(os.environ.get("BENCH_CACHE", "/tmp/bench-cache"))  # noqa: S108
KEY = "sandbox-key"
CHUNK = 1 << 20
NO_LIMIT = {"requests": 1_000_000, "seconds": 1}


class FailedError(Exception):
    """A process that was to be measured did not end well."""


@dataclass
class Cost:
    """What a process took.

    Attributes:
        wall: Seconds from its start to its end.
        cpu: Seconds of CPU, its own, user and system.
        memory: Bytes of its resident set, at most.
        records: RECORD lines that it wrote.
        state: The last STATE that it wrote.
        code: Its exit code.
        log: What it wrote to standard error.
    """

    wall: float
    cpu: float
    memory: int
    records: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    code: int = 0
    log: str = ""
    ended: float = 0.0


class _Reader(threading.Thread):
    """Counts lines as a target would read them, at next to no cost."""

    def __init__(self, pipe: int) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self.records = 0
        self.state = b""

    def run(self) -> None:
        rest = b""
        while chunk := os.read(self._pipe, CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                head = line[:20]
                if b"RECORD" in head:
                    self.records += 1
                elif b"STATE" in head:
                    self.state = line
        os.close(self._pipe)


def measure(
    command: Sequence[str | Path],
    *,
    timeout: float = 900,
    env: dict[str, str] | None = None,
    may_fail: bool = False,
) -> Cost:
    """Run a command to its end and return what it took.

    Raises:
        FailedError: It ended with an error, or not in time.
    """
    words = [str(part) for part in command]
    cost = _run(words, timeout, {**os.environ, **(env or {})})
    if cost.code and not may_fail:
        ended = f"{' '.join(words)} ended with {cost.code}"
        raise FailedError(f"{ended}:\n{cost.log[-2000:]}")
    return cost


def _run(words: list[str], timeout: float, env: dict[str, str]) -> Cost:
    source, sink = os.pipe()
    reader = _Reader(source)
    with tempfile.TemporaryFile() as errors:
        began = time.monotonic()
        process = subprocess.Popen(words, stdout=sink, stderr=errors, env=env)
        os.close(sink)
        reader.start()
        last = threading.Timer(timeout, process.kill)
        last.start()
        _, status, usage = os.wait4(process.pid, 0)
        ended = time.monotonic()
        last.cancel()
        process.returncode = code = os.waitstatus_to_exitcode(status)
        reader.join()
        errors.seek(0)
        log = errors.read().decode(errors="replace")
    return Cost(
        wall=ended - began,
        cpu=usage.ru_utime + usage.ru_stime,
        memory=usage.ru_maxrss * 1024,
        records=reader.records,
        state=json.loads(reader.state)["value"] if reader.state else {},
        code=code,
        log=log,
        ended=time.time(),
    )


@contextmanager
def pages_server(rows: int) -> Iterator[str]:
    """Serve a list of time entries from another process; its URL."""
    with subprocess.Popen(
        [sys.executable, TOOLS / "bench_pages.py", "--rows", str(rows)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        yield process.stdout.readline().strip()
        process.stdin.close()


class Tap:
    """tap-moco as a user runs it: a process with its configuration in files.

    Args:
        folder: Where the files are kept.
        url: The account's address.
        streams: Those to read; none for the default ones.
        settings: Further settings.
    """

    def __init__(
        self,
        folder: Path,
        url: str,
        streams: Sequence[str] | Literal["all"] = (),
        **settings: Any,
    ) -> None:
        """Write the configuration and the catalog."""
        self._config = folder / "config.json"
        self._state = folder / "state.json"
        self._catalog = folder / "catalog.json"
        config = {"api_url": url, "api_key": KEY, "rate_limit": NO_LIMIT, **settings}
        self._config.write_text(json.dumps(config))
        self._catalog.write_text(json.dumps(self._discover(streams)))

    def _discover(self, streams: Sequence[str] | Literal["all"]) -> dict[str, Any]:
        command = [*tap_command(), "--config", str(self._config), "--discover"]
        found = subprocess.run(command, check=True, capture_output=True)
        catalog: dict[str, Any] = json.loads(found.stdout)
        for stream in catalog["streams"] if streams else ():
            for entry in stream["metadata"]:
                if not entry["breadcrumb"]:
                    wanted = streams == "all" or stream["tap_stream_id"] in streams
                    entry["metadata"]["selected"] = wanted
        return catalog

    def run(self, state: dict[str, Any] | None = None, **options: Any) -> Cost:
        """Sync once."""
        command = [*tap_command(), "--config", str(self._config)]
        command += ["--catalog", str(self._catalog)]
        if state is not None:
            self._state.write_text(json.dumps(state))
            command += ["--state", str(self._state)]
        return measure(command, **options)


def tap_command() -> list[str]:
    """Return the command `tap-moco` of this environment."""
    return [str(Path(sys.executable).with_name("tap-moco"))]


def median(values: Sequence[float]) -> float:
    """Return the median of a few runs, which one disturbed run does not move."""
    return sorted(values)[len(values) // 2]


def table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table, numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)

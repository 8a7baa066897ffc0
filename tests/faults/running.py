"""Run the tap against a faulty MOCO, and look at all that came out of it."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_moco.errors import InvalidInputError
from tap_moco.redaction import redactor
from tap_moco.streams.registry import make_streams
from tap_moco.tap import TapMoco

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_moco.streams.base import MocoStream

Row = dict[str, Any]

API_KEY = "k3y-9f8e7d6c5b4a-distinctive"
EMAIL = "k3y-login@distinctive.example"
PASSWORD = "p4ss-Zx81-distinctive"  # noqa: S105 - of a made-up account
SECRETS = (API_KEY, EMAIL, PASSWORD)
SIGNATURE = b"signature="

COMMAND = str(Path(sys.executable).with_name("tap-moco"))
TIMEOUT = 20
"""Seconds after which a process counts as hanging."""

OUTPUTS: list[tuple[str, bytes]] = []
"""Every byte that the tap wrote in the test at hand, for the search for secrets."""


class Target:
    """What a target would hold: rows by key, and deletes by version."""

    def __init__(self) -> None:
        """Start with nothing loaded."""
        self.rows: dict[str, dict[tuple[Any, ...], Row]] = {}
        self.received: dict[str, int] = {}
        self.activated: list[str] = []
        self.state: dict[str, Any] | None = None
        self._keys: dict[str, list[str]] = {}
        self._versions: dict[str, dict[tuple[Any, ...], int | None]] = {}

    def load(self, output: bytes) -> None:
        """Take all messages; a line that is no JSON is an error."""
        for line in output.decode().split("\n")[:-1]:
            message = json.loads(line)
            getattr(self, f"_{message['type'].lower()}")(message)

    def _schema(self, message: Row) -> None:
        name = message["stream"]
        self._keys[name] = message["key_properties"]
        self.rows.setdefault(name, {})
        self._versions.setdefault(name, {})

    def _record(self, message: Row) -> None:
        name, record = message["stream"], message["record"]
        key = tuple(record[part] for part in self._keys[name])
        self.rows[name][key] = record
        self._versions[name][key] = message.get("version")
        self.received[name] = self.received.get(name, 0) + 1

    def _activate_version(self, message: Row) -> None:
        name = message["stream"]
        self.activated.append(name)
        for key, version in self._versions[name].items():
            if version != message["version"]:
                self.rows[name].pop(key, None)

    def _state(self, message: Row) -> None:
        self.state = message["value"]

    def bookmark(self, stream: str) -> Row:
        """Return the stream's part of the last state."""
        found: Row = (self.state or {}).get("bookmarks", {}).get(stream, {})
        return found


@dataclass
class Outcome:
    """What came of one run."""

    status: int
    stdout: bytes
    log: str
    """What a user reads on stderr."""
    target: Target
    debug: str = ""
    """All of the log, down to DEBUG."""
    requests: int = 0

    def lines(self, words: str) -> list[str]:
        """Return the lines of the log with these words."""
        return [line for line in self.log.splitlines() if words in line]


def plain_config(url: str, **more: Any) -> dict[str, Any]:
    """Return settings that never wait for the limit."""
    return {
        "api_url": url,
        "api_key": API_KEY,
        "rate_limit": {"requests": 100_000, "seconds": 0.05},
        "max_retries": 2,
        "read_timeout": 10,
        **more,
    }


@lru_cache(maxsize=1)
def _all_streams() -> str:
    with captured():  # which puts the handlers of signals back
        tap = TapMoco(config={"domain": "example", "api_key": API_KEY})
        return json.dumps(tap.catalog_dict)


def catalog(streams: Collection[str]) -> dict[str, Any]:
    """Return a catalog that selects these streams and no others."""
    found: dict[str, Any] = json.loads(_all_streams())
    for stream in found["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
    return found


class SmallTap(TapMoco):
    """The tap with few streams, so that a run costs milliseconds."""

    wanted: frozenset[str] = frozenset()

    def discover_streams(self) -> list[MocoStream]:
        """Return the wanted streams; all where none is named."""
        return make_streams(self, self.context, self.wanted)


@dataclass
class _Log(logging.Handler):
    """Keeps the lines that a user sees, and all of them."""

    seen: list[str] = field(default_factory=list)
    everything: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s | %(name)s | %(message)s"))

    def __hash__(self) -> int:
        return id(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record as text."""
        text = self.format(record)
        self.everything.append(text)
        if record.levelno >= logging.INFO:
            self.seen.append(text)


@contextlib.contextmanager
def captured() -> Iterator[tuple[io.BytesIO, _Log]]:
    """Catch standard output and the log at DEBUG; put signals back at the end."""
    raw, log, root = io.BytesIO(), _Log(), logging.getLogger()
    stdout, level, factory = sys.stdout, root.level, logging.getLogRecordFactory()
    thresholds = gc.get_threshold()
    handlers = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    sys.stdout = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # the sandbox's own
    redactor.install()
    try:
        yield raw, log
    finally:
        sys.stdout.flush()
        sys.stdout.detach()  # type: ignore[union-attr]
        sys.stdout = stdout
        root.removeHandler(log)
        root.setLevel(level)
        logging.setLogRecordFactory(factory)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        # A run freezes what it began with, for a process that ends with it.
        gc.unfreeze()
        gc.set_threshold(*thresholds)


def run_here(
    config: dict[str, Any],
    streams: Collection[str] = (),
    *,
    state: Any = None,
    target: Target | None = None,
    waits: list[float] | None = None,
) -> Outcome:
    """Run the tap in this process, as its `main` would, without its waits."""
    target = target or Target()

    class _Few(SmallTap):
        wanted = frozenset(streams)
        sleep = staticmethod((waits if waits is not None else []).append)

    with captured() as (raw, log):
        try:
            tap = _Few(config=config, state=json.loads(json.dumps(state)))
            status = 0 if tap.run.execute() else 1
        except SystemExit as end:
            status = int(end.code or 0)
        except InvalidInputError as error:
            tap = None  # type: ignore[assignment]
            TapMoco.logger.error("%s", error)
            status = 1
    output = raw.getvalue()
    note("stdout", output)
    note("log", "\n".join(log.everything))
    target.load(output)
    return Outcome(
        status,
        output,
        "\n".join(log.seen),
        target,
        "\n".join(log.everything),
        tap.context.client.requests if tap else 0,
    )


def note(what: str, output: bytes | str) -> None:
    """Have this searched for secrets at the end of the test."""
    data = output.encode() if isinstance(output, str) else output
    OUTPUTS.append((what, data))


def environment(**more: str) -> dict[str, str]:
    """Return an environment without settings of the tap, but at DEBUG."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TAP_MOCO")}
    return {**kept, "TAP_MOCO_LOGLEVEL": "DEBUG", **more}


def files(
    folder: Path,
    config: dict[str, Any],
    streams: Collection[str] = (),
    state: Any = None,
) -> list[str]:
    """Write the files of a run; return the options that name them."""
    given = {"config": config, "state": state}
    if streams:
        given["catalog"] = catalog(streams)
    options = []
    for name, value in given.items():
        if value is not None:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(value))
            options += [f"--{name}", str(path)]
    return options


def run_command(*options: str, **env: str) -> Outcome:
    """Run the installed command to its end."""
    done = subprocess.run(
        [COMMAND, *options],
        capture_output=True,
        env=environment(**env),
        timeout=TIMEOUT,
        check=False,
    )
    note("stdout", done.stdout)
    note("stderr", done.stderr)
    target = Target()
    if done.stdout.startswith(b'{"type"'):
        target.load(done.stdout)
    return Outcome(done.returncode, done.stdout, done.stderr.decode(), target)


def leaks(outputs: list[tuple[str, bytes]]) -> list[str]:
    """Return where a secret shows, and around what."""
    found = []
    for what, output in outputs:
        for secret in (*(s.encode() for s in SECRETS), SIGNATURE):
            at = output.find(secret)
            if at >= 0:
                found.append(f"{what}: …{output[max(at - 60, 0) : at + 60]!r}…")
    return found

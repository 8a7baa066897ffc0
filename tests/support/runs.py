"""The command in a process or in this one, and what came out of it."""

from __future__ import annotations

import copy
import gc
import io
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from tap_moco.__main__ import main
from tap_moco.api import fetcher
from tap_moco.api.executor import DaemonExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tap_moco.sandbox import Server
    from tap_moco.sandbox.app import Entry

Row = dict[str, Any]
Params = dict[str, str]

COMMAND = Path(sys.executable).with_name("tap-moco")
TIMEOUT = 60
KEY = "sandbox-key"
NO_LIMIT = {"requests": 100_000, "seconds": 1}


@dataclass
class Target:
    """What an SDK target does with messages: upsert, and remove by version.

    Attributes:
        rows: Each stream's rows by key.
        written: How many records there were of each stream.
        states: The values of all STATE messages.
    """

    rows: dict[str, dict[tuple[Any, ...], Row]] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    schemas: dict[str, Row] = field(default_factory=dict)
    states: list[Row] = field(default_factory=list)
    _versions: dict[str, dict[tuple[Any, ...], int | None]] = field(
        default_factory=dict
    )

    def load(self, out: str) -> Target:
        """Take the output of a run."""
        for line in out.splitlines():
            message = json.loads(line)
            getattr(self, f"_{message['type'].lower()}")(message)
        return self

    def of(self, stream: str) -> list[Row]:
        """Return the rows of a stream."""
        return list(self.rows.get(stream, {}).values())

    def versions(self, stream: str) -> set[int | None]:
        """Return the versions of a stream's rows."""
        return set(self._versions[stream].values())

    def _schema(self, message: Row) -> None:
        self.schemas[message["stream"]] = message
        self.rows.setdefault(message["stream"], {})
        self._versions.setdefault(message["stream"], {})

    def _record(self, message: Row) -> None:
        stream, record = message["stream"], message["record"]
        names = self.schemas[stream]["key_properties"]
        key = tuple(record[name] for name in names)
        assert None not in key, (stream, record)
        self.rows[stream][key] = record
        self._versions[stream][key] = message.get("version")
        self.written[stream] = self.written.get(stream, 0) + 1

    def _activate_version(self, message: Row) -> None:
        stream = message["stream"]
        for key, version in list(self._versions[stream].items()):
            if version != message["version"]:
                del self.rows[stream][key], self._versions[stream][key]

    def _state(self, message: Row) -> None:
        self.states.append(message["value"])


@dataclass
class Outcome:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @cached_property
    def target(self) -> Target:
        """A new target that took all of it."""
        return Target().load(self.out)

    @property
    def state(self) -> Row:
        """The last state."""
        return self.target.states[-1]

    def records(self, stream: str) -> list[Row]:
        """Return a stream's records in the order of their writing."""
        messages = map(json.loads, self.out.splitlines())
        return [
            message["record"]
            for message in messages
            if message["type"] == "RECORD" and message["stream"] == stream
        ]

    def bookmark(self, stream: str) -> str:
        """Return the stream's bookmark."""
        bookmark: str = self.state["bookmarks"][stream]["replication_key_value"]
        return bookmark


def settings(server: Server, **more: Any) -> Row:
    """Return settings that reach the server."""
    return {"api_url": server.url, "api_key": KEY, "rate_limit": NO_LIMIT, **more}


def run(
    config: Mapping[str, Any] | None = None,
    *options: str,
    catalog: Any = None,
    state: Any = None,
    env: Mapping[str, str] | None = None,
    process: bool = False,
) -> Outcome:
    """Run the command with files made of what is given.

    Either in a process of its own, as users do, or as `main` in this one, which
    is two seconds faster.
    """
    given = {"config": config, "catalog": catalog, "state": state}
    with tempfile.TemporaryDirectory() as folder:
        arguments = list(options)
        for name, value in given.items():
            if value is not None:
                path = Path(folder, f"{name}.json")
                path.write_text(value if isinstance(value, str) else json.dumps(value))
                arguments += [f"--{name}", str(path)]
        start = _in_process if process else _here
        return start(arguments, {**_clean_environment(), **(env or {})})


def synced(
    config: Mapping[str, Any],
    *streams: str,
    catalog: Any = None,
    state: Any = None,
) -> Outcome:
    """Run the command for some streams; it has to go well."""
    chosen = catalog or select(*streams)
    outcome = run(config, catalog=chosen, state=copy.deepcopy(state))
    assert outcome.code == 0, outcome.err
    return outcome


def _clean_environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TAP_MOCO")}
    return {**kept, "NO_PROXY": "*"}


def _in_process(arguments: list[str], env: dict[str, str]) -> Outcome:
    done = subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=env,
        timeout=TIMEOUT,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def _here(arguments: list[str], env: dict[str, str]) -> Outcome:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.StringIO()
    code: object = 0
    with ExitStack() as stack:
        stack.enter_context(_global_state_kept())
        stack.enter_context(_requests_ended())
        stack.enter_context(mock.patch.object(sys, "argv", ["tap-moco", *arguments]))
        stack.enter_context(mock.patch.dict(os.environ, env, clear=True))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    text = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
    return Outcome(int(str(code)), text, err.getvalue())


@contextmanager
def _requests_ended() -> Iterator[None]:
    """Wait for what was asked early: a process would have ended with it.

    Else a run that failed would still be asking while the next test counts.
    """
    futures: list[Future[Any]] = []

    class Watched(DaemonExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **how: Any) -> Any:
            futures.append(super().submit(fn, *args, **how))
            return futures[-1]

    with mock.patch.object(fetcher, "DaemonExecutor", Watched):
        yield
    late = [future for future in futures if not future.cancel()]
    assert not wait(late, timeout=TIMEOUT).not_done


@contextmanager
def _global_state_kept() -> Iterator[None]:
    """Undo what a command may do to its process: logging and signals."""
    root = logging.getLogger()
    handlers, level, make = root.handlers[:], root.level, logging.getLogRecordFactory()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    thresholds = gc.get_threshold()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.setLogRecordFactory(make)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        # a run freezes what it began with, for a process that ends with it
        gc.unfreeze()
        gc.set_threshold(*thresholds)


@lru_cache(maxsize=1)
def _discovered() -> str:
    return run(None, "--discover").out


def discovered() -> Row:
    """Return a catalog as `--discover` writes it."""
    catalog: Row = json.loads(_discovered())
    return catalog


def stream_names() -> list[str]:
    """Return the names of all streams."""
    return [entry["tap_stream_id"] for entry in discovered()["streams"]]


def select(
    *streams: str, without: Mapping[str, Iterable[tuple[str, ...]]] | None = None
) -> Row:
    """Return a catalog that selects these streams, or all where none is named.

    The paths of properties in `without` are deselected.
    """
    catalog = discovered()
    for entry in catalog["streams"]:
        name = entry["tap_stream_id"]
        dropped = {
            tuple(part for step in path for part in ("properties", step))
            for path in (without or {}).get(name, ())
        }
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = not streams or name in streams
            elif tuple(item["breadcrumb"]) in dropped:
                item["metadata"]["selected"] = False
                dropped.remove(tuple(item["breadcrumb"]))
        assert not dropped, f"{name} has no {dropped}"
    return catalog


# What the server was asked


def asked(server: Server, path: str) -> list[Params]:
    """Return the parameters of every request for a path."""
    return [dict(entry.query) for entry in server.requests if entry.path == path]


def paths(entries: Iterable[Entry]) -> list[str]:
    """Return the paths that were asked for."""
    return [entry.path for entry in entries]

"""The command in a process or in this one, and what came out of it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from unittest import mock

from tap_moco.__main__ import main
from tap_moco.api import fetcher
from tap_moco.api.executor import DaemonExecutor

from .outcome import Outcome
from .process import environment, process_state_kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tap_moco.sandbox import Server
    from tap_moco.sandbox.app import Entry

    from .target import Row

Params = dict[str, str]


class HasUrl(Protocol):
    """What can be read: a sandbox, or a stub."""

    @property
    def url(self) -> str:
        """The base URL that a tap is given."""


COMMAND = str(Path(sys.executable).with_name("tap-moco"))
TIMEOUT = 60
KEY = "sandbox-key"
NO_LIMIT = {"requests": 100_000, "seconds": 1}


def settings(server: HasUrl, **more: Any) -> Row:
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
    with tempfile.TemporaryDirectory() as folder:
        named = files(Path(folder), config=config, catalog=catalog, state=state)
        start = in_process if process else _here
        return start([*options, *named], {**environment(NO_PROXY="*"), **(env or {})})


def files(folder: Path, **given: Any) -> list[str]:
    """Write files of JSON, or of a text; return the options that name them."""
    options = []
    for name, value in given.items():
        if value is not None:
            path = folder / f"{name}.json"
            path.write_text(value if isinstance(value, str) else json.dumps(value))
            options += [f"--{name}", str(path)]
    return options


def synced(
    config: Mapping[str, Any],
    *streams: str,
    catalog: Any = None,
    state: Any = None,
) -> Outcome:
    """Run the command for some streams; it has to go well."""
    chosen = catalog or select(*streams)
    outcome = run(config, catalog=chosen, state=state)
    assert outcome.code == 0, outcome.err
    return outcome


def in_process(arguments: Sequence[str], env: Mapping[str, str]) -> Outcome:
    """Run the installed command in a process of its own."""
    done = subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=env,
        timeout=TIMEOUT,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def _here(arguments: Sequence[str], env: Mapping[str, str]) -> Outcome:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.StringIO()
    code: object = 0
    with ExitStack() as stack:
        stack.enter_context(process_state_kept())
        stack.enter_context(_requests_ended())
        stack.enter_context(mock.patch.object(sys, "argv", ["tap-moco", *arguments]))
        stack.enter_context(mock.patch.dict(os.environ, env, clear=True))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    text = out.buffer.getvalue().decode()
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

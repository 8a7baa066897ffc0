"""The commands of the demo: the tap, the targets, and the made-up account."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

from database import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".demo"
BIN = Path(sys.executable).parent
DATABASE = HOME / "moco.duckdb"
MESSAGES = HOME / "messages.jsonl"
STATE = HOME / "state.json"

LIMIT, SECONDS = 120, 6
"""The demo's account allows as many requests as MOCO, in a twentieth of the time."""
CHUNK = 1 << 16

LOGGED = re.compile(
    r"\| (?P<line>(?P<name>\w+): (?P<records>[\d,]+) records?, "
    r"[\d,]+ requests?, .*\((?P<reason>.*)\))"
)
"""What the tap logs of a stream that it has read."""


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


@dataclass
class Stream:
    """What the tap logged of one stream."""

    name: str
    records: int
    reason: str

    @property
    def is_increment(self) -> bool:
        """Only what changed was asked for."""
        return self.reason.startswith("changes since")

    @property
    def is_postponed(self) -> bool:
        """It was read a short time ago, and not again."""
        return self.reason.startswith("read ")


def write_configs(url: str, **more: str) -> None:
    """Write a configuration for the tap, with more settings, and for each target."""
    limit = {"requests": LIMIT, "seconds": SECONDS}
    configs: dict[str, dict[str, Any]] = {
        "tap": {
            "api_url": url,
            "api_key": "sandbox-key",
            "rate_limit": limit,
            **more,
        },
        "duckdb": {
            "path": str(DATABASE),
            "default_target_schema": SCHEMA,
            "add_metadata_columns": True,
        },
        "csv": {"output_path": str(HOME / "csv")},
    }
    for name, config in configs.items():
        text = json.dumps(config, indent=2) + "\n"
        (HOME / f"{name}.json").write_text(text, encoding="utf-8")


def run(targets: list[str], *, is_quiet: bool = False) -> list[Stream]:
    """Run `tap-moco | target-…`, with more than one target if need be.

    Args:
        targets: Their names without `target-`.
        is_quiet: Do not show each stream.

    Raises:
        DemoError: The tap or a target failed.
    """
    given = ["--config", str(HOME / "tap.json")]
    given += ["--state", str(STATE)] if STATE.exists() else []
    print(
        f"  $ tap-moco {shown(given)} | " + " + ".join(f"target-{t}" for t in targets)
    )
    with ExitStack() as stack:
        tap = start("tap-moco", given, out=subprocess.PIPE, err=subprocess.PIPE)
        stack.enter_context(tap)
        loads = {name: start_target(name, stack) for name in targets}
        teller = threading.Thread(target=pour, args=(tap, list(loads.values())))
        teller.start()
        streams = follow(tap, is_quiet=is_quiet)
        teller.join()
    for name, process in {"tap-moco": tap, **loads}.items():
        if process.returncode:
            log = HOME / ("tap.log" if process is tap else f"{name}.log")
            raise DemoError(f"{name} ended with {process.returncode}; see {log}")
    keep_state()
    return streams


def start(
    name: str, given: list[str], *, out: int | IO[bytes], err: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a program of this environment, without settings of the user's own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("TAP_MOCO_")}
    return subprocess.Popen(
        [str(BIN / name), *given],
        stdin=subprocess.DEVNULL if name.startswith("tap") else subprocess.PIPE,
        stdout=out,
        stderr=err,
        env=env,
    )


def start_target(name: str, stack: ExitStack) -> subprocess.Popen[bytes]:
    """Start a target; it writes the state to a file, and its log to another."""
    out = stack.enter_context((HOME / f"{name}.state").open("wb"))
    err = stack.enter_context((HOME / f"{name}.log").open("ab"))
    given = ["--config", str(HOME / f"{name}.json")]
    return stack.enter_context(start(f"target-{name}", given, out=out, err=err))


def pour(tap: subprocess.Popen[bytes], loads: list[subprocess.Popen[bytes]]) -> None:
    """Give every target what the tap writes, and keep it in a file."""
    pipes = [load.stdin for load in loads if load.stdin]
    with MESSAGES.open("wb") as kept:
        while chunk := tap.stdout.read1(CHUNK) if tap.stdout else b"":  # type: ignore[attr-defined]
            kept.write(chunk)
            for pipe in list(pipes):
                try:
                    pipe.write(chunk)
                    pipe.flush()
                except BrokenPipeError:  # noqa: PERF203 - its exit status says more
                    pipes.remove(pipe)
    for pipe in pipes:
        pipe.close()


def follow(tap: subprocess.Popen[bytes], *, is_quiet: bool) -> list[Stream]:
    """Show what the tap logs of each stream; return it."""
    streams: list[Stream] = []
    with (HOME / "tap.log").open("ab") as log:
        for line in tap.stderr or ():
            log.write(line)
            text = line.decode(errors="replace").rstrip()
            if found := LOGGED.search(text):
                if not is_quiet:
                    print(f"  {found['line']}", flush=True)
                records = int(found["records"].replace(",", ""))
                streams.append(Stream(found["name"], records, found["reason"]))
            elif "| WARNING" in text or "| ERROR" in text:
                print(f"  {text}", flush=True)
    return streams


def keep_state() -> None:
    """Keep the last state that the database's target confirmed."""
    states = (HOME / "duckdb.state").read_bytes().splitlines(keepends=True)
    STATE.write_bytes(states[-1])


@contextmanager
def sandbox(hooks: str) -> Iterator[str]:
    """Serve a made-up account; yield the URL of its API.

    Args:
        hooks: Where it sends its webhooks.

    Raises:
        DemoError: It did not start.
    """
    given = ["--port", "0", "--limit", f"{LIMIT}/{SECONDS}", "--webhooks", hooks]
    title("A made-up MOCO account, on this machine alone")
    print(f"  $ tap-moco-sandbox {shown(given)}")
    with start("tap-moco-sandbox", given, out=subprocess.PIPE, err=2) as process:
        try:
            line = process.stdout.readline() if process.stdout else b""
            if not line:
                raise DemoError("tap-moco-sandbox did not start")
            print(f"  {line.decode().strip()}")
            yield line.decode().strip()
        finally:
            process.terminate()


def account(url: str, method: str, name: str, body: object = None) -> Any:
    """Ask the account itself, beside its API: what it holds, or to change."""
    request = Request(  # noqa: S310 - http, to this machine
        url.replace("/api/v1", f"/sandbox/{name}"),
        method=method,
        data=None if body is None else json.dumps(body).encode(),
    )
    with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
        return json.load(answer)


def title(text: str) -> None:
    """Print what comes next."""
    print(f"\n{text}\n", flush=True)


def shown(given: list[str]) -> str:
    """Write arguments as a person would."""
    return " ".join(word.replace(f"{HOME.parent}/", "") for word in given)

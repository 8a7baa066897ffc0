"""A signal at any time: 143 or 130, and nothing on standard output but whole lines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.runs import COMMAND, TIMEOUT
from tests.support.secrets import note

from .running import environment, files, plain_config

if TYPE_CHECKING:
    from pathlib import Path

    from tap_moco.sandbox import Server

SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
SECONDS_TO_END = 4.0
OWN_FIELDS = "/account/custom_properties"
STATE = {"bookmarks": {"users": {"replication_key_value": "2026-01-01T00:00:00Z"}}}


def start(*options: str, **env: str) -> subprocess.Popen[bytes]:
    """Start the command."""
    return subprocess.Popen(
        [COMMAND, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # `communicate` would leave out what is buffered here
        env=environment(TAP_MOCO_LOGLEVEL="INFO", **env),
    )


def wait_for_request(server: Server, tap: subprocess.Popen[bytes], path: str) -> None:
    """Wait until the tap has asked for a path."""
    deadline = time.monotonic() + TIMEOUT
    while not any(entry.path == path for entry in server.requests):
        assert time.monotonic() < deadline
        assert tap.poll() is None
        os.sched_yield()


def ended(tap: subprocess.Popen[bytes], number: signal.Signals) -> list[Any]:
    """Send a signal; return the messages that the tap wrote until it ended."""
    tap.send_signal(number)
    sent = time.monotonic()
    output, errors = tap.communicate(timeout=TIMEOUT)
    assert time.monotonic() - sent < SECONDS_TO_END
    note("stdout", output)
    note("stderr", errors)
    assert tap.returncode == 128 + number
    assert b"Traceback" not in errors
    assert not output or output.endswith(b"\n")
    return [json.loads(line) for line in output.splitlines()]


@SIGNALS
@pytest.mark.parametrize("module", ["click", "singer_sdk.mapper", "tap_moco.inputs"])
def test_while_it_imports(number: signal.Signals, module: str) -> None:
    """Python says on standard error what it has imported, and the tap is not ready."""
    tap = start("--discover", PYTHONPROFILEIMPORTTIME="1")
    assert tap.stderr
    line = b" "
    while line and line.decode().split("|")[-1].strip() != module:
        line = tap.stderr.readline()
    assert line, "it was never imported"
    assert ended(tap, number) == []


@SIGNALS
@pytest.mark.parametrize(
    "options", [(), ("--discover",), ("--test",), ("--test=schema",)]
)
@pytest.mark.parametrize("fault", ["timeout", "429"])
def test_while_it_prepares(
    tmp_path: Path,
    server: Server,
    number: signal.Signals,
    options: tuple[str, ...],
    fault: str,
) -> None:
    """It asks for custom fields, and the answer does not come."""
    more = {"seconds": 30} if fault == "timeout" else {}
    server.faults.add(fault, OWN_FIELDS, times=None, **more)
    config = plain_config(server.url, custom_fields="typed", max_wait_seconds=600)
    given = files(tmp_path, config, ("projects",), STATE)
    tap = start(*given, *options)
    wait_for_request(server, tap, OWN_FIELDS)
    assert ended(tap, number) == []


@SIGNALS
@pytest.mark.parametrize("state", [None, STATE])
def test_while_the_first_list_is_asked_for(
    tmp_path: Path, server: Server, number: signal.Signals, state: Any
) -> None:
    """Nothing was read: no state is written that is less than what was given."""
    server.faults.add("timeout", "/users", times=None, seconds=30)
    given = files(tmp_path, plain_config(server.url), ("users",), state)
    tap = start(*given)
    wait_for_request(server, tap, "/users")
    messages = ended(tap, number)
    assert {message["type"] for message in messages} <= {"SCHEMA", "STATE"}
    bookmarks = [m["value"]["bookmarks"] for m in messages if m["type"] == "STATE"]
    assert all(kept == STATE["bookmarks"] for kept in bookmarks if state)
    assert not any(any(kept.values()) for kept in bookmarks if not state)


@SIGNALS
def test_while_a_test_waits(
    tmp_path: Path, server: Server, number: signal.Signals
) -> None:
    first = "/activities"
    server.faults.add("timeout", first, times=None, seconds=30)
    tap = start(*files(tmp_path, plain_config(server.url)), "--test")
    wait_for_request(server, tap, first)
    assert "RECORD" not in {message["type"] for message in ended(tap, number)}


@SIGNALS
def test_while_a_catalog_is_written(number: signal.Signals) -> None:
    """A reader that is slow gets all of it."""
    tap = start("--discover", PYTHONUNBUFFERED="1")
    assert tap.stdout
    first = tap.stdout.read(1)  # it is being written, and more than a pipe holds
    tap.send_signal(number)
    output, errors = tap.communicate(timeout=TIMEOUT)
    note("stderr", errors)
    assert tap.returncode == 128 + number
    assert len(json.loads(first + output)["streams"]) > 50

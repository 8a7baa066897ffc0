"""The installed command: pipes, signals, and a target that is not there."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
from typing import IO, TYPE_CHECKING
from unittest.mock import patch

import pytest

from tap_moco.sandbox import generate_account, serve
from tests.support.runs import COMMAND, TIMEOUT
from tests.support.secrets import note
from tests.support.target import Target

from .running import environment, files, plain_config, run_command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_moco.sandbox import Server

STREAMS = ("activities", "deal_categories", "users")
SECONDS_TO_END = 2.0


@pytest.fixture(scope="module")
def slow_server() -> Iterator[Server]:
    """Serve 3,000 activities, each answer after a while: a run of some seconds."""
    with serve(generate_account(1), latency=0.05) as server:
        yield server


def start(
    folder: Path,
    server: Server,
    stdout: int | IO[bytes] = subprocess.PIPE,
    **more: object,
) -> subprocess.Popen[bytes]:
    """Start the command on many small pages."""
    config = plain_config(server.url, concurrency=1, **more)
    return subprocess.Popen(
        [COMMAND, *files(folder, config, STREAMS)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        bufsize=0,  # `communicate` would leave out what is buffered here
        env=environment(),
    )


def test_broken_pipe(tmp_path: Path, slow_server: Server) -> None:
    """When the target dies the tap stops at once, in one line."""
    slow_server.clear()
    tap = start(tmp_path, slow_server)
    assert tap.stdout
    assert tap.stderr
    tap.stdout.read(1000)
    tap.stdout.close()
    errors = tap.stderr.read().decode()
    tap.stderr.close()
    note("stderr", errors)
    assert tap.wait(timeout=TIMEOUT) not in {0, None}
    assert [x for x in errors.splitlines() if "target has closed the pipe" in x]
    assert len([x for x in errors.splitlines() if "| ERROR" in x]) == 1
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
    assert len(slow_server.requests) < 30, "it went on reading"


@pytest.mark.parametrize("options", ["--discover", "--about", "--help"])
def test_broken_pipe_of_a_reader(tmp_path: Path, server: Server, options: str) -> None:
    """`tap-moco --discover | head -c 10` shows no traceback either."""
    given = files(tmp_path, plain_config(server.url))
    tap = subprocess.Popen(
        [COMMAND, *given, options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(TAP_MOCO_LOGLEVEL="INFO"),
    )
    assert tap.stdout
    tap.stdout.close()
    assert tap.stderr
    errors = tap.stderr.read().decode()
    tap.stderr.close()
    note("stderr", errors)
    tap.wait(timeout=TIMEOUT)
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
    assert "unexpected" not in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_signal(
    tmp_path: Path, slow_server: Server, number: signal.Signals, unbuffered: str
) -> None:
    """A signal ends the tap in 2 s, with whole lines and the state so far.

    With PYTHONUNBUFFERED, as in most containers, a write that a signal
    interrupts is short.
    """
    slow_server.clear()
    with patch.dict(os.environ, PYTHONUNBUFFERED=unbuffered):
        tap = start(tmp_path, slow_server)
    assert tap.stdout
    line = tap.stdout.readline()
    while not line.startswith(b'{"type":"RECORD"'):
        assert line, "it ended before there was a record"
        line = tap.stdout.readline()
    tap.send_signal(number)
    sent = time.monotonic()
    output, errors = tap.communicate(timeout=TIMEOUT)
    assert time.monotonic() - sent < SECONDS_TO_END
    note("stdout", output)
    note("stderr", errors)
    assert tap.returncode == 128 + number
    lines = [json.loads(line) for line in output.splitlines()]
    assert output.endswith(b"\n")
    assert lines[-1]["type"] == "STATE"
    assert b"Traceback" not in errors
    assert f"ended by {number.name}".encode() in errors


def test_signal_keeps_what_was_done(tmp_path: Path, slow_server: Server) -> None:
    """Streams that were read before the signal are in the last state."""
    slow_server.clear()
    slow_server.faults.add("timeout", "/users", times=None, seconds=30)
    with (tmp_path / "out").open("wb") as out:
        tap = start(tmp_path, slow_server, stdout=out)
    deadline = time.monotonic() + TIMEOUT
    while not any(e.path == "/users" for e in slow_server.requests):
        assert time.monotonic() < deadline
        assert tap.poll() is None
        os.sched_yield()
    tap.send_signal(signal.SIGTERM)
    sent = time.monotonic()
    _, errors = tap.communicate(timeout=TIMEOUT)
    assert time.monotonic() - sent < SECONDS_TO_END
    note("stderr", errors)
    target = Target()
    target.load((tmp_path / "out").read_text())
    assert len(target.rows["activities"]) == 3000
    assert target.bookmark("activities")["replication_key_value"]
    assert target.bookmark("deal_categories")["sweep"]["completed_at"]
    assert "replication_key_value" not in target.bookmark("users")


def test_signal_while_waiting_for_the_limit(
    tmp_path: Path, slow_server: Server
) -> None:
    """The wait for the limit, or between tries, does not outlast a signal."""
    slow_server.clear()
    limit = {"requests": 2, "seconds": 60}
    with (tmp_path / "out").open("wb") as out:
        tap = start(tmp_path, slow_server, stdout=out, rate_limit=limit)
    deadline = time.monotonic() + TIMEOUT
    while len(slow_server.requests) < 2:
        assert time.monotonic() < deadline
        assert tap.poll() is None
        os.sched_yield()
    tap.send_signal(signal.SIGTERM)
    sent = time.monotonic()
    _, errors = tap.communicate(timeout=TIMEOUT)
    assert time.monotonic() - sent < SECONDS_TO_END
    note("stderr", errors)
    assert tap.returncode == 128 + signal.SIGTERM
    last = (tmp_path / "out").read_bytes().splitlines()[-1]
    assert json.loads(last)["type"] == "STATE"


def test_target_that_never_reads(tmp_path: Path, slow_server: Server) -> None:
    """A full pipe does not keep the tap from ending on a signal."""
    slow_server.clear()
    reading, writing = os.pipe()
    tap = start(tmp_path, slow_server, stdout=writing)
    os.close(writing)
    deadline = time.monotonic() + TIMEOUT
    seen, since = -1, time.monotonic()
    # At least one request, and then none for a second: it is blocked.
    while seen < 1 or time.monotonic() - since < 1:
        assert time.monotonic() < deadline
        assert tap.poll() is None
        if len(slow_server.requests) != seen:
            seen, since = len(slow_server.requests), time.monotonic()
        os.sched_yield()
    assert seen < 30, "it never was blocked"
    tap.send_signal(signal.SIGTERM)
    sent = time.monotonic()
    tap.wait(timeout=TIMEOUT)
    assert time.monotonic() - sent < SECONDS_TO_END + 0.5
    os.close(reading)
    assert tap.returncode == 128 + signal.SIGTERM
    assert tap.stderr
    errors = tap.stderr.read()
    tap.stderr.close()
    note("stderr", errors)
    assert b"Traceback" not in errors


def test_summary(tmp_path: Path, server: Server) -> None:
    """The last lines say what was read, skipped and failed, and why."""
    server.faults.add("403", "^/deal_categories", times=None)
    server.faults.add("500", "^/users", times=None)
    config = plain_config(server.url, max_retries=0)
    outcome = run_command(*files(tmp_path, config, STREAMS))
    assert outcome.code == 1
    head, *lines = [line.split("| ")[-1] for line in outcome.err.splitlines()[-3:]]
    assert head.startswith("1 stream read, 1 skipped, 1 failed; 300 records, ")
    assert any(line.startswith("skipped deal_categories: 403 ") for line in lines)
    assert any(line.startswith("failed users: /users: 500 ") for line in lines)


def test_on_forbidden(tmp_path: Path, server: Server) -> None:
    """`on_forbidden: fail` makes a missing right a failure."""
    server.faults.add("403", "^/deal_categories", times=None)
    config = plain_config(server.url, on_forbidden="fail")
    outcome = run_command(*files(tmp_path, config, STREAMS))
    assert outcome.code == 1
    assert outcome.lines("deal_categories failed: 403")
    assert len(outcome.target.rows["activities"]) == 300


# Standard streams that are not there


def in_shell(tmp_path: Path, server: Server, ends: str) -> tuple[int, str]:
    """Run the command in a shell that closes streams; return status and log."""
    given = shlex.join(files(tmp_path, plain_config(server.url), STREAMS))
    done = subprocess.run(
        ["/bin/sh", "-c", f"{COMMAND} {given} {ends}"],
        cwd=tmp_path,
        capture_output=True,
        env=environment(TAP_MOCO_LOGLEVEL="INFO"),
        timeout=TIMEOUT,
        check=False,
    )
    note("stdout", done.stdout)
    note("stderr", done.stderr)
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize("ends", ["<&-", "2>&-", "<&- 2>&-", "2>/dev/full"])
def test_closed_streams(tmp_path: Path, server: Server, ends: str) -> None:
    """Nobody listens to the log, or has anything to say: the run goes on."""
    status, _ = in_shell(tmp_path, server, f"{ends} >out")
    assert status == 0
    target = Target()
    target.load((tmp_path / "out").read_text())
    assert len(target.rows["activities"]) == 300


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (">&-", "standard output is closed"),
        (">/dev/full", "No space left on device"),
        ("1</dev/null", "Bad file descriptor"),
    ],
)
def test_output_that_cannot_be_written(
    tmp_path: Path, server: Server, ends: str, words: str
) -> None:
    status, log = in_shell(tmp_path, server, ends)
    assert status == 1
    (line,) = [line for line in log.splitlines() if "ERROR" in line]
    assert words in line
    assert "Traceback" not in log
    assert "unexpected" not in log


def test_closed_output_sends_nothing(tmp_path: Path, server: Server) -> None:
    assert in_shell(tmp_path, server, ">&- 2>&-")[0] == 1
    assert not server.requests

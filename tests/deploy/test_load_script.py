"""container/load.sh, which the container runs, with a tap and a target of this test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.support.environments import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = ROOT / "container" / "load.sh"
TAP = """\
echo "$@" >>"$DATA/tap.args"
{body}
"""
TARGET = """\
cat >>"$DATA/loaded"
{body}
"""
PATIENCE = 30


def program(path: Path, text: str) -> str:
    """Write a program of the shell; return its path."""
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(0o755)
    return str(path)


@contextmanager
def started(
    folder: Path, tap: str = "echo row", target: str = "", every: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """Start the script with a tap and a target that do as they are asked."""
    env = {
        "PATH": os.environ["PATH"],
        "DATA": str(folder),
        "EVERY": every,
        "TAP": program(folder / "tap", TAP.format(body=tap)),
        "TARGET": program(folder / "target", TARGET.format(body=target)),
    }
    with subprocess.Popen(
        [str(SCRIPT)],
        env=env,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what a failed test left


def run(folder: Path, tap: str = "echo row", target: str = "") -> tuple[int, str]:
    """Run the script once; return its status, and what it said."""
    with started(folder, tap, target) as process:
        _, error = process.communicate(timeout=PATIENCE)
        return process.returncode, error


def state(folder: Path) -> object:
    """Return the state that was kept."""
    return json.loads((folder / "state.json").read_text())


def wait_for(path: Path, text: str) -> None:
    """Wait until a file has a text."""
    deadline = time.monotonic() + PATIENCE
    while not (path.exists() and text in path.read_text()):
        assert time.monotonic() < deadline, f"{path} never had {text!r}"
        time.sleep(0.02)


def test_the_last_state_is_given_to_the_next_run(tmp_path: Path) -> None:
    states = """echo '{"run": 1}'; echo '{"run": 2}'"""
    assert run(tmp_path, target=states)[0] == 0
    assert state(tmp_path) == {"run": 2}
    assert run(tmp_path)[0] == 0
    first, second = (tmp_path / "tap.args").read_text().splitlines()
    assert first == "--config=ENV"
    assert second == f"--config=ENV --state {tmp_path}/state.json"
    assert state(tmp_path) == {"run": 2}, "a run that confirms nothing changes nothing"


@pytest.mark.parametrize(
    ("tap", "target", "words"),
    [
        ("exit 3", "", "the tap ended with 3, the target with 0"),
        ("", "exit 4", "the tap ended with 0, the target with 4"),
        ("exit 3", "exit 4", "the tap ended with 3, the target with 4"),
    ],
)
def test_a_failure_of_either_is_one_of_both(
    tmp_path: Path, tap: str, target: str, words: str
) -> None:
    status, error = run(tmp_path, tap, f"""echo '{{"run": 1}}'; {target}""")
    assert status == 1
    assert words in error
    assert state(tmp_path) == {"run": 1}, "what was confirmed is kept all the same"


def test_what_a_killed_run_confirmed_is_kept(tmp_path: Path) -> None:
    """The machine lost power: the states are there, the last line is half of one."""
    (tmp_path / "confirmed.jsonl").write_text('{"run": 1}\n{"run": 2}\n{"ru')
    assert run(tmp_path)[0] == 0
    assert state(tmp_path) == {"run": 2}
    assert "--state" in (tmp_path / "tap.args").read_text()


def test_a_stop_lets_the_target_finish(tmp_path: Path) -> None:
    """SIGTERM reaches the tap alone, which ends; the target loads what came."""
    tap = "trap 'kill $!; echo last; exit 143' TERM; echo first; sleep 60 & wait"
    target = """sleep 0.3; echo '{"run": 1}'"""
    with started(tmp_path, tap, target, every="60") as process:
        wait_for(tmp_path / "loaded", "first")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 143
    assert (tmp_path / "loaded").read_text() == "first\nlast\n"
    assert state(tmp_path) == {"run": 1}


def test_it_loads_again_and_stops_while_it_waits(tmp_path: Path) -> None:
    """A failed load is no reason to stop."""
    with started(tmp_path, "exit 3", every="1") as process:
        wait_for(tmp_path / "tap.args", "--config=ENV\n--config=ENV\n")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 143

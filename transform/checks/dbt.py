"""dbt, as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from .loading import TIMEOUT, TODAY

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).resolve().parent.parent
BIN = PROJECT.parent / ".venv-dbt" / "bin"
FINE = {"success", "pass", "no-op"}


@dataclass(frozen=True)
class Result:
    """What became of a dbt command.

    Attributes:
        status: The exit status.
        output: What dbt printed.
        statuses: The status of each model and test by name.
    """

    status: int
    output: str
    statuses: dict[str, str]

    @property
    def not_fine(self) -> dict[str, str]:
        """The models and tests that failed, or warn, or were skipped."""
        return {name: seen for name, seen in self.statuses.items() if seen not in FINE}


@dataclass(frozen=True)
class Dbt:
    """A database, and dbt's settings for it.

    Attributes:
        folder: Where dbt keeps its own files.
        environment: Where the database is, as profiles.yml asks for it.
        project: The folder of the dbt project.
    """

    folder: Path
    environment: Mapping[str, str]
    project: Path = PROJECT

    def run(self, *command: str, **variables: Any) -> Result:
        """Run a command, such as `build`, with variables of the project."""
        results = self.folder / "target" / "run_results.json"
        results.unlink(missing_ok=True)
        given = json.dumps({"moco__today": TODAY, **variables})
        done = subprocess.run(
            [str(BIN / "dbt"), "--no-use-colors", *command, "--vars", given],
            cwd=self.project,
            env=self._env(),
            capture_output=True,
            text=True,
            check=False,
            timeout=2 * TIMEOUT,
        )
        return Result(done.returncode, done.stdout + done.stderr, _statuses(results))

    def build(self, *options: str, **variables: Any) -> Result:
        """Build and test everything; all of it has to be fine."""
        result = self.run("build", *options, **variables)
        assert not result.not_fine, result.output[-6000:]
        assert result.status == 0, result.output[-6000:]
        assert result.statuses
        return result

    def _env(self) -> dict[str, str]:
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("DBT_")},
            **self.environment,
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT),
        }


def _statuses(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    results = json.loads(path.read_text())["results"]
    return {row["unique_id"].split(".", 2)[2]: row["status"] for row in results}


def duckdb(folder: Path, path: Path, project: Path = PROJECT) -> Dbt:
    """Return dbt for a DuckDB file."""
    environment = {"DBT_TARGET": "duckdb", "DBT_DUCKDB_PATH": str(path)}
    return Dbt(folder, environment, project)


def postgres(folder: Path, url: str, schema: str) -> Dbt:
    """Return dbt for a PostgreSQL that listens on a socket in a folder."""
    parts = urlsplit(url)
    environment = {
        "DBT_TARGET": "postgres",
        "DBT_SCHEMA": schema,
        "DBT_POSTGRES_HOST": parse_qs(parts.query)["host"][0],
        "DBT_POSTGRES_USER": parts.username or "postgres",
        "DBT_POSTGRES_DATABASE": parts.path.strip("/"),
    }
    return Dbt(folder, environment)

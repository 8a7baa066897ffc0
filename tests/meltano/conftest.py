"""A Meltano project made of `meltano.yml`, whose tap is the one under test."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tap_moco.sandbox import generate_account, serve
from tests.support.environments import ROOT
from tests.support.process import environment
from tests.support.runs import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_moco.sandbox import Server

MELTANO = ROOT / ".venv-meltano/bin/meltano"
TIMEOUT = 120


@dataclass
class Project:
    """A Meltano project in a folder of its own."""

    folder: Path

    def run(
        self, *options: str, env: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run Meltano with these variables, and with none of whoever runs the tests."""
        return subprocess.run(
            [MELTANO, *options],
            cwd=self.folder,
            env={**environment(NO_COLOR="1", NO_PROXY="*"), **env},
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=TIMEOUT,
        )


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve a small account."""
    with serve(generate_account(0.1)) as server:
        yield server


@pytest.fixture(scope="package")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that tests share; nothing is loaded there."""
    return make_project(tmp_path_factory.mktemp("meltano"))


@pytest.fixture
def own_project(tmp_path: Path) -> Project:
    """A project without a state."""
    return make_project(tmp_path)


def make_project(folder: Path) -> Project:
    """Make a project whose tap and loader for DuckDB need no installation."""
    if not MELTANO.exists():
        pytest.fail("Meltano is not installed here; run `make test-meltano`")
    content = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    plugins = content["plugins"]
    (extractor,) = plugins["extractors"]
    (loader,) = [one for one in plugins["loaders"] if one["name"] == "target-duckdb"]
    for plugin in (extractor, loader):
        del plugin["pip_url"]
        plugin["executable"] = str(Path(COMMAND).with_name(plugin["name"]))
    (folder / "meltano.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return Project(folder)

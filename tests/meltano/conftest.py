"""A Meltano project made of `meltano.yml`, whose tap is the one under test."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.support.environments import ROOT
from tests.support.process import environment
from tests.support.runs import COMMAND

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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


@pytest.fixture(scope="package")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make the project; its tap needs no installation."""
    if not MELTANO.exists():
        pytest.fail("Meltano is not installed here; run `make test-meltano`")
    folder = tmp_path_factory.mktemp("meltano")
    content = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    (extractor,) = content["plugins"]["extractors"]
    del extractor["pip_url"]
    extractor["executable"] = COMMAND
    (folder / "meltano.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return Project(folder)

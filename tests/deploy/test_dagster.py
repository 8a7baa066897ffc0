"""The project of examples/dagster: 20 accounts, of which two fail."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import generate_account, serve
from tests.support.environments import ROOT, Environment
from tests.support.expected import Expectation, normalized
from tests.support.postgres import postgresql
from tests.support.runs import COMMAND, KEY, NO_LIMIT, discovered, select
from tests.targets.comparison import Difference, keyed
from tests.targets.stores import Postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tap_moco.sandbox import Server

pytestmark = pytest.mark.installs

PROJECT = ROOT / "examples" / "dagster"
DAGSTER = Environment("dagster", ("-e", f"{PROJECT}[dagster]"))
MODULE = ("-m", "moco_accounts.definitions")
STREAMS = ("activities", "projects", "users")
COUNT = 20
WRONG_KEY, BROKEN = "account_07", "account_13"
PATIENCE = 900

RUNS = """
import json, dagster as dg
instance = dg.DagsterInstance.get()
runs = {}
for record in reversed(instance.get_run_records()):
    run = record.dagster_run
    seen = {"status": run.status.value, "backfill": run.tags.get("dagster/backfill")}
    for entry in instance.all_logs(run.run_id):
        event = entry.dagster_event
        kind = event.event_type_value if event else None
        if kind == "STEP_FAILURE":
            seen["words"] = event.step_failure_data.user_failure_data.description
        if kind == "ASSET_MATERIALIZATION":
            data = event.step_materialization_data.materialization.metadata
            seen["rows"] = int(data["dagster/row_count"].value)
    runs.setdefault(run.tags["dagster/partition"], []).append(seen)
print(json.dumps(runs))
"""
SCHEDULE = """
import datetime, json, sys
import dagster as dg
from moco_accounts.definitions import defs
repository, instance = defs.get_repository_def(), dg.DagsterInstance.get()
job = repository.get_job("moco_warehouse_job")
instance.create_run_for_job(
    job, status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": sys.argv[1]}
)
context = dg.build_schedule_context(
    instance=instance,
    scheduled_execution_time=datetime.datetime(2026, 1, 1),
    repository_def=repository,
)
schedule = repository.get_schedule_def("moco_warehouse_schedule")
tick = schedule.evaluate_tick(context)
print(json.dumps([request.partition_key for request in tick.run_requests]))
"""
RETRY = """
mutation {{
  reexecutePartitionBackfill(
    reexecutionParams: {{parentRunId: "{backfill}", strategy: FROM_FAILURE}}
  ) {{ __typename }}
}}
"""
Runs = dict[str, list[dict[str, Any]]]


@dataclass
class Project:
    """The project, with a daemon of its own.

    Attributes:
        servers: The MOCO account of each partition.
        database: The address of the database.
    """

    servers: dict[str, Server]
    database: str
    folder: Path
    env: Mapping[str, str]

    def command(self, name: str, *arguments: str) -> str:
        """Run a command of Dagster's environment; return what it wrote."""
        done = subprocess.run(
            [DAGSTER.command(name), *arguments],
            capture_output=True,
            check=False,
            cwd=self.folder,
            encoding="utf-8",
            env=self.env,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def runs(self) -> Runs:
        """Return all runs of each account, the first one first."""
        runs: Runs = json.loads(self.command("python", "-c", RUNS).splitlines()[-1])
        return runs

    def wait_for_runs(self, count: int) -> Runs:
        """Wait until so many runs have ended."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            runs = self.runs()
            every = [run for one in runs.values() for run in one]
            if sum(run["status"] in {"SUCCESS", "FAILURE"} for run in every) >= count:
                return runs
            time.sleep(2)
        pytest.fail(f"{count} runs did not end in {PATIENCE} s: {runs}")

    def wait_for_partitions(self) -> None:
        """Wait until the sensor has made a partition for each account."""
        program = (
            "import dagster as dg; print(len(dg.DagsterInstance.get()"
            ".get_dynamic_partitions('moco_warehouse')))"
        )
        deadline = time.monotonic() + PATIENCE
        while self.command("python", "-c", program).split()[-1:] != [str(COUNT)]:
            assert time.monotonic() < deadline, "the sensor made no partitions"
            time.sleep(1)

    def differences(self, account: str) -> Difference:
        """Compare an account's tables with the account."""
        store = Postgres(self.folder, self.database, f"moco_{account}")
        expectation, difference = Expectation(self.servers[account]), Difference()
        entries = {entry["tap_stream_id"]: entry for entry in discovered()["streams"]}
        for stream in STREAMS:
            schema, names = entries[stream]["schema"], entries[stream]["key_properties"]
            wanted = [normalized(row, schema) for row in expectation.rows(stream)]
            difference.add(
                stream,
                schema,
                keyed(wanted, names, schema),
                keyed(store.rows(stream), names, schema),
            )
        return difference


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Run the daemon with a file of 20 accounts."""
    DAGSTER.install()
    Postgres.environment.install()
    folder = tmp_path_factory.mktemp("dagster")
    home = folder / "home"
    home.mkdir()
    shutil.copy(PROJECT / "dagster.yaml", home)
    with ExitStack() as stack:
        database = stack.enter_context(postgresql())
        servers = {
            f"account_{number:02}": stack.enter_context(
                serve(generate_account(0.3, seed=number))
            )
            for number in range(COUNT)
        }
        (folder / "accounts.yaml").write_text(json.dumps(_accounts(servers, folder)))
        env = {
            **os.environ,
            "DAGSTER_HOME": str(home),
            "MOCO_ACCOUNTS": str(folder / "accounts.yaml"),
            "MOCO_CRON": "0 0 1 1 *",
            "MOCO_LOGS": str(folder / "logs"),
            "MOCO_RETRIES": "0",
            "MOCO_STATES": database.replace("postgresql:", "postgresql+psycopg:"),
            "MOCO_KEY": KEY,
            "WAREHOUSE_URL": database,
        }
        project = Project(servers, database, folder, env)
        assert project.runs() == {}  # makes Dagster's own tables, before the daemon
        daemon = [DAGSTER.command("dagster-daemon"), "run", *MODULE]
        log = stack.enter_context((folder / "daemon.log").open("wb"))
        process = stack.enter_context(
            subprocess.Popen(daemon, cwd=folder, env=env, stdout=log, stderr=log)
        )
        stack.callback(process.terminate)
        yield project


def _accounts(servers: Mapping[str, Server], folder: Path) -> dict[str, Any]:
    catalog = folder / "catalog.json"
    catalog.write_text(json.dumps(select(*STREAMS)))
    config = {"sqlalchemy_url": "$WAREHOUSE_URL", "add_record_metadata": True}
    target = Postgres.environment.command("target-postgres")
    return {
        "tap": str(COMMAND),
        "databases": {"warehouse": {"target": target, "config": config}},
        "accounts": {
            name: {
                "database": "warehouse",
                "api_key": "$MOCO_KEY",
                "settings": {"api_url": server.url, "rate_limit": NO_LIMIT},
                "catalog": str(catalog),
            }
            for name, server in servers.items()
        },
    }


def test_twenty_accounts_of_which_two_fail(project: Project) -> None:
    """18 are loaded, two are red with their line, and a retry runs only those two."""
    failing = {WRONG_KEY, BROKEN}
    project.servers[WRONG_KEY].faults.add("401", times=None)
    project.servers[BROKEN].faults.add("400", r"^/activities", times=None)
    project.wait_for_partitions()
    job = ("-j", "moco_warehouse_job", "--noprompt", *MODULE)
    project.command("dagster", "job", "backfill", *job, "--all", "everything")

    runs = project.wait_for_runs(COUNT)
    assert {name for name, (run,) in runs.items() if run["status"] == "FAILURE"} == (
        failing
    )
    for name in project.servers.keys() - failing:
        difference = project.differences(name)
        assert (difference.missing, difference.left, difference.manners) == ({}, {}, {})
        assert runs[name][0]["rows"] == sum(
            len(project.servers[name].account.ids(stream)) for stream in STREAMS
        )
    assert "401" in runs[WRONG_KEY][0]["words"]
    assert "activities" in runs[BROKEN][0]["words"]
    assert KEY not in json.dumps(runs)
    assert not list(project.folder.glob("logs/*/*/work")), "passwords were left behind"

    for server in project.servers.values():
        server.clear()
    text = RETRY.format(backfill=runs[BROKEN][0]["backfill"])
    project.command("dagster-graphql", *MODULE, "-t", text)
    runs = project.wait_for_runs(COUNT + len(failing))
    asked = {name for name, server in project.servers.items() if server.requests}
    assert asked == failing
    for name in failing:
        assert [run["status"] for run in runs[name]] == ["FAILURE", "SUCCESS"]
        difference = project.differences(name)
        assert (difference.missing, difference.left, difference.manners) == ({}, {}, {})


def test_the_schedule_leaves_out_what_is_under_way(project: Project) -> None:
    """A first load that takes hours is not started a second time."""
    project.wait_for_partitions()
    out = project.command("python", "-c", SCHEDULE, BROKEN)
    assert set(json.loads(out.splitlines()[-1])) == set(project.servers) - {BROKEN}

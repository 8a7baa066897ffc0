"""The project of examples/dagster: 20 accounts, of which two fail."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import generate_account, serve
from tests.support.environments import ROOT, Environment
from tests.support.postgres import postgresql
from tests.support.runs import COMMAND, KEY, NO_LIMIT, select
from tests.targets.stores import Postgres

from .loaded import assert_loaded

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
PATIENCE = 1800

RUNS = """
import json, sys, time
import dagster as dg
instance = dg.DagsterInstance.get()
Status = dg.DagsterRunStatus
ended = dg.RunsFilter(statuses=[Status.SUCCESS, Status.FAILURE])
wanted, deadline = int(sys.argv[1]), time.monotonic() + float(sys.argv[2])
while instance.get_runs_count(ended) < wanted and time.monotonic() < deadline:
    time.sleep(0.5)
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
PARTITIONS = """
import sys, time
import dagster as dg
instance = dg.DagsterInstance.get()
wanted, deadline = int(sys.argv[1]), time.monotonic() + float(sys.argv[2])
while (
    len(found := instance.get_dynamic_partitions("moco_warehouse")) < wanted
    and time.monotonic() < deadline
):
    time.sleep(0.5)
print(len(found))
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


@contextmanager
def chat_room() -> Iterator[tuple[str, queue.Queue[str]]]:
    """Take lines as a chat's incoming webhook does; give its address, and the lines."""
    lines: queue.Queue[str] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            lines.put(json.loads(body)["text"])
            self.send_response(200)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", lines
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Project:
    """The project, with a daemon of its own.

    Attributes:
        servers: The MOCO account of each partition.
        chat: The lines that were sent to a chat room.
        database: The address of the database.
    """

    servers: dict[str, Server]
    chat: queue.Queue[str]
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

    def runs(self, ended: int = 0) -> Runs:
        """Wait until so many runs have ended; return all of each account, in order."""
        runs: Runs = json.loads(self._waiting(RUNS, ended))
        every = [run["status"] for one in runs.values() for run in one]
        assert sum(map(every.count, ("SUCCESS", "FAILURE"))) >= ended, runs
        return runs

    def wait_for_partitions(self) -> None:
        """Wait until the sensor has made a partition for each account."""
        assert self._waiting(PARTITIONS, COUNT) == str(COUNT)

    def _waiting(self, program: str, wanted: int) -> str:
        """Run a program that waits for something; it takes seconds to start one."""
        arguments = ("-c", program, str(wanted), str(PATIENCE - 60))
        return self.command("python", *arguments).splitlines()[-1]

    def assert_loaded(self, account: str) -> None:
        """Compare an account's tables with the account."""
        store = Postgres(self.folder, self.database, f"moco_{account}")
        assert_loaded(self.servers[account], store, STREAMS)


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
        url, chat = stack.enter_context(chat_room())
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
            "MOCO_ALERT_URL": url,
            "MOCO_CRON": "0 0 1 1 *",
            "MOCO_LOGS": str(folder / "logs"),
            "MOCO_RETRIES": "0",
            "MOCO_STATES": database.replace("postgresql:", "postgresql+psycopg:"),
            "MOCO_KEY": KEY,
            "WAREHOUSE_URL": database,
        }
        project = Project(servers, chat, database, folder, env)
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

    runs = project.runs(ended=COUNT)
    assert {name for name, (run,) in runs.items() if run["status"] == "FAILURE"} == (
        failing
    )
    for name in project.servers.keys() - failing:
        project.assert_loaded(name)
        assert runs[name][0]["rows"] == sum(
            len(project.servers[name].account.ids(stream)) for stream in STREAMS
        )
    assert "401" in runs[WRONG_KEY][0]["words"]
    assert "activities" in runs[BROKEN][0]["words"]
    assert KEY not in json.dumps(runs)
    assert not list(project.folder.glob("logs/*/*/work")), "passwords were left behind"

    said = sorted(project.chat.get(timeout=PATIENCE) for _ in failing)
    assert [line.split(":")[0] for line in said] == sorted(f"MOCO {n}" for n in failing)
    assert "401" in said[0]

    for server in project.servers.values():
        server.clear()
    text = RETRY.format(backfill=runs[BROKEN][0]["backfill"])
    project.command("dagster-graphql", *MODULE, "-t", text)
    runs = project.runs(ended=COUNT + len(failing))
    asked = {name for name, server in project.servers.items() if server.requests}
    assert asked == failing
    for name in failing:
        assert [run["status"] for run in runs[name]] == ["FAILURE", "SUCCESS"]
        project.assert_loaded(name)


def test_the_schedule_leaves_out_what_is_under_way(project: Project) -> None:
    """A first load that takes hours is not started a second time."""
    project.wait_for_partitions()
    out = project.command("python", "-c", SCHEDULE, BROKEN)
    assert set(json.loads(out.splitlines()[-1])) == set(project.servers) - {BROKEN}


def test_old_runs_and_their_logs_are_deleted(project: Project) -> None:
    """What is under way stays, and so does what is young."""
    before = project.runs()
    cleanup = ("python", "-m", "moco_accounts.cleanup")
    assert "0 runs and 0 folders" in project.command(*cleanup, "30")
    assert project.runs() == before
    project.command(*cleanup, "0")
    left = {run["status"] for one in project.runs().values() for run in one}
    assert left <= {"STARTED"}
    assert not list(project.folder.glob("logs/*/*"))

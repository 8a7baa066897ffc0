"""`meltano run`: states, failures, whole reads, and the schedule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.support.runs import asked

if TYPE_CHECKING:
    from subprocess import CompletedProcess

    from tap_moco.sandbox import Server

    from .conftest import Project

pytestmark = pytest.mark.meltano

JOB = "moco-to-duckdb"
STATE = "dev:tap-moco-to-target-duckdb"
STREAMS = ("activities", "invoices", "users")


class Pipeline:
    """A project, its account and the database that it loads."""

    def __init__(self, project: Project, server: Server) -> None:
        """Read few streams, and ask for nothing twice."""
        self.project, self.server = project, server
        self.env = {
            "TAP_MOCO_API_URL": server.url,
            "TAP_MOCO_API_KEY": "sandbox-key",
            "TAP_MOCO_RATE_LIMIT": '{"requests": 100000, "seconds": 1}',
            "TAP_MOCO_MAX_RETRIES": "0",
            "TAP_MOCO__SELECT": json.dumps([f"{stream}.*" for stream in STREAMS]),
        }

    def meltano(self, *options: str, status: int = 0) -> CompletedProcess[str]:
        """Run Meltano, which ends with this status."""
        self.server.requests.clear()
        done = self.project.run(*options, env=self.env)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def states(self) -> dict[str, Any]:
        """Return the state of each stream that Meltano keeps."""
        state = json.loads(self.meltano("state", "get", STATE).stdout)
        streams: dict[str, Any] = state["singer_state"]["bookmarks"]
        return streams

    def since(self) -> str | None:
        """Return from when on the last run asked for time entries; None for all.

        Its first request may only count them.
        """
        queries = asked(self.server, "/activities")
        pages = [query for query in queries if query["per_page"] != "1"]
        return pages[0].get("updated_after")

    def rows(self, stream: str) -> set[int]:
        """Return the ids in the database."""
        path = self.project.folder / "moco.duckdb"
        with duckdb.connect(str(path), read_only=True) as connection:
            found = connection.execute(f"SELECT id FROM tap_moco.{stream}").fetchall()  # noqa: S608
        return {number for (number,) in found}


@pytest.fixture
def pipeline(own_project: Project, server: Server) -> Pipeline:
    """Load few streams of a small account."""
    return Pipeline(own_project, server)


def test_a_failing_stream_leaves_the_others_and_their_states(
    pipeline: Pipeline,
) -> None:
    """The run fails, in red, and the next one goes on where it ended."""
    server = pipeline.server
    server.faults.add("503", "^/users$", times=None)
    done = pipeline.meltano("run", JOB, status=1)
    errors = [line for line in done.stderr.splitlines() if "[error" in line]
    assert any("users" in line and "503" in line for line in errors), done.stderr
    assert "Traceback" not in done.stderr
    states = pipeline.states()
    assert states["activities"]["replication_key_value"]
    assert "replication_key_value" not in states.get("users", {})
    for stream in ("activities", "invoices"):
        assert pipeline.rows(stream) == set(server.account.ids(stream))

    server.faults.clear()
    pipeline.meltano("run", JOB)
    assert pipeline.since(), "time entries were read again from the start"
    assert pipeline.states()["users"]["replication_key_value"]
    assert pipeline.rows("users") == set(server.account.ids("users"))


def test_a_full_refresh_reads_all_and_keeps_a_state(pipeline: Pipeline) -> None:
    pipeline.meltano("run", JOB)
    before = pipeline.states()["activities"]["replication_key_value"]
    pipeline.server.account.delete("activities", newest(pipeline.server))
    pipeline.meltano("run", "--full-refresh", JOB)
    assert pipeline.since() is None
    assert pipeline.states()["activities"]["replication_key_value"] < before
    pipeline.meltano("run", JOB)
    assert pipeline.since()


def newest(server: Server) -> int:
    """Return the id of the time entry that was changed last."""
    entries = server.account.rows("activities")
    return int(max(entries, key=lambda entry: str(entry["updated_at"]))["id"])


def test_a_state_is_kept_shown_taken_away_and_put_back(pipeline: Pipeline) -> None:
    pipeline.meltano("run", JOB)
    assert STATE in pipeline.meltano("state", "list").stdout
    kept = pipeline.meltano("state", "get", STATE).stdout
    assert "sandbox-key" not in kept
    pipeline.meltano("state", "clear", "--force", STATE)
    pipeline.meltano("run", JOB)
    assert pipeline.since() is None
    pipeline.meltano("state", "set", "--force", STATE, kept)
    pipeline.meltano("run", JOB)
    assert pipeline.since()


def test_the_schedule_loads_what_is_on_by_default(pipeline: Pipeline) -> None:
    del pipeline.env["TAP_MOCO__SELECT"]
    listed = json.loads(pipeline.meltano("schedule", "list", "--format=json").stdout)
    (schedule,) = listed["schedules"]["job"]
    assert (schedule["name"], schedule["job"]["name"]) == ("moco-hourly", JOB)
    assert schedule["cron_interval"] == "0 * * * *"
    pipeline.meltano("schedule", "run", "moco-hourly")
    for stream in ("companies", "deals", "web_hooks"):
        assert pipeline.rows(stream) == set(pipeline.server.account.ids(stream))
    assert not asked(pipeline.server, "/taggings/Company/1"), "that stream is off"

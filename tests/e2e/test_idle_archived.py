"""What the newest change has archived is shown by each increment until the next one."""

from __future__ import annotations

from tap_moco.sandbox import generate_account, serve
from tests.support.runs import settings, synced
from tests.support.target import Target

STREAMS = ("projects", "project_tasks", "project_contracts")


def test_the_tasks_of_an_archived_project_are_not_written_again() -> None:
    with serve(generate_account(0.3), max_per_page=5) as server:
        account = server.account
        state = synced(settings(server), *STREAMS).state
        tasks = account.records["project_tasks"].values()
        project = next(row["project_id"] for row in tasks)
        account.update("projects", project, active=False)
        second = synced(settings(server), *STREAMS, state=state)
        third = synced(settings(server), *STREAMS, state=second.state)
        task = next(row["id"] for row in tasks if row["project_id"] == project)
        account.update("project_tasks", task, name="umbenannt")
        account.update("projects", project, info="neu")
        fourth = synced(settings(server), *STREAMS, state=third.state)
    assert Target().load(third.out).written == {}
    names = {row["id"]: row["name"] for row in fourth.records("project_tasks")}
    assert names[task] == "umbenannt"

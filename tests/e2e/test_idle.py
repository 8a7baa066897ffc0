"""Where nothing has changed, nothing is written; what has changed is, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox import generate_account, serve
from tests.support.runs import asked, run, settings, synced
from tests.support.target import Target

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server
    from tests.support.outcome import Outcome


def written(outcome: Outcome) -> dict[str, int]:
    """Return how many records of each stream a run wrote."""
    return Target().load(outcome.out).written


def test_a_run_after_which_nothing_changed_writes_nothing(living: Server) -> None:
    """Of all streams that are on by default, in one request a list, or two."""
    config = settings(living)
    first = run(config)
    living.clear()
    second = run(config, state=first.state)
    assert (first.code, second.code) == (0, 0)
    assert written(second) == {}
    paths = [entry.path for entry in living.requests]
    usual = {path: paths.count(path) for path in paths}
    usual["/projects"] -= 1  # those that are not archived hold tasks and contracts
    assert max(usual.values()) <= 2
    assert not any(path.startswith("/report") for path in paths)


def test_a_changed_record_is_written_once(living: Server, account: Account) -> None:
    """Its stamp lies in the overlap, so that the next runs see it again."""
    state = synced(settings(living), "activities").state
    account.update("activities", account.ids("activities")[7], description="neu")
    second = synced(settings(living), "activities", state=state)
    third = synced(settings(living), "activities", state=second.state)
    assert (written(second), written(third)) == ({"activities": 1}, {})


def test_two_changes_within_a_second_are_both_written(
    living: Server, account: Account
) -> None:
    """Both have the same stamp: records are compared whole."""
    number = account.ids("activities")[7]
    state = synced(settings(living), "activities").state
    account.update("activities", number, description="a")
    second = synced(settings(living), "activities", state=state)
    stamp = account.records["activities"][number]["updated_at"]
    account.update("activities", number, description="b")
    account.records["activities"][number]["updated_at"] = stamp
    third = synced(settings(living), "activities", state=second.state)
    assert [row["description"] for row in third.records("activities")] == ["b"]


def test_an_older_state_writes_what_it_does_not_know(
    living: Server, account: Account
) -> None:
    state = synced(settings(living), "activities").state
    account.update("activities", account.ids("activities")[7], description="neu")
    synced(settings(living), "activities", state=state)
    again = synced(settings(living), "activities", state=state)
    assert written(again) == {"activities": 1}


def test_a_list_that_is_read_whole_is_written_whole_when_it_changed(
    living: Server, account: Account
) -> None:
    """MOCO does not say what changed. The digest is forgotten ahead of the records."""
    state = synced(settings(living), "vat_code_sales").state
    number = account.ids("vat_code_sales")[0]
    account.update("vat_code_sales", number, tax=7.7)
    outcome = synced(settings(living), "vat_code_sales", state=state)
    assert written(outcome) == {"vat_code_sales": len(account.ids("vat_code_sales"))}
    sweeps = [
        state["bookmarks"]["vat_code_sales"]["sweep"]
        for state in outcome.target.states
        if "vat_code_sales" in state["bookmarks"]
    ]
    assert [bool(sweep.get("digest")) for sweep in sweeps[-2:]] == [False, True]


def test_a_deleted_row_of_a_list_that_is_read_whole_is_gone(
    living: Server, account: Account
) -> None:
    first = synced(settings(living), "vat_code_sales")
    number = account.ids("vat_code_sales")[0]
    account.delete("vat_code_sales", number)
    outcome = synced(settings(living), "vat_code_sales", state=first.state)
    target = first.target.load(outcome.out)
    assert target.ids("vat_code_sales") == set(account.ids("vat_code_sales"))


def test_what_came_and_went_between_two_whole_reads_is_gone() -> None:
    """The list is as it was when it was last read whole, and the target is not."""
    with serve(generate_account(0.2, seed=2), max_per_page=25) as server:
        account = server.account
        for number in account.ids("comments")[24:]:
            account.delete("comments", number)
        while len(account.ids("comments")) < 24:
            account.insert("comments")
        target = synced(settings(server), "comments").target
        added = [account.insert("comments")["id"] for _ in range(2)]
        target.load(synced(settings(server), "comments", state=target.state).out)
        assert target.ids("comments") >= set(added)
        for number in added:
            account.delete("comments", number)
        target.load(synced(settings(server), "comments", state=target.state).out)
    assert target.ids("comments") == set(account.ids("comments"))


def test_a_task_of_a_living_project_arrives_though_no_project_changed(
    living: Server, account: Account
) -> None:
    streams = ("projects", "project_tasks", "project_contracts")
    first = synced(settings(living), *streams)
    active = [row["id"] for row in account.rows("projects") if row["active"]]
    tasks = account.records["project_tasks"].values()
    task = next(row for row in tasks if row["project_id"] in active)
    account.update("project_tasks", task["id"], name="umbenannt")
    living.clear()
    second = synced(settings(living), *streams, state=first.state)
    names = {row["id"]: row["name"] for row in second.records("project_tasks")}
    assert names[task["id"]] == "umbenannt"
    assert task["project_id"] in {row["id"] for row in second.records("projects")}
    assert second.records("project_contracts") == []
    assert written(synced(settings(living), *streams, state=second.state)) == {}


def test_a_deleted_task_is_gone_after_the_next_run(
    living: Server, account: Account
) -> None:
    streams = ("projects", "project_tasks")
    first = synced(settings(living), *streams)
    active = [row["id"] for row in account.rows("projects") if row["active"]]
    tasks = account.records["project_tasks"].values()
    task = next(row for row in tasks if row["project_id"] in active)
    account.delete("project_tasks", task["id"])
    second = synced(settings(living), *streams, state=first.state)
    target = first.target.load(second.out)
    assert target.ids("project_tasks") == set(account.ids("project_tasks"))


def test_a_company_holds_its_projects_as_they_are() -> None:
    """Renamed, moved to another company, deleted: no company changes with that."""
    streams = ("projects", "companies")
    with serve(generate_account(0.3), max_per_page=5) as server:
        account = server.account
        target = synced(settings(server), *streams).target
        rows = [row for row in account.rows("projects") if row["active"]]
        companies = [row["customer"]["id"] for row in rows]
        renamed, moved, deleted = rows[0]["id"], rows[1]["id"], rows[2]["id"]
        other = next(number for number in companies if number != companies[1])
        account.update("projects", renamed, name="umbenannt")
        account.update("projects", moved, customer_id=other)
        account.delete("projects", deleted)
        server.clear()
        second = synced(settings(server), *streams, state=target.state)
        target.load(second.out)
        for row in account.rows("companies"):
            own = target.row("companies", row["id"])["projects"] or []
            wanted = row.get("projects") or []
            assert [(p["id"], p["name"]) for p in own] == [
                (p["id"], p["name"]) for p in wanted
            ]
        refreshed = [q["ids"] for q in asked(server, "/companies") if "ids" in q]
        assert refreshed, "the companies themselves have not changed"
        third = synced(settings(server), *streams, state=target.state)
    assert written(third) == {}

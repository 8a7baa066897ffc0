"""What a run asks for, and what it writes, when there was one before."""

from __future__ import annotations

import copy
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from tap_moco.sandbox import generate_account, serve
from tests.support.runs import asked, paths, settings, synced

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server
    from tests.support.target import Row

DAY = timedelta(days=1)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def _changed_after(account: Account, collection: str, since: datetime) -> set[int]:
    """Return the ids of what changed after a time, by the account's fine clock."""
    limit = since.timestamp() * 1e6
    records = account.records[collection]
    return {n for n, record in records.items() if record["updated_at"] > limit}


def test_the_overlap_is_written_where_the_state_does_not_know_it(
    living: Server,
) -> None:
    """As that of an older version of the tap."""
    first = synced(settings(living), "activities")
    state = copy.deepcopy(first.state)
    del state["bookmarks"]["activities"]["seen"]
    second = synced(settings(living), "activities", state=state)
    since = _time(first.bookmark("activities")) - timedelta(seconds=60)
    expected = _changed_after(living.account, "activities", since)
    assert {row["id"] for row in second.records("activities")} == expected
    assert 0 < len(expected) < len(living.account.ids("activities"))


def test_bookmark_is_the_newest_change(living: Server) -> None:
    first = synced(settings(living), "activities")
    newest = max(row["updated_at"] for row in first.records("activities"))
    assert first.bookmark("activities") == newest


def test_bookmark_is_not_past_the_servers_clock(
    living: Server, account: Account
) -> None:
    """A record whose time is in the future must not hide those in between."""
    future = datetime.now(timezone.utc) + 30 * DAY
    account.update("activities", account.ids("activities")[0], updated_at=future)
    outcome = synced(settings(living), "activities")
    assert _time(outcome.bookmark("activities")) <= account.clock()


def test_bookmark_does_not_go_back(living: Server, account: Account) -> None:
    first = synced(settings(living), "deals")
    for number in account.ids("deals"):
        account.delete("deals", number)
    second = synced(settings(living), "deals", state=first.state)
    assert second.bookmark("deals") == first.bookmark("deals")


def test_change_arrives_with_the_next_run(living: Server, account: Account) -> None:
    first = synced(settings(living), "activities")
    number = account.ids("activities")[7]
    account.update("activities", number, description="mit Ümlaut 😀")
    second = synced(settings(living), "activities", state=first.state)
    rows = {row["id"]: row for row in second.records("activities")}
    assert rows[number]["description"] == "mit Ümlaut 😀"
    assert second.bookmark("activities") > first.bookmark("activities")


@pytest.mark.parametrize("overlap", [0, 1, 3600, 86_400])
def test_overlap_can_be_set(living: Server, overlap: int) -> None:
    first = synced(settings(living), "activities")
    living.clear()
    config = settings(living, overlap_seconds=overlap)
    synced(config, "activities", state=first.state)
    since = _time(first.bookmark("activities")) - timedelta(seconds=overlap)
    changes = [q for q in asked(living, "/activities") if "updated_after" in q]
    assert {q["updated_after"] for q in changes} == {_stamp(since)}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("2026-05-04", "2026-05-04T00:00:00Z"),
        ("2026-05-04T01:02:03Z", "2026-05-04T01:02:03Z"),
        ("2026-05-04T01:02:03.999+02:00", "2026-05-03T23:02:03Z"),
    ],
)
def test_start_date_bounds_the_first_run(living: Server, given: str, sent: str) -> None:
    outcome = synced(settings(living, start_date=given), "activities", "projects")
    assert {q["updated_after"] for q in asked(living, "/activities")} == {sent}
    expected = _changed_after(living.account, "activities", _time(sent))
    ids = {row["id"] for row in outcome.records("activities")}
    assert ids == expected
    assert 0 < len(ids) < len(living.account.ids("activities"))


def test_start_date_bounds_reports(living: Server) -> None:
    year = datetime.now(timezone.utc).year
    config = settings(living, start_date=f"{year}-02-03", report_years=3)
    synced(config, "report_cashflow", "report_absences")
    days = {"per_page": "100", "from": f"{year}-02-03", "to": f"{year}-12-31"}
    assert asked(living, "/report/cashflow") == [days]
    assert asked(living, "/report/absences") == [{"per_page": "100", "year": str(year)}]


def test_start_date_does_not_move_a_bookmark_back(living: Server) -> None:
    config = settings(living, start_date="2020-01-01")
    first = synced(config, "comments")
    living.clear()
    synced(config, "comments", state=first.state)
    since = _stamp(_time(first.bookmark("comments")) - timedelta(seconds=60))
    assert [q["updated_after"] for q in asked(living, "/comments")] == [since]


def test_lists_without_changes_are_whole_despite_a_start_date(living: Server) -> None:
    config = settings(living, start_date=_stamp(datetime.now(timezone.utc)))
    outcome = synced(config, "units", "companies", "project_tasks")
    for stream in ("units", "companies", "project_tasks"):
        assert len(outcome.records(stream)) == len(living.account.ids(stream))


@pytest.mark.parametrize(
    ("days", "age", "sweeps"), [(7, 8, True), (7, 6, False), (0, 999, False)]
)
def test_old_sweep_is_repeated_once(
    living: Server, days: int, age: int, *, sweeps: bool
) -> None:
    """With `full_sweep_days` a whole read is due after so many days; 0 is never."""
    config = settings(living, full_sweep_days=days)
    first = synced(config, "activities")
    state = copy.deepcopy(first.state)
    sweep = state["bookmarks"]["activities"]["sweep"]
    sweep["completed_at"] = _stamp(datetime.now(timezone.utc) - age * DAY)
    living.clear()
    second = synced(config, "activities", state=state)
    whole = len(living.account.ids("activities"))
    changes = ["updated_after" in query for query in asked(living, "/activities")]
    assert (True not in changes) is sweeps
    assert (len(second.records("activities")) == whole) is sweeps
    living.clear()
    third = synced(config, "activities", state=second.state)
    assert third.records("activities") == []
    assert len(asked(living, "/activities")) <= 2


def test_deselected_streams_cost_no_request(living: Server) -> None:
    synced(settings(living), "units")
    assert paths(living.requests) == ["/units"]


def test_all_deselected_asks_for_nothing(living: Server) -> None:
    outcome = synced(settings(living), "no such stream")
    assert living.requests == []
    assert outcome.target.written == {}


# Projects and what they hold


def test_one_read_serves_projects_tasks_and_contracts(living: Server) -> None:
    streams = ("projects", "project_tasks", "project_contracts")
    outcome = synced(settings(living), *streams)
    assert paths(living.requests) == ["/projects"]
    for stream in streams:
        expected = len(living.account.ids(stream))
        assert len(outcome.records(stream)) == expected > 0


@pytest.mark.parametrize("stream", ["project_tasks", "project_contracts"])
def test_children_come_without_their_projects(living: Server, stream: str) -> None:
    outcome = synced(settings(living), stream)
    assert outcome.target.written == {stream: len(living.account.ids(stream))}


def test_archived_projects_are_read_when_they_changed() -> None:
    """All others are read in every run: they hold what changes without them."""
    with serve(generate_account(0.3), max_per_page=5) as server:
        first = synced(settings(server), "projects")
        server.clear()
        second = synced(settings(server), "projects", state=first.state)
        _count, *others = asked(server, "/projects")
    assert second.records("projects") == []
    assert all(
        ("include_archived" in query) is ("updated_after" in query) for query in others
    )


def test_detail_asks_for_each_project_and_kind(living: Server) -> None:
    config = settings(living, project_children="detail")
    outcome = synced(config, "project_tasks", "project_contracts")
    counted = Counter(path.split("/")[-1] for path in paths(living.requests))
    projects = len(living.account.ids("projects"))
    assert counted == {"projects": 1, "tasks": projects, "contracts": projects}
    assert asked(living, "/projects")[0]["include_archived"] == "true"
    for stream in ("project_tasks", "project_contracts"):
        ids = {row["id"] for row in outcome.records(stream)}
        assert ids == set(living.account.ids(stream))


def test_detail_has_every_field(living: Server) -> None:
    """The embedded forms lack these; inactive people have only those."""
    config = settings(living, project_children="detail")
    outcome = synced(config, "project_tasks", "project_contracts")
    for row in outcome.records("project_tasks"):
        assert {"created_at", "updated_at", "revenue_category"} <= row.keys()
    users = living.account.records["users"]
    for row in outcome.records("project_contracts"):
        is_active = users[row["user_id"]].get("active", True)
        assert ("updated_at" in row) is is_active


@pytest.mark.parametrize("mode", ["embedded", "detail"])
def test_task_of_an_unchanged_project_arrives(
    living: Server, account: Account, mode: str
) -> None:
    config = settings(living, project_children=mode)
    streams = ("projects", "project_tasks")
    first = synced(config, *streams)
    project = account.ids("projects")[2]
    before = account.get("projects", project)["updated_at"]
    task = account.insert("project_tasks", project_id=project, name="Neu")
    assert account.get("projects", project)["updated_at"] == before
    second = synced(config, *streams, state=first.state)
    rows = {row["id"]: row for row in second.records("project_tasks")}
    assert rows[task["id"]]["name"] == "Neu"
    assert rows[task["id"]]["project_id"] == project


@pytest.mark.parametrize("mode", ["embedded", "detail"])
def test_deleted_task_leaves_the_target(
    living: Server, account: Account, mode: str
) -> None:
    config = settings(living, project_children=mode)
    first = synced(config, "project_tasks")
    task = account.ids("project_tasks")[0]
    account.delete("project_tasks", task)
    second = synced(config, "project_tasks", state=first.state)
    target = first.target.load(second.out)
    assert (task,) not in target.rows["project_tasks"]
    assert len(target.of("project_tasks")) == len(account.ids("project_tasks"))


def test_project_of_an_unchanged_company_arrives(
    living: Server, account: Account
) -> None:
    first = synced(settings(living), "companies")
    company = account.ids("companies")[0]
    project = account.insert("projects", customer_id=company)
    second = synced(settings(living), "companies", state=first.state)
    rows = {row["id"]: row for row in second.records("companies")}
    assert project["id"] in [p["id"] for p in rows[company]["projects"]]


def test_person_of_an_unchanged_unit_arrives(living: Server, account: Account) -> None:
    first = synced(settings(living), "units")
    unit = account.ids("units")[0]
    user = account.insert("users", unit_id=unit)
    second = synced(settings(living), "units", state=first.state)
    rows = {row["id"]: row for row in second.records("units")}
    assert user["id"] in [u["id"] for u in rows[unit]["users"]]


@pytest.mark.parametrize(
    "streams", [("purchase_payments", "purchases"), ("purchases",)]
)
def test_payment_of_an_unchanged_purchase_arrives_in_it(
    streams: tuple[str, ...],
) -> None:
    """Also where nobody has selected the payments."""
    with serve(generate_account(0.3), max_per_page=5) as server:
        account = server.account
        first = synced(settings(server), *streams)
        purchase = account.ids("purchases")[0]
        payment = account.insert("purchase_payments", purchase_id=purchase)
        server.clear()
        second = synced(settings(server), *streams, state=first.state)
        asked_ids = [dict(entry.query).get("ids") for entry in server.requests]
    rows = {row["id"]: row for row in second.records("purchases")}
    assert payment["id"] in [p["id"] for p in rows[purchase]["payments"]]
    assert asked_ids.count(str(purchase)) == 1


# Side by side


IN_ORDER = ("activities", "user_presences", "invoices", "invoice_details", "comments")
"""Streams whose lists have one order only, so that two runs can be compared."""


def _read_with(
    account: Account, concurrency: int
) -> tuple[dict[str, list[Row]], int, int]:
    with serve(account, latency=0.003, max_per_page=10) as server:
        outcome = synced(settings(server, concurrency=concurrency), *IN_ORDER)
        records = {stream: outcome.records(stream) for stream in IN_ORDER}
        return records, server.max_in_flight, len(server.requests)


def test_concurrency_changes_nothing_but_the_speed() -> None:
    account = generate_account(0.1)
    one, at_once, few = _read_with(account, 1)
    four, most, many = _read_with(account, 4)
    assert at_once == 1
    assert 1 < most <= 4
    assert one == four
    assert few == many
    assert all(one.values())

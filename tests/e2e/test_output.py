"""What a catalog or stream maps make of the records, and the other commands."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tap_moco.sandbox import generate_account, serve
from tests.support.process import environment
from tests.support.runs import (
    COMMAND,
    discovered,
    files,
    run,
    select,
    settings,
    stream_names,
    synced,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tap_moco.sandbox import Server
    from tap_moco.sandbox.app import Entry
    from tests.support.outcome import Outcome


def test_deselected_property_is_left_out(living: Server) -> None:
    catalog = select("projects", without={"projects": [("name",), ("customer",)]})
    outcome = synced(settings(living), catalog=catalog)
    whole = synced(settings(living), "projects")
    expected = {
        row["id"]: {k: v for k, v in row.items() if k not in {"name", "customer"}}
        for row in whole.records("projects")
    }
    assert {row["id"]: row for row in outcome.records("projects")} == expected
    assert "name" in whole.records("projects")[0]
    properties = outcome.target.schemas["projects"]["schema"]["properties"]
    assert not {"name", "customer"} & properties.keys()


@pytest.mark.parametrize("children", ["embedded", "detail"])
def test_what_the_parent_leaves_out_its_children_still_have(
    living: Server, children: str
) -> None:
    for row in living.account.rows("projects"):  # so that none has to be normalized
        texts = {name: "x" for name, value in row.items() if value == ""}
        living.account.update("projects", row["id"], **texts)
    names = {"projects": [("tasks",), ("customer", "id")]}
    config = settings(living, project_children=children)
    catalog = select("projects", "project_tasks", "project_reports", without=names)
    whole = synced(config, "projects", "project_tasks", "project_reports")
    outcome = synced(config, catalog=catalog)
    for name in ("project_tasks", "project_reports"):
        assert outcome.target.rows[name] == whole.target.rows[name] != {}
        assert outcome.state["bookmarks"].get(name, {}).keys() == (
            whole.state["bookmarks"].get(name, {}).keys()
        )
    assert not any("tasks" in row for row in outcome.records("projects"))


def test_deselected_nested_property_is_left_out(living: Server) -> None:
    catalog = select("projects", without={"projects": [("customer", "name")]})
    outcome = synced(settings(living), catalog=catalog)
    rows = outcome.records("projects")
    assert {tuple(row["customer"]) for row in rows} == {("id",)}
    properties = outcome.target.schemas["projects"]["schema"]["properties"]
    assert "name" not in properties["customer"]["properties"]


def test_deselected_replication_key_is_no_obstacle(living: Server) -> None:
    """The bookmark needs `updated_at`, whether or not the target wants it."""
    catalog = select("comments", without={"comments": [("updated_at",)]})
    first = synced(settings(living), catalog=catalog)
    whole = synced(settings(living), "comments")
    assert first.bookmark("comments") == whole.bookmark("comments")


def test_older_catalog_and_records_agree(living: Server) -> None:
    """A catalog from before a schema gained a property is still a good one."""
    catalog = select("tags")
    for entry in catalog["streams"]:
        if entry["tap_stream_id"] == "tags":
            del entry["schema"]["properties"]["color"]
            entry["metadata"] = [
                item for item in entry["metadata"] if "color" not in item["breadcrumb"]
            ]
    outcome = synced(settings(living), catalog=catalog)
    declared = outcome.target.schemas["tags"]["schema"]["properties"].keys()
    assert set().union(*outcome.records("tags")) == declared


def test_stream_map_renames_adds_and_filters(living: Server) -> None:
    maps = {
        "users": {
            "__filter__": "active",
            "__alias__": "people",
            "full_name": "firstname + ' ' + lastname",
            "mobile_phone": None,
        }
    }
    outcome = synced(settings(living, stream_maps=maps), "users")
    rows = outcome.records("people")
    records = living.account.records["users"].values()
    active = [u for u in records if u.get("active", True)]
    assert len(rows) == len(active) > 0
    assert {row["full_name"] for row in rows} == {
        f"{user['firstname']} {user['lastname']}" for user in active
    }
    assert all("mobile_phone" not in row for row in rows)
    assert outcome.records("users") == []


def test_stream_map_leaves_a_stream_out(living: Server) -> None:
    config = settings(living, stream_maps={"users": None})
    outcome = synced(config, "users", "units")
    assert outcome.target.written == {"units": len(living.account.ids("units"))}


def test_activate_version_has_the_alias_of_a_stream_map(living: Server) -> None:
    maps = {"units": {"__alias__": "teams"}}
    first = synced(settings(living, stream_maps=maps), "units")
    unit = living.account.ids("units")[0]
    for user in living.account.get("units", unit).children("users"):
        other = living.account.ids("units")[1]
        living.account.update("users", user["id"], unit_id=other)
    living.account.delete("units", unit)
    second = synced(settings(living, stream_maps=maps), "units", state=first.state)
    target = first.target.load(second.out)
    assert (unit,) not in target.rows["teams"]
    assert len(target.rows["teams"]) == len(living.account.ids("units"))


@pytest.mark.parametrize("depth", [1, 3])
def test_flattening(living: Server, depth: int) -> None:
    config = settings(living, flattening_enabled=True, flattening_max_depth=depth)
    outcome = synced(config, "activities", "project_tasks")
    plain = synced(settings(living), "activities")
    flat, row = outcome.records("activities")[0], plain.records("activities")[0]
    assert flat["project__id"] == row["project"]["id"]
    assert flat["customer__name"] == row["customer"]["name"]
    assert "project" not in flat
    assert len(outcome.records("activities")) == len(plain.records("activities"))
    schema = outcome.target.schemas["activities"]["schema"]
    assert set(flat) <= set(schema["properties"])


@pytest.fixture(scope="module")
def flat(still: Server) -> Outcome:
    """Read all streams flattened."""
    config = settings(still, flattening_enabled=True, flattening_max_depth=2)
    return run(config, catalog=select())


def test_flattened_rows_have_declared_columns_only(flat: Outcome) -> None:
    """Null objects, and objects without declared properties, included."""
    target = flat.target
    assert flat.code == 0, flat.err
    assert sorted(target.schemas) == sorted(stream_names())
    undeclared = {
        stream: set().union(*target.of(stream)) - message["schema"]["properties"].keys()
        for stream, message in target.schemas.items()
    }
    assert {stream: names for stream, names in undeclared.items() if names} == {}


def test_flattened_custom_properties_are_kept(flat: Outcome) -> None:
    rows = [row["custom_properties"] for row in flat.target.of("projects")]
    texts = [json.loads(text) if isinstance(text, str) else text for text in rows]
    assert any(texts)
    assert all(isinstance(text, dict) or text is None for text in texts)


# Messages


def test_schema_comes_before_records_and_state_last(living: Server) -> None:
    outcome = synced(settings(living), "projects", "project_tasks", "activities")
    types = outcome.messages
    announced = set()
    for message in types:
        if message["type"] == "SCHEMA":
            announced.add(message["stream"])
        elif message["type"] in {"RECORD", "ACTIVATE_VERSION"}:
            assert message["stream"] in announced
    assert types[-1]["type"] == "STATE"


def test_activate_version_comes_after_all_records(living: Server) -> None:
    outcome = synced(settings(living), "projects", "project_tasks", "activities")
    done = set()
    versions: dict[str | None, set[int | None]] = {}
    for message in outcome.messages:
        stream = message.get("stream")
        if message["type"] == "ACTIVATE_VERSION":
            done.add(stream)
            assert versions[stream] == {message["version"]}
        if message["type"] == "RECORD":
            assert stream not in done
            versions.setdefault(stream, set()).add(message["version"])
    assert done == {"projects", "project_tasks", "activities"}


def test_increments_carry_the_version_of_the_last_sweep(living: Server) -> None:
    """Else a target would never remove those rows at the next sweep."""
    first = synced(settings(living), "activities")
    version = first.state["bookmarks"]["activities"]["sweep"]["version"]
    number = living.account.insert("activities")["id"]
    second = synced(settings(living), "activities", state=first.state)
    messages = second.messages
    records = [m for m in messages if m["type"] == "RECORD"]
    assert number in [m["record"]["id"] for m in records]
    assert {m["version"] for m in records} == {version}
    assert not [m for m in messages if m["type"] == "ACTIVATE_VERSION"]


def test_repeated_sweep_removes_what_was_deleted(living: Server) -> None:
    first = synced(settings(living), "comments")
    gone = living.account.ids("comments")[0]
    living.account.delete("comments", gone)
    state = json.loads(json.dumps(first.state))
    state["bookmarks"]["comments"]["sweep"]["completed_at"] = "2026-01-01T00:00:00Z"
    second = synced(settings(living), "comments", state=state)
    target = first.target.load(second.out)
    assert {row["id"] for row in target.of("comments")} == set(
        living.account.ids("comments")
    )


@pytest.mark.parametrize("stream", ["companies", "projects", "users", "invoices"])
def test_hidden_rows_are_not_declared_deleted(living: Server, stream: str) -> None:
    """Without `include_archived`, an archived row only looks like a deleted one."""
    account = living.account
    first = synced(settings(living), stream)
    account.archive(stream, account.ids(stream)[0])
    config = settings(living, include_archived=False)
    state = json.loads(json.dumps(first.state))
    state["bookmarks"][stream]["sweep"]["completed_at"] = "2026-01-01T00:00:00Z"
    second = synced(config, stream, state=state)
    target = first.target.load(second.out)
    assert {row["id"] for row in target.of(stream)} == set(account.ids(stream))


def test_rows_before_the_start_date_are_not_declared_deleted(living: Server) -> None:
    """They were not read, which says nothing of them."""
    first = synced(settings(living), "comments")
    ids = [row["id"] for row in first.records("comments")]
    second = synced(settings(living, start_date="2026-11-01"), "comments")
    assert 0 <= len(second.records("comments")) < len(ids)
    target = first.target.load(second.out)
    assert {row["id"] for row in target.of("comments")} == set(ids)


def test_good_run_warns_of_nothing(everything: tuple[Outcome, list[Entry]]) -> None:
    lines = everything[0].err.splitlines()
    assert [line for line in lines if " WARNING " in line or " ERROR " in line] == []
    assert any(f"{len(stream_names())} streams read" in line for line in lines)


def test_state_holds_no_progress_markers(living: Server) -> None:
    outcome = synced(settings(living), "projects", "project_tasks", "invoice_details")
    for state in outcome.target.states:
        assert "progress_markers" not in json.dumps(state)
        assert "partitions" not in json.dumps(state)
    assert outcome.state["bookmarks"].keys() <= {
        "projects",
        "project_tasks",
        "invoice_details",
    }


def test_records_say_when_they_were_read(living: Server) -> None:
    outcome = synced(settings(living), "tags")
    messages = outcome.messages
    times = {m["time_extracted"] for m in messages if m["type"] == "RECORD"}
    assert all(time.endswith(("Z", "+00:00")) for time in times)
    assert times


# Commands


def test_discovery_needs_no_settings_and_asks_nothing() -> None:
    outcome = run(None, "--discover", process=True)
    assert outcome.code == 0
    assert json.loads(outcome.out) == discovered()
    assert outcome.err == ""


def test_version() -> None:
    outcome = run(None, "--version")
    assert outcome.code == 0
    assert outcome.out.startswith("tap-moco v")


def test_about_as_json_has_settings_and_capabilities() -> None:
    outcome = run(None, "--about", "--format", "json")
    assert outcome.code == 0, outcome.err
    about = json.loads(outcome.out)
    assert about["name"] == "tap-moco"
    assert {"domain", "api_key", "stream_maps"} <= about["settings"][
        "properties"
    ].keys()
    assert "activate-version" in about["capabilities"]
    assert "batch" not in about["capabilities"]


def test_about_as_markdown() -> None:
    outcome = run(None, "--about", "--format", "markdown")
    assert outcome.code == 0, outcome.err
    for name in ("domain", "overlap_seconds", "full_sweep_days"):
        assert name in outcome.out


def test_connection_test_ends_with_what_works(living: Server) -> None:
    outcome = run(settings(living), "--test")
    count = len(stream_names())
    last = outcome.err.splitlines()[-1].split("| ")[-1]
    assert last == f"{count} of {count} streams can be read"


def test_in_a_terminal_a_connection_test_ends_with_the_log(
    living: Server, tmp_path: Path
) -> None:
    """Messages and the log go to one place there."""
    done = subprocess.run(
        [COMMAND, *files(tmp_path, config=settings(living)), "--test"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
        encoding="utf-8",
        env=environment(),
        timeout=60,
    )
    assert done.stdout.rstrip().endswith("streams can be read")


def test_connection_test_ends_with_what_does_not_and_why(living: Server) -> None:
    living.faults.add("403", "^/tags$", times=None)
    living.faults.add("500", "^/todos$", times=None)
    outcome = run(settings(living, max_retries=0), "--test")
    assert outcome.code == 1
    count = len(stream_names())
    last = outcome.err.splitlines()[-1].split("| ")[-1]
    assert last.startswith(
        f"{count - 2} of {count} streams can be read; failed todos ("
    )
    assert "500" in last.partition("failed todos (")[2].partition("; skipped tags (")[0]
    assert "lacks the right" in last.partition("; skipped tags (")[2]


def test_one_is_not_many(living: Server) -> None:
    account = living.account
    first, *others = account.ids("comments")
    for number in others:
        account.delete("comments", number)
    outcome = synced(settings(living), "comments")
    assert "comments: 1 record, 1 request, " in outcome.err
    assert "1 stream read; 1 record, 1 request, " in outcome.err
    account.delete("comments", first)
    outcome = synced(settings(living), "comments")
    assert "comments: 0 records, 1 request, " in outcome.err


def test_connection_test_reads_a_record_a_stream(living: Server) -> None:
    outcome = run(settings(living), "--test")
    assert outcome.code == 0, outcome.err
    written = outcome.target.written
    assert set(written.values()) == {1}
    assert {"projects", "activities", "invoice_details"} <= written.keys()
    assert outcome.target.states in ([], [{}]) or not any(
        bookmark.get("replication_key_value")
        for state in outcome.target.states
        for bookmark in state.get("bookmarks", {}).values()
    )


def test_connection_test_asks_for_first_pages_only() -> None:
    with serve(generate_account(1), max_per_page=20) as server:
        outcome = run(settings(server), "--test")
        assert outcome.code == 0, outcome.err
        asked = [entry for entry in server.requests if "page" in dict(entry.query)]
    assert {entry.path for entry in asked} == set()


def test_connection_test_fails_with_a_wrong_key(living: Server) -> None:
    outcome = run(settings(living, api_key="wrong-key-1"), "--test")
    assert outcome.code == 1
    assert "401" in outcome.err
    assert "wrong-key-1" not in outcome.err
    assert "Traceback" not in outcome.err


def test_test_schema_writes_all_schemas_and_asks_nothing(living: Server) -> None:
    outcome = run(settings(living), "--test=schema")
    assert outcome.code == 0, outcome.err
    assert living.requests == []
    assert set(outcome.target.schemas) <= set(stream_names())
    assert len(outcome.target.schemas) > 50

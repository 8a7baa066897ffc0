"""What a catalog or stream maps make of the records, and the messages of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.runs import (
    run,
    select,
    settings,
    stream_names,
    synced,
)

if TYPE_CHECKING:
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

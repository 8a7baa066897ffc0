"""What `--state` may hold, whose it is, and what is read again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.config import account_of, given_settings
from tests.support.runs import asked, run, select, settings, synced

from .test_bad_input import GOOD, one_line

if TYPE_CHECKING:
    from tap_moco.sandbox import Server
    from tests.support.target import Row

OF_A = {
    "account": {"address": "a.mocoapp.com/api/v1"},
    "bookmarks": {"users": {"replication_key_value": "2026-01-01T00:00:00Z"}},
}
TIME = "2026-11-20T00:00:00Z"
GOOD_SWEEP = {"version": 5, "completed_at": TIME}
GOOD_RESUME = {
    "window": "2024-03",
    "started_at": TIME,
    "filters": "",
    "rows": 1,
    "total": 2,
}


def of_users(**more: Any) -> Row:
    """Return a state of one stream."""
    return {"bookmarks": {"users": more}}


# Whose it is


@pytest.mark.parametrize("options", [(), ("--test",), ("--discover",)])
def test_state_of_another_account_is_refused(
    living: Server, options: tuple[str, ...]
) -> None:
    """Its bookmarks would hide this account's older rows."""
    living.clear()
    outcome = run(settings(living), *options, state=OF_A, catalog=select("users"))
    line = one_line(outcome)
    assert line.startswith("state: it is of a.mocoapp.com/api/v1, ")
    assert living.url.removeprefix("http://") in line
    assert "delete" in line
    assert not living.requests


def changes_since(server: Server, path: str) -> list[str]:
    """Return since when a list was asked for changes, once for each page of them."""
    given = [query.get("updated_after") for query in asked(server, path)]
    return [since for since in given if since]


def test_state_says_whose_it_is(living: Server) -> None:
    first = synced(settings(living, impersonate_user_id=1), "tags")
    for state in first.target.states:
        assert state["account"] == {
            "address": living.url.removeprefix("http://"),
            "filters": {"impersonate_user_id": 1},
        }


def test_state_of_an_older_version_has_no_account(living: Server) -> None:
    """It is taken for what it says, and marked."""
    first = synced(settings(living), "activities")
    since = first.bookmark("activities")
    living.clear()
    old = {"bookmarks": first.state["bookmarks"]}
    second = synced(settings(living, overlap_seconds=0), "activities", state=old)
    assert changes_since(living, "/activities") == [since]
    assert second.state["account"] == first.state["account"]


@pytest.mark.parametrize(
    ("config", "address"),
    [
        ({"domain": "x"}, "x.mocoapp.com/api/v1"),
        ({"domain": "https://X.mocoapp.com./projects"}, "x.mocoapp.com/api/v1"),
        ({"api_url": "https://x.mocoapp.com/api/v1"}, "x.mocoapp.com/api/v1"),
        ({"api_url": "https://X.MocoApp.com.:443/api/v1/"}, "x.mocoapp.com/api/v1"),
        ({"api_url": "http://x.mocoapp.com:80/api/v1"}, "x.mocoapp.com/api/v1"),
        ({"api_url": "http://x.mocoapp.com:443/api/v1"}, "x.mocoapp.com:443/api/v1"),
        ({"api_url": "https://x.de:8443/moco/api/v1"}, "x.de:8443/moco/api/v1"),
        ({"api_url": "https://Müller.de/api/v1"}, "xn--mller-kva.de/api/v1"),
        ({"api_url": "http://[0:0::1]:80/api/v1"}, "::1/api/v1"),
    ],
)
def test_account_has_one_address_however_it_is_written(
    config: Row, address: str
) -> None:
    assert account_of({"include_archived": True, **config}).address == address


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ({}, {"include_archived": True}, True),
        ({}, {"include_archived": False}, False),
        ({"start_date": "2024-01-01"}, {"start_date": "2024-01-01T00:00:00Z"}, True),
        ({"start_date": "2024-01-01"}, {"start_date": ""}, False),
        ({}, {"start_date": "", "impersonate_user_id": None}, True),
        ({"impersonate_user_id": 5}, {"impersonate_user_id": 6}, False),
        ({"report_years": 1, "concurrency": 1}, {}, True),
    ],
)
def test_filters_are_what_narrows_the_account(
    one: Row, other: Row, *, are_same: bool
) -> None:
    usual = {"domain": "x", "include_archived": True}
    marks = [account_of({**usual, **given_settings(c)}).filters for c in (one, other)]
    assert (marks[0] == marks[1]) is are_same


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"start_date": "2026-06-01"}, {}),
        ({"start_date": "2026-06-01"}, {"start_date": "2020-01-01"}),
        ({"include_archived": False}, {}),
        ({"impersonate_user_id": 7}, {}),
        ({}, {"impersonate_user_id": 7}),
    ],
)
def test_other_filters_read_everything_again(
    living: Server, before: Row, after: Row
) -> None:
    """What the old filters hid is in no increment; versions do not fall."""
    first = synced(settings(living, **before), "users", "activities", "comments")
    state = json.loads(json.dumps(first.state))
    for of_stream in state["bookmarks"].values():
        of_stream["sweep"]["version"] = 9_999_999_999
    living.clear()
    second = synced(settings(living, **after), "users", "activities", state=state)
    for path in ("/users", "/activities"):
        sinces = {query.get("updated_after") for query in asked(living, path)}
        start = after.get("start_date")
        assert sinces == {start and f"{start}T00:00:00Z"}
    if "start_date" not in after:
        assert second.target.versions("users") == {10_000_000_000}
    assert second.state["bookmarks"]["comments"] == {
        "sweep": {"version": 9_999_999_999, "has_total": True}
    }
    # one that was not selected now is read whole when it is
    living.clear()
    given = settings(living, **after)
    third = synced(given, "comments", "activities", state=second.state)
    start = after.get("start_date")
    assert [q.get("updated_after") for q in asked(living, "/comments")] == [
        start and f"{start}T00:00:00Z"
    ]
    assert changes_since(living, "/activities")
    assert len(third.records("comments")) == len(living.account.ids("comments"))


# How it is wrapped


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"type": "STATE", "value": state},
        lambda state: {"singer_state": state},
        lambda state: {"completed": {"singer_state": state}, "partial": {}},
        lambda state: {"completed": {"singer_state": state}},
        lambda state: {"completed": {"singer_state": state}, "partial": None},
        lambda state: json.dumps(state, indent=2),
        lambda state: f"{json.dumps(OF_A)}\n{json.dumps(state)}\n\n",
        lambda state: f"{{}}\r\n{json.dumps({'type': 'STATE', 'value': state})}",
        lambda state: f"\ufeff{json.dumps(state)}",
        lambda state: {**state, "currently_syncing": None},
    ],
)
def test_state_is_taken_out_of_what_is_around_it(living: Server, wrap: Any) -> None:
    first = synced(settings(living), "activities")
    since = first.bookmark("activities")
    living.clear()
    config = settings(living, overlap_seconds=0)
    synced(config, "activities", state=wrap(first.state))
    assert changes_since(living, "/activities") == [since]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"bookmark": {}}, "bookmark"),
        ({"Bookmarks": {}}, "Bookmarks"),
        ({"value": {"bookmarks": {}}}, "value"),
        ({"type": "RECORD", "stream": "users", "record": {}}, "unknown field"),
        ({"type": "STATE", "value": {"bookmark": {}}}, "bookmark"),
        ({"singer_state": {"users": {}}}, "users"),
        ({"singer_state": {}, "bookmarks": {}}, "singer_state"),
        ({"completed": {"singer_state": {}}, "partial": {"singer_state": {}}}, "state"),
        ("[]", "object"),
        ('"bookmarks"', "object"),
        ("true", "object"),
        ("", "is empty"),
        (" \n", "is empty"),
        ('{"bookmarks": {}}\n{"bookmarks":', "last line"),
        ('{"bookmarks": {}}\n{"type": "SCHEMA", "stream": "x"}', "unknown field"),
        ('{"bookmarks": {"users": {"known": {"1": NaN}}}}', "JSON"),
        ({"account": "x", "bookmarks": {}}, "account"),
        ({"account": {"adress": "x"}, "bookmarks": {}}, "account"),
        (of_users(replication_key=5), "replication_key"),
        (of_users(replication_key_vale="2024"), "replication_key_vale"),
        (of_users(known=[]), "known"),
        (of_users(known={"1": 5}), "known"),
        (of_users(known=None), "known"),
        (of_users(sweep=None), "sweep"),
        (of_users(sweep=3), "sweep"),
        (of_users(sweep={"versoin": 3}), "versoin"),
        (of_users(sweep={"version": -1}), "version"),
        (of_users(sweep={"version": 2**70}), "version"),
        (of_users(sweep={"version": 1.5}), "version"),
        (of_users(sweep={"version": True}), "version"),
        (of_users(sweep={**GOOD_SWEEP, "waits_since": 7}), "waits_since"),
        (of_users(sweep={"resume": {**GOOD_RESUME, "window": "2024-13"}}), "'2024-13'"),
        (of_users(sweep={"resume": {**GOOD_RESUME, "window": 2024}}), "window"),
        (of_users(sweep={"resume": {**GOOD_RESUME, "rows": "1"}}), "rows"),
        (of_users(sweep={"resume": {**GOOD_RESUME, "filters": 1}}), "filters"),
        (of_users(sweep={"resume": {**GOOD_RESUME, "started_at": ""}}), "started_at"),
        (of_users(sweep={"resume": {**GOOD_RESUME, "totl": 1}}), "totl"),
        (of_users(partitions={}), "partitions"),
        (of_users(partitions=[5]), "partitions"),
        (of_users(progress_markers=[]), "progress_markers"),
        (of_users(rejected=5), "rejected"),
        (of_users(denied="x"), "denied"),
        ({"bookmarks": {"users": None}}, "users"),
    ],
)
def test_anything_else_is_refused(state: Any, words: str) -> None:
    line = one_line(run(GOOD, state=state))
    assert line.startswith("state: ")
    assert words in line


def test_what_the_sdk_writes_is_taken(living: Server) -> None:
    state = of_users(
        replication_key="updated_at",
        replication_key_value=TIME,
        replication_key_signpost=TIME,
        starting_replication_value=TIME,
        progress_markers={"Note": "x"},
        partitions=[],
        sweep={**GOOD_SWEEP, "resume": GOOD_RESUME},
        known={"1": TIME},
        rejected=[1],
        denied=[2],
    )
    assert run(settings(living), catalog=select("tags"), state=state).code == 0

"""Bad input gets one clear line: what is wrong, where, and what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.config import subdomain
from tap_moco.settings import SETTINGS
from tests.support.runs import KEY, asked, run, select, settings

if TYPE_CHECKING:
    from tap_moco.sandbox import Server
    from tests.support.outcome import Outcome

SECRET = "hunter2-is-secret"  # noqa: S105 - made up
SDK = ("faker_", "flattening_", "stream_map")
"""How the settings that the SDK adds begin."""
GOOD = {"domain": "acme", "api_key": SECRET}


def one_line(outcome: Outcome) -> str:
    """Return the one line that a failure has, by the traits of all of them."""
    assert outcome.code == 1
    assert outcome.out == ""
    lines = outcome.err.splitlines()
    assert len(lines) == 1, outcome.err
    assert "Traceback" not in lines[0]
    assert SECRET not in lines[0]
    assert " ERROR " in lines[0]
    return lines[0].partition("| tap-moco ")[2].strip(" |")


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        ({"domain": None}, "domain", "subdomain"),
        ({"domain": ""}, "domain", "subdomain"),
        ({"domain": "acme corp"}, "domain", "'acme corp'"),
        ({"domain": "https://"}, "domain", "'https://'"),
        ({"domain": "acme.example.com"}, "domain", "'acme.example.com'"),
        ({"domain": 7}, "domain", "7"),
        ({"api_url": "no url"}, "api_url", "'no url'"),
        ({"api_url": "acme.mocoapp.com/api/v1"}, "api_url", "https://"),
        ({"api_url": "https://acme.mocoapp.com"}, "api_url", "/api/v1"),
        ({"api_url": "ftp://acme.mocoapp.com/api/v1"}, "api_url", "https://"),
        ({"api_url": "http://acme.mocoapp.com/api/v1"}, "api_url", "http"),
        ({"api_url": f"https://u:{SECRET}@x.de/api/v1"}, "api_url", "api_key"),
        ({"api_url": "https://x.de:port/api/v1"}, "api_url", "https://"),
        ({"api_key": None}, "api_key", "email and password"),
        ({"api_key": "", "email": ""}, "api_key", "email and password"),
        ({"email": "a@b.de", "password": SECRET}, "api_key", "email"),
        ({"api_key": None, "email": "a@b.de"}, "password", "email and password"),
        ({"api_key": None, "password": SECRET}, "email", "email and password"),
        ({"api_key": 12345}, "api_key", "key"),
        ({"api_key": ["k"]}, "api_key", "key"),
        ({"api_key": f"{SECRET} x"}, "api_key", "key"),
        ({"api_key": f"{SECRET}ü"}, "api_key", "key"),
        ({"api_key": None, "email": "a@b.de", "password": 5}, "password", "email"),
        ({"start_date": "yesterday"}, "start_date", "'yesterday'"),
        ({"start_date": "31.01.2024"}, "start_date", "2024-01-31"),
        ({"start_date": "2024-02-30"}, "start_date", "'2024-02-30'"),
        ({"start_date": 20240131}, "start_date", "20240131"),
        ({"start_date": "9999-12-31T23:59:59-14:00"}, "start_date", "-14:00"),
        ({"end_date": "2024-02-30"}, "end_date", "'2024-02-30'"),
        ({"end_date": "2024-01-31"}, "end_date", "start_date is missing"),
        ({"overlap_seconds": -1}, "overlap_seconds", "0 to"),
        ({"overlap_seconds": "60"}, "overlap_seconds", "'60'"),
        ({"overlap_seconds": 1.5}, "overlap_seconds", "1.5"),
        ({"full_sweep_days": -1}, "full_sweep_days", "0 to"),
        ({"plan": "gold"}, "plan", "unlimited"),
        ({"rate_limit": 5}, "rate_limit", "requests"),
        ({"rate_limit": {"requests": 5}}, "rate_limit", "seconds"),
        ({"rate_limit": {"requests": 0, "seconds": 1}}, "rate_limit", "above 0"),
        ({"rate_limit": {"requests": 1, "seconds": -1}}, "rate_limit", "above 0"),
        ({"rate_limit": {"request": 1, "seconds": 1}}, "rate_limit", "requests"),
        ({"concurrency": 0}, "concurrency", "1 to 50"),
        ({"concurrency": 51}, "concurrency", "1 to 50"),
        ({"include_archived": "yes"}, "include_archived", "true or false"),
        ({"impersonate_user_id": "me"}, "impersonate_user_id", "'me'"),
        ({"impersonate_user_id": 0}, "impersonate_user_id", "id"),
        ({"project_children": "some"}, "project_children", "embedded"),
        ({"custom_fields": "none"}, "custom_fields", "raw"),
        ({"report_years": -1}, "report_years", "0 to 50"),
        ({"report_years": 51}, "report_years", "0 to 50"),
        ({"on_forbidden": "ignore"}, "on_forbidden", "skip"),
        ({"unknown_fields": "drop"}, "unknown_fields", "keep"),
        ({"connect_timeout": 0}, "connect_timeout", "above 0"),
        ({"max_response_seconds": 0}, "max_response_seconds", "1 to"),
        ({"max_response_bytes": 10}, "max_response_bytes", "1 MB"),
        ({"ca_bundle": 7}, "ca_bundle", "certificates"),
        ({"ca_bundle": "/no/such/file"}, "ca_bundle", "'/no/such/file'"),
        ({"webhook_spool": 7}, "webhook_spool", "PostgreSQL"),
        ({"webhook_spool": f"mysql://u:{SECRET}@h/d"}, "webhook_spool", "PostgreSQL"),
        ({"webhook_deletes": "mark"}, "webhook_deletes", "in_place"),
        ({"max_retries": -1}, "max_retries", "0 to"),
        ({"max_wait_seconds": -1}, "max_wait_seconds", "0 to"),
    ],
)
def test_wrong_setting_is_named(change: dict[str, Any], name: str, words: str) -> None:
    config = {k: v for k, v in {**GOOD, **change}.items() if v is not None}
    line = one_line(run(config))
    assert line.startswith(f"{name}: ")
    assert words in line


@pytest.mark.parametrize(
    "change", [{"domain": "acme corp"}, {"api_key": ["k"]}, {"start_date": "yesterday"}]
)
def test_real_process_says_the_same(change: dict[str, Any]) -> None:
    there = one_line(run({**GOOD, **change}, process=True))
    assert there == one_line(run({**GOOD, **change}))


def test_several_wrong_settings_are_one_line() -> None:
    line = one_line(run({**GOOD, "plan": "gold", "overlap_seconds": -5}))
    assert "plan: 'gold'" in line
    assert "overlap_seconds: -5" in line


def test_every_bounded_setting_is_tried_above() -> None:
    """A setting without a case would be one whose errors nobody has seen."""
    cases = test_wrong_setting_is_named.pytestmark[0].args[1]
    tried = {name for _, name, _ in cases}
    ours = {name for name in SETTINGS["properties"] if not name.startswith(SDK)}
    assert ours - tried <= {
        "allow_http",
        "keep_signatures",
        "read_timeout",
    }


@pytest.mark.parametrize(
    "domain",
    [
        "acme",
        "ACME",
        " acme ",
        "acme.mocoapp.com",
        "ACME.mocoapp.com",
        "acme.mocoapp.com.",
        "acme.mocoapp.com/",
        "acme.mocoapp.com:443",
        "https://acme.mocoapp.com",
        "https://acme.mocoapp.com/activities",
        "https://acme.mocoapp.com/activities?from=2024-01-01#top",
        "http://acme.mocoapp.com/api/v1",
        "//acme.mocoapp.com",
        "https://jo@acme.mocoapp.com/",
        "https://jo:17@acme.mocoapp.com:443/",
        "https://acme.mocoapp.com/contacts?email=jo@example.com",
    ],
)
def test_domain_is_taken_in_any_form(domain: str) -> None:
    assert subdomain(domain) == "acme"


@pytest.mark.parametrize(
    "domain",
    [
        "https://me:pw#x@acme.mocoapp.com",
        "https://me:pw?x@acme.mocoapp.com",
        "https://me:pw/x@acme.mocoapp.com",
        "me:17#x@acme.mocoapp.com",
        "me#x@acme.mocoapp.com",
    ],
)
def test_a_users_name_is_not_taken_for_the_domain(domain: str) -> None:
    """A sign in the password ends the host for who reads the address by the rules."""
    line = one_line(run({**GOOD, "domain": domain}))
    assert line.startswith("domain: ")
    assert "pw" not in line


# Catalog, state and files


def test_unknown_stream_in_the_catalog() -> None:
    catalog = {"streams": [{"tap_stream_id": "invoicez", "schema": {}, "metadata": []}]}
    line = one_line(run(GOOD, catalog=catalog))
    assert line.startswith("catalog: ")
    assert "'invoicez'" in line
    assert "--discover" in line


@pytest.mark.parametrize("catalog", [{}, {"streams": {}}, {"streams": [{}]}, [], 5])
def test_catalog_that_is_none(catalog: Any) -> None:
    assert one_line(run(GOOD, catalog=json.dumps(catalog))).startswith("catalog: ")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"currently_syncing": None, "bookmarks": []}, "bookmarks"),
        ({"bookmarks": {"users": "2024"}}, "users"),
        (
            {"bookmarks": {"users": {"replication_key_value": 17}}},
            "replication_key_value",
        ),
        ({"bookmarks": {"users": {"replication_key_value": "p. 17"}}}, "'p. 17'"),
        ({"bookmarks": {"users": {"sweep": 5}}}, "sweep"),
        ({"bookmarks": {"users": {"sweep": {"version": "v"}}}}, "sweep"),
        ({"bookmarks": {"users": {"sweep": {"completed_at": "x"}}}}, "completed_at"),
        ({"bookmarks": {"users": {"sweep": {"resume": {}}}}}, "resume"),
        ({"bookmarks": {"users": {"sweep": {"resume": None}}}}, "resume"),
        ([], "bookmarks"),
        (5, "bookmarks"),
    ],
)
def test_state_of_another_tap(state: Any, words: str) -> None:
    line = one_line(run(GOOD, state=json.dumps(state)))
    assert line.startswith("state: ")
    assert words in line


@pytest.mark.parametrize("name", ["config", "catalog", "state"])
def test_file_that_is_no_json(name: str) -> None:
    given: dict[str, Any] = {"config": GOOD, name: "{broken"}
    line = one_line(
        run(given["config"], catalog=given.get("catalog"), state=given.get("state"))
    )
    assert line.startswith(f"{name}: ")
    assert "JSON" in line


def test_config_file_that_is_not_there() -> None:
    line = one_line(run(None, "--config", "/nowhere/config.json"))
    assert line.startswith("config: ")
    assert "/nowhere/config.json" in line


@pytest.mark.parametrize("state", [{}, {"bookmarks": {}}, None, "null"])
def test_empty_state_is_a_first_run(living: Server, state: Any) -> None:
    outcome = run(settings(living), catalog=select("tags"), state=state)
    assert outcome.code == 0, outcome.err
    assert len(outcome.records("tags")) == len(living.account.ids("tags"))
    assert "updated_after" not in asked(living, "/tags")[0]


def test_state_with_more_streams_keeps_them(living: Server) -> None:
    """What the catalog leaves out for once must not be forgotten."""
    other = {"replication_key_value": "2026-01-01T00:00:00Z"}
    state = {"bookmarks": {"deals": other, "gone_stream": other}}
    outcome = run(settings(living), catalog=select("tags"), state=state)
    assert outcome.code == 0, outcome.err
    assert outcome.state["bookmarks"]["deals"] == other
    words = "state: there is no stream gone_stream; its bookmark is not used"
    assert outcome.err.count(words) == 1
    assert "no stream deals" not in outcome.err


# Environment


def test_settings_come_from_the_environment(living: Server) -> None:
    env = {
        "TAP_MOCO_API_URL": living.url,
        "TAP_MOCO_API_KEY": KEY,
        "TAP_MOCO_OVERLAP_SECONDS": "7",
        "TAP_MOCO_INCLUDE_ARCHIVED": "false",
        "TAP_MOCO_RATE_LIMIT": '{"requests": 100000, "seconds": 1}',
    }
    outcome = run(None, "--config=ENV", catalog=select("users"), env=env)
    assert outcome.code == 0, outcome.err
    assert "include_archived" not in asked(living, "/users")[0]
    assert outcome.target.written["users"] > 0


def test_environment_needs_no_option(living: Server) -> None:
    env = {"TAP_MOCO_API_URL": living.url, "TAP_MOCO_API_KEY": KEY}
    outcome = run(None, catalog=select("tags"), env=env)
    assert outcome.code == 0, outcome.err


def test_wrong_setting_of_the_environment_is_named() -> None:
    env = {"TAP_MOCO_DOMAIN": "acme", "TAP_MOCO_API_KEY": SECRET, "TAP_MOCO_PLAN": "x"}
    line = one_line(run(None, env=env))
    assert line.startswith("plan: 'x'")


# Answers that only the server can give


def test_a_null_that_is_accepted_is_as_nothing_given(living: Server) -> None:
    nulls = {"stream_maps": None, "stream_map_config": None}
    outcome = run(settings(living, **nulls), catalog=select("tags"))
    assert outcome.code == 0, outcome.err
    assert outcome.target.of("tags")


def test_wrong_key_ends_the_run_at_once(living: Server) -> None:
    outcome = run(settings(living, api_key=SECRET), catalog=select())
    assert outcome.code == 1
    assert "check api_key" in outcome.err
    assert SECRET not in outcome.err + outcome.out
    assert "Traceback" not in outcome.err
    assert outcome.target.written.keys() == {"sync_runs"}, "which has the run"
    assert len(living.requests) <= 5  # those that were under way


def test_wrong_password_ends_the_run_at_once(living: Server) -> None:
    config = settings(living, email="demo@example.com", password=SECRET)
    del config["api_key"]
    outcome = run(config, catalog=select("tags"))
    assert outcome.code == 1
    assert "email and password" in outcome.err
    assert SECRET not in outcome.err + outcome.out
    assert [entry.path for entry in living.requests] == ["/session"]


def test_secrets_are_in_no_output(living: Server) -> None:
    env = {"TAP_MOCO_LOGLEVEL": "DEBUG"}
    outcome = run(settings(living), catalog=select("tags"), env=env)
    assert outcome.code == 0
    assert KEY not in outcome.err + outcome.out


@pytest.mark.parametrize("value", ["30", "0.5"])
def test_number_from_the_environment(living: Server, value: str) -> None:
    """Meltano gives every setting in the environment, as text."""
    outcome = run(
        settings(living), catalog=select("tags"), env={"TAP_MOCO_READ_TIMEOUT": value}
    )
    assert outcome.code == 0, outcome.err

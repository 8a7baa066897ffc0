"""Every setting reaches the tap from the environment, through Meltano."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import certifi
import pytest

from tap_moco.settings import SETTINGS

if TYPE_CHECKING:
    from tap_moco.sandbox import Server

    from .conftest import Project

pytestmark = pytest.mark.meltano

LOGIN = {"email": "demo@example.com", "password": "sandbox-password"}
VALUES = {
    "domain": "acme",
    "api_key": "sandbox-key",
    "api_url": "",  # the sandbox's
    "allow_http": "yes",
    "ca_bundle": certifi.where(),
    "start_date": "2020-01-31",
    "end_date": "2030-12-31",
    "impersonate_user_id": "7",
    "plan": "unlimited",
    "rate_limit": '{"requests": 100000, "seconds": 1.5}',
    "concurrency": "2",
    "include_archived": "No",
    "overlap_seconds": "90",
    "full_sweep_days": "3",
    "project_children": "detail",
    "custom_fields": "typed",
    "report_interval_hours": "12",
    "report_years": "2",
    "on_forbidden": "fail",
    "unknown_fields": "keep",
    "keep_signatures": "on",
    "webhook_spool": "webhooks.db",
    "webhook_deletes": "in_place",
    "connect_timeout": "2.5",
    "read_timeout": "30.5",
    "max_response_seconds": "99.5",
    "max_response_bytes": "50000000",
    "max_retries": "1",
    "max_wait_seconds": "60.5",
}


def variables(server: Server, **changed: Any) -> dict[str, str]:
    """Return all settings as variables; None leaves one out."""
    given = {**VALUES, "api_url": server.url, **changed}
    return {f"TAP_MOCO_{n.upper()}": v for n, v in given.items() if v is not None}


def test_every_setting_is_given_here() -> None:
    assert VALUES.keys() | LOGIN.keys() == SETTINGS["properties"].keys()


def test_settings_of_the_environment_are_valid(
    project: Project, server: Server
) -> None:
    done = project.run("config", "test", "tap-moco", env=variables(server))
    assert done.returncode == 0, done.stderr
    assert "Plugin configuration is valid" in done.stdout + done.stderr
    assert server.requests
    for entry in server.requests:
        assert entry.headers["x-impersonate-user-id"] == "7"


def test_settings_of_the_environment_have_an_effect(
    project: Project, server: Server
) -> None:
    options = ("invoke", "tap-moco", "--discover")
    done = project.run(*options, env=variables(server))
    assert done.returncode == 0, done.stderr
    catalog = json.loads(done.stdout)
    streams = {entry["tap_stream_id"]: entry for entry in catalog["streams"]}
    assert "_unknown" in streams["users"]["schema"]["properties"]  # unknown_fields
    done = project.run("invoke", "tap-moco", "--test", env=variables(server))
    assert "streams can be read" in done.stderr
    asked = {entry.path: dict(entry.query) for entry in server.requests}
    assert "include_archived" not in asked["/users"]
    assert asked["/activities"]["updated_after"] == "2020-01-31T00:00:00Z"
    assert "/account/custom_properties" in asked  # custom_fields


def test_email_and_password_of_the_environment(
    project: Project, server: Server
) -> None:
    env = variables(server, api_key=None, **LOGIN)
    done = project.run("config", "test", "tap-moco", env=env)
    assert done.returncode == 0, done.stderr
    assert server.requests[0].path == "/session"


def test_empty_variables_are_not_given(project: Project, server: Server) -> None:
    kept = {"api_url": server.url, "api_key": "sandbox-key"}
    env = variables(server, **{**dict.fromkeys(VALUES, ""), **kept})
    done = project.run("invoke", "tap-moco", "--test", env=env)
    assert done.returncode == 0, done.stderr
    asked = {entry.path: dict(entry.query) for entry in server.requests}
    assert asked["/users"]["include_archived"] == "true"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("include_archived", "ja"),
        ("concurrency", "four"),
        ("read_timeout", "nan"),
        ("rate_limit", "60"),
        ("plan", "gold"),
        ("start_date", "yesterday"),
    ],
)
def test_wrong_word_is_an_error(
    project: Project, server: Server, name: str, text: str
) -> None:
    """In one line of the tap's, which Meltano shows as what it is."""
    env = variables(server, **{name: text})
    done = project.run("invoke", "tap-moco", "--test", env=env)
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if f"{name}: " in line]
    assert len(lines) == 1, done.stderr
    assert "[error" in lines[0]
    assert text in lines[0]
    assert "Traceback" not in done.stderr
    assert not server.requests

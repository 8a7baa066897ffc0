"""The setting `webhook_spool`: what it brings, what it refuses, what it hides."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from tests.support.runs import discovered, run

if TYPE_CHECKING:
    from tests.support.outcome import Outcome

STREAMS = {"webhook_events", "deleted_records"}
LOGIN = {"domain": "acme", "api_key": "sandbox-key"}
PASSWORD = "correct-horse"  # noqa: S105 - a made-up one


def names(outcome: Outcome) -> set[str]:
    """Return the streams of a catalog."""
    assert outcome.code == 0, outcome.err
    return {entry["tap_stream_id"] for entry in json.loads(outcome.out)["streams"]}


def one_line(outcome: Outcome) -> str:
    """Return the only line of a refusal."""
    assert outcome.code == 1
    assert outcome.out == ""
    (line,) = outcome.err.splitlines()
    return line


def test_its_streams_are_there_only_with_it() -> None:
    without = {entry["tap_stream_id"] for entry in discovered()["streams"]}
    assert not STREAMS & without
    assert names(run({"webhook_spool": "x.db"}, "--discover")) == without | STREAMS


def test_a_column_for_deletes_is_there_only_where_it_is_asked_for() -> None:
    def columns(**config: str) -> set[str]:
        catalog = json.loads(run(config or None, "--discover").out)
        return {
            entry["tap_stream_id"]
            for entry in catalog["streams"]
            if "_sdc_deleted_at" in entry["schema"]["properties"]
        }

    spool = {"webhook_spool": "x.db"}
    assert columns() == columns(**spool) == set()
    assert columns(webhook_deletes="in_place") == set()
    marked = columns(**spool, webhook_deletes="in_place")
    assert {"activities", "projects", "project_tasks"} <= marked
    assert not marked & {"units", "offer_details", *STREAMS}


def test_a_catalog_with_its_streams_needs_it() -> None:
    catalog = json.loads(run({"webhook_spool": "x.db"}, "--discover").out)
    line = one_line(run(LOGIN, catalog=catalog))
    assert "the stream deleted_records needs the setting webhook_spool" in line


@pytest.mark.parametrize(
    "location", ["mysql://h/d", "postgresql://h:port/d", "a\nb", "sqlite:///"]
)
def test_another_location_is_refused(location: str) -> None:
    line = one_line(run({**LOGIN, "webhook_spool": location}))
    assert "webhook_spool: what was given is not accepted. Accepted: Where the" in line


@pytest.mark.parametrize(
    ("package", "location"),
    [("sqlalchemy", "x.db"), ("psycopg", "postgresql://h/d")],
)
def test_the_extra_is_named(package: str, location: str) -> None:
    for name in [n for n in sys.modules if n.startswith("tap_moco.spool.")]:
        assert name.startswith("tap_moco")
    gone = {
        name: None
        for name in sys.modules
        if name.partition(".")[0] == package or name == "tap_moco.spool.database"
    }
    with mock.patch.dict(sys.modules, {**gone, package: None}):
        line = one_line(run({**LOGIN, "webhook_spool": location}))
    assert "webhook_spool: needs the package" in line
    assert "pip install 'tap-moco[webhooks]'" in line


@pytest.mark.parametrize(
    "location",
    [
        f"postgresql://u:{PASSWORD}@127.0.0.1:1/d",
        f"postgresql+psycopg://127.0.0.1:1/d?password={PASSWORD}&user=u",
        f"postgres://u:{PASSWORD}%40@127.0.0.1:1/d",
        f"postgres://u:{PASSWORD}@127.0.0.1:1/{PASSWORD}",
    ],
)
def test_a_password_is_shown_nowhere(location: str) -> None:
    env = {"TAP_MOCO_WEBHOOK_SPOOL": location, "TAP_MOCO_LOGLEVEL": "DEBUG"}
    catalog = json.loads(run({"webhook_spool": "x.db"}, "--discover").out)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                wanted = entry["tap_stream_id"] == "webhook_events"
                item["metadata"]["selected"] = wanted
    outcome = run(LOGIN, catalog=catalog, env=env)
    assert outcome.code == 1
    assert "127.0.0.1" in outcome.err
    assert PASSWORD not in outcome.err + outcome.out


def test_variables_of_the_receiver_are_not_the_taps() -> None:
    env = {"TAP_MOCO_WEBHOOKS_SPOOL": "x.db", "TAP_MOCO_WEBHOOKS_SIGNING_KEY": "k"}
    outcome = run(None, "--discover", env=env)
    assert not STREAMS & names(outcome)
    assert "is not a setting" not in outcome.err

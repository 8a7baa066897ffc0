"""The stream `webhook_events`: every event once, and nothing is asked of MOCO."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tap_moco.spool.tables import events
from tap_moco.spool.upkeep import prune, replay
from tests.support.runs import run

from .made import OCCURRED, event

if TYPE_CHECKING:
    from pathlib import Path

    from .reading import Reading

COLUMNS = {
    "id",
    "sequence",
    "account",
    "target",
    "event",
    "entity_id",
    "occurred_at",
    "received_at",
    "user_id",
    "origin",
    "payload",
}


def test_every_event_comes_once(reading: Reading) -> None:
    reading.spool.store([event(number) for number in range(3)])
    first = reading.synced("webhook_events")
    reading.spool.store([event(7), event(1)])  # the second one is a repeated delivery
    second = reading.synced("webhook_events")
    third = reading.synced("webhook_events")
    ids = [
        [r["entity_id"] for r in o.records("webhook_events")] for o in (first, second)
    ]
    assert ids == [[0, 1, 2], [7]]
    assert third.records("webhook_events") == []
    assert third.state == second.state


def test_moco_is_asked_for_nothing(reading: Reading) -> None:
    """Not even for custom fields, or for a key; such a run may come every minute."""
    reading.spool.store([event(1), event(1, event="delete")])
    login = {"email": "demo@example.com", "password": "sandbox-password"}
    reading.config = {"api_key": None, **login, "custom_fields": "columns"}
    outcome = reading.synced("webhook_events")
    assert len(outcome.records("webhook_events")) == 2
    assert reading.server.requests == []


def test_an_event_has_what_was_delivered(reading: Reading) -> None:
    reading.spool.store([event(5, event="create", origin="api")])
    (row,) = reading.synced("webhook_events").records("webhook_events")
    assert row.keys() == COLUMNS
    assert (row["account"], row["target"], row["event"]) == (
        "demo",
        "Activity",
        "create",
    )
    assert (row["entity_id"], row["user_id"], row["origin"]) == (5, 933_590_696, "api")
    assert row["occurred_at"] == "2026-11-26T12:00:00.123Z"
    assert row["received_at"] == "2026-11-26T12:00:01.123Z"
    assert row["payload"]["id"] == 5


def test_no_text_is_one_that_a_target_cannot_hold(reading: Reading) -> None:
    payload = r'{"id":1,"a\u0000b":"x\u0000y","inner":[{"text":"\u0000"}]}'
    reading.spool.store([event(1, payload=payload)])
    outcome = reading.synced("webhook_events")
    (row,) = outcome.records("webhook_events")
    assert "\\u0000" not in outcome.out
    assert row["payload"]["inner"] == [{"text": "\N{REPLACEMENT CHARACTER}"}]


def test_addresses_of_files_lose_their_signatures(reading: Reading) -> None:
    signed = "https://files.example.com/1.pdf?signature=00ff"
    payload = json.dumps({"id": 1, "file_url": signed, "text": f"see {signed}"})
    reading.spool.store([event(1, payload=payload)])
    (row,) = reading.synced("webhook_events").records("webhook_events")
    assert row["payload"]["file_url"] == "https://files.example.com/1.pdf"
    assert "signature" not in str(row)


def test_replayed_events_replace_themselves(reading: Reading) -> None:
    reading.spool.store([event(1), event(2)])
    before = reading.synced("webhook_events").records("webhook_events")
    assert replay(reading.spool, OCCURRED) == 2
    after = reading.synced("webhook_events").records("webhook_events")
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert min(row["sequence"] for row in after) > before[-1]["sequence"]
    assert len(reading.target.of("webhook_events")) == 2


def test_keys_differ_by_all_that_makes_an_event_one(reading: Reading) -> None:
    later = OCCURRED + timedelta(milliseconds=1)
    variants = [
        event(1),
        event(2),
        event(1, target="Project"),
        event(1, event="create"),
        event(1, occurred_at=later),
        event(1, payload='{"id":1}'),
    ]
    reading.spool.store(variants)
    reading.synced("webhook_events")
    assert len(reading.target.of("webhook_events")) == len(variants)


def test_events_age_once_their_state_is_written(reading: Reading) -> None:
    reading.spool.store([event(1)])
    now = datetime.now(timezone.utc)
    assert prune(reading.spool, now + timedelta(days=1)) == 0
    reading.synced("webhook_events")
    assert prune(reading.spool, now + timedelta(days=1)) == 1


def test_trying_out_reads_one_event_and_leaves_it_unread(reading: Reading) -> None:
    reading.spool.store([event(1), event(2)])
    outcome = run(reading.settings(), "--test")
    assert len(outcome.records("webhook_events")) == 1, outcome.err
    with reading.spool.reading() as connection:
        read = connection.execute(sa.select(events.c.read_at)).scalars().all()
    assert read == [None, None]


@pytest.mark.parametrize(
    ("domain", "ids"), [("demo", {1, 3}), ("https://Other.mocoapp.com", {2, 3})]
)
def test_events_of_other_accounts_are_left_alone(
    reading: Reading, domain: str, ids: set[int]
) -> None:
    reading.spool.store([event(1), event(2, account="other"), event(3, account="")])
    outcome = reading.synced("webhook_events", domain=domain)
    assert {row["entity_id"] for row in outcome.records("webhook_events")} == ids


def test_whose_events_they_are_is_not_guessed(reading: Reading) -> None:
    """Where only `api_url` names the account, and the spool has several."""
    reading.spool.store([event(1), event(2, account="other")])
    outcome = reading.run("webhook_events", "comments")
    assert outcome.code == 1
    errors = [line for line in outcome.err.splitlines() if "ERROR" in line]
    assert len(errors) == 2  # of the events, and of the deletes of comments
    assert all("several accounts (demo, other); set domain" in e for e in errors)
    assert reading.ids("comments") == set(reading.account.ids("comments"))


def test_a_spool_that_is_not_there_fails_its_streams_alone(
    reading: Reading, tmp_path: Path
) -> None:
    missing = str(tmp_path / "missing" / "spool.db")
    streams = ("webhook_events", "deleted_records", "comments")
    outcome = reading.run(*streams, webhook_spool=missing)
    assert outcome.code == 1
    errors = [line for line in outcome.err.splitlines() if "ERROR" in line]
    assert len(errors) == 2, outcome.err
    assert all(missing in line and "No such file" in line for line in errors)
    assert reading.ids("comments") == set(reading.account.ids("comments"))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no database" * 1000, "not a database"), (b"", "there is no spool in it")],
)
def test_another_file_is_one_clear_line(
    reading: Reading, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    outcome = reading.run("webhook_events", webhook_spool=str(path))
    assert outcome.code == 1
    (line,) = [line for line in outcome.err.splitlines() if "ERROR" in line]
    assert said in line
    assert path.read_bytes() == content


def test_a_newer_spool_is_refused(reading: Reading) -> None:
    with reading.spool.transaction() as connection:
        connection.exec_driver_sql("UPDATE moco_webhook_spool SET version = 99")
    outcome = reading.run("webhook_events")
    assert outcome.code == 1
    assert "made by a newer tap-moco" in outcome.err

"""The command line: options, what a person sees, and the exit status."""

from __future__ import annotations

import importlib
import json
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from tap_moco.sandbox.webhooks import post
from tap_moco.spool.reader import SpoolReader
from tap_moco.spool.spool import Spool
from tap_moco.webhooks.signature import SigningKeys
from tests.support.process import environment

from .made import event
from .running import ask, serving
from .sender import KEY, OTHER_KEY, Delivery
from .test_receiver import raw

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command, OpenSpool

SECRET = "s3cret-Zx81"  # noqa: S105 - made up
SERVE = ("serve", "--spool", "{path}", "--signing-key", KEY, "--port", "0")

WRONG = {
    "no spool": (("serve", "--signing-key", KEY), "--spool: nothing was given"),
    "no key": (("serve", "--spool", "{path}"), "--signing-key: nothing was given"),
    "an empty key": ((*SERVE, "--signing-key", ""), "--signing-key: what was given"),
    "a key with a space": (
        (*SERVE, "--signing-key", f"{SECRET} x"),
        "--signing-key: what was given is not accepted. Accepted: a signing key",
    ),
    "a key with umlauts": ((*SERVE, "--signing-key", f"{SECRET}ä"), "what was given"),
    "a port that is a word": ((*SERVE, "--port", "http"), "--port: 'http' is not"),
    "a port out of range": ((*SERVE, "--port", "65536"), "0 to 65535"),
    "a negative size": ((*SERVE, "--max-body-bytes", "-1"), "1 to 1073741824"),
    "days that are none": ((*SERVE, "--keep-days", "nan"), "--keep-days: 'nan' is not"),
    "a host that is none": ((*SERVE, "--host", "a b"), "--host: 'a b' is not accepted"),
    "another database": (
        (*SERVE, "--spool", f"mysql://u:{SECRET}@h/d"),
        "--spool: what was given is not accepted. Accepted: the path of a file",
    ),
    "a database that is away": (
        (*SERVE, "--spool", f"postgresql://u:{SECRET}@127.0.0.1:1/d"),
        "refused",
    ),
    "a folder": ((*SERVE, "--spool", "/"), "spool /: "),
    "no command": ((), "Missing command"),
    "no such option": ((*SERVE, "--colour", "red"), "--colour"),
    "a host that is not known": ((*SERVE, "--host", "::g::"), "cannot listen on ::g::"),
    "no such command": (("receive",), "receive"),
    "no file to list": (("list", "--spool", "{path}"), "No such file"),
    "no time": (("replay", "--spool", "{path}"), "--since: nothing was given"),
    "a time that is none": (
        ("replay", "--spool", "{path}", "--since", "yesterday"),
        "--since: 'yesterday' is not accepted. Accepted: a date or time",
    ),
    "a limit of nothing": (("list", "--spool", "{path}", "--limit", "0"), "1 to"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_and_the_status_1(
    sqlite_location: str, case: str, command: Command
) -> None:
    arguments, words = WRONG[case]
    done = command(*(argument.format(path=sqlite_location) for argument in arguments))
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.startswith("tap-moco-webhooks: ")
    assert done.stderr.count("\n") == 1
    assert SECRET not in done.stderr
    assert KEY not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "http", "TAP_MOCO_WEBHOOKS_PORT: 'http' is not accepted"),
        ("KEEP_DAYS", "long", "TAP_MOCO_WEBHOOKS_KEEP_DAYS: 'long'"),
        ("MAX_BODY_BYTES", "1MB", "TAP_MOCO_WEBHOOKS_MAX_BODY_BYTES: '1MB'"),
        ("HOST", "a b", "TAP_MOCO_WEBHOOKS_HOST: 'a b'"),
        ("SIGNING_KEY", f"{KEY},,x", "TAP_MOCO_WEBHOOKS_SIGNING_KEY: what was given"),
        ("SIGNING_KEY", f"{SECRET} x", "TAP_MOCO_WEBHOOKS_SIGNING_KEY: what was given"),
        ("SPOOL", f"mysql://u:{SECRET}@h", "TAP_MOCO_WEBHOOKS_SPOOL: what was given"),
    ],
)
def test_variables_are_checked_as_options_are(
    sqlite_location: str, name: str, value: str, words: str, command: Command
) -> None:
    given = {"SPOOL": sqlite_location, "SIGNING_KEY": KEY, name: value}
    env = {f"TAP_MOCO_WEBHOOKS_{n}": v for n, v in given.items()}
    done = command("serve", **env)
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert SECRET not in done.stderr


def test_several_keys_in_a_variable(tmp_path: Path, sqlite_location: str) -> None:
    keys = {"TAP_MOCO_WEBHOOKS_SIGNING_KEY": f"{KEY}, {OTHER_KEY}"}
    statuses = []
    with serving(sqlite_location, tmp_path, **keys) as process:
        for number, key in enumerate((KEY, OTHER_KEY, "f" * 31), 1):
            sent = Delivery("Activity", "update", {"id": number})
            statuses.append(post(process.url, sent.headers(key), sent.body))
        assert process.stop() == 0
        log = process.log
    assert statuses == [200, 200, 401]
    assert KEY not in log
    assert OTHER_KEY not in log


def test_a_port_that_is_taken(sqlite_location: str, command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        arguments = [argument.format(path=sqlite_location) for argument in SERVE]
        done = command(*arguments, "--port", port)
    assert done.returncode == 1
    assert done.stderr == (
        f"tap-moco-webhooks: cannot listen on 127.0.0.1, port {port}: "
        "Address already in use\n"
    )


def test_any_asgi_server_may_serve_it(
    sqlite_location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAP_MOCO_WEBHOOKS_SPOOL", sqlite_location)
    monkeypatch.setenv("TAP_MOCO_WEBHOOKS_SIGNING_KEY", KEY)
    app = importlib.import_module("tap_moco.webhooks.asgi").app
    sent = Delivery("Activity", "update", {"id": 1})
    assert ask(app, raw(sent.headers()), sent.body)[0] == 200
    with Spool(sqlite_location) as spool:
        assert len(SpoolReader(spool).read()) == 1


def test_without_the_extra_it_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['prometheus_client'] = None; "
        "from tap_moco.webhooks.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "serve"],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == 1
    assert "install 'tap-moco[webhooks]'" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture
def filled(location: str, open_spool: OpenSpool) -> str:
    """Return a spool with three events, the first of which was read long ago."""
    spool = open_spool(location)
    now = datetime.now(timezone.utc)
    spool.store([event(1, received_at=now - timedelta(days=90))])
    reader = SpoolReader(spool)
    first = reader.read()[0]
    assert first.sequence
    reader.mark_read(first.sequence)
    with spool.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE moco_webhook_events SET read_at = '2026-01-01 00:00:00.000000'"
        )
    spool.store([event(2, received_at=now, target="Project", event="delete")])
    spool.store([event(3, received_at=now)])
    return location


def test_list_shows_what_came(filled: str, command: Command) -> None:
    done = command("list", "--spool", filled)
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.splitlines()
    assert " ".join(head.split()) == "received occurred account target event id read"
    assert [line.split()[5:] for line in rows] == [
        ["Activity", "update", "1", "2026-01-01", "00:00:00"],
        ["Project", "delete", "2", "not", "yet"],
        ["Activity", "update", "3", "not", "yet"],
    ]


def test_list_as_json_has_the_whole_event(filled: str, command: Command) -> None:
    done = command("list", "--spool", filled, "--json", "--target", "Project")
    (row,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert row["stream"] == "projects"
    assert row["entity_id"] == row["payload"]["id"] == 2
    assert row["occurred_at"] == "2026-11-26T12:00:00.123000+00:00"
    assert "👩‍💻" in row["payload"]["description"]


def test_list_since(filled: str, command: Command) -> None:
    since = (datetime.now(timezone.utc) - timedelta(days=1)).isoformat()
    done = command("list", "--spool", filled, "--since", since, "--limit", "1")
    assert len(done.stdout.splitlines()) == 2
    done = command("list", "--spool", filled, "--since", "2999-01-01")
    assert (done.stdout, done.stderr, done.returncode) == ("", "no events\n", 0)


def test_replay_has_events_read_once_more(
    filled: str, open_spool: OpenSpool, command: Command
) -> None:
    reader = SpoolReader(open_spool(filled))
    last = reader.read()[-1].sequence or 0
    since = f"{datetime.now(timezone.utc) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    done = command("replay", "--spool", filled, "--since", since)
    assert (done.stdout, done.returncode) == ("events to be read once more: 2\n", 0)
    assert [row.entity_id for row in reader.read(after=last)] == [2, 3]


def test_prune_removes_what_was_read_long_ago(
    filled: str, open_spool: OpenSpool, command: Command
) -> None:
    done = command("prune", "--spool", filled, "--keep-days", "30")
    assert (done.stdout, done.returncode) == ("events removed: 1\n", 0)
    reader = SpoolReader(open_spool(filled))
    assert [row.entity_id for row in reader.read()] == [2, 3]


def test_serve_prunes_by_itself(tmp_path: Path, filled: str) -> None:
    with serving(filled, tmp_path) as process:
        deadline = time.monotonic() + 30
        while "events removed that were read long ago: 1" not in process.log:
            assert time.monotonic() < deadline, process.log
            time.sleep(0.05)
        assert process.stop() == 0


def test_keys_are_not_shown_by_an_error_of_the_receiver() -> None:
    assert KEY not in repr(SigningKeys([KEY]))

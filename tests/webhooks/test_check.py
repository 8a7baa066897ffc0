"""`check`: which webhooks are missing for deletes, as a person reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import Account, serve
from tap_moco.spool.targets import TARGETS
from tap_moco.webhooks.check import needed_hooks

from .running import run

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tap_moco.sandbox import Server

URL = "https://hooks.example.com/webhooks"
API_KEY = "sandbox-key"


@pytest.fixture
def account() -> Account:
    """Return an account without any hook."""
    return Account()


@pytest.fixture
def server(account: Account) -> Iterator[Server]:
    """Serve it, in pages that are smaller than the list of hooks."""
    with serve(account, max_per_page=10) as running:
        yield running


@pytest.fixture
def config(server: Server, tmp_path: Path) -> str:
    """Return a file with the tap's settings."""
    path = tmp_path / "config.json"
    limit = {"requests": 100_000, "seconds": 1}
    settings = {"api_url": server.url, "api_key": API_KEY, "rate_limit": limit}
    path.write_text(json.dumps(settings))
    return str(path)


def add(account: Account, target: str, event: str = "delete", **more: Any) -> None:
    """Set up a hook."""
    given = {"hook": URL, "disabled": False, "disabled_at": None, **more}
    account.insert("web_hooks", target=target, event=event, **given)


def add_all(account: Account) -> None:
    """Set up what full delete coverage needs."""
    for name, target in TARGETS.items():
        if target.needs_hook:
            add(account, name)


def catalog(folder: Path, *streams: str) -> str:
    """Write a catalog of which only these streams are selected."""
    entries = [
        {
            "tap_stream_id": name,
            "stream": name,
            "schema": {"type": "object", "properties": {}},
            "metadata": [{"breadcrumb": [], "metadata": {"selected": name in streams}}],
        }
        for name in ("activities", "units", "invoices", "invoice_details", "projects")
    ]
    path = folder / "catalog.json"
    path.write_text(json.dumps({"streams": entries}))
    return str(path)


def rows(done: subprocess.CompletedProcess[str], status: str) -> list[list[str]]:
    """Return the target, event and stream of each line of a status."""
    lines = [line.split() for line in done.stdout.splitlines()]
    return [line[1:4] for line in lines if line and line[0] == status]


def test_every_stream_with_a_target_needs_one_hook_for_deletes() -> None:
    hooks = needed_hooks([])
    streams = [hook.stream for hook in hooks]
    # approvals hold two kinds of records, which MOCO sends by a target each
    assert sorted(s for s in streams if streams.count(s) > 1) == ["approvals"] * 2
    assert len(hooks) == 29
    assert {hook.status for hook in hooks} == {"missing"}


def test_an_account_without_hooks(config: str, server: Server) -> None:
    done = run("check", "--config", config)
    assert done.returncode == 1, done.stderr
    missing = rows(done, "missing")
    assert len(missing) == 29
    assert ["Activity", "delete", "activities"] in missing
    assert ["User::AbsenceRequest", "delete", "user_absence_requests"] in missing
    assert "29 of 29 hooks are missing or disabled." in done.stdout
    assert "No webhook reports deletes of" in done.stdout
    assert {entry.method for entry in server.requests} == {"GET"}
    assert {entry.path for entry in server.requests} == {"/account/web_hooks"}


def test_an_account_with_all_hooks(config: str, account: Account) -> None:
    add_all(account)
    done = run("check", "--config", config)
    assert done.returncode == 0, done.stdout
    assert not rows(done, "missing")
    assert "All 29 hooks that the selected streams need are on." in done.stdout


def test_hooks_that_are_disabled_or_for_other_events_or_elsewhere(
    config: str, account: Account
) -> None:
    add_all(account)
    for hook in account.rows("web_hooks"):
        if hook["target"] == "Invoice":
            since = "2026-11-01T00:00:00Z"
            account.update("web_hooks", hook["id"], disabled=True, disabled_at=since)
        if hook["target"] == "Offer":
            account.update("web_hooks", hook["id"], event="update")
        if hook["target"] == "Deal":
            account.update("web_hooks", hook["id"], hook="https://zapier.example.com")
    done = run("check", "--config", config, "--url", URL)
    assert done.returncode == 1
    assert rows(done, "disabled") == [["Invoice", "delete", "invoices"]]
    assert "since 2026-11-01T00:00:00Z" in done.stdout
    assert rows(done, "missing") == [
        ["Deal", "delete", "deals"],
        ["Offer", "delete", "offers"],
    ]
    assert len(rows(run("check", "--config", config), "missing")) == 1


def test_one_hook_that_works_is_enough(config: str, account: Account) -> None:
    for disabled in (True, False, True):
        add_all(account)
        for hook in account.rows("web_hooks")[-29:]:
            account.update("web_hooks", hook["id"], disabled=disabled)
    assert run("check", "--config", config).returncode == 0


def test_the_older_name_of_a_target_counts() -> None:
    hook = {"target": "Customer", "event": "delete", "disabled": False}
    ok = [hook.stream for hook in needed_hooks([hook]) if hook.status == "ok"]
    assert ok == ["companies"]


def test_selected_streams_come_first_and_alone_decide(
    config: str, account: Account, tmp_path: Path
) -> None:
    """The details of an invoice are deleted with it, and units have no webhook."""
    chosen = catalog(tmp_path, "units", "invoice_details", "activities")
    done = run("check", "--config", config, "--catalog", chosen)
    assert done.returncode == 1
    assert rows(done, "missing")[:2] == [
        ["Activity", "delete", "activities"],
        ["Invoice", "delete", "invoices"],
    ]
    assert "2 of 2 hooks are missing" in done.stdout
    assert "No webhook reports deletes of units." in done.stdout
    add(account, "Invoice")
    add(account, "Activity")
    done = run("check", "--config", config, "--catalog", chosen)
    assert done.returncode == 0, done.stdout
    assert "For streams that are not selected:" in done.stdout


def test_settings_come_from_variables_too(server: Server, account: Account) -> None:
    add_all(account)
    done = run("check", TAP_MOCO_API_URL=server.url, TAP_MOCO_API_KEY=API_KEY)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "domain: nothing was given"),
        ({"TAP_MOCO_API_KEY": "wrong"}, "MOCO does not accept the credentials"),
        ({"TAP_MOCO_API_KEY": "a b"}, "api_key: what was given is not accepted"),
    ],
)
def test_what_goes_wrong_is_one_line(
    server: Server, settings: dict[str, str], words: str
) -> None:
    url = {"TAP_MOCO_API_URL": server.url} if settings else {}
    done = run("check", **settings, **url)
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1]  # the SDK may warn of the Python before
    assert line.startswith("tap-moco-webhooks: ")
    assert words in line
    assert "Traceback" not in done.stderr
    assert done.stdout == ""

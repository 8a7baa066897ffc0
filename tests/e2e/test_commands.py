"""The commands beside a run: discovery, what the tap is, and the connection test."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from tap_moco.sandbox import generate_account, serve
from tests.support.process import environment
from tests.support.runs import COMMAND, discovered, files, run, settings, stream_names

if TYPE_CHECKING:
    from pathlib import Path

    from tap_moco.sandbox import Server


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

"""What `sync_runs` says of a run that a signal ended."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from .running import files, plain_config
from .test_signals import SIGNALS, STATE, ended, start, wait_for_request

if TYPE_CHECKING:
    from pathlib import Path

    from tap_moco.sandbox import Server


@SIGNALS
def test_a_signal_leaves_a_row_for_each_stream(
    tmp_path: Path, server: Server, number: signal.Signals
) -> None:
    """Also for what was not reached; and the state is the one that was given."""
    server.faults.add("timeout", "/tags", times=None, seconds=30)
    streams = ("comments", "tags", "web_hooks", "sync_runs")
    tap = start(
        *files(tmp_path, plain_config(server.url, concurrency=1), streams, STATE)
    )
    wait_for_request(server, tap, "/tags")
    messages = ended(tap, number)
    records = [m for m in messages if m["type"] == "RECORD"]
    rows = {
        m["record"]["stream"]: m["record"]
        for m in records
        if m["stream"] == "sync_runs"
    }
    outcomes = {name: row["outcome"] for name, row in rows.items()}
    assert outcomes == {
        "comments": "success",
        "tags": "interrupted",
        "web_hooks": "interrupted",
    }
    assert rows["tags"]["mode"] == "first read"
    assert rows["web_hooks"]["mode"] is None
    assert rows["web_hooks"]["started_at"] == rows["web_hooks"]["ended_at"]
    last = messages[-1]
    assert last["type"] == "STATE"
    assert last["value"]["bookmarks"]["users"] == STATE["bookmarks"]["users"]


def test_a_killed_run_leaves_none(tmp_path: Path, server: Server) -> None:
    server.faults.add("timeout", "/tags", times=None, seconds=30)
    streams = ("comments", "tags", "sync_runs")
    tap = start(
        *files(tmp_path, plain_config(server.url, concurrency=1), streams, STATE)
    )
    wait_for_request(server, tap, "/tags")
    tap.send_signal(signal.SIGKILL)
    output, _ = tap.communicate()
    assert b'"comments"' in output
    assert b'"sync_runs"' not in output

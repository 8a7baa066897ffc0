"""What a run says of itself: the table, the stream `sync_runs`, Singer metrics."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tap_moco.packing import pack_ids
from tests.support.runs import asked, run, select, settings, synced
from tests.support.stub import Answer, serving

if TYPE_CHECKING:
    import pytest

    from tap_moco.row import Row
    from tap_moco.sandbox import Server
    from tests.support.outcome import Outcome

LONG_AGO = "2026-01-01T00:00:00Z"


def rows_of(outcome: Outcome) -> dict[str, Row]:
    """Return the rows of `sync_runs` by stream."""
    return {row["stream"]: row for row in outcome.records("sync_runs")}


def table_of(outcome: Outcome) -> dict[str, list[str]]:
    """Return the cells of the table on the log by stream, the head included."""
    messages = [line.split(" | ")[-1] for line in outcome.err.splitlines()]
    start = next(n for n, text in enumerate(messages) if text.startswith("stream  "))
    rows = [re.split(r" {2,}", text.strip()) for text in messages[start:]]
    return {row[0]: row[1:] for row in rows if len(row) == len(rows[0])}


def metrics_of(outcome: Outcome, metric: str) -> dict[str, Row]:
    """Return the points of one metric by stream."""
    texts = re.findall(r"METRIC: (\{.*\})$", outcome.err, re.MULTILINE)
    points = [point for point in map(json.loads, texts) if point["metric"] == metric]
    return {point["tags"]["stream"]: point for point in points}


def with_sweep_due(state: Row, stream: str, **sweep: Any) -> Row:
    """Return a state whose last sweep of a stream was long ago."""
    changed: Row = json.loads(json.dumps(state))
    changed["bookmarks"][stream]["sweep"] |= {"completed_at": LONG_AGO, **sweep}
    return changed


# The stream sync_runs


def test_sync_runs_is_off_by_default(living: Server) -> None:
    assert "sync_runs" not in run(settings(living)).target.schemas


def test_each_selected_stream_has_a_row(living: Server) -> None:
    outcome = synced(settings(living), "comments", "tags", "profile", "sync_runs")
    rows = rows_of(outcome)
    assert rows.keys() == {"comments", "tags", "profile"}
    comments = rows["comments"]
    count = len(living.account.ids("comments"))
    assert comments["mode"] == "first read"
    assert comments["outcome"] == "success"
    assert comments["reason"] is None
    assert comments["records"] == comments["rows_in_moco"] == count
    assert comments["rows_expected"] == count
    assert comments["requests"] == len(asked(living, "/comments"))
    assert comments["bookmark"] == outcome.bookmark("comments")
    assert comments["started_at"] <= comments["ended_at"]
    assert rows["profile"]["mode"] == "whole read"
    assert rows["profile"]["rows_in_moco"] is None
    assert rows["profile"]["bookmark"] is None


def test_a_later_run_adds_rows_under_a_larger_id(living: Server) -> None:
    first = synced(settings(living), "comments", "sync_runs")
    second = synced(settings(living), "comments", "sync_runs", state=first.state)
    ids = [rows_of(outcome)["comments"]["run_id"] for outcome in (first, second)]
    assert ids[0] < ids[1]
    assert rows_of(second)["comments"]["mode"] == "increment"
    target = first.target.load(second.out)
    assert len(target.of("sync_runs")) == 2
    assert target.versions("sync_runs") == {None}, "nothing may ever remove them"


def test_the_last_message_is_a_state(living: Server) -> None:
    outcome = synced(settings(living), "comments", "sync_runs")
    assert json.loads(outcome.out.splitlines()[-1])["type"] == "STATE"


def test_a_sweep_tells_what_it_declared_deleted(living: Server) -> None:
    first = synced(settings(living), "comments")
    ids = living.account.ids("comments")
    counted = {"rows": len(ids), "newest": pack_ids(ids[-100:])}
    state = with_sweep_due(first.state, "comments", **counted)
    living.account.delete("comments", ids[0])
    living.account.insert("comments")
    second = synced(settings(living), "comments", "sync_runs", state=state)
    row = rows_of(second)["comments"]
    assert row["mode"] == "sweep"
    assert row["deletes_declared"] == 1
    assert row["rows_in_moco"] == row["rows_expected"] == len(ids)


def test_deletes_are_unknown_where_the_state_knows_too_little(living: Server) -> None:
    first = synced(settings(living), "comments")
    state = with_sweep_due(first.state, "comments", newest="")
    second = synced(settings(living), "comments", "sync_runs", state=state)
    assert rows_of(second)["comments"]["deletes_declared"] is None


def test_requests_are_all_that_the_stream_caused(living: Server) -> None:
    """Those that were denied and those for details too, each for its own stream."""
    number = living.account.ids("invoices")[0]
    living.faults.add("403", rf"^/invoices/{number}$", times=None)
    streams = ("invoices", "invoice_details", "taggings", "sync_runs")
    outcome = synced(settings(living, concurrency=4), *streams)
    paths = [entry.path for entry in living.requests]
    tagging = [path for path in paths if path.startswith("/taggings/")]
    lists: tuple[str, ...] = (
        "companies",
        "contacts/people",
        "deals",
        "offers",
        "projects",
    )
    lists += ("purchases", "users", "invoices")
    own_pages = sum(len(asked(living, f"/{name}")) for name in lists)
    rows = rows_of(outcome)
    details = len(living.account.ids("invoices"))
    assert rows["invoice_details"]["requests"] >= details
    total = sum(row["requests"] for row in rows.values())
    assert total == len(paths)
    of_invoices = rows["invoices"]["requests"]
    assert rows["taggings"]["requests"] == len(tagging) + own_pages - of_invoices


def test_requests_of_a_list_that_is_not_selected_are_its_childs(
    living: Server,
) -> None:
    outcome = synced(settings(living), "invoice_details", "sync_runs")
    assert rows_of(outcome)["invoice_details"]["requests"] == len(living.requests)


def test_a_stream_that_failed_has_its_row(living: Server) -> None:
    living.faults.add("500", r"^/comments", times=None)
    config = settings(living, max_retries=0)
    outcome = run(config, catalog=select("comments", "tags", "sync_runs"))
    assert outcome.code == 1
    rows = rows_of(outcome)
    assert rows["comments"]["outcome"] == "failed"
    assert "500" in rows["comments"]["reason"]
    assert rows["comments"]["rows_in_moco"] is None
    assert rows["tags"]["outcome"] == "success"


def test_a_stream_that_was_skipped_has_its_row(living: Server) -> None:
    living.faults.add("403", r"^/comments", times=None)
    outcome = run(settings(living), catalog=select("comments", "tags", "sync_runs"))
    row = rows_of(outcome)["comments"]
    assert row["outcome"] == "skipped"
    assert "lacks the right" in row["reason"]


def test_rejected_records_make_a_stream_incomplete(living: Server) -> None:
    number = living.account.ids("comments")[0]
    living.account.update("comments", number, manual="perhaps")
    outcome = run(settings(living), catalog=select("comments", "sync_runs"))
    assert outcome.code == 1
    row = rows_of(outcome)["comments"]
    assert row["outcome"] == "incomplete"
    assert row["reason"] == "1 record did not fit the schema"
    assert row["rows_expected"] is None, "an older version of it may be in the target"


def test_a_run_that_a_wrong_key_ended_has_its_rows(living: Server) -> None:
    """Also those of the streams that it did not reach; and no secret in them."""
    config = settings(living, api_key="wrong-key-17")
    outcome = run(config, catalog=select("comments", "tags", "sync_runs"))
    assert outcome.code == 1
    rows = rows_of(outcome)
    assert {row["outcome"] for row in rows.values()} == {"failed", "interrupted"}
    assert any("401" in (row["reason"] or "") for row in rows.values())
    assert "wrong-key-17" not in outcome.out


def test_reasons_hold_no_secret_and_are_one_line() -> None:
    key = "key-that-comes-back"
    said = Answer({"message": f"no such\nkey {key}"}, status=400)
    with serving(lambda *_: said) as server:
        config = {"api_url": server.url, "api_key": key, "max_retries": 0}
        outcome = run(config, catalog=select("comments", "sync_runs"))
    row = rows_of(outcome)["comments"]
    assert row["outcome"] == "failed"
    assert r"no such\nkey ****" in row["reason"]
    assert key not in outcome.out + outcome.err


# The table


def test_the_table_tells_list_by_list(living: Server) -> None:
    outcome = synced(settings(living), "comments", "invoices", "invoice_details")
    table = table_of(outcome)
    head = "mode records in MOCO in target deleted requests seconds"
    assert " ".join(table["stream"]) == head
    count = str(len(living.account.ids("comments")))
    assert table["comments"][:5] == ["first read", count, count, count, "-"]
    assert table["comments"][5] == str(len(asked(living, "/comments")))
    assert table["invoice_details"][2:5] == ["-", "-", "-"]
    assert table.keys() == {"stream", "comments", "invoices", "invoice_details"}


def test_the_table_fits_a_terminal_and_is_aligned(living: Server) -> None:
    outcome = run(settings(living))
    messages = [line.split(" | ")[-1] for line in outcome.err.splitlines()]
    names = table_of(outcome).keys()
    lines = [text for text in messages if text.split("  ")[0] in names]
    assert len(lines) > 40
    assert max(map(len, lines)) <= 100
    assert len(set(map(len, lines))) == 1


def test_streams_in_which_nothing_happened_are_one_line(living: Server) -> None:
    streams = ("comments", "invoices", "invoice_details")
    first = synced(settings(living), *streams)
    living.account.insert("comments")
    outcome = synced(settings(living), *streams, state=first.state)
    assert table_of(outcome).keys() == {"stream", "comments", "invoices"}
    quiet = [line for line in outcome.err.splitlines() if "nothing new" in line]
    assert [line.split(" | ")[-1] for line in quiet] == [
        "nothing new, 1 request: invoice_details"
    ]


def test_a_stream_that_failed_is_in_the_table(living: Server) -> None:
    living.faults.add("500", r"^/comments", times=None)
    config = settings(living, max_retries=0)
    outcome = run(config, catalog=select("comments", "tags"))
    assert table_of(outcome)["comments"][0] == "failed"


def test_the_connection_test_prints_no_table(living: Server) -> None:
    outcome = run(settings(living), "--test")
    assert "in MOCO" not in outcome.err
    assert "METRIC" not in outcome.err


# Metrics


def test_metrics_are_those_of_the_sdk(living: Server) -> None:
    outcome = synced(settings(living), "comments", "tags")
    count = len(living.account.ids("comments"))
    records = metrics_of(outcome, "record_count")
    assert records.keys() == {"comments", "tags"}
    assert records["comments"]["type"] == "counter"
    assert records["comments"]["value"] == count
    assert records["comments"]["tags"]["rows_in_moco"] == count
    assert records["comments"]["tags"]["rows_expected"] == count
    requests = records["comments"]["tags"]["requests"]
    assert requests == len(asked(living, "/comments"))
    duration = metrics_of(outcome, "sync_duration")["comments"]
    assert duration["type"] == "timer"
    assert duration["tags"]["status"] == "succeeded"


def test_metrics_tell_a_failure(living: Server) -> None:
    living.faults.add("500", r"^/comments", times=None)
    config = settings(living, max_retries=0)
    outcome = run(config, catalog=select("comments"))
    duration = metrics_of(outcome, "sync_duration")["comments"]
    assert duration["tags"]["status"] == "failed"


def test_a_terminal_shows_no_metrics(
    living: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr("tap_moco.metrics.sys", SimpleNamespace(stderr=terminal))
    outcome = synced(settings(living), "comments")
    assert "METRIC" not in outcome.err

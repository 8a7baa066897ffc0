"""What the tap says of its runs, and what it marks as deleted, in the marts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tap_moco.sandbox import Server, generate_account, serve
from tap_moco.spool.spool import Spool
from tests.support.runs import run, select, settings
from tests.webhooks.reading import Reading

from . import dbt
from .loading import NOW, ask_duckdb, load_duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


@pytest.fixture
def small() -> Iterator[Server]:
    """An account of our own, that can fail."""
    with serve(generate_account(0.1, seed=4, now=NOW)) as server:
        yield server


def test_the_health_of_each_stream_after_two_runs(
    small: Server, tmp_path: Path
) -> None:
    """One stream is read twice, one recovers, and the key may not read the third."""
    database = tmp_path / "moco.duckdb"
    config = settings(small, max_retries=0)
    catalog = select("sync_runs", "deals", "users", "comments")
    small.faults.add("403", "^/comments", times=None)
    small.faults.add("503", "^/users$", times=None)
    failed = run(config, catalog=catalog)
    assert failed.code == 1
    load_duckdb(failed.out.encode(), database)
    command = dbt.duckdb(tmp_path, database)
    build = (*NO_UNIT_TESTS, "--select", "+moco__load_health")
    command.build(*build)
    sql = """select stream, last_mode, last_outcome, last_reason is not null,
        last_success_at is not null, runs, failed_runs, rows_missing,
        bookmark is not null
        from analytics.moco__load_health order by 1"""
    assert ask_duckdb(database, sql) == [
        ("comments", "first read", "skipped", True, False, 1, 0, None, False),
        ("deals", "first read", "success", False, True, 1, 0, 0, True),
        ("users", "first read", "failed", True, False, 1, 1, None, False),
    ]

    small.faults.clear()
    small.faults.add("403", "^/comments", times=None)
    load_duckdb(run(config, catalog=catalog, state=failed.state).out.encode(), database)
    command.build(*build)
    rows = {row[0]: row[1:] for row in ask_duckdb(database, sql)}
    assert rows["users"] == ("first read", "success", False, True, 2, 1, 0, True)
    assert rows["deals"][1:] == ("success", False, True, 2, 0, 0, True)
    assert rows["comments"][1:6] == ("skipped", True, False, 2, 0)


def test_a_row_that_a_webhook_marked_as_deleted_leaves_the_figures(
    small: Server, tmp_path: Path
) -> None:
    """With `webhook_deletes: in_place`, the tap writes the mark itself."""
    database, spool = tmp_path / "moco.duckdb", str(tmp_path / "webhooks.db")
    streams = ("activities", "projects", "users", "companies")
    reading = Reading(
        small,
        Spool(spool, may_create=True),
        spool,
        {"webhook_deletes": "in_place"},
    )
    load_duckdb(reading.synced(*streams).out.encode(), database)
    number = small.account.ids("activities")[0]
    [lost] = [e["hours"] for e in small.account.rows("activities") if e["id"] == number]
    small.account.delete("activities", number)
    reading.tell("Activity", number, ago=timedelta(seconds=1))
    load_duckdb(reading.synced(*streams).out.encode(), database)
    marked = "select id from tap_moco.activities where _sdc_deleted_at is not null"
    assert ask_duckdb(database, marked) == [(number,)]
    dbt.duckdb(tmp_path, database).build(
        *NO_UNIT_TESTS, "--exclude", "test_type:data", "--select", "+moco__time_monthly"
    )
    left = sum(entry["hours"] for entry in small.account.rows("activities"))
    assert lost
    hours = "select sum(hours) from analytics.moco__time_monthly"
    assert ask_duckdb(database, hours) == [(left,)]

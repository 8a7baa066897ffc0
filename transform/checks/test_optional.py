"""The models build when streams are off, denied or empty, and for several accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_moco.sandbox import generate_account, serve

from . import dbt
from .loading import (
    NOW,
    OPTIONAL,
    SCHEMA,
    ask_duckdb,
    change_duckdb,
    empty,
    load_duckdb,
    read_account,
    without,
)
from .test_build import MARTS
from .test_report import report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Built

CORE = ("users", "companies", "projects", "invoices")
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


def _count(path: Path, mart: str) -> int:
    return int(ask_duckdb(path, f"select count(*) from analytics.{mart}")[0][0])


def test_every_optional_stream_switched_off(copy: Path) -> None:
    switches = {f"moco__using_{stream}": False for stream in OPTIONAL}
    dbt.duckdb(copy.parent, copy).build(*NO_UNIT_TESTS, **switches)
    assert _count(copy, "moco__pipeline") == 0
    assert _count(copy, "moco__time_monthly") > 0
    # Without invoice_details, the invoice's project has it all.
    ways = "select distinct allocated_by from analytics.moco__revenue_by_project"
    assert {row[0] for row in ask_duckdb(copy, ways)} <= {
        "time entries",
        "the project of the invoice",
    }


@pytest.mark.parametrize(
    ("lack", "streams"),
    [
        pytest.param(without, OPTIONAL, id="optional streams denied"),
        pytest.param(without, CORE, id="core streams denied"),
        pytest.param(empty, (*OPTIONAL, *CORE), id="all but time entries empty"),
        pytest.param(without, ("activities",), id="time entries denied"),
    ],
)
def test_streams_that_are_denied_or_empty(
    lack: Callable[[bytes, tuple[str, ...]], bytes],
    streams: tuple[str, ...],
    messages: bytes,
    tmp_path: Path,
) -> None:
    path = tmp_path / "moco.duckdb"
    load_duckdb(lack(messages, streams), path)
    result = dbt.duckdb(tmp_path, path).run("build", *NO_UNIT_TESTS)
    failed = {name: seen for name, seen in result.not_fine.items() if seen != "warn"}
    assert (result.status, failed) == (0, {}), result.output[-4000:]


def test_columns_that_are_missing_are_null(copy: Path) -> None:
    lacking = {
        "activities": "hourly_rate",
        "invoices": "reversed_invoice_id",
        "user_employments": "pattern",
        "users": "unit",
    }
    change_duckdb(
        copy,
        [
            f"create or replace table {SCHEMA}.{table} as"
            f" select * exclude ({column}) from {SCHEMA}.{table}"
            for table, column in lacking.items()
        ],
    )
    result = dbt.duckdb(copy.parent, copy).run("build", *NO_UNIT_TESTS)
    failed = {name: seen for name, seen in result.not_fine.items() if seen != "warn"}
    assert failed == {}, result.output[-4000:]
    [(amount, without_rate, hours)] = ask_duckdb(
        copy,
        """select sum(billable_amount), sum(hours_without_rate), sum(billable_hours)
        from analytics.moco__time_monthly""",
    )
    assert (amount, without_rate) == (0, hours)
    assert hours > 0


def test_odd_rows_stop_neither_the_models_nor_the_page(copy: Path) -> None:
    odd = [
        "purchases set company = '{}', items = '{}' where id % 2 = 0",
        "purchases set items = null where id % 7 = 1",
        """activities set "user" = '{}', customer = null where id % 50 = 0""",
        "activities set customer = null where id % 4 = 0",
        "activities set invoice_id = null where id % 3 = 0",
        "invoices set currency = null, date = null where status = 'disregarded'",
        'user_employments set "from" = null where id % 2 = 0',
        "deals set closed_on = '', money = null where id % 2 = 0",
        "planning_entries set ends_on = null, hours_per_day = null where id % 2 = 0",
        "project_expenses set date = null where id % 9 = 0",
    ]
    change_duckdb(
        copy,
        [
            *(f"update {SCHEMA}.{change}" for change in odd),
            f"alter table {SCHEMA}.projects alter created_at type timestamptz",
            f"""create or replace table {SCHEMA}.activities as
            select * replace (cast(hours as varchar) as hours), '' as _sdc_deleted_at
            from {SCHEMA}.activities""",
        ],
    )
    result = dbt.duckdb(copy.parent, copy).run("build", *NO_UNIT_TESTS)
    failed = {name: seen for name, seen in result.not_fine.items() if seen != "warn"}
    assert failed == {}, result.output[-4000:]
    output = copy.parent / "report.html"
    done = report(str(copy), output)
    assert done.returncode == 0, done.stderr
    assert "no customer" in output.read_text(encoding="utf-8")


def test_a_schema_that_holds_nothing_is_an_error(copy: Path) -> None:
    result = dbt.duckdb(copy.parent, copy).run("run", moco__schemas=["tap_mocco"])
    assert result.status != 0
    assert "The schema tap_mocco of the database moco has no tables." in result.output
    assert "moco__schemas" in result.output


def test_two_accounts_in_one_database(copy: Path, built: Built, tmp_path: Path) -> None:
    with serve(generate_account(0.3, seed=2, now=NOW)) as server:
        load_duckdb(read_account(server, tmp_path), copy, "moco_two")
    command = dbt.duckdb(tmp_path, copy)
    command.build(*NO_UNIT_TESTS, moco__schemas=[SCHEMA, "moco_two"])
    for mart in MARTS:
        columns = (
            f"select * from {{0}}.analytics.{mart} where source_relation = '{SCHEMA}'"
        )
        apart = ask_duckdb(built.path, columns.format("moco"))
        together = ask_duckdb(copy, columns.format("moco"))
        assert sorted(map(repr, together)) == sorted(map(repr, apart)), mart
    found = (
        "select distinct source_relation from analytics.moco__time_monthly order by 1"
    )
    assert ask_duckdb(copy, found) == [("moco_two",), (SCHEMA,)]

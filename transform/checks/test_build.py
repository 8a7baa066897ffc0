"""All models on both databases: the tests pass, and the figures are the same."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from . import dbt
from .dbt import PROJECT
from .loading import TODAY, ask_duckdb, ask_postgres, change_duckdb

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Built

MARTS = sorted(path.stem for path in (PROJECT / "models" / "marts").glob("*.sql"))
SINGULAR = sorted(path.stem for path in (PROJECT / "tests").glob("*.sql"))


def _same(value: object) -> object:
    """Return a value as both databases write it."""
    return value.normalize() + 0 if isinstance(value, Decimal) else value


def _rows(found: list[tuple[Any, ...]]) -> list[str]:
    return sorted(repr(tuple(map(_same, row))) for row in found)


def test_every_model_test_and_snapshot_is_fine(built: Built) -> None:
    kinds = {name.split(".")[0] for name in built.result.statuses}
    assert set(MARTS) <= kinds
    assert {f"moco__{name}_history" for name in ("deals", "invoices")} <= kinds


@pytest.mark.parametrize("mart", MARTS)
def test_both_databases_have_the_same_figures(
    mart: str, built: Built, built_postgres: str
) -> None:
    sql = f"select * from analytics.{mart}"
    here = _rows(ask_duckdb(built.path, sql))
    assert here == _rows(ask_postgres(built_postgres, sql))
    assert here or mart == "moco__load_health"  # its stream is off


def test_every_column_is_described_in_the_database(
    built: Built, built_postgres: str
) -> None:
    lacking = ask_duckdb(
        built.path,
        """select schema_name, table_name, column_name from duckdb_columns()
        where schema_name like 'analytics%' and schema_name <> 'analytics_snapshots'
        and comment is null""",
    )
    assert lacking == []
    lacking = ask_postgres(
        built_postgres,
        """select c.relname, a.attname
        from pg_attribute as a
        join pg_class as c on c.oid = a.attrelid
        join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in ('analytics', 'analytics_staging') and a.attnum > 0
        and not a.attisdropped and c.relkind in ('r', 'v')
        and col_description(c.oid, a.attnum) is null""",
    )
    assert lacking == []


def test_amounts_and_hours_are_decimals(built: Built) -> None:
    floats = ask_duckdb(
        built.path,
        """select table_name, column_name from information_schema.columns
        where table_schema like 'analytics%' and data_type in ('DOUBLE', 'FLOAT')""",
    )
    assert floats == []


def test_every_model_is_of_an_account(built: Built) -> None:
    manifest = json.loads(
        (built.command.folder / "target" / "manifest.json").read_text()
    )
    models = [
        node for node in manifest["nodes"].values() if node["resource_type"] == "model"
    ]
    assert [m["name"] for m in models if "source_relation" not in m["columns"]] == []
    assert [m["name"] for m in models if not m["description"]] == []


def test_figures_that_disagree_are_found(built: Built, copy: Path) -> None:
    copy.write_bytes(built.path.read_bytes())
    marts, staging = "analytics.moco__", "analytics_staging.stg_moco__"
    change_duckdb(
        copy,
        [
            f"update {marts}time_monthly set hours = hours + 0.25",
            f"update {marts}revenue_monthly set net_total = net_total + 0.01",
            f"update {marts}revenue_by_project set net_total = net_total + 0.01",
            f"update {marts}unbilled_by_project set unbilled_amount = 0",
            f"update {marts}purchases_by_category set net_total = net_total - 0.01",
            f"update {marts}receivables set open_amount = open_amount + 0.01",
            f"update {marts}utilization_monthly set billable_hours = hours + 2",
            f"update {marts}vacation_yearly set sick_days = sick_days + 0.5",
            f"update {marts}plan_vs_actual_monthly set planned_hours = 0.5",
            f"update {staging}report_utilization set target_hours = target_hours + 0.5",
        ],
    )
    command = dbt.duckdb(copy.parent, copy)
    result = command.run("test", "--select", "test_type:singular")
    assert sorted(result.not_fine) == SINGULAR


@pytest.mark.parametrize(("days_ago", "warned"), [(2, 1), (1, 0)])
def test_a_report_is_not_compared_with_what_was_changed_since(
    days_ago: int, warned: int, built: Built, copy: Path
) -> None:
    """The tap reads reports once a day: somebody's last month may be ahead of them."""
    copy.write_bytes(built.path.read_bytes())
    mart = "analytics.moco__utilization_monthly"
    one = f"select user_id, month from {mart} where billable_hours > 2 order by 1, 2"
    [(user, month), *_] = ask_duckdb(copy, one)
    change_duckdb(
        copy,
        [
            f"""update {mart} set billable_hours = billable_hours + 2
            where user_id = {user} and month = date '{month}'""",
            f"""update analytics_staging.stg_moco__activities
            set updated_at = date '{TODAY}' - {days_ago} where user_id = {user}""",
        ],
    )
    name = "billable_hours_agree_with_report"
    result = dbt.duckdb(copy.parent, copy).run("test", "--select", name)
    assert result.statuses, result.output
    assert len(result.not_fine) == warned

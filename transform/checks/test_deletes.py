"""What is deleted in MOCO leaves the figures, and ends in the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_moco.sandbox import Server, generate_account, serve

from . import dbt
from .loading import (
    NOW,
    ask_duckdb,
    ask_postgres,
    change_duckdb,
    load_postgres,
    read_account,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


NO_TESTS = ("--exclude-resource-types", "test", "unit_test")


@pytest.fixture
def small() -> Iterator[Server]:
    """An account of our own, that can be changed."""
    with serve(generate_account(0.2, seed=3, now=NOW)) as server:
        yield server


def test_a_deleted_row_leaves_the_figures_and_ends_in_the_history(
    small: Server, postgres: str, tmp_path: Path
) -> None:
    schema, marts = "deleting", "deleting_marts"
    command = dbt.postgres(tmp_path, postgres, marts)

    def load_and_build() -> None:
        load_postgres(read_account(small, tmp_path), postgres, tmp_path, schema)
        command.build(*NO_TESTS, moco__schemas=[schema])

    load_and_build()
    gone = small.account.ids("deals")[0]
    entry = small.account.ids("activities")[0]
    hours = f"select sum(hours) from {marts}.moco__time_monthly"
    [(before,)] = ask_postgres(postgres, hours)
    [(lost,)] = ask_postgres(
        postgres, f"select hours from {schema}.activities where id = {entry}"
    )
    small.account.delete("deals", gone)
    small.account.delete("activities", entry)
    renamed = small.account.ids("deals")[1]
    small.account.update("deals", renamed, name="Renamed")
    load_and_build()

    marked = (
        f"select count(*) from {schema}.activities where _sdc_deleted_at is not null"
    )
    assert ask_postgres(postgres, marked) == [(1,)]  # the target kept the row
    assert ask_postgres(postgres, hours) == [(before - lost,)]
    history = f"""select id, count(*), count(dbt_valid_to)
        from {marts}_snapshots.moco__deals_history
        where id in ({gone}, {renamed}) group by 1 order by 1"""
    assert ask_postgres(postgres, history) == [(gone, 1, 1), (renamed, 2, 1)]


def test_a_history_is_not_ended_by_a_load_that_fails(copy: Path) -> None:
    command = dbt.duckdb(copy.parent, copy)
    command.build(*NO_TESTS, "--select", "+moco__deals_history")
    change_duckdb(copy, ["delete from tap_moco.deals"])
    result = command.run("build", *NO_TESTS, "--select", "+moco__deals_history")
    assert result.status != 0
    assert "has no rows of tap_moco any more" in result.output
    ended = "select count(dbt_valid_to) from analytics_snapshots.moco__deals_history"
    assert ask_duckdb(copy, ended) == [(0,)]
    command.build(*NO_TESTS, "--select", "+moco__deals_history", moco__allow_empty=True)
    [(ends,)] = ask_duckdb(copy, ended)
    assert ends > 0

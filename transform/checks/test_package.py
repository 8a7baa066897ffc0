"""The package in another project, on CSV files: figures worked out by hand."""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from . import dbt
from .dbt import PROJECT
from .loading import ask_duckdb

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the project in transform/integration_tests."""
    folder = tmp_path_factory.mktemp("agency")
    project = folder / "project"
    shutil.copytree(
        PROJECT / "integration_tests",
        project,
        ignore=shutil.ignore_patterns("dbt_packages", "package-lock.yml"),
    )
    (project / "packages.yml").write_text(f"packages: [{{local: {PROJECT}}}]\n")
    path = folder / "agency.duckdb"
    command = dbt.duckdb(folder, path, project)
    assert command.run("deps").status == 0
    command.run("seed")
    today = "2026-03-31"
    command.build("--exclude-resource-type", "unit_test", moco__today=today)
    return path


def _values(path: Path, sql: str) -> list[tuple[str, ...]]:
    """Return rows as texts; numbers without zeros at the end."""

    def text(value: object) -> str:
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return str(value)

    return [tuple(map(text, row)) for row in ask_duckdb(path, sql)]


def test_an_invoice_is_split_after_its_discount(agency: Path) -> None:
    assert _values(
        agency,
        """select project_name, allocated_by, net_total
        from analytics_marts.moco__revenue_by_project order by 1, 2""",
    ) == [
        ("Relaunch", "additional services", "180"),
        ("Relaunch", "time entries", "382.5"),
        ("Wartung", "time entries", "270"),
    ]


def test_margins(agency: Path) -> None:
    assert _values(
        agency,
        """select project_name, currency, delivered_amount, budget_left, revenue,
            time_cost, service_cost, margin
        from analytics_marts.moco__project_margin order by 1""",
    ) == [
        ("Kampagne", "CHF", "960", "1040", "2000", "0", "0", "None"),
        ("Relaunch", "EUR", "875", "4125", "5000", "412.5", "120", "4467.5"),
        ("Wartung", "EUR", "300", "None", "270", "150", "0", "120"),
    ]


def test_unbilled_work(agency: Path) -> None:
    assert _values(
        agency,
        """select as_of, currency, sum(unbilled_amount)
        from analytics_marts.moco__unbilled_by_project group by 1, 2 order by 1, 2""",
    ) == [
        ("2026-01-31", "EUR", "925"),
        ("2026-02-28", "EUR", "200"),
        ("2026-03-31", "CHF", "1000"),
        ("2026-03-31", "EUR", "250"),
    ]


def test_utilization(agency: Path) -> None:
    assert _values(
        agency,
        """select user_name, month, target_hours, absence_hours, sick_hours,
            available_hours, hours, billability
        from analytics_marts.moco__utilization_monthly where month = '2026-02-01'
        order by 1""",
    ) == [
        ("Ada Berg", "2026-02-01", "160", "8", "8", "152", "3.5", "0.0132"),
        ("Ben Alt", "2026-02-01", "40", "0", "0", "40", "8", "0.2"),
    ]


def test_tiles(agency: Path) -> None:
    assert _values(
        agency,
        """select tile, year, currency, value
        from analytics_marts.moco__tiles order by 1, 2, 3""",
    ) == [
        ("billability", "2026", "None", "0.0389"),
        ("billable", "None", "CHF", "1000"),
        ("billable", "None", "EUR", "250"),
        ("hours", "2026", "None", "19.25"),
        ("invoiced", "2026", "EUR", "832.5"),
        ("not yet delivered", "None", "CHF", "1040"),
        ("not yet delivered", "None", "EUR", "4325"),
        ("not yet invoiced", "None", "CHF", "2000"),
        ("not yet invoiced", "None", "EUR", "4437.5"),
        ("outstanding", "None", "EUR", "490"),
        ("weighted leads", "None", "EUR", "3000"),
    ]


def test_open_invoices(agency: Path) -> None:
    assert _values(
        agency,
        """select invoice_identifier, open_amount, days_overdue, age
        from analytics_marts.moco__receivables where is_open""",
    ) == [("R1", "490", "24", "1 to 30 days")]

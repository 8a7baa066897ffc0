"""Reports: rows that MOCO computes, without an id of their own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from tap_moco.streams.objects import YearlyStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.row import Row

YEAR: dict[str, str] = {"from": "{first}", "to": "{year}-12-31"}


class ReportAbsences(YearlyStream):
    """Holidays and sick days a person and year."""

    name = "report_absences"
    path = "/report/absences"
    primary_keys: ClassVar[tuple[str, ...]] = ("user_id", "year")

    def rows_of(self, rows: list[Row], year: int) -> Iterator[Row]:
        """Name the user, whom MOCO only nests."""
        for row in rows:
            user = row.get("user") or {}
            yield {**row, "user_id": user.get("id"), "year": year}


class MoneyReportStream(YearlyStream):
    """Money by day; equal rows are told apart by counting them."""

    params: ClassVar[dict[str, str]] = YEAR
    primary_keys: ClassVar[tuple[str, ...]] = (
        "kind",
        "record_id",
        "date",
        "occurrence",
    )

    def rows_of(self, rows: list[Row], year: int) -> Iterator[Row]:  # noqa: ARG002
        """Number the rows of the same kind, record and day."""
        seen: Counter[tuple[object, ...]] = Counter()
        for row in rows:
            key = (row.get("kind"), row.get("record_id"), row.get("date"))
            seen[key] += 1
            yield {
                **row,
                "record_id": row.get("record_id") or 0,
                "occurrence": seen[key],
            }


class ReportCashflow(MoneyReportStream):
    """Money that came and went, or is planned to."""

    name = "report_cashflow"
    path = "/report/cashflow"


class ReportFinance(MoneyReportStream):
    """Revenue and costs, net."""

    name = "report_finance"
    path = "/report/finance"


class ReportPlannedVsTracked(YearlyStream):
    """Planned and tracked hours a person, project and year (ReadPlan/Ist)."""

    name = "report_planned_vs_tracked"
    path = "/report/planned_vs_tracked"
    params: ClassVar[dict[str, str]] = YEAR
    primary_keys: ClassVar[tuple[str, ...]] = ("year", "user_id", "project_id")

    def rows_of(self, rows: list[Row], year: int) -> Iterator[Row]:
        """Put 0 where there is no person or project: a key cannot be null."""
        for row in rows:
            user, project = row.get("user_id") or 0, row.get("project_id") or 0
            yield {**row, "year": year, "user_id": user, "project_id": project}


class ReportUtilization(YearlyStream):
    """Target and tracked hours a person and day (Auslastung)."""

    name = "report_utilization"
    path = "/report/utilization"
    params: ClassVar[dict[str, str]] = YEAR
    primary_keys: ClassVar[tuple[str, ...]] = ("user_id", "date")

    def rows_of(self, rows: list[Row], year: int) -> Iterator[Row]:  # noqa: ARG002
        """Return the rows as they are: they tell their day."""
        yield from rows

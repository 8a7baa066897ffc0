"""Reports: rows that MOCO computes, without an id of their own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from tap_moco.completeness.report_pages import canonical
from tap_moco.completeness.report_read import ByDays, ByValues
from tap_moco.streams.objects import YearlyStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_moco.completeness.report_read import Cut
    from tap_moco.row import Row

YEAR: dict[str, str] = {"from": "{first}", "to": "{year}-12-31"}


class ReportAbsences(YearlyStream):
    """Holidays and sick days per person and year."""

    name = "report_absences"
    path = "/report/absences"
    primary_keys: ClassVar[tuple[str, ...]] = ("user_id", "year")
    row_key = ("user",)

    def rows_of(self, rows: list[Row], year: int) -> Iterator[Row]:
        """Name the user, whom MOCO only nests."""
        for row in rows:
            user = row.get("user") or {}
            yield {**row, "user_id": user.get("id"), "year": year}


class MoneyReportStream(YearlyStream):
    """Money by day; equal rows are numbered, so that each has a key.

    They are numbered in the order of their content and not in MOCO's, which may differ
    from one request to the next (docs/moco-api.md, Order).
    """

    params: ClassVar[dict[str, str]] = YEAR
    primary_keys: ClassVar[tuple[str, ...]] = (
        "kind",
        "record_id",
        "date",
        "occurrence",
    )
    row_key = ()

    def rows_of(self, rows: list[Row], year: int) -> Iterator[Row]:  # noqa: ARG002
        """Number the rows of the same kind, record and day."""
        seen: Counter[tuple[object, ...]] = Counter()
        for row in sorted(rows, key=canonical):
            record_id = row.get("record_id") or 0
            key = (row.get("kind"), record_id, row.get("date"))
            seen[key] += 1
            yield {**row, "record_id": record_id, "occurrence": seen[key]}


class ReportCashflow(MoneyReportStream):
    """Money that came and went, or is planned to."""

    name = "report_cashflow"
    path = "/report/cashflow"
    cuts: ClassVar[Sequence[Cut]] = (ByDays(), ByValues("kinds", "kind"))


class ReportFinance(MoneyReportStream):
    """Revenue and costs, net."""

    name = "report_finance"
    path = "/report/finance"
    cuts: ClassVar[Sequence[Cut]] = (
        ByDays(),
        ByValues("kinds", "kind"),
        ByValues("company_id", "company_id"),
    )


class ReportPlannedVsTracked(YearlyStream):
    """Planned and tracked hours per person, project and year (Plan/Ist).

    Its rows add up over the requested days, so days must not cut it.
    """

    name = "report_planned_vs_tracked"
    path = "/report/planned_vs_tracked"
    params: ClassVar[dict[str, str]] = YEAR
    primary_keys: ClassVar[tuple[str, ...]] = ("year", "user_id", "project_id")
    row_key = ("user_id", "project_id")
    cuts: ClassVar[Sequence[Cut]] = (ByValues("user_ids", "user_id", joins=True),)

    def rows_of(self, rows: list[Row], year: int) -> Iterator[Row]:
        """Put 0 where there is no person or project: a key cannot be null."""
        for row in rows:
            user, project = row.get("user_id") or 0, row.get("project_id") or 0
            yield {**row, "year": year, "user_id": user, "project_id": project}


class ReportUtilization(YearlyStream):
    """Target and tracked hours per person and day (Auslastung)."""

    name = "report_utilization"
    path = "/report/utilization"
    params: ClassVar[dict[str, str]] = YEAR
    primary_keys: ClassVar[tuple[str, ...]] = ("user_id", "date")
    row_key = ("user_id", "date")
    cuts: ClassVar[Sequence[Cut]] = (ByDays(),)

    def rows_of(self, rows: list[Row], year: int) -> Iterator[Row]:  # noqa: ARG002
        """Return the rows as they are: they have their day."""
        yield from rows

"""What a target should hold of an account, stream by stream."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.documented import DETAILS, INNER

from .account_kinds import KINDS, PER_RECORD, REPORTS

if TYPE_CHECKING:
    from .account_model import AccountModel, Row

KEYS = {
    "report_cashflow": ("kind", "record_id", "date", "occurrence"),
    "report_utilization": ("user_id", "date"),
    "account_hourly_rates": ("type", "id", "currency"),
    "company_hourly_rates": ("company_id", "type", "id", "currency"),
    "invoice_attachments": ("invoice_id", "id"),
    "project_reports": ("project_id",),
    "report_planned_vs_tracked": ("year", "user_id", "project_id"),
    "purchase_budgets": ("id", "year"),
    "taggings": ("taggable_type", "taggable_id"),
    "user_performance_reports": ("user_id", "year"),
}


@dataclass(frozen=True)
class ExpectedRows:
    """The rows of all streams, made from the account.

    Attributes:
        hidden: Archived rows are read, too.
    """

    account: AccountModel
    hidden: bool

    def of(self, stream: str) -> dict[Any, Row]:
        """Return the rows of a stream, by key."""
        keys = KEYS.get(stream, ("id",))
        return {tuple(row[name] for name in keys): row for row in self._rows(stream)}

    def _rows(self, stream: str) -> list[Row]:
        account = self.account
        if stream in KINDS:
            return [account.shown(stream, row) for row in self._visible(stream)]
        if stream in INNER:
            return self._inner(stream)
        if stream in DETAILS:
            owners = self._visible(DETAILS[stream])
            return [account.detail(stream, row["id"]) for row in owners]
        if stream in PER_RECORD:
            owners = self._visible(PER_RECORD[stream][0])
            return [r for row in owners for r in account.per_record(stream, row["id"])]
        if stream in REPORTS:
            return self._report(stream)
        return self._others(stream)

    def _visible(self, stream: str) -> list[Row]:
        return self.account.visible(stream, hidden=self.hidden)

    def _inner(self, stream: str) -> list[Row]:
        return [
            {**inner, "project_id": project["id"]}
            for project in self._visible("projects")
            for inner in self.account.shown("projects", project)[INNER[stream]]
        ]

    def _report(self, stream: str) -> list[Row]:
        rows = self.account.report(stream)
        if stream == "report_planned_vs_tracked":
            return [{**row, "user_id": row["user_id"] or 0} for row in rows]
        return _numbered(rows) if stream == "report_cashflow" else rows

    def _others(self, stream: str) -> list[Row]:
        if stream == "taggings":
            return self.account.taggings(hidden=self.hidden)
        if stream == "user_performance_reports":
            return self.account.performances(hidden=self.hidden)
        assert stream == "account_hourly_rates", stream
        return self.account.rates()


def _numbered(rows: list[Row]) -> list[Row]:
    """Return rows of money, of which equal ones are counted."""
    seen: Counter[Any] = Counter()
    found = []
    for row in sorted(rows, key=lambda row: row["amount_in_account_currency"]):
        number = row["record_id"] or 0
        key = (row["kind"], number, row["date"])
        seen[key] += 1
        found.append({**row, "record_id": number, "occurrence": seen[key]})
    return found

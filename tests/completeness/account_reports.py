"""What MOCO answers of an account's reports, budgets and rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.stub import Answer

if TYPE_CHECKING:
    from .account_model import AccountModel
    from .account_pages import Pages

FILTERS = (("kinds", "kind"), ("user_ids", "user_id"), ("project_id", "project_id"))


@dataclass(frozen=True)
class Reports:
    """Answers requests for what MOCO makes out of its rows."""

    account: AccountModel
    pages: Pages

    def answer(self, path: str, query: dict[str, str]) -> Answer | None:
        """Answer a request; None if it is for no report, or for no company's rates."""
        if path == "/account/hourly_rates":
            return self._hourly_rates(query)
        if path == "/purchases/budgets":
            return self._budgets(path, query)
        if path.startswith("/report/"):
            return self._report(f"report_{path.rpartition('/')[2]}", path, query)
        return None

    def _hourly_rates(self, query: dict[str, str]) -> Answer | None:
        money = 0
        if "company_id" in query:
            company = self.account.rows["companies"].get(int(query["company_id"]))
            if company is None:
                return None
            money = company.get("_money", 0)
        default, *others = self.account.rates(money)
        rate = {"currency": "EUR", "hourly_rate": default["hourly_rate"]}
        users = [
            {
                "id": row["id"],
                "full_name": "A B",
                "rates": [{"currency": "EUR", "hourly_rate": row["hourly_rate"]}],
            }
            for row in others
        ]
        return Answer({"defaults_rates": [rate], "tasks": [], "users": users})

    def _budgets(self, path: str, query: dict[str, str]) -> Answer:
        rows = self.account.report("purchase_budgets")
        of_year = [row for row in rows if str(row["year"]) == query["year"]]
        return self.pages.page(path, of_year, query, "title")

    def _report(self, name: str, path: str, query: dict[str, str]) -> Answer:
        rows, order = self.account.report(name), "date"
        if name == "report_planned_vs_tracked":
            rows = [row for row in rows if row["year"] == int(query["from"][:4])]
            rows = [{k: v for k, v in row.items() if k != "year"} for row in rows]
            order = "tracked_hours"
        else:
            rows = [r for r in rows if query["from"] <= r["date"] <= query["to"]]
        for param, where in FILTERS:
            if param in query:
                wanted = query[param].split(",")
                rows = [row for row in rows if str(row[where]) in wanted]
        return self.pages.page(path, rows, query, order)

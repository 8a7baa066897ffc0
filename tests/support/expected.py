"""What a target should hold, by docs/moco-api.md and not by the tap's own code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .asking import get
from .documented import DETAILS, INNER, TAGGABLE
from .expected_years import ExpectedYears

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_moco.sandbox import Server

    from .target import Row

SIGNED_URL_FIELDS = {
    "attachment_url",
    "avatar_url",
    "file",
    "file_url",
    "offer_document_url",
}
ANY: Row = {"type": []}
"""What a schema does not declare is left alone."""
CHILD_LISTS = {
    "invoice_timesheets": ("invoices", "timesheet", "invoice_id"),
    "invoice_expenses": ("invoices", "expenses", "invoice_id"),
    "invoice_attachments": ("invoices", "attachments", "invoice_id"),
    "offer_attachments": ("offers", "attachments", "offer_id"),
}


def normalized(value: Any, schema: Row, name: str = "") -> Any:
    """Return a value as it should leave the tap, by the schema's types."""
    types = schema["type"]
    if "object" in types and schema.get("properties"):
        inner = schema["properties"]
        fields = value.items() if value else ()
        return {k: normalized(v, inner.get(k, ANY), k) for k, v in fields} or None
    if "array" in types and isinstance(value, list):
        return [normalized(item, schema["items"]) for item in value]
    if isinstance(value, str) and types != ANY["type"]:
        return _mended_text(value, types, schema.get("format"), name)
    return str(value) if isinstance(value, int) and "string" in types else value


def _mended_text(text: str, types: list[str], form: str | None, name: str) -> Any:
    if "number" in types and text:
        return float(text)
    if form == "date-time":
        text = re.sub(r"\.\d+Z$", "Z", text)
        text = f"{text}T00:00:00Z" if len(text) == len("2024-01-31") else text
    return (text.split("?")[0] if name in SIGNED_URL_FIELDS else text) or None


@dataclass
class Expectation:
    """Rows of every stream, from the account or from single answers."""

    server: Server

    def rows(self, stream: str) -> list[Row]:
        """Return the rows that a stream should have, as MOCO sends them."""
        years = ExpectedYears(self.server)
        makers: dict[str, Callable[[], Iterable[Row]]] = {
            **{name: partial(self._details, name) for name in DETAILS},
            **{name: partial(self._embedded, name) for name in INNER},
            **{name: partial(self._children, name) for name in CHILD_LISTS},
            "offer_customer_approvals": self._approvals,
            "project_reports": self._project_reports,
            "user_performance_reports": years.performance,
            "taggings": self._taggings,
            "profile": lambda: [get(self.server, "/profile")],
            "projects_assigned": lambda: get(self.server, "/projects/assigned"),
            "account_hourly_rates": self._hourly_rates,
            "company_hourly_rates": self._rates_of_companies,
            "account_internal_hourly_rates": years.internal_rates,
            "account_fixed_costs": partial(years.yearly, "/account/fixed_costs"),
            "purchase_budgets": partial(years.yearly, "/purchases/budgets"),
            "report_absences": years.absences,
            "report_cashflow": partial(years.money, "/report/cashflow"),
            "report_finance": partial(years.money, "/report/finance"),
            "report_planned_vs_tracked": years.planned,
            "report_utilization": partial(years.spans, "/report/utilization"),
            "purchases": self._purchases,
        }
        make = makers.get(stream, partial(self.server.account.rows, stream))
        return list(make())

    def _purchases(self) -> Iterator[Row]:
        for row in self.server.account.rows("purchases"):
            if user := row["user"]:
                row["user"] = {**user, "lastname": user["name"]}
                del row["user"]["name"]
            yield row

    def _details(self, stream: str) -> Iterator[Row]:
        account, collection = self.server.account, DETAILS[stream]
        listed = set().union(*account.rows(collection)) - {"id", "updated_at"}
        for row in account.rows(collection, single=True):
            yield {k: v for k, v in row.items() if k not in listed}

    def _embedded(self, stream: str) -> Iterator[Row]:
        for project in self.server.account.rows("projects"):
            for row in project[INNER[stream]]:
                yield {**row, "project_id": project["id"]}

    def _children(self, stream: str) -> Iterator[Row]:
        collection, path, key = CHILD_LISTS[stream]
        for number in self.server.account.ids(collection):
            for row in get(self.server, f"/{collection}/{number}/{path}"):
                yield {**row, key: number}

    def _approvals(self) -> Iterator[Row]:
        for number in self.server.account.ids("offers"):
            if row := get(self.server, f"/offers/{number}/customer_approval"):
                yield {**row, "offer_id": number}

    def _project_reports(self) -> Iterator[Row]:
        for number in self.server.account.ids("projects"):
            report = get(self.server, f"/projects/{number}/report")
            yield {**report, "project_id": number}

    def _taggings(self) -> Iterator[Row]:
        for kind, collection in TAGGABLE.items():
            for number in self.server.account.ids(collection):
                tags = get(self.server, f"/taggings/{kind}/{number}")
                yield {"taggable_type": kind, "taggable_id": number, "tags": tags}

    def _rates_of_companies(self) -> Iterator[Row]:
        for company in self.server.account.rows("companies"):
            if company.get("custom_rates"):
                for row in self._hourly_rates(company_id=company["id"]):
                    yield {"company_id": company["id"], **row}

    def _hourly_rates(self, **params: Any) -> Iterator[Row]:
        params["include_archived_users"] = "true"
        body = get(self.server, "/account/hourly_rates", **params)
        for rate in body["defaults_rates"]:
            yield {"type": "default", "id": 0, "name": None, **rate}
        for kind, owners, label in (
            ("task", body["tasks"], "name"),
            ("user", body["users"], "full_name"),
        ):
            for owner in owners:
                for rate in owner["rates"]:
                    yield {
                        "type": kind,
                        "id": owner["id"],
                        "name": owner[label],
                        **rate,
                    }

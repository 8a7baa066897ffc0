"""The account: its user, settings, templates and rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_moco.streams.contacts import Companies
from tap_moco.streams.details import DetailStream
from tap_moco.streams.lists import ListStream
from tap_moco.streams.objects import ObjectStream, YearlyStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from tap_moco.api.pagination import Page
    from tap_moco.row import Row


class Profile(ObjectStream):
    """The user that the key belongs to."""

    name = "profile"
    path = "/profile"


class WebHooks(ListStream):
    """Web hooks that are set up."""

    name = "web_hooks"
    path = "/account/web_hooks"


class SettingsListStream(ListStream):
    """A list of settings without `updated_at`."""

    replication_key = None
    has_timestamps = False


class VatCodeSales(SettingsListStream):
    """VAT codes of sales (Steuercodes)."""

    name = "vat_code_sales"
    path = "/vat_code_sales"


class VatCodePurchases(SettingsListStream):
    """VAT codes of purchases (Steuercodes)."""

    name = "vat_code_purchases"
    path = "/vat_code_purchases"


class RevenueCategories(SettingsListStream):
    """Revenue categories (Umsatzkategorien)."""

    name = "revenue_categories"
    path = "/revenue_categories"


class AccountCatalogServices(ListStream):
    """The catalog of services; it may not change with its items."""

    name = "account_catalog_services"
    path = "/account/catalog_services"
    replication_key = None


class AccountCustomProperties(ListStream):
    """Definitions of custom fields; not all of them may have `updated_at`."""

    name = "account_custom_properties"
    path = "/account/custom_properties"
    replication_key = None


class AccountExpenseTemplates(ListStream):
    """Templates of additional costs."""

    name = "account_expense_templates"
    path = "/account/expense_templates"


class AccountTaskTemplates(ListStream):
    """Templates of tasks (Standardleistungen)."""

    name = "account_task_templates"
    path = "/account/task_templates"


class AccountFixedCosts(YearlyStream):
    """Fixed costs per month, year by year."""

    name = "account_fixed_costs"
    path = "/account/fixed_costs"
    primary_keys: ClassVar[tuple[str, ...]] = ("id", "year")


class AccountHourlyRates(ObjectStream):
    """Hourly rates by default, task and person; one object, one row per rate."""

    name = "account_hourly_rates"
    path = "/account/hourly_rates"
    params: ClassVar[dict[str, str]] = {"include_archived_users": "true"}
    primary_keys: ClassVar[tuple[str, ...]] = ("type", "id", "currency")

    def rows_of(self, body: Row) -> Iterator[Row]:
        """Yield one row per rate."""
        return _rates(body)


class CompanyHourlyRates(DetailStream):
    """Hourly rates of the customers that have rates of their own, one request each.

    Nobody knows whether a company changes with its rates, so every run reads all of
    them.
    """

    name = "company_hourly_rates"
    path = "/account/hourly_rates?company_id={id}&include_archived_users=true"
    parent_stream_type = Companies
    parent_key = "company_id"
    primary_keys: ClassVar[tuple[str, ...]] = ("company_id", "type", "id", "currency")
    replication_key = None
    selected_by_default = False

    def process_page(self, rows: list[Row]) -> None:
        """Remember the companies that have rates, or may have some."""
        super().process_page([row for row in rows if _may_have_rates(row)])

    def _rows_of(self, row: Row, answer: Future[Page]) -> Iterator[Row]:
        """Yield one row per rate."""
        for body in super()._rows_of(row, answer):
            yield from ({"company_id": row["id"], **rate} for rate in _rates(body))


def _may_have_rates(company: Row) -> bool:
    """Return whether to request a company's rates, by a field that only customers have.

    Where a customer lacks the field, MOCO sends the rates that hold for it.
    """
    if company.get("custom_rates") is None:
        return company.get("type") == "customer"
    return bool(company["custom_rates"])


def _rates(body: Row) -> Iterator[Row]:
    """Yield one row per rate; default rates have the id 0."""
    default: Row = {"id": 0, "name": None, "rates": body.get("defaults_rates")}
    owners: dict[str, list[Row]] = {
        "default": [default],
        "task": body.get("tasks") or [],
        "user": body.get("users") or [],
    }
    for kind, entries in owners.items():
        for entry in entries:
            name = entry.get("full_name", entry.get("name"))
            for rate in entry.get("rates") or []:
                yield {"type": kind, "id": entry["id"], "name": name, **rate}


class AccountInternalHourlyRates(YearlyStream):
    """What an hour of a person costs, year by year."""

    name = "account_internal_hourly_rates"
    path = "/account/internal_hourly_rates"
    params: ClassVar[dict[str, str]] = {
        "years": "{year}",
        "include_archived": "true",
    }
    primary_keys: ClassVar[tuple[str, ...]] = ("id", "year")

    def rows_of(self, rows: list[Row], year: int) -> Iterator[Row]:
        """Yield one row per person and year."""
        for row in rows:
            for rate in row.get("rates") or []:
                person = {"id": row["id"], "full_name": row.get("full_name")}
                yield {**person, "year": year, **rate}

"""Every list of the API: where it is, what it holds, and what it understands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_moco.sandbox.filters import BETWEEN, FROM_TO, OF_USER, one_of, period

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_moco.sandbox.filters import Filter
    from tap_moco.sandbox.model import Record, Store


@dataclass(frozen=True)
class Endpoint:
    """A list, and the single records below its path."""

    path: str
    """`{id}` stands for the parent's id."""
    collection: str
    order: str = "id"
    """The default order; a minus in front makes it descending."""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    sortable: bool = False
    paged: bool = True
    single: bool = False
    """Whether a stream asks for single records."""
    by_change: bool = True
    """Whether `updated_after` is understood."""
    by_ids: bool = True
    """Whether `ids` is understood; that of a parent's records never is."""
    shows: str = ""
    """The parameter that shows what is hidden: archived or disregarded records."""
    parent: str = ""
    """The foreign key of the record that the path's id names."""
    only: Callable[[Store, Record], bool] | None = None
    """What must be true of each record."""
    this_year: bool = False
    """Whether it is the present year's list unless another is asked for."""
    pairs_dates: bool = False
    """Whether `from` and `to` are documented to be given both or not at all."""


def _has_active_user(store: Store, contract: Record) -> bool:
    return bool(store.get("users", contract["user_id"])["active"])


ARCHIVED = "include_archived"
DATED = {"date": period("date", "date")}
PLANNED = {"period": period("starts_on", "ends_on")}

# What follows is a table.
# fmt: off
ENDPOINTS = (
    Endpoint("/activities", "activities", filters=OF_USER, sortable=True),
    Endpoint("/schedules", "schedules", filters=OF_USER),
    Endpoint("/planning_entries", "planning_entries", filters=PLANNED),
    Endpoint("/users/presences", "user_presences", filters=OF_USER, pairs_dates=True),
    Endpoint("/projects", "projects", "name", sortable=True, shows=ARCHIVED),
    Endpoint("/projects/groups", "project_groups", "name"),
    Endpoint("/projects/expenses", "project_expenses", "-date", filters=FROM_TO,
             pairs_dates=True),
    Endpoint("/projects/payment_schedules", "project_payment_schedules", "date",
             filters=FROM_TO, paged=False),
    Endpoint("/projects/{id}/tasks", "project_tasks", "name", parent="project_id"),
    Endpoint("/projects/{id}/contracts", "project_contracts", parent="project_id",
             only=_has_active_user),
    Endpoint("/recurring_expenses", "project_recurring_expenses", sortable=True),
    Endpoint("/deals", "deals", "name"),
    Endpoint("/deal_categories", "deal_categories", paged=False),
    Endpoint("/offers", "offers", "date", filters=FROM_TO, sortable=True, single=True),
    Endpoint("/offers/{id}/attachments", "offer_attachments", parent="offer_id",
             paged=False),
    Endpoint("/offer_confirmations", "offer_confirmations"),
    Endpoint("/invoices", "invoices", filters=BETWEEN, sortable=True, single=True,
             shows="include_disregarded"),
    Endpoint("/invoices/{id}/timesheet", "activities", parent="invoice_id",
             paged=False),
    Endpoint("/invoices/{id}/expenses", "project_expenses", parent="invoice_id",
             paged=False),
    Endpoint("/invoices/{id}/attachments", "invoice_attachments", parent="invoice_id",
             paged=False),
    Endpoint("/invoices/payments", "invoice_payments", filters=BETWEEN),
    Endpoint("/invoice_reminders", "invoice_reminders", filters=BETWEEN),
    Endpoint("/invoices/bookkeeping_exports", "invoice_bookkeeping_exports",
             by_ids=False),
    Endpoint("/letter_papers", "letter_papers", paged=False, by_ids=False,
             by_change=False),
    Endpoint("/purchases", "purchases", "date", filters=DATED),
    Endpoint("/purchases/budgets", "purchase_budgets", filters={"year": one_of("year")},
             this_year=True, paged=False, by_ids=False, by_change=False),
    Endpoint("/purchases/categories", "purchase_categories", paged=False),
    Endpoint("/purchases/drafts", "purchase_drafts"),
    Endpoint("/purchases/payments", "purchase_payments", "date", filters=BETWEEN),
    Endpoint("/purchases/bookkeeping_exports", "purchase_bookkeeping_exports",
             by_ids=False, by_change=False),
    Endpoint("/planned_purchases", "planned_purchases"),
    Endpoint("/receipts", "receipts", "date", filters=OF_USER),
    Endpoint("/approvals", "approvals"),
    Endpoint("/users", "users", "lastname", sortable=True, shows=ARCHIVED),
    Endpoint("/users/roles", "user_roles", paged=False, by_ids=False, by_change=False),
    Endpoint("/users/employments", "user_employments"),
    Endpoint("/users/holidays", "user_holidays"),
    Endpoint("/users/absence_requests", "user_absence_requests"),
    Endpoint("/users/work_time_adjustments", "user_work_time_adjustments",
             filters=FROM_TO),
    Endpoint("/units", "units", "name"),
    Endpoint("/companies", "companies", "name", shows=ARCHIVED),
    Endpoint("/contacts/people", "contacts", "lastname", single=True),
    Endpoint("/comments", "comments", "-id", single=True),
    Endpoint("/tags", "tags", "name"),
    Endpoint("/todos", "todos", by_ids=False, by_change=False),
    Endpoint("/account/web_hooks", "web_hooks"),
    Endpoint("/vat_code_sales", "vat_code_sales"),
    Endpoint("/vat_code_purchases", "vat_code_purchases"),
    Endpoint("/revenue_categories", "revenue_categories"),
    Endpoint("/account/catalog_services", "account_catalog_services"),
    Endpoint("/account/custom_properties", "account_custom_properties"),
    Endpoint("/account/expense_templates", "account_expense_templates"),
    Endpoint("/account/task_templates", "account_task_templates"),
)

"""Every list of the API: where it is, what it holds, and what it understands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.filters import DATE_FROM_TO, FROM_TO, OF_USER, one_of, period

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
    updated_after: bool = True
    by_ids: bool = True
    """Whether `ids` is understood."""
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


ARCHIVED = "include_archived"


def _of(parent: str, path: str, collection: str, **more: Any) -> Endpoint:
    """Declare the list of one parent's records."""
    return Endpoint(path, collection, parent=parent, by_ids=False, **more)


def _plain(path: str, collection: str, **more: Any) -> Endpoint:
    """Declare a list that has no pages and cannot be asked for what changed."""
    more |= {"paged": False, "by_ids": False, "updated_after": False}
    return Endpoint(path, collection, **more)


def _has_active_user(store: Store, contract: Record) -> bool:
    return bool(store.get("users", contract["user_id"])["active"])


ENDPOINTS = (
    Endpoint("/activities", "activities", sortable=True, filters=OF_USER),
    Endpoint("/schedules", "schedules", filters=OF_USER),
    Endpoint(
        "/planning_entries",
        "planning_entries",
        filters={"period": period("starts_on", "ends_on")},
    ),
    Endpoint("/users/presences", "user_presences", filters=OF_USER, pairs_dates=True),
    Endpoint("/projects", "projects", "name", sortable=True, shows=ARCHIVED),
    _of("project_id", "/projects/{id}/tasks", "project_tasks", order="name"),
    _of(
        "project_id",
        "/projects/{id}/contracts",
        "project_contracts",
        only=_has_active_user,
    ),
    Endpoint("/projects/groups", "project_groups", "name"),
    Endpoint(
        "/projects/expenses", "project_expenses", "-date", FROM_TO, pairs_dates=True
    ),
    Endpoint(
        "/projects/payment_schedules",
        "project_payment_schedules",
        "date",
        FROM_TO,
        paged=False,
    ),
    Endpoint("/recurring_expenses", "project_recurring_expenses", sortable=True),
    Endpoint("/deals", "deals", "name"),
    Endpoint("/deal_categories", "deal_categories", paged=False),
    Endpoint("/offers", "offers", "date", FROM_TO, sortable=True, single=True),
    _of("offer_id", "/offers/{id}/attachments", "offer_attachments", paged=False),
    Endpoint("/offer_confirmations", "offer_confirmations"),
    Endpoint(
        "/invoices",
        "invoices",
        filters=DATE_FROM_TO,
        sortable=True,
        single=True,
        shows="include_disregarded",
    ),
    _of("invoice_id", "/invoices/{id}/timesheet", "activities", paged=False),
    _of("invoice_id", "/invoices/{id}/expenses", "project_expenses", paged=False),
    _of("invoice_id", "/invoices/{id}/attachments", "invoice_attachments", paged=False),
    Endpoint("/invoices/payments", "invoice_payments", filters=DATE_FROM_TO),
    Endpoint("/invoice_reminders", "invoice_reminders", filters=DATE_FROM_TO),
    Endpoint(
        "/invoices/bookkeeping_exports", "invoice_bookkeeping_exports", by_ids=False
    ),
    _plain("/letter_papers", "letter_papers"),
    Endpoint("/purchases", "purchases", "date", {"date": period("date", "date")}),
    _plain(
        "/purchases/budgets",
        "purchase_budgets",
        filters={"year": one_of("year")},
        this_year=True,
    ),
    Endpoint("/purchases/categories", "purchase_categories", paged=False),
    Endpoint("/purchases/drafts", "purchase_drafts"),
    Endpoint("/purchases/payments", "purchase_payments", filters=DATE_FROM_TO),
    Endpoint(
        "/purchases/bookkeeping_exports",
        "purchase_bookkeeping_exports",
        by_ids=False,
        updated_after=False,
    ),
    Endpoint("/planned_purchases", "planned_purchases"),
    Endpoint("/receipts", "receipts", filters=OF_USER),
    Endpoint("/approvals", "approvals"),
    Endpoint("/users", "users", "lastname", sortable=True, shows=ARCHIVED),
    _plain("/users/roles", "user_roles"),
    Endpoint("/users/employments", "user_employments"),
    Endpoint("/users/holidays", "user_holidays"),
    Endpoint("/users/absence_requests", "user_absence_requests"),
    Endpoint(
        "/users/work_time_adjustments", "user_work_time_adjustments", filters=FROM_TO
    ),
    Endpoint("/units", "units", "name"),
    Endpoint("/companies", "companies", "name", shows=ARCHIVED),
    Endpoint("/contacts/people", "contacts", "lastname", single=True),
    Endpoint("/comments", "comments", "-id", single=True),
    Endpoint("/tags", "tags", "name"),
    Endpoint("/todos", "todos", by_ids=False, updated_after=False),
    Endpoint("/account/web_hooks", "web_hooks"),
    Endpoint("/vat_code_sales", "vat_code_sales"),
    Endpoint("/vat_code_purchases", "vat_code_purchases"),
    Endpoint("/revenue_categories", "revenue_categories"),
    Endpoint("/account/catalog_services", "account_catalog_services"),
    Endpoint("/account/custom_properties", "account_custom_properties"),
    Endpoint("/account/expense_templates", "account_expense_templates"),
    Endpoint("/account/task_templates", "account_task_templates"),
)

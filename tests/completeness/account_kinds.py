"""The lists of MOCO, and what holds what, made from its documentation alone."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.documented import DETAILS, INNER

NAMES = ("", "Anna", "anna", "Mitte", "Zoe", "A", "B", "C", "D")
DAYS = (
    *("2024-12-31", "2025-05-05", "2026-02-28", "2026-06-01", "2026-08-01"),
    *("2026-10-25", "2026-11-01", "2026-11-24", "2026-12-24", "2027-03-01"),
)
ODD_DAYS = ("0001-01-01", "1899-12-31", "2027-06-30", None)
FROM_TO = ("from", "to")
DATE_FROM_TO = ("date_from", "date_to")


@dataclass(frozen=True)
class Kind:
    """A list of MOCO.

    Attributes:
        text: A field that is edited.
        order: The field that the list is sorted by.
        dates: The parameters that filter by date: two, or one for a range.
        day: The field that they filter by.
        lacks_days: Some rows have no date.
        hides: The parameter that shows hidden rows, their field and its value.
        parent: The collection and the field of the row that holds these rows.
        has_user: The list can be asked for one person's rows.
        stamps, ids, after, paged: What MOCO's documentation has for it.
    """

    path: str
    text: str = "title"
    order: str = "id"
    dates: tuple[str, ...] = ()
    day: str = "date"
    lacks_days: bool = False
    hides: tuple[str, str, object] | None = None
    parent: tuple[str, str] | None = None
    has_user: bool = False
    stamps: bool = True
    ids: bool = True
    after: bool = True
    paged: bool = True


ARCHIVED = ("include_archived", "active", False)
KINDS = {
    "activities": Kind(
        "/activities", "description", dates=FROM_TO, lacks_days=True, has_user=True
    ),
    "schedules": Kind(
        "/schedules", "comment", "date", FROM_TO, lacks_days=True, has_user=True
    ),
    "planning_entries": Kind(
        "/planning_entries",
        "comment",
        "starts_on",
        ("period",),
        "starts_on",
        has_user=True,
    ),
    "project_expenses": Kind(
        "/projects/expenses", order="date", dates=FROM_TO, has_user=True
    ),
    "companies": Kind("/companies", "website", "name", hides=ARCHIVED),
    "projects": Kind(
        "/projects", "info", "name", hides=ARCHIVED, parent=("companies", "customer")
    ),
    "project_groups": Kind("/projects/groups", "info", "name"),
    "project_payment_schedules": Kind(
        "/projects/payment_schedules", order="date", dates=FROM_TO, paged=False
    ),
    "project_recurring_expenses": Kind("/recurring_expenses"),
    "deals": Kind("/deals", "info", "name"),
    "deal_categories": Kind("/deal_categories", "name", paged=False),
    "offers": Kind("/offers", order="date", dates=FROM_TO),
    "offer_confirmations": Kind("/offer_confirmations", stamps=False),
    "invoices": Kind(
        "/invoices",
        order="date",
        dates=DATE_FROM_TO,
        hides=("include_disregarded", "status", "disregarded"),
    ),
    "invoice_reminders": Kind(
        "/invoice_reminders",
        order="date",
        dates=DATE_FROM_TO,
        parent=("invoices", "invoice"),
    ),
    "invoice_payments": Kind(
        "/invoices/payments",
        "description",
        "date",
        DATE_FROM_TO,
        parent=("invoices", "invoice"),
    ),
    "letter_papers": Kind("/letter_papers", "name", ids=False, after=False),
    "purchases": Kind("/purchases", order="date", dates=("date",), has_user=True),
    "purchase_payments": Kind(
        "/purchases/payments",
        "currency",
        "date",
        DATE_FROM_TO,
        parent=("purchases", "purchase"),
    ),
    "purchase_categories": Kind("/purchases/categories", "name", paged=False),
    "purchase_drafts": Kind("/purchases/drafts"),
    "receipts": Kind(
        "/receipts", order="date", dates=FROM_TO, has_user=True, stamps=False
    ),
    "users": Kind(
        "/users", "info", "lastname", hides=ARCHIVED, parent=("units", "_unit")
    ),
    "user_roles": Kind("/users/roles", "name", ids=False, after=False, paged=False),
    "user_holidays": Kind("/users/holidays"),
    "user_work_time_adjustments": Kind(
        "/users/work_time_adjustments", "description", dates=FROM_TO
    ),
    "units": Kind("/units", "name", "name"),
    "contacts": Kind("/contacts/people", "job_position", "lastname"),
    "comments": Kind("/comments", "text", "-id"),
    "tags": Kind("/tags", "name", "name"),
    "todos": Kind("/todos", ids=False, after=False),
    "vat_code_sales": Kind("/vat_code_sales", "description", "tax", stamps=False),
    "account_catalog_services": Kind("/account/catalog_services"),
}
"""Each holder comes before the rows that it holds."""
HOLDERS = {
    "companies": [("projects", "projects")],
    "units": [("users", "users")],
    "purchases": [("purchase_payments", "payments")],
}
PER_RECORD = {
    "invoice_attachments": ("invoices", "invoice_id"),
    "project_reports": ("projects", "project_id"),
    "company_hourly_rates": ("companies", "company_id"),
}
REPORTS = (
    *("report_cashflow", "report_utilization", "report_planned_vs_tracked"),
    "purchase_budgets",
)
OTHERS = ("account_hourly_rates", "taggings", "user_performance_reports")
STREAMS = (*KINDS, *INNER, *DETAILS, *PER_RECORD, *REPORTS, *OTHERS)
YEARS = (2025, 2026)
"""What `report_years` covers by default, in the year of the histories."""


def parent_of(stream: str) -> str | None:
    """Return the list to whose records a stream's rows belong; None for others."""
    if stream in INNER:
        return "projects"
    if stream == "user_performance_reports":
        return "users"
    return DETAILS.get(stream) or PER_RECORD.get(stream, (None,))[0]

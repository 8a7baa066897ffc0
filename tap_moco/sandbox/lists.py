"""Every list of the API: where it is, what it holds, and what it understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.model import STAMP_FIELDS, Record, micros

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox.question import Question

Test = Callable[[Record], bool]
Filter = Callable[[str], Test]
"""Turns the text of a query parameter into a test of records. It raises ValueError
where the text means nothing: MOCO silently ignores such a parameter."""


def since(name: str, text: str) -> Test:
    """Let a date be this day or a later one."""
    first = date.fromisoformat(text).isoformat()
    return lambda record: (record[name] or "") >= first


def until(name: str, text: str) -> Test:
    """Let a date be this day or an earlier one."""
    last = date.fromisoformat(text).isoformat()
    return lambda record: "" < (record[name] or "") <= last


def period(first: str, last: str, text: str) -> Test:
    """Let the dates of a record meet the period `A:B`."""
    start, _, end = text.partition(":")
    begins, ends = until(first, end), since(last, start)
    return lambda record: begins(record) and ends(record)


def one_of(name: str, text: str) -> Test:
    """Let a field be one of some numbers, joined by commas."""
    wanted = {int(word) for word in text.split(",") if word.isdecimal()}
    return lambda record: record[name] in wanted


def changed_after(text: str, *, inclusive: bool) -> Test:
    """Let a record have been changed after a time, finer than payloads show it."""
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
    oldest = micros(aware) + (not inclusive)
    return lambda record: bool(record["updated_at"] >= oldest)


def is_shown(record: Record) -> bool:
    """Return whether a record is neither archived nor disregarded."""
    return record.get("active", True) and record.get("status") != "disregarded"


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
    only: Test | None = None
    """What must be true of each record."""
    pairs_dates: bool = False
    """Whether `from` and `to` are documented to be given both or not at all."""

    def records(self, question: Question) -> list[Record]:
        """Return the whole list in its order; equal records come in any order."""
        found = question.account.all(self.collection)
        for test in self._tests(question):
            found = list(filter(test, found))
        order = self._order(question)
        if (name := order.lstrip("-")) != "id":
            found = question.in_order(found, lambda record: _comparable(record[name]))
        return found[::-1] if order.startswith("-") else found

    def _tests(self, question: Question) -> Iterator[Test]:
        asked, filters = dict(question.query), dict(self.filters)
        if self.parent:
            yield lambda record: bool(record[self.parent] == question.id)
        if self.only:
            yield self.only
        if self.shows and asked.get(self.shows) != "true":
            yield is_shown
        if self.by_ids and not self.parent:
            filters["ids"] = partial(one_of, "id")
        if self.by_change:
            inclusive = question.options.inclusive
            filters["updated_after"] = partial(changed_after, inclusive=inclusive)
        if "year" in filters:
            asked.setdefault("year", str(question.account.today().year))
        for name in filters.keys() & asked.keys():
            with suppress(ValueError):
                yield filters[name](asked[name])

    def _order(self, question: Question) -> str:
        """Return what the list is sorted by."""
        name, fields = question.query.get("sort_by", ""), question.options.sort_fields
        documented = name == "id" and self.path == "/activities"
        known = name in {"id", *STAMP_FIELDS} if fields == "all" else documented
        return name if self.sortable and known and fields != "none" else self.order


def _comparable(value: object) -> tuple[int, Any]:
    """Order numbers, texts and whatever else a test put there; nothing is last."""
    if isinstance(value, int | float):
        return 0, value
    return (2, "") if value is None else (1, str(value).casefold())


def _has_active_user(contract: Record) -> bool:
    user = contract.follow("user_id")
    return bool(user and user["active"])


FROM_TO = {"from": partial(since, "date"), "to": partial(until, "date")}
BETWEEN = {"date_from": FROM_TO["from"], "date_to": FROM_TO["to"]}
OF_USER = {**FROM_TO, "user_id": partial(one_of, "user_id")}
ARCHIVED = "include_archived"
DATED = {"date": partial(period, "date", "date")}
PLANNED = {"period": partial(period, "starts_on", "ends_on")}
YEAR = {"year": partial(one_of, "year")}

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
    Endpoint("/purchases/budgets", "purchase_budgets", filters=YEAR, paged=False,
             by_ids=False, by_change=False),
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

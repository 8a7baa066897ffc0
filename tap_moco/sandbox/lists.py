"""Every list of the API: where it is, what it holds, and what it understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.fields import follow
from tap_moco.sandbox.model import STAMP_FIELDS, Record, micros

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox.question import Question

Test = Callable[[Record], bool]
Filter = Callable[[str], Test]
"""Turns the text of a query parameter into a test of records. It raises ValueError
where the text means nothing: MOCO silently ignores such a parameter."""
Filters = Mapping[str, Filter]


def within(name: str, first: str = "0001-01-01", last: str = "9999-12-31") -> Test:
    """Let a date be one of these days."""
    start, end = (date.fromisoformat(day).isoformat() for day in (first, last))
    return lambda record: start <= (record[name] or "") <= end


def period(first: str, last: str, text: str) -> Test:
    """Let the dates of a record meet the period `A:B`."""
    start, _, end = text.partition(":")
    begins, ends = within(first, last=end), within(last, start)
    return lambda record: begins(record) and ends(record)


def one_of(name: str, text: str) -> Test:
    """Let a field be one of some numbers, joined by commas."""
    wanted = {int(word) for word in text.split(",") if word.isdecimal()}
    return lambda record: record[name] in wanted


def changed_after(text: str, *, inclusive: bool) -> Test:
    """Let a record have been changed after a time, finer than payloads show it."""
    oldest = micros(text) + (not inclusive)
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
    filters: Filters = field(default_factory=dict)
    ignores: str = ""
    """What it does not understand of `page`, `ids` and `updated_after`."""
    sortable: bool = False
    single: bool = False
    """Whether a stream asks for single records."""
    shows: str = ""
    """The parameter that shows what is hidden: archived or disregarded records."""
    only: Test | None = None
    """What must be true of each record."""
    paired: bool = False
    """Whether `from` and `to` are documented to be given both or not at all."""

    @property
    def parent(self) -> str:
        """The foreign key of what the path's id names; `ids` is ignored then."""
        return f"{self.path.split('/')[1][:-1]}_id" if "{id}" in self.path else ""

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
        asked, inclusive = dict(question.query), question.options.inclusive
        if parent := self.parent:
            asked.pop("ids", None)
            yield lambda record: bool(record[parent] == question.id)
        if self.only:
            yield self.only
        if self.shows and asked.get(self.shows) != "true":
            yield is_shown
        if "year" in self.filters:
            asked.setdefault("year", str(question.account.today().year))
        changed = partial(changed_after, inclusive=inclusive)
        common: Filters = {"ids": partial(one_of, "id"), "updated_after": changed}
        filters = {**common, **self.filters}
        for name in filters.keys() & asked.keys() - set(self.ignores.split()):
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


FROM_TO: Filters = {
    "from": lambda text: within("date", text),
    "to": lambda text: within("date", last=text),
}
BETWEEN: Filters = {f"date_{name}": test for name, test in FROM_TO.items()}
OF_USER: Filters = {**FROM_TO, "user_id": partial(one_of, "user_id")}
DATED = {"date": partial(period, "date", "date")}
PLANNED = {"period": partial(period, "starts_on", "ends_on")}
YEAR = {"year": partial(one_of, "year")}
"""The present year's, unless another is asked for."""
ARCHIVED, DISREGARDED = "include_archived", "include_disregarded"

# What follows is a table.
# fmt: off
ENDPOINTS = (
    Endpoint("/activities", "activities", filters=OF_USER, sortable=True),
    Endpoint("/schedules", "schedules", filters=OF_USER),
    Endpoint("/planning_entries", "planning_entries", filters=PLANNED),
    Endpoint("/users/presences", "user_presences", filters=OF_USER, paired=True),
    Endpoint("/projects", "projects", "name", sortable=True, shows=ARCHIVED),
    Endpoint("/projects/groups", "project_groups", "name"),
    Endpoint("/projects/expenses", "project_expenses", "-date", FROM_TO, paired=True),
    Endpoint("/projects/payment_schedules", "project_payment_schedules", "date",
             FROM_TO, ignores="page"),
    Endpoint("/projects/{id}/tasks", "project_tasks", "name"),
    Endpoint("/projects/{id}/contracts", "project_contracts",
             only=follow("user_id.active")),
    Endpoint("/recurring_expenses", "project_recurring_expenses", sortable=True),
    Endpoint("/deals", "deals", "name"),
    Endpoint("/deal_categories", "deal_categories", ignores="page"),
    Endpoint("/offers", "offers", "date", FROM_TO, sortable=True, single=True),
    Endpoint("/offers/{id}/attachments", "offer_attachments", ignores="page"),
    Endpoint("/offer_confirmations", "offer_confirmations"),
    Endpoint("/invoices", "invoices", filters=BETWEEN, sortable=True, single=True,
             shows=DISREGARDED),
    Endpoint("/invoices/{id}/timesheet", "activities", ignores="page"),
    Endpoint("/invoices/{id}/expenses", "project_expenses", ignores="page"),
    Endpoint("/invoices/{id}/attachments", "invoice_attachments", ignores="page"),
    Endpoint("/invoices/payments", "invoice_payments", filters=BETWEEN),
    Endpoint("/invoice_reminders", "invoice_reminders", filters=BETWEEN),
    Endpoint("/invoices/bookkeeping_exports", "invoice_bookkeeping_exports",
             ignores="ids"),
    Endpoint("/letter_papers", "letter_papers", ignores="page ids updated_after"),
    Endpoint("/purchases", "purchases", "date", DATED),
    Endpoint("/purchases/budgets", "purchase_budgets", filters=YEAR,
             ignores="page ids updated_after"),
    Endpoint("/purchases/categories", "purchase_categories", ignores="page"),
    Endpoint("/purchases/drafts", "purchase_drafts"),
    Endpoint("/purchases/payments", "purchase_payments", "date", BETWEEN),
    Endpoint("/purchases/bookkeeping_exports", "purchase_bookkeeping_exports",
             ignores="ids updated_after"),
    Endpoint("/planned_purchases", "planned_purchases"),
    Endpoint("/receipts", "receipts", "date", OF_USER),
    Endpoint("/approvals", "approvals"),
    Endpoint("/users", "users", "lastname", sortable=True, shows=ARCHIVED),
    Endpoint("/users/roles", "user_roles", ignores="page ids updated_after"),
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
    Endpoint("/todos", "todos", ignores="ids updated_after"),
    Endpoint("/account/web_hooks", "web_hooks"),
    Endpoint("/vat_code_sales", "vat_code_sales"),
    Endpoint("/vat_code_purchases", "vat_code_purchases"),
    Endpoint("/revenue_categories", "revenue_categories"),
    Endpoint("/account/catalog_services", "account_catalog_services"),
    Endpoint("/account/custom_properties", "account_custom_properties"),
    Endpoint("/account/expense_templates", "account_expense_templates"),
    Endpoint("/account/task_templates", "account_task_templates"),
)

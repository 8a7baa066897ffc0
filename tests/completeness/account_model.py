"""A whole account of MOCO, made from its documentation alone.

It shares no code with the sandbox: what both the tap and the sandbox misunderstand in
the same way is found here. See docs/moco-api.md for the facts.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from tests.support.stub import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.support.clock import Clock
    from tests.support.stub import Request

Row = dict[str, Any]

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
INNER = {"project_tasks": "tasks", "project_contracts": "contracts"}
"""Rows that only their project holds; they have no stamps there."""
HOLDERS = {
    "companies": [("projects", "projects")],
    "units": [("users", "users")],
    "purchases": [("purchase_payments", "payments")],
}
DETAILS = {
    "invoice_details": "invoices",
    "offer_details": "offers",
    "contact_details": "contacts",
    "comment_details": "comments",
}
PER_RECORD = {
    "invoice_attachments": ("invoices", "invoice_id"),
    "project_reports": ("projects", "project_id"),
    "company_hourly_rates": ("companies", "company_id"),
}
REPORTS = ("report_cashflow", "report_utilization")
STREAMS = (*KINDS, *INNER, *DETAILS, *PER_RECORD, *REPORTS, "account_hourly_rates")


@dataclass
class World:
    """What is unknown of MOCO, and how this account answers.

    Attributes:
        page: Rows of the largest page.
        ties: How equal rows are ordered: anew each time, by page, or by id.
        inclusive: `updated_after` includes the time itself.
        sorts: `sort_by=id` works.
        deaf: Lists that do not heed `per_page`.
    """

    page: int = 100
    ties: str = "shuffle"
    inclusive: bool = False
    sorts: bool = False
    deaf: tuple[str, ...] = ()


@dataclass
class AccountModel:
    """The rows of an account, and its answers.

    Attributes:
        rows: By collection and id, with private fields that begin with `_`.
        gone: Deleted rows, which can be restored.
        denied: Paths that the key may not read, or single records.
        requests: All that was asked.
        before_request: Called before each answer is made.
    """

    clock: Clock
    world: World
    seed: int = 0
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    gone: list[tuple[str, Row]] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    before_request: Callable[[], None] = lambda: None
    numbers: int = 100
    texts: int = 0

    def __post_init__(self) -> None:
        """Begin with empty lists."""
        self._random = random.Random(self.seed)
        for name in (*KINDS, *INNER, *REPORTS, "rates"):
            self.rows.setdefault(name, {})

    # Changes

    def text(self) -> str:
        """Return a text that was never there before."""
        self.texts += 1
        return f"text {self.texts}"

    def insert(self, name: str, at: datetime | None = None, /, **fields: Any) -> Row:
        """Insert a row with the next id, as of this time."""
        moment = at or self.clock.now
        self.numbers += self._random.choice((1, 1, 2, 7))
        row = {
            "id": self.numbers,
            "_created": moment,
            "_updated": moment,
            "_secret": self.text(),
            **fields,
        }
        self.rows[name][row["id"]] = row
        self._touch_holder(name, row, moment)
        return row

    def update(
        self, name: str, number: int, at: datetime | None = None, /, **fields: Any
    ) -> None:
        """Change a row, as of this time."""
        row = self.rows[name][number]
        moment = max(at or self.clock.now, row["_updated"])
        self._touch_holder(name, row, moment)
        row |= {**fields, "_updated": moment, "_secret": self.text()}
        self._touch_holder(name, row, moment)

    def delete(self, name: str, number: int) -> None:
        """Delete a row, and what it holds."""
        row = self.rows[name].pop(number)
        self.gone.append((name, row))
        self._touch_holder(name, row, self.clock.now)
        for inner, parent in self._inner_lists(name):
            for child in list(self.rows[inner].values()):
                if child[parent] == number:
                    self.delete(inner, child["id"])

    def restore(self, index: int) -> str | None:
        """Bring a deleted row back with its old stamps; return its collection."""
        name, row = self.gone[index]
        parent = self._parent_of(name)
        if parent and row[parent[1]] not in self.rows[parent[0]]:
            return None
        del self.gone[index]
        self.rows[name][row["id"]] = row
        self._touch_holder(name, row, self.clock.now)
        return name

    def _inner_lists(self, name: str) -> Iterator[tuple[str, str]]:
        for inner in (*KINDS, *INNER):
            parent = self._parent_of(inner)
            if parent and parent[0] == name:
                yield inner, parent[1]

    @staticmethod
    def _parent_of(name: str) -> tuple[str, str] | None:
        if name in INNER:
            return ("projects", "_project")
        return KINDS[name].parent if name in KINDS else None

    def _touch_holder(self, name: str, row: Row, moment: datetime) -> None:
        """Payments touch their invoice, and nothing else touches anything."""
        if name == "invoice_payments":
            invoice = self.rows["invoices"].get(row["invoice"])
            if invoice:
                invoice["_updated"] = max(moment, invoice["_updated"])

    # What MOCO shows

    def shown(self, name: str, row: Row) -> Row:
        """Return a row as its list has it."""
        kind = KINDS[name]
        own = {k: v for k, v in row.items() if not k.startswith("_")}
        if kind.stamps:
            own["created_at"] = stamp(row["_created"])
            own["updated_at"] = stamp(row["_updated"])
        if kind.has_user:
            own["user"] = {"id": row["user"], "firstname": "A", "lastname": "B"}
        if kind.parent and kind.parent[1] in own:
            own[kind.parent[1]] = {"id": row[kind.parent[1]]}
        for inner, where in HOLDERS.get(name, ()):
            own[where] = self._held(inner, row["id"])
        if name == "projects":
            for inner, where in INNER.items():
                own[where] = self._inner(inner, row["id"])
        return own

    def _held(self, inner: str, holder: int) -> list[Row]:
        fields = {
            "projects": ("id", "name", "active"),
            "users": ("id", "lastname"),
            "purchase_payments": ("id", "date", "currency"),
        }[inner]
        return [{name: row[name] for name in fields} for row in self._of(inner, holder)]

    def _inner(self, inner: str, project: int) -> list[Row]:
        return [
            {k: v for k, v in row.items() if not k.startswith("_")}
            for row in self._of(inner, project)
        ]

    def _of(self, inner: str, holder: int) -> list[Row]:
        parent = self._parent_of(inner)
        assert parent
        found = [r for r in self.rows[inner].values() if r[parent[1]] == holder]
        return sorted(found, key=lambda row: row["id"])

    def visible(self, name: str, *, hidden: bool) -> list[Row]:
        """Return the rows of a list, hidden ones only if they are asked for."""
        rows = list(self.rows[name].values())
        hides = KINDS[name].hides
        if hides and not hidden:
            rows = [row for row in rows if row[hides[1]] != hides[2]]
        return rows

    def detail(self, name: str, number: int) -> Row | None:
        """Return what only a single record has, beside its row."""
        row = self.rows[DETAILS[name]].get(number)
        if row is None:
            return None
        own: Row = {"id": number, "updated_at": stamp(row["_updated"])}
        if name == "invoice_details":
            own["salutation"] = row["_secret"]
            own["payments"] = [
                {"id": one["id"], "date": one["date"]}
                for one in self._of("invoice_payments", number)
            ]
            own["reminders"] = [
                {"id": one["id"], "date": one["date"], "text": one["title"]}
                for one in self._of("invoice_reminders", number)
            ]
        else:
            own[
                {
                    "offer_details": "salutation",
                    "contact_details": "info",
                    "comment_details": "attachment_filename",
                }[name]
            ] = row["_secret"]
        return own

    def per_record(self, name: str, number: int) -> list[Row]:
        """Return the rows of a list, or the object, that belongs to one record."""
        collection, key = PER_RECORD[name]
        row = self.rows[collection][number]
        if name == "project_reports":
            return [{key: number, "budget_total": row.get("_money", 0)}]
        if name == "company_hourly_rates":
            if row["type"] != "customer":
                return []
            return [{key: number, **rate} for rate in self.rates(row.get("_money", 0))]
        return [
            {key: number, "id": n, "title": f"file {n}"} for n in row.get("_files", ())
        ]

    def rates(self, money: int | None = None) -> list[Row]:
        """Return the hourly rates, one row each."""
        given = self.rows["rates"].values()
        rates = [
            {"type": "default", "id": 0, "currency": "EUR", "hourly_rate": money or 0}
        ]
        return rates + [
            {
                "type": "user",
                "id": row["id"],
                "currency": "EUR",
                "hourly_rate": row["money"],
            }
            for row in given
        ]

    # Answers

    def __call__(self, request: Request) -> Answer:
        """Answer a request."""
        self.before_request()
        path, query = request.path, request.query
        self.requests.append((path, query))
        answer = self._answer(path, query)
        now = self.clock.now.replace(microsecond=0)
        answer.headers["Date"] = format_datetime(now, usegmt=True)
        return answer

    def _answer(self, path: str, query: dict[str, str]) -> Answer:
        if path in self.denied:
            return Answer({"errors": ["Access denied"]}, status=403)
        for name, kind in KINDS.items():
            if kind.path == path:
                return self._list(name, kind, query)
        if path == "/account/hourly_rates":
            return self._hourly_rates(query)
        if path.startswith("/report/"):
            return self._report(path.rpartition("/")[2], query)
        return self._single(path)

    def _single(self, path: str) -> Answer:
        for name, collection in DETAILS.items():
            if found := re.fullmatch(KINDS[collection].path + r"/(\d+)", path):
                number = int(found[1])
                body = self.detail(name, number)
                if body is None:
                    return Answer(b"", status=404)
                row = self.shown(collection, self.rows[collection][number])
                return Answer({**row, **body})
        for name, (collection, key) in PER_RECORD.items():
            base = KINDS[collection].path
            if found := re.fullmatch(base + r"/(\d+)/(attachments|report)", path):
                if int(found[1]) not in self.rows[collection]:
                    return Answer(b"", status=404)
                rows = self.per_record(name, int(found[1]))
                bodies = [{k: v for k, v in r.items() if k != key} for r in rows]
                return Answer(bodies[0] if name == "project_reports" else bodies)
        return Answer(b"", status=404)

    def _hourly_rates(self, query: dict[str, str]) -> Answer:
        money = 0
        if "company_id" in query:
            company = self.rows["companies"].get(int(query["company_id"]))
            if company is None:
                return Answer(b"", status=404)
            money = company.get("_money", 0)
        default, *others = self.rates(money)
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

    def _report(self, name: str, query: dict[str, str]) -> Answer:
        rows = [
            {k: v for k, v in row.items() if k != "id" and not k.startswith("_")}
            for row in self.rows[f"report_{name}"].values()
            if query["from"] <= row["date"] <= query["to"]
        ]
        if "kinds" in query:
            rows = [row for row in rows if row["kind"] == query["kinds"]]
        return self._paged(f"/report/{name}", rows, query, "date")

    def _list(self, name: str, kind: Kind, query: dict[str, str]) -> Answer:
        hidden = bool(kind.hides) and query.get(kind.hides[0]) == "true"  # type: ignore[index]
        rows = self.visible(name, hidden=hidden)
        if kind.ids and "ids" in query:
            wanted = set(query["ids"].split(","))
            rows = [row for row in rows if str(row["id"]) in wanted]
        if kind.after and "updated_after" in query:
            rows = [row for row in rows if self._is_after(row, query["updated_after"])]
        if kind.has_user and "user_id" in query:
            rows = [row for row in rows if str(row["user"]) == query["user_id"]]
        if span := span_of(kind.dates, query):
            first, last = span
            rows = [row for row in rows if first <= (row[kind.day] or "") <= last]
        order = kind.order
        if query.get("sort_by") == "id" and self.world.sorts:
            order = "id"
        if not kind.paged:
            return Answer([self.shown(name, row) for row in self._sorted(rows, order)])
        return self._paged(
            kind.path, rows, query, order, lambda row: self.shown(name, row)
        )

    def _is_after(self, row: Row, text: str) -> bool:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
        moment = moment.replace(tzinfo=timezone.utc)
        updated: datetime = row["_updated"]
        return updated >= moment if self.world.inclusive else updated > moment

    def _sorted(self, rows: list[Row], order: str, page: str = "") -> list[Row]:
        mixed = sorted(rows, key=lambda row: row.get("id", 0))
        if self.world.ties == "shuffle":
            self._random.shuffle(mixed)
        elif self.world.ties == "page":
            random.Random(f"{self.seed} {page}").shuffle(mixed)
        if order == "-id":
            return sorted(mixed, key=lambda row: -row["id"])
        return sorted(mixed, key=lambda r: (r[order] is None, _orderable(r[order])))

    def _paged(
        self,
        path: str,
        rows: list[Row],
        query: dict[str, str],
        order: str,
        show: Callable[[Row], Row] = dict,
    ) -> Answer:
        size = min(int(query.get("per_page", 100)), self.world.page)
        if path in self.world.deaf:
            size = self.world.page
        number = int(query.get("page", 1))
        ordered = self._sorted(rows, order, f"{path} {number} {size}")
        headers = {
            "X-Total": str(len(rows)),
            "X-Page": str(number),
            "X-Per-Page": str(size),
        }
        pages = -(-len(rows) // size)
        if number < pages:
            given = "&".join(
                f"{name}={value}" for name, value in query.items() if name != "page"
            )
            last, following = f"page={pages}&{given}", f"page={number + 1}&{given}"
            headers["Link"] = (
                f'<{{base}}{path}?{last}>; rel="last", '
                f'<{{base}}{path}?{following}>; rel="next"'
            )
        part = ordered[(number - 1) * size : number * size]
        return Answer([show(row) for row in part], headers)


def stamp(moment: datetime) -> str:
    """Return a time as MOCO writes it, cut to seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def span_of(names: Iterable[str], query: dict[str, str]) -> tuple[str, str] | None:
    """Return the first and the last day that a request asks for."""
    given = [query[name] for name in names if name in query]
    if len(given) == 1 and ":" in given[0]:
        first, _, last = given[0].partition(":")
        return first, last
    return (given[0], given[1]) if len(given) == 2 else None


def _orderable(value: object) -> object:
    return "" if value is None else value


def days_ago(clock: Clock, days: float) -> datetime:
    """Return a time in the past."""
    return clock.now - timedelta(days=days)

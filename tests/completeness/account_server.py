"""What MOCO answers of an account, as its documentation has it, or as it may be."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tests.support.documented import DETAILS, TAGGABLE
from tests.support.stub import Answer

from .account_kinds import KINDS, PER_RECORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.support.stub import Request

    from .account_kinds import Kind
    from .account_model import AccountModel, Row

FILTERS = (("kinds", "kind"), ("user_ids", "user_id"), ("project_id", "project_id"))


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
class AccountServer:
    """Answers requests.

    Attributes:
        denied: Paths that the key may not read.
        requests: All that was asked.
        before_request: Called before each answer is made.
    """

    account: AccountModel
    world: World
    seed: int
    before_request: Callable[[], None]
    denied: set[str] = field(default_factory=set)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Shuffle by the seed."""
        self._random = random.Random(self.seed)

    def __call__(self, request: Request) -> Answer:
        """Answer a request."""
        self.before_request()
        path, query = request.path, request.query
        self.requests.append((path, query))
        answer = self._answer(path, query)
        now = self.account.clock.now.replace(microsecond=0)
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
        if path == "/purchases/budgets":
            return self._budgets(path, query)
        if path.startswith("/report/"):
            return self._report(f"report_{path.rpartition('/')[2]}", path, query)
        return self._single(path, query)

    def _single(self, path: str, query: dict[str, str]) -> Answer:
        account = self.account
        for name, collection in DETAILS.items():
            if found := re.fullmatch(KINDS[collection].path + r"/(\d+)", path):
                number = int(found[1])
                if number not in account.rows[collection]:
                    return _gone()
                row = account.shown(collection, account.rows[collection][number])
                return Answer({**row, **account.detail(name, number)})
        if found := re.fullmatch(r"/taggings/(\w+)/(\d+)", path):
            tagged = account.rows[TAGGABLE[found[1]]].get(int(found[2]))
            return _gone() if tagged is None else Answer(list(tagged.get("_tags", ())))
        if found := re.fullmatch(r"/users/(\d+)/performance_report", path):
            number = int(found[1])
            if number not in account.rows["users"]:
                return _gone()
            return Answer(account.performance(number, int(query["year"])))
        return self._per_record(path)

    def _per_record(self, path: str) -> Answer:
        for name, (collection, key) in PER_RECORD.items():
            base = KINDS[collection].path
            if found := re.fullmatch(base + r"/(\d+)/(attachments|report)", path):
                if int(found[1]) not in self.account.rows[collection]:
                    return _gone()
                rows = self.account.per_record(name, int(found[1]))
                bodies = [{k: v for k, v in r.items() if k != key} for r in rows]
                return Answer(bodies[0] if name == "project_reports" else bodies)
        return _gone()

    def _hourly_rates(self, query: dict[str, str]) -> Answer:
        money = 0
        if "company_id" in query:
            company = self.account.rows["companies"].get(int(query["company_id"]))
            if company is None:
                return _gone()
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
        return self._paged(path, of_year, query, "title")

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
        return self._paged(path, rows, query, order)

    def _list(self, name: str, kind: Kind, query: dict[str, str]) -> Answer:
        hidden = bool(kind.hides) and query.get(kind.hides[0]) == "true"  # type: ignore[index]
        rows = self.account.visible(name, hidden=hidden)
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
            return Answer(
                [self.account.shown(name, row) for row in self._sorted(rows, order)]
            )
        return self._paged(
            kind.path, rows, query, order, lambda row: self.account.shown(name, row)
        )

    def _is_after(self, row: Row, text: str) -> bool:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
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


def _gone() -> Answer:
    return Answer(b"", status=404)


def span_of(names: Iterable[str], query: dict[str, str]) -> tuple[str, str] | None:
    """Return the first and the last day that a request asks for."""
    given = [query[name] for name in names if name in query]
    if len(given) == 1 and ":" in given[0]:
        first, _, last = given[0].partition(":")
        return first, last
    return (given[0], given[1]) if len(given) == 2 else None


def _orderable(value: object) -> object:
    return "" if value is None else value

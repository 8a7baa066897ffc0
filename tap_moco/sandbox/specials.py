"""Answers that are no list of a collection: single objects and odd lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_moco.sandbox import reports
from tap_moco.sandbox.keys import TYPES
from tap_moco.sandbox.questions import Question, shown, whole_name
from tap_moco.sandbox.rows import View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.sources import Record

CURRENCIES = {"EUR": 1.0, "CHF": 1.1, "USD": 1.2}
SINGLE = View(single=True)


def me(account: Account) -> Record:
    """Return the user that the key belongs to."""
    return account.records["users"][account.ids("users")[0]]


def session(account: Account, _question: Question | None = None) -> Record:
    """Tell who the key belongs to."""
    number = me(account)["id"]
    return {"id": number, "uuid": f"00000000-0000-4000-8000-{number:012d}"}


def _profile(account: Account, _question: Question) -> Record:
    user = account.payloads.row("users", me(account))
    names = {"first_name": user["firstname"], "last_name": user["lastname"]}
    kept = ("id", "email", "active", "avatar_url", "unit", "created_at", "updated_at")
    return {
        **{name: user[name] for name in kept},
        **names,
        "full_name": whole_name(user),
        "external": user["extern"],
    }


def _rates(rate: float) -> list[Record]:
    return [
        {"currency": currency, "hourly_rate": round(rate * factor, 2)}
        for currency, factor in CURRENCIES.items()
    ]


def _hourly_rates(account: Account, question: Question) -> Record:
    company = question.number("company_id")
    default = 120.0 if company is None else 110.0 + company % 4 * 10
    users = shown(account, archived=question.flag("include_archived_users") is True)
    return {
        "defaults_rates": _rates(default),
        "tasks": [
            {"id": t["id"], "name": t["name"], "rates": _rates(_rate(t))}
            for t in account.records["account_task_templates"].values()
        ],
        "users": [
            {"id": u["id"], "full_name": whole_name(u), "rates": _rates(_rate(u))}
            for u in users
        ],
    }


def _rate(record: Record, name: str = "hourly_rate", default: float = 120.0) -> float:
    return float(record.get(name, default))


def _internal_rates(account: Account, question: Question) -> list[Record]:
    years = question.numbers("years") or [account.today().year]
    return [
        {
            "id": user["id"],
            "full_name": whole_name(user),
            "rates": [
                {"year": year, "rate": _rate(user, "internal_rate", 75.0)}
                for year in years
            ],
        }
        for user in shown(account, archived=question.flag("include_archived") is True)
    ]


def _fixed_costs(account: Account, question: Question) -> list[Record]:
    year = question.year(account)
    return [
        {**row, "costs": [cost for cost in row["costs"] if cost["year"] == year]}
        for row in account.rows("account_fixed_costs")
    ]


def _assigned(account: Account, _question: Question) -> list[Record]:
    user = me(account)["id"]
    contracts = account.index("project_contracts", "user_id").get(user, ())
    rows = []
    for number in contracts:
        contract = account.records["project_contracts"][number]
        project = account.records["projects"][contract["project_id"]]
        rows.append(_assignment(account, project, contract))
    return sorted(rows, key=lambda row: int(row["id"]))


def _assignment(account: Account, project: Record, contract: Record) -> Record:
    row = account.payloads.row("projects", project)
    kept = ("id", "identifier", "name", "active", "billable", "customer")
    tasks = [
        {name: task[name] for name in ("id", "name", "active", "billable")}
        for task in row["tasks"]
    ]
    mine = {"user_id": contract["user_id"], "active": contract.get("active", True)}
    return {**{name: row[name] for name in kept}, "tasks": tasks, "contract": mine}


def _customer_approval(account: Account, question: Question) -> Record | None:
    index = account.index("offer_customer_approvals", "offer_id")
    for number in index.get(question.ids[0], ()):
        record = account.records["offer_customer_approvals"][number]
        return account.payloads.row("offer_customer_approvals", record, SINGLE)
    return None


def _taggings(account: Account, question: Question) -> list[str] | None:
    *_, kind, _number = question.path.strip("/").split("/")
    collection = TYPES.get(kind)
    if collection is None or not question.ids:
        return None
    record = account.records[collection].get(question.ids[0])
    return None if record is None else list(record.get("tags", ()))


def _performance(account: Account, question: Question) -> Record | None:
    return reports.performance(account, question.ids[0], question)


OBJECTS: Mapping[str, Callable[[Account, Question], Any]] = {
    "/session": session,
    "/profile": _profile,
    "/account/hourly_rates": _hourly_rates,
    "/projects/{}/report": reports.project,
    "/users/{}/performance_report": _performance,
    "/offers/{}/customer_approval": _customer_approval,
    "/taggings/*": _taggings,
}

LISTS: Mapping[str, Callable[[Account, Question], list[Record] | None]] = {
    "/account/internal_hourly_rates": _internal_rates,
    "/account/fixed_costs": _fixed_costs,
    "/projects/assigned": _assigned,
    "/report/absences": reports.absences,
    "/report/cashflow": reports.cashflow,
    "/report/finance": reports.finance,
    "/report/planned_vs_tracked": reports.planned_vs_tracked,
    "/report/utilization": reports.utilization,
}

"""Answers that are no list of a collection: single objects and odd lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_moco.sandbox import money, reports
from tap_moco.sandbox.model import TYPES
from tap_moco.sandbox.question import Question, whole_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Entity, Record

CURRENCIES = {"EUR": 1.0, "CHF": 1.1, "USD": 1.2}


def me(account: Account) -> Entity:
    """Return the user that the key belongs to."""
    return account.entities("users")[0]


def session(account: Account) -> Record:
    """Tell who the key belongs to."""
    number = me(account).record["id"]
    return {"id": number, "uuid": f"00000000-0000-4000-8000-{number:012d}"}


def _session(question: Question) -> Record:
    return session(question.account)


def _profile(question: Question) -> Record:
    user = me(question.account)
    return {
        **user.pick("id email active avatar_url unit created_at updated_at"),
        "first_name": user.record["firstname"],
        "last_name": user.record["lastname"],
        "full_name": whole_name(user.record),
        "external": user.record["extern"],
    }


def _rates(rate: float) -> list[Record]:
    return [
        {"currency": currency, "hourly_rate": round(rate * factor, 2)}
        for currency, factor in CURRENCIES.items()
    ]


def _hourly_rates(question: Question) -> Record:
    company = sum(question.numbers("company_id"))
    templates = question.account.records["account_task_templates"].values()
    return {
        "defaults_rates": _rates(110.0 + company % 4 * 10 if company else 120.0),
        "tasks": [
            {"id": t["id"], "name": t["name"], "rates": _rates(t["hourly_rate"])}
            for t in templates
        ],
        "users": [
            {
                "id": u["id"],
                "full_name": whole_name(u),
                "rates": _rates(u["hourly_rate"]),
            }
            for u in question.users("include_archived_users")
        ],
    }


def _internal_rates(question: Question) -> list[Record]:
    years = question.years("years")
    return [
        {
            "id": user["id"],
            "full_name": whole_name(user),
            "rates": [{"year": year, "rate": user["internal_rate"]} for year in years],
        }
        for user in question.users("include_archived")
    ]


def _fixed_costs(question: Question) -> list[Record]:
    years = question.years()
    return [
        {**row, "costs": [cost for cost in row["costs"] if cost["year"] in years]}
        for row in question.account.rows("account_fixed_costs")
    ]


def _assigned(question: Question) -> list[Record]:
    contracts = me(question.account).children("project_contracts", "user_id")
    rows = [_assignment(contract) for contract in contracts]
    return sorted(rows, key=lambda row: int(row["id"]))


def _assignment(contract: Entity) -> Record:
    project = contract.follow("project_id")
    if project is None:
        return {}
    tasks = project.children("project_tasks", "project_id")
    return {
        **project.pick("id identifier name active billable customer"),
        "tasks": [task.pick("id name active billable") for task in tasks],
        "contract": contract.pick("user_id active"),
    }


def _customer_approval(question: Question) -> Record | None:
    found = question.account.entities(
        "offer_customer_approvals", "offer_id", question.id
    )
    return found[0].payload(single=True) if found else None


def _taggings(question: Question) -> list[str] | None:
    collection = TYPES.get(question.type, "")
    record = question.account.records.get(collection, {}).get(question.id)
    return None if record is None else list(record["tags"])


OBJECTS: Mapping[str, Callable[[Question], Any]] = {
    "/session": _session,
    "/profile": _profile,
    "/account/hourly_rates": _hourly_rates,
    "/projects/{id}/report": reports.project,
    "/users/{id}/performance_report": reports.performance,
    "/offers/{id}/customer_approval": _customer_approval,
    "/taggings/{type}/{id}": _taggings,
    "/account/internal_hourly_rates": _internal_rates,
    "/projects/assigned": _assigned,
    "/report/absences": reports.absences,
    "/report/utilization": reports.utilization,
}
"""Each answers None where there is nothing: 404."""

PAGED: Mapping[str, Callable[[Question], list[Record]]] = {
    "/account/fixed_costs": _fixed_costs,
    "/report/cashflow": money.cashflow,
    "/report/finance": money.finance,
    "/report/planned_vs_tracked": reports.planned_vs_tracked,
}

"""Answers that are no list of a collection: single objects and odd lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_moco.sandbox import reports
from tap_moco.sandbox.collections import TARGETS
from tap_moco.sandbox.fields import whole_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Record, Row
    from tap_moco.sandbox.question import Question

CURRENCIES = {"EUR": 1.0, "CHF": 1.1, "USD": 1.2}


def session(account: Account) -> Row:
    """Return whom the key belongs to."""
    number = _me(account)["id"]
    return {"id": number, "uuid": f"00000000-0000-4000-8000-{number:012d}"}


def _me(account: Account) -> Record:
    return account.all("users")[0]


def _profile(question: Question) -> Row:
    user = _me(question.account)
    return {
        **user.pick("id email active avatar_url unit created_at updated_at"),
        "first_name": user["firstname"],
        "last_name": user["lastname"],
        "full_name": whole_name(user),
        "external": user["extern"],
    }


def _rates(rate: float) -> list[Row]:
    return [
        {"currency": currency, "hourly_rate": round(rate * factor, 2)}
        for currency, factor in CURRENCIES.items()
    ]


def _hourly_rates(question: Question) -> Row:
    account, asked = question.account, question.numbers("company_id")
    special = {one["id"] for one in account.all("companies") if one["custom_rates"]}
    own = special.intersection(asked)
    return {
        "defaults_rates": _rates(130.0 + sum(own) % 4 * 10 if own else 120.0),
        "tasks": [
            {**task.pick("id name"), "rates": _rates(task["hourly_rate"])}
            for task in account.all("account_task_templates")
        ],
        "users": [
            {**_owner(user), "rates": _rates(user["hourly_rate"])}
            for user in question.users("include_archived_users")
        ],
    }


def _owner(user: Record) -> Row:
    return user.pick("id", full_name=whole_name)


def _internal_rates(question: Question) -> list[Row]:
    years = question.years("years")
    return [
        {
            **_owner(user),
            "rates": [{"year": y, "rate": user["internal_rate"]} for y in years],
        }
        for user in question.users("include_archived")
    ]


def _fixed_costs(question: Question) -> list[Row]:
    years = question.years()
    return [
        {**row, "costs": [cost for cost in row["costs"] if cost["year"] in years]}
        for row in question.account.rows("account_fixed_costs")
    ]


def _assigned(question: Question) -> list[Row]:
    rows = []
    for contract in _me(question.account).children("project_contracts"):
        project = question.account.get("projects", contract["project_id"])
        tasks = project.children("project_tasks")
        row = {
            **project.pick("id identifier name active billable customer"),
            "tasks": [task.pick("id name active billable") for task in tasks],
            "contract": contract.pick("user_id active"),
        }
        rows.append(row)
    return sorted(rows, key=lambda row: int(row["id"]))


def _customer_approval(question: Question) -> Row | None:
    approvals = question.account.all("offer_customer_approvals")
    found = (one.payload() for one in approvals if one["offer_id"] == question.id)
    return next(found, None)


def _taggings(question: Question) -> list[str] | None:
    names = [name for name, target in TARGETS.items() if target == question.type]
    found = names and question.account.records[names[0]].get(question.id)
    return list(found["tags"]) if found else None


OBJECTS: Mapping[str, Callable[[Question], Any]] = {
    "/session": lambda question: session(question.account),
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

PAGED: Mapping[str, Callable[[Question], list[Row]]] = {
    "/account/fixed_costs": _fixed_costs,
    "/report/cashflow": reports.cashflow,
    "/report/finance": reports.finance,
    "/report/planned_vs_tracked": reports.planned_vs_tracked,
}

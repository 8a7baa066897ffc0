"""Answers that are no list of a collection: single objects and odd lists."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox import reports
from tap_moco.sandbox.collections import TARGETS
from tap_moco.sandbox.fields import NAMED, children, same, whole_name

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
    return _me(question.account).pick(
        "id email active avatar_url unit created_at updated_at",
        first_name=same("firstname"),
        last_name=same("lastname"),
        full_name=whole_name,
        external=same("extern"),
    )


def _rates(of: Row) -> list[Row]:
    return [
        {"currency": currency, "hourly_rate": round(of["hourly_rate"] * factor, 2)}
        for currency, factor in CURRENCIES.items()
    ]


def _hourly_rates(question: Question) -> Row:
    account, asked = question.account, question.numbers("company_id")
    special = {one["id"] for one in account.all("companies") if one["custom_rates"]}
    own = special.intersection(asked)
    default = {"hourly_rate": 130.0 + sum(own) % 4 * 10 if own else 120.0}
    tasks = account.all("account_task_templates")
    users = question.users("include_archived_users")
    return {
        "defaults_rates": _rates(default),
        "tasks": [task.pick(NAMED, rates=_rates) for task in tasks],
        "users": [one.pick("id", full_name=whole_name, rates=_rates) for one in users],
    }


def _internal_rates(question: Question) -> list[Row]:
    def rates(user: Record) -> list[Row]:
        return [{"year": year, "rate": user["internal_rate"]} for year in years]

    years, users = question.years("years"), question.users("include_archived")
    return [user.pick("id", full_name=whole_name, rates=rates) for user in users]


def _fixed_costs(question: Question) -> list[Row]:
    years = question.years()
    return [
        {**row, "costs": [cost for cost in row["costs"] if cost["year"] in years]}
        for row in question.account.rows("account_fixed_costs")
    ]


def _assigned(question: Question) -> list[Row]:
    contracts = _me(question.account).children("project_contracts")
    rows = []
    for contract in sorted(contracts, key=itemgetter("project_id")):
        row = question.account.get("projects", contract["project_id"]).pick(
            "id identifier name active billable customer",
            tasks=children("project_tasks", "id name active billable"),
        )
        rows.append(row | {"contract": contract.pick("user_id active")})
    return rows


def _customer_approval(question: Question) -> Row | None:
    offer = question.account.get("offers", question.id)
    approvals = offer.children("offer_customer_approvals")
    return approvals[0].payload() if approvals else None


def _taggings(question: Question) -> list[str] | None:
    names = {target: name for name, target in TARGETS.items()}
    records = question.account.records.get(names.get(question.type, ""), {})
    return records[question.id]["tags"] if question.id in records else None


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
"""Each answers None where there is nothing, or no record of the path's id: 404."""

PAGED: Mapping[str, Callable[[Question], list[Row]]] = {
    "/account/fixed_costs": _fixed_costs,
    "/report/cashflow": reports.cashflow,
    "/report/finance": reports.finance,
    "/report/planned_vs_tracked": reports.planned_vs_tracked,
}

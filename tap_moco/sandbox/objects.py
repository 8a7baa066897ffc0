"""Answers that are no list of a collection: single objects and odd lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_moco.sandbox import money, reports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Entity, Record
    from tap_moco.sandbox.question import Question

TAGGED = {
    "Company": "companies",
    "Contact": "contacts",
    "Deal": "deals",
    "Invoice": "invoices",
    "Offer": "offers",
    "Project": "projects",
    "Purchase": "purchases",
    "User": "users",
}
"""The collection of each type that taggings are asked for."""
CURRENCIES = {"EUR": 1.0, "CHF": 1.1, "USD": 1.2}


def session(account: Account) -> Record:
    """Return whom the key belongs to."""
    number = _me(account).record["id"]
    return {"id": number, "uuid": f"00000000-0000-4000-8000-{number:012d}"}


def login(account: Account) -> Record:
    """Return what an e-mail address and a password are exchanged for."""
    return {**session(account), **_me(account).pick("firstname lastname")}


def _me(account: Account) -> Entity:
    return account.entities("users")[0]


def _profile(question: Question) -> Record:
    user = _me(question.account)
    return {
        **user.pick("id email active avatar_url unit created_at updated_at"),
        "first_name": user.record["firstname"],
        "last_name": user.record["lastname"],
        "full_name": _whole_name(user),
        "external": user.record["extern"],
    }


def _whole_name(user: Entity) -> str:
    return f"{user.record['firstname']} {user.record['lastname']}"


def _rates(rate: float) -> list[Record]:
    return [
        {"currency": currency, "hourly_rate": round(rate * factor, 2)}
        for currency, factor in CURRENCIES.items()
    ]


def _hourly_rates(question: Question) -> Record:
    company = sum(
        number
        for number in question.numbers("company_id")
        if (found := question.account.find("companies", number))
        and found.record["custom_rates"]
    )
    templates = question.account.entities("account_task_templates")
    return {
        "defaults_rates": _rates(130.0 + company % 4 * 10 if company else 120.0),
        "tasks": [
            {**task.pick("id name"), "rates": _rates(task.record["hourly_rate"])}
            for task in templates
        ],
        "users": [
            {**_owner(user), "rates": _rates(user.record["hourly_rate"])}
            for user in question.users("include_archived_users")
        ],
    }


def _owner(user: Entity) -> Record:
    return {"id": user.record["id"], "full_name": _whole_name(user)}


def _internal_rates(question: Question) -> list[Record]:
    years = question.years("years")
    return [
        {
            **_owner(user),
            "rates": [{"year": y, "rate": user.record["internal_rate"]} for y in years],
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
    rows = []
    for contract in _me(question.account).children("project_contracts", "user_id"):
        project = contract.parent("project_id")
        tasks = project.children("project_tasks", "project_id")
        rows.append(
            {
                **project.pick("id identifier name active billable customer"),
                "tasks": [task.pick("id name active billable") for task in tasks],
                "contract": contract.pick("user_id active"),
            }
        )
    return sorted(rows, key=lambda row: int(row["id"]))


def _customer_approval(question: Question) -> Record | None:
    approvals = question.account.entities(
        "offer_customer_approvals", "offer_id", question.id
    )
    return approvals[0].payload(single=True) if approvals else None


def _taggings(question: Question) -> list[str] | None:
    collection = TAGGED.get(question.type, "users")
    found = question.account.find(collection, question.id)
    return found and list(found.record["tags"])


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

PAGED: Mapping[str, Callable[[Question], list[Record]]] = {
    "/account/fixed_costs": _fixed_costs,
    "/report/cashflow": money.cashflow,
    "/report/finance": money.finance,
    "/report/planned_vs_tracked": reports.planned_vs_tracked,
}

"""Projects, and the time that is planned for them and spent on them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tap_moco.sandbox.generate import words
from tap_moco.sandbox.generate.maker import HISTORY, Maker

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Record

QUARTER = 900
BILLED_AFTER = 60
"""Hours are on an invoice after so many days."""


def projects(make: Maker) -> None:
    """Make projects with their tasks, people and costs."""
    customers = [c["id"] for c in make.all("companies") if c["type"] == "customer"]
    for _ in make.count(4):
        name = f"Gruppe {make.pick(words.PROJECTS)}"
        budget, customer = make.money(10_000, 90_000), make.pick(customers)
        make.add("project_groups", name=name, budget=budget, company_id=customer)
    for number in make.count(40):
        is_gone, ago = (number + 1) % 7 == 0, make.whenever()
        is_retainer = make.often(0.2)
        project = make.add(
            "projects",
            ago,
            identifier=f"P{number + 1:04d}",
            name=make.pick(words.PROJECTS),
            active=not is_gone,
            archived_on=make.ago(ago / 4) if is_gone else None,
            billable=make.often(0.9),
            retainer=is_retainer,
            retainer_billing_date=1 if is_retainer else None,
            start_date=make.ago(ago),
            budget=make.pick((None, make.money(5000, 80_000))),
            hourly_rate=make.money(90, 160),
            customer_id=customers[number % len(customers)],
        )
        _parts(make, number, {"project_id": project["id"]})


def _parts(make: Maker, number: int, part: Record) -> None:
    for name in make.chance.sample(words.TASKS, make.chance.randint(3, 6)):
        make.add(
            "project_tasks",
            **part,
            name=name,
            billable=make.often(0.9),
            active=make.often(0.95),
            hourly_rate=make.money(90, 160),
        )
    users = make.account.ids("users")
    for user in make.chance.sample(users, min(len(users), make.chance.randint(2, 6))):
        rate, active = make.money(90, 160), make.often(0.9)
        make.add(
            "project_contracts", **part, user_id=user, active=active, hourly_rate=rate
        )
    for step in range((3, 1, 0)[number % 3]):
        make.add(
            "project_payment_schedules",
            make.whenever(ahead=90),
            **part,
            title=f"{step + 1}. Abschlag",
            net_total=make.money(500, 9000),
            checked=make.often(0.5),
        )
    if number % 3 == 0:
        price, cost = make.money(10, 200), make.money(5, 100)
        make.add("project_recurring_expenses", **part, unit_price=price, unit_cost=cost)


def expenses(make: Maker) -> None:
    """Make the costs of projects; invoices must be there."""
    invoices = _invoices(make)
    for _ in make.count(90):
        project = make.one("projects")
        is_billed = bool(invoices[project]) and make.often(0.5)
        make.add(
            "project_expenses",
            title=make.pick(words.PURCHASES),
            quantity=float(make.chance.randint(1, 5)),
            unit_price=make.money(10, 900),
            unit_cost=make.money(5, 500),
            billed=is_billed,
            invoice_id=make.pick(invoices[project]) if is_billed else None,
            project_id=project,
        )


def time(make: Maker) -> None:
    """Make plans and time entries; deals and invoices must be there."""
    tasks = make.all("project_tasks")
    for _ in make.count(60):
        task, ago = make.pick(tasks), make.whenever(ahead=90)
        on_deal = make.often(0.2)
        make.add(
            "planning_entries",
            ago,
            project_id=None if on_deal else task["project_id"],
            task_id=None if on_deal else task["id"],
            deal_id=make.one("deals") if on_deal else None,
            starts_on=make.ago(ago),
            ends_on=make.ago(ago - make.chance.randint(0, 10)),
            hours_per_day=float(make.chance.randint(1, 8)),
            tentative=make.often(0.2),
        )
    invoices, numbers = _invoices(make), make.count(3000)
    for number in numbers:
        ago = HISTORY * (1 - number / len(numbers))
        task = make.chance.choice(tasks)
        make.add("activities", ago, **_activity(make, ago, task, invoices))


def _invoices(make: Maker) -> dict[int, list[int]]:
    """Return the ids of every project's invoices."""
    found = defaultdict(list)
    for invoice in make.all("invoices"):
        found[invoice["project_id"]].append(invoice["id"])
    return found


def _activity(
    make: Maker, ago: float, task: Record, invoices: dict[int, list[int]]
) -> Record:
    number = make.chance.randrange(10_000)
    own = invoices[task["project_id"]]
    is_billed = bool(own) and task["billable"] and ago > BILLED_AFTER
    remote = {
        "remote_service": "jira",
        "remote_id": f"TASK-{number}",
        "remote_url": f"https://jira.example.com/browse/TASK-{number}",
    }
    return {
        **(remote if make.often(0.05) else {}),
        "seconds": make.chance.randint(1, 32) * QUARTER,
        "description": make.chance.choice(words.WORK),
        "task_id": task["id"],
        "hourly_rate": task["hourly_rate"],
        "billable": task["billable"],
        "billed": is_billed,
        "invoice_id": make.chance.choice(own) if is_billed else None,
        "deal_id": None,
    }

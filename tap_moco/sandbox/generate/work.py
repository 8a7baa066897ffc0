"""Projects, and the time that is planned for them and spent on them."""

from __future__ import annotations

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
    for _ in range(make.count(4)):
        make.add(
            "project_groups",
            name=f"Gruppe {make.pick(words.PROJECTS)}",
            budget=make.money(10_000, 90_000),
            user_id=make.one("users"),
            company_id=make.pick(customers),
        )
    for number in range(make.count(40)):
        project = _project(make, number, customers[number % len(customers)])
        _parts(make, project)


def _project(make: Maker, number: int, customer: int) -> Record:
    gone, ago = (number + 1) % 7 == 0, make.whenever()
    retainer = make.often(0.2)
    return make.add(
        "projects",
        ago,
        identifier=f"P{number + 1:04d}",
        name=make.pick(words.PROJECTS),
        active=not gone,
        archived_on=make.ago(ago / 4) if gone else None,
        billable=make.often(0.9),
        retainer=retainer,
        retainer_billing_date=1 if retainer else None,
        start_date=make.ago(ago),
        budget=make.pick((None, make.money(5000, 80_000))),
        hourly_rate=make.money(90, 160),
        tags=make.tags(),
        custom_properties=make.custom("Project"),
        customer_id=customer,
        leader_id=make.one("users"),
        co_leader_id=make.maybe("users", 0.3),
        project_group_id=make.maybe("project_groups", 0.3),
        contact_id=make.maybe("contacts", 0.5),
    )


def _parts(make: Maker, project: Record) -> None:
    part = {"project_id": project["id"]}
    for name in make.chance.sample(words.TASKS, make.chance.randint(3, 6)):
        make.add(
            "project_tasks",
            **part,
            name=name,
            billable=make.often(0.9),
            active=make.often(0.95),
            hourly_rate=make.money(90, 160),
            revenue_category_id=make.maybe("revenue_categories", 0.5),
        )
    users = make.account.ids("users")
    for user in make.chance.sample(users, min(len(users), make.chance.randint(2, 6))):
        make.add(
            "project_contracts",
            **part,
            user_id=user,
            active=make.often(0.9),
            hourly_rate=make.money(90, 160),
        )
    for step in range(make.chance.choice((0, 0, 1, 3))):
        make.add(
            "project_payment_schedules",
            **part,
            date=make.ago(make.whenever(ahead=90)),
            title=f"{step + 1}. Abschlag",
            net_total=make.money(500, 9000),
            checked=make.often(0.5),
        )
    if make.often(0.3):
        _recurring(make, part)


def _recurring(make: Maker, part: Record) -> None:
    make.add(
        "project_recurring_expenses",
        **part,
        start_date=make.ago(make.whenever()),
        recur_next_date=make.ago(-20),
        unit_price=make.money(10, 200),
        unit_cost=make.money(5, 100),
        custom_properties=make.custom("Expense"),
        user_id=make.one("users"),
    )


def expenses(make: Maker) -> None:
    """Make the costs of projects; invoices must be there."""
    for _ in range(make.count(90)):
        project, ago = make.one("projects"), make.whenever()
        invoices = make.of("invoices", "project_id", project)
        billed = bool(invoices) and make.often(0.5)
        make.add(
            "project_expenses",
            ago,
            date=make.ago(ago),
            title=make.pick(words.PURCHASES),
            quantity=float(make.chance.randint(1, 5)),
            unit_price=make.money(10, 900),
            unit_cost=make.money(5, 500),
            billed=billed,
            invoice_id=make.pick(invoices)["id"] if billed else None,
            custom_properties=make.custom("Expense"),
            project_id=project,
            user_id=make.one("users"),
            recurring_expense_id=make.maybe("project_recurring_expenses", 0.1),
            revenue_category_id=make.maybe("revenue_categories", 0.5),
        )


def time(make: Maker) -> None:
    """Make plans and time entries; deals and invoices must be there."""
    for _ in range(make.count(60)):
        task = make.account.records["project_tasks"][make.one("project_tasks")]
        ago = make.whenever(ahead=90)
        plan = {"project_id": task["project_id"], "task_id": task["id"]}
        if make.often(0.2):
            plan = {"deal_id": make.one("deals")}
        make.add(
            "planning_entries",
            max(ago, 0),
            **plan,
            starts_on=make.ago(ago),
            ends_on=make.ago(ago - make.chance.randint(0, 10)),
            hours_per_day=float(make.chance.randint(1, 8)),
            tentative=make.often(0.2),
            user_id=make.one("users"),
        )
    count = make.count(3000)
    users, tasks = make.account.ids("users"), make.all("project_tasks")
    for number in range(count):
        ago = HISTORY * (1 - number / count)
        _activity(make, ago, make.chance.choice(users), make.chance.choice(tasks))


def _activity(make: Maker, ago: float, user: int, task: Record) -> None:
    fields = {
        "date": make.ago(ago),
        "seconds": make.chance.randint(1, 32) * QUARTER,
        "description": make.chance.choice(words.WORK),
        "task_id": task["id"],
        "user_id": user,
        "hourly_rate": task["hourly_rate"],
    }
    if not task["billable"]:
        fields["billable"] = False
    elif ago > BILLED_AFTER:
        invoices = make.of("invoices", "project_id", task["project_id"])
        if invoices:
            fields |= {"billed": True, "invoice_id": make.chance.choice(invoices)["id"]}
    elif make.often(0.05):
        number = make.chance.randrange(10_000)
        fields |= {
            "remote_service": "jira",
            "remote_id": f"TASK-{number}",
            "remote_url": f"https://jira.example.com/browse/TASK-{number}",
        }
    make.add("activities", ago, **fields)

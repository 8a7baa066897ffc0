"""What is made up, step by step: each refers to what those before it made."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import product
from time import monotonic
from typing import TYPE_CHECKING

from tap_moco.sandbox.account import Account, utc_now
from tap_moco.sandbox.collections.office import AREAS, WORKDAY
from tap_moco.sandbox.generate import words
from tap_moco.sandbox.generate.maker import FEWEST, HISTORY, Maker

if TYPE_CHECKING:
    from datetime import datetime

    from tap_moco.sandbox.model import Row

PART_TIME = [4.0, 4.0, 4.0, 4.0, 0.0]
ITEM = {"title": "Beratung", "quantity": 8.0, "unit_price": 120.0, "net_total": 960.0}
SHARES = {"paid": (1.0,), "partially_paid": (0.3, 0.2)}
"""How much of an invoice each payment is."""
DUE_AFTER, BILLED_AFTER, LOCKED_AFTER = 30, 60, 90
"""Days until an invoice is to be paid, hours are on one, and one is locked."""
VAT = 0.19


def settings(make: Maker) -> None:
    """Make the account's settings."""
    for tax in (0.0, 7.0, 19.0):
        make.add("vat_code_sales", tax=tax, code=str(tax))
        make.add("vat_code_purchases", tax=tax)
    for collection, names in words.NAMES.items():
        for name in names:
            make.add(collection, name=name)
    for entity, name, kind, *choices in words.CUSTOM_FIELDS:
        field: Row = {"entity": entity, "name": name, "kind": kind}
        make.add("account_custom_properties", **field, defaults=choices)
    for level in ("full", "none", "none"):
        permission = dict.fromkeys(AREAS.split(), level)
        make.add("user_roles", is_admin=level == "full", permission=permission)
    make.some(3, "letter_papers web_hooks account_expense_templates")
    years = range(make.today.year - 2, make.today.year + 1)
    for number in range(3):
        item = {"id": number, **ITEM, "created_at": 0, "updated_at": 0}
        make.add("account_catalog_services", items=[item])
        months = [{"year": y, "month": m} for y in years for m in range(1, 13)]
        costs = [month | {"amount": make.pick(words.COSTS)} for month in months]
        make.add("account_fixed_costs", costs=costs)
        for year in years:
            make.add("purchase_budgets", title=words.PURCHASES[number], year=year)


def people(make: Maker) -> None:
    """Make users and their working time."""
    for _ in make.count(12):
        who = {"user_id": make.add("users", HISTORY)["id"]}
        day = make.pick((WORKDAY, WORKDAY, PART_TIME))
        job = {"from": make.ago(HISTORY + 200), "pattern": {"am": day, "pm": day}}
        hours = sum(day) * 2
        make.add("user_employments", HISTORY, **who, **job, weekly_target_hours=hours)
        for year in (make.today.year - 1, make.today.year):
            make.add("user_holidays", **who, year=year)
    make.some(12, "user_work_time_adjustments")
    make.some(70, "user_absence_requests schedules")
    for number in make.count(300):
        make.add("user_presences", number % 60, to="17:15" if number else None)


def contacts(make: Maker) -> None:
    """Make companies and the people in them."""
    for number in make.count(25):
        numbers = {"debit_number": 10_000 + number, "credit_number": 70_000 + number}
        make.add("companies", name=_company_name(number), **numbers)
    make.some(40, "contacts")


def _company_name(number: int) -> str:
    """Return a name that no other company has."""
    turn, place = divmod(number, len(words.COMPANIES))
    form = words.FORMS[(turn + place) % len(words.FORMS)]
    again = turn // len(words.FORMS)
    more = f" {again + 1}" if again else ""
    return f"{words.COMPANIES[place]}{more} {form}"


def projects(make: Maker) -> None:
    """Make projects with their tasks and people."""
    make.some(4, "project_groups")
    companies = make.account.all("companies")
    customers = [one for one in companies if one["type"] == "customer"] or companies
    for number in make.count(40):
        customer, start = customers[number % len(customers)], make.ago(make.whenever())
        project = make.add("projects", customer_id=customer["id"], start_date=start)
        part = {"project_id": project["id"]}
        for name in make.random.sample(words.TASKS, make.random.randint(3, 6)):
            make.add("project_tasks", **part, name=name)
        for user in {make.one("users") for _ in range(5)}:
            make.add("project_contracts", **part, user_id=user)
    make.some(40, "project_payment_schedules")
    make.some(12, "project_recurring_expenses")


def sales(make: Maker) -> None:
    """Make deals, offers, invoices and all that follows from them."""
    for _ in make.count(25):
        status = make.pick(("potential", "pending", "pending", "won", "lost"))
        closed = make.ago(30) if status in {"won", "lost"} else ""
        make.add("deals", status=status, closed_on=closed)
    for number in make.count(30):
        _offer(make, number)
    for number in make.count(120):
        _invoice(make, number)


def _document(make: Maker, number: int, customer: str) -> Row:
    """Return what an offer and an invoice for some project have in common."""
    project, items = make.account.get("projects", make.one("projects")), []
    for position in range(make.random.randint(1, 4)):
        price, quantity = make.pick(words.RATES), float(make.random.randint(1, 40))
        item = {
            "id": number * 10 + position,
            "title": make.pick(words.TASKS),
            "quantity": quantity,
            "unit": "h",
            "unit_price": price,
            "net_total": round(price * quantity, 2),
            "revenue_category_id": make.one("revenue_categories"),
        }
        items.append(item)
    return {
        "title": f"Leistungen {project['name']}",
        "project_id": project["id"],
        "items": items,
        "net_total": _sum(items, "net_total"),
        customer: project["customer_id"],
    }


def _sum(items: list[Row], name: str) -> float:
    return round(float(sum(item[name] for item in items)), 2)


def _offer(make: Maker, number: int) -> None:
    offer = make.add("offers", **_document(make, number, "company_id"), invoice_id=None)
    if number % 3 == 0 or number < FEWEST:
        for part in ("confirmations", "customer_approvals", "attachments"):
            make.add(f"offer_{part}", offer_id=offer["id"])


def _invoice(make: Maker, number: int) -> None:
    ago = make.whenever()
    document = _document(make, number, "customer_id")
    document["due_date"] = make.ago(ago - DUE_AFTER)
    document["locked"] = ago > LOCKED_AFTER or number < FEWEST
    if number == 0:
        document["status"] = "paid"  # there are payments, however few invoices
    invoice = make.add("invoices", ago, **document)
    part, later = {"invoice_id": invoice["id"]}, ago * make.random.random()
    for share in SHARES.get(invoice["status"], ()):
        paid = round(invoice.shown("gross_total") * share, 2)
        amounts = {"paid_total": paid, "paid_total_in_account_currency": paid}
        make.add("invoice_payments", later, **part, **amounts)
    if invoice["status"] == "overdue" or number < FEWEST:
        make.add("invoice_reminders", later, **part, fee=5.0)
        make.add("invoice_attachments", later, **part)


def _invoices(make: Maker) -> dict[int, list[int]]:
    """Return the ids of every project's invoices."""
    found = defaultdict(list)
    for invoice in make.account.all("invoices"):
        found[invoice["project_id"]].append(invoice["id"])
    return found


def _billed(make: Maker, invoices: list[int], *, is_due: bool) -> Row:
    """Return whether, and by which invoice, something of a project is billed."""
    invoice = make.pick(invoices) if invoices and is_due else None
    return {"billed": invoice is not None, "invoice_id": invoice}


def purchasing(make: Maker) -> None:
    """Make purchases and all other costs; invoices must be there."""
    invoices = _invoices(make)
    for _ in make.count(90):
        project = make.one("projects")
        bill = _billed(make, invoices[project], is_due=make.often(0.5))
        make.add("project_expenses", project_id=project, **bill)
    make.some(12, "planned_purchases")
    make.some(12, "purchase_drafts")
    make.some(30, "receipts")
    for number in make.count(80):
        _purchase(make, number)
    for kind, number in product(("invoice", "purchase"), make.count(3)):
        some: Row = {f"{kind}_ids": make.account.ids(f"{kind}s")[number * 5 :][:5]}
        make.add(f"{kind}_bookkeeping_exports", **some)
    make.some(10, "approvals")


def _purchase(make: Maker, number: int) -> None:
    items = [_purchase_item(make, number * 10 + n) for n in range(1 + number % 2)]
    ago = make.whenever()
    bill: Row = {"items": items, "due_date": make.ago(ago - DUE_AFTER / 2)}
    bill |= {name: _sum(items, name) for name in ("net_total", "gross_total")}
    if number == 0:
        bill["status"] = "archived"  # as for invoices
    purchase = make.add("purchases", ago, **bill)
    if purchase["status"] == "archived":
        part = {"purchase_id": purchase["id"]}
        make.add("purchase_payments", **part, total=purchase["gross_total"])


def _purchase_item(make: Maker, number: int) -> Row:
    net = make.pick(words.PRICES)
    return {
        "id": number,
        "title": make.pick(words.PURCHASES),
        "net_total": net,
        "tax_total": round(net * VAT, 2),
        "gross_total": round(net * (1 + VAT), 2),
        "vat_id": make.one("vat_code_purchases"),
        "category_id": make.pick((None, make.one("purchase_categories"))),
        "receipt_id": make.pick((None, make.one("receipts"))),
        "expense_id": make.pick((None, make.one("project_expenses"))),
    }


def time(make: Maker) -> None:
    """Make plans, time entries and notes; invoices must be there."""
    tasks = make.account.all("project_tasks")
    for _ in make.count(60):
        task, ago = make.pick(tasks), make.whenever(ahead=90)
        work = {"project_id": task["project_id"], "task_id": task["id"]}
        if make.often(0.2):
            work = {"project_id": None, "task_id": None, "deal_id": make.one("deals")}
        days = {"starts_on": make.ago(ago), "ends_on": make.ago(ago - 5)}
        make.add("planning_entries", ago, **{"deal_id": None} | work | days)
    invoices, numbers = _invoices(make), make.count(3000)
    for number in numbers:
        task, ago = make.pick(tasks), HISTORY * (1 - number / len(numbers))
        is_due = task["billable"] and ago > BILLED_AFTER
        work = {"task_id": task["id"], "deal_id": None}
        work |= {name: task[name] for name in ("hourly_rate", "billable")}
        bill = _billed(make, invoices[task["project_id"]], is_due=is_due)
        make.add("activities", ago, **work, **bill)
    make.some(60, "comments")
    make.some(12, "todos")


STEPS = (settings, people, contacts, projects, sales, purchasing, time)


def generate_account(
    scale: float = 1.0, seed: int = 1, now: datetime | None = None
) -> Account:
    """Make up an account, always the same for the same arguments.

    At scale 1, it has 12 users and 3,000 time entries. Its time goes on from `now`;
    by default it is the real one.
    """
    start, zero = now or utc_now(), monotonic()
    account = Account(lambda: start, seed=seed)
    maker = Maker(account, scale, seed)
    for step in STEPS:
        step(maker)
    account.clock = utc_now
    if now is not None:
        account.clock = lambda: now + timedelta(seconds=monotonic() - zero)
    return account

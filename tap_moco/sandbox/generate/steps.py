"""What is made up, step by step: each refers to what those before it made."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.collections.office import WORKDAY, permissions
from tap_moco.sandbox.generate import words
from tap_moco.sandbox.generate.maker import HISTORY

if TYPE_CHECKING:
    from tap_moco.sandbox.generate.maker import Maker
    from tap_moco.sandbox.model import Record

FEWEST = 3
PART_TIME = [4.0, 4.0, 4.0, 4.0, 0.0]
ITEM = {"title": "Beratung", "quantity": 8.0, "unit_price": 120.0, "net_total": 960.0}
CLOSED = ("won", "lost")
PAYMENT_DAYS = 30
"""From the date of an invoice until it is due."""
SHARES = {"paid": (1.0,), "partially_paid": (0.3, 0.2)}
"""How much of an invoice each payment is."""
LOCKED_AFTER = 90
BILLED_AFTER = 60
"""Hours are on an invoice after so many days."""
VAT = 0.19


def settings(make: Maker) -> None:
    """Make the account's settings."""
    for tax in (0.0, 7.0, 19.0):
        make.add("vat_code_sales", tax=tax, code=str(tax))
        make.add("vat_code_purchases", tax=tax)
    for collection, names in words.NAMES.items():
        for name in names:
            make.add(collection, name=name)
    for field in words.CUSTOM_FIELDS:
        make.add("account_custom_properties", **field)
    for level in ("full", "none", "none"):
        permission = permissions(level)
        make.add("user_roles", is_admin=level == "full", permission=permission)
    make.some(3, "letter_papers web_hooks account_expense_templates")
    years = range(make.today.year - 2, make.today.year + 1)
    for number in range(3):
        item = {"id": number, **ITEM, "created_at": 0, "updated_at": 0}
        make.add("account_catalog_services", items=[item])
        costs = [
            {"year": year, "month": month, "amount": make.money(1000, 50_000)}
            for year in years
            for month in range(1, 13)
        ]
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
        end = "17:15" if number else None
        make.add("user_presences", number % 60, to=end)


def contacts(make: Maker) -> None:
    """Make companies and the people in them."""
    for number in make.count(25):
        numbers = {"debit_number": 10_000 + number, "credit_number": 70_000 + number}
        make.add("companies", name=_company_name(number), **numbers)
    make.some(40, "contacts")


def _company_name(number: int) -> str:
    """Return a name that no other company has."""
    turn, place = divmod(number, len(words.COMPANIES))
    again, form = divmod(turn, len(words.FORMS))
    more = f" {again + 1}" if again else ""
    form = (form + place) % len(words.FORMS)
    return f"{words.COMPANIES[place]}{more} {words.FORMS[form]}"


def projects(make: Maker) -> None:
    """Make projects with their tasks and people."""
    make.some(4, "project_groups")
    customers = make.ids("companies", type="customer") or make.ids("companies")
    for number in make.count(40):
        make.add("projects", customer_id=customers[number % len(customers)])
    for project in make.ids("projects"):
        for name in make.random.sample(words.TASKS, make.random.randint(3, 6)):
            make.add("project_tasks", project_id=project, name=name)
        for user in {make.one("users") for _ in range(5)}:
            make.add("project_contracts", project_id=project, user_id=user)
    make.some(40, "project_payment_schedules")
    make.some(12, "project_recurring_expenses")


def sales(make: Maker) -> None:
    """Make deals, offers, invoices and all that follows from them."""
    for _ in make.count(25):
        status = make.pick(("potential", "pending", "pending", "won", "lost"))
        closed = make.ago(30) if status in CLOSED else ""
        make.add("deals", status=status, closed_on=closed)
    for number in make.count(30):
        _offer(make, number)
    numbers = make.count(120)
    for number in numbers:
        _invoice(make, number, **_last_resort(make, number, numbers, "invoice", "paid"))
    for number in make.count(3):
        ids = make.ids("invoices")[number * 5 :][:5]
        make.add("invoice_bookkeeping_exports", invoice_ids=ids)


def _document(make: Maker, number: int) -> Record:
    """Return what an offer and an invoice for some project have in common."""
    project = make.account.get("projects", make.one("projects"))
    items = []
    for position in range(make.random.randint(1, 4)):
        price, quantity = make.money(80, 160), float(make.random.randint(1, 40))
        items.append(
            {
                "id": number * 10 + position,
                "title": make.pick(words.TASKS),
                "quantity": quantity,
                "unit": "h",
                "unit_price": price,
                "net_total": round(price * quantity, 2),
                "revenue_category_id": make.one("revenue_categories"),
            }
        )
    return {
        "title": f"Leistungen {project['name']}",
        "project_id": project["id"],
        "items": items,
        "net_total": round(sum(item["net_total"] for item in items), 2),
        "customer_id": project["customer_id"],
    }


def _offer(make: Maker, number: int) -> None:
    document = {**_document(make, number), "invoice_id": None}
    document["company_id"] = document.pop("customer_id")
    part = {"offer_id": make.add("offers", **document)["id"]}
    if number % 3 == 0 or number < FEWEST:
        make.add("offer_confirmations", **part)
        make.add("offer_customer_approvals", **part)
        make.add("offer_attachments", **part)


def _last_resort(
    make: Maker, number: int, numbers: range, kind: str, status: str
) -> Record:
    """Return the status by which the last record has a payment if none had one yet."""
    is_last = number == numbers[-1]
    has_some = bool(make.account.records[f"{kind}_payments"])
    return {"status": status} if is_last and not has_some else {}


def _invoice(make: Maker, number: int, **fixed: Any) -> None:
    ago = make.whenever()
    is_locked = ago > LOCKED_AFTER or number < FEWEST
    document = {**_document(make, number), "due_date": make.ago(ago - PAYMENT_DAYS)}
    invoice = make.add("invoices", ago, **document, locked=is_locked, **fixed)
    part, later = {"invoice_id": invoice["id"]}, ago * make.random.random()
    for share in SHARES.get(invoice["status"], ()):
        paid = round(invoice["net_total"] * (1 + VAT) * share, 2)
        amounts = {"paid_total": paid, "paid_total_in_account_currency": paid}
        make.add("invoice_payments", later, **part, **amounts)
    if invoice["status"] == "overdue" or number < FEWEST:
        make.add("invoice_reminders", later, **part, fee=5.0)
        make.add("invoice_attachments", later, **part)


def _invoices(make: Maker) -> dict[int, list[int]]:
    """Return the ids of every project's invoices."""
    found = defaultdict(list)
    for invoice in make.account.records["invoices"].values():
        found[invoice["project_id"]].append(invoice["id"])
    return found


def _billed(make: Maker, invoices: list[int], *, is_due: bool) -> Record:
    """Return whether, and by which invoice, something of a project is billed."""
    is_billed = bool(invoices) and is_due
    return {
        "billed": is_billed,
        "invoice_id": make.pick(invoices) if is_billed else None,
    }


def purchasing(make: Maker) -> None:
    """Make purchases and all other costs; invoices must be there."""
    invoices = _invoices(make)
    for _ in make.count(90):
        project = make.one("projects")
        bill = _billed(make, invoices[project], is_due=make.often(0.5))
        make.add("project_expenses", project_id=project, **bill)
    make.some(4, "planned_purchases")
    make.some(6, "purchase_drafts")
    make.some(30, "receipts")
    numbers = make.count(80)
    for number in numbers:
        items = [_purchase_item(make, number * 10 + n) for n in range(1 + number % 2)]
        net, gross = (
            round(sum(item[name] for item in items), 2)
            for name in ("net_total", "gross_total")
        )
        ago = make.whenever()
        due = make.ago(ago - PAYMENT_DAYS / 2)
        totals = {"net_total": net, "gross_total": gross}
        totals |= _last_resort(make, number, numbers, "purchase", "archived")
        bill = make.add("purchases", ago, items=items, due_date=due, **totals)
        if bill["status"] == "archived":
            make.add("purchase_payments", purchase_id=bill["id"], total=gross)
    for number in make.count(3):
        ids = make.ids("purchases")[number * 5 :][:5]
        make.add("purchase_bookkeeping_exports", purchase_ids=ids)
    make.some(10, "approvals")


def _purchase_item(make: Maker, number: int) -> Record:
    net = make.money(5, 900)
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
    """Make plans and time entries; invoices must be there."""
    tasks = list(make.account.records["project_tasks"].values())
    for _ in make.count(60):
        task, ago = make.pick(tasks), make.whenever(ahead=90)
        deal_id = make.one("deals") if make.often(0.2) else None
        work = {"project_id": None, "task_id": None, "deal_id": deal_id}
        if deal_id is None:
            work |= {"project_id": task["project_id"], "task_id": task["id"]}
        end = make.ago(ago - make.random.randint(0, 10))
        make.add("planning_entries", ago, **work, starts_on=make.ago(ago), ends_on=end)
    invoices, numbers = _invoices(make), make.count(3000)
    for number in numbers:
        task, ago = make.pick(tasks), HISTORY * (1 - number / len(numbers))
        is_due = task["billable"] and ago > BILLED_AFTER
        work = {"task_id": task["id"], "deal_id": None}
        work |= {name: task[name] for name in ("hourly_rate", "billable")}
        bill = _billed(make, invoices[task["project_id"]], is_due=is_due)
        make.add("activities", ago, **work, **bill)


def notes(make: Maker) -> None:
    """Make comments and to-dos."""
    make.some(60, "comments")
    make.some(12, "todos")


STEPS = (settings, people, contacts, projects, sales, purchasing, time, notes)

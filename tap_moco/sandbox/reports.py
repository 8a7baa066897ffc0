"""Reports: nothing but sums over what the account holds."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tap_moco.sandbox.questions import days_between, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.questions import Question
    from tap_moco.sandbox.sources import Record

HOUR = 3600
WEEKDAYS = 5
VACATION, SICKNESS = "4", "3"
FULL_DAY = (4.0,) * WEEKDAYS
MONTHS = range(1, 13)


def _person(user: Record) -> Record:
    return {name: user[name] for name in ("id", "firstname", "lastname")}


def _of(account: Account, collection: str, key: str, parent: int) -> list[Record]:
    records = account.records[collection]
    return [records[n] for n in account.index(collection, key).get(parent, ())]


def _seconds(activity: Record) -> int:
    return int(activity.get("seconds", HOUR))


# ---- absences and working time


def absences(account: Account, question: Question) -> list[Record]:
    """Return the holidays and sick days of every user in a year."""
    year = question.year(account)
    return [_absence(account, user, year) for user in shown(account, archived=True)]


def _absence(account: Account, user: Record, year: int) -> Record:
    today = account.today().isoformat()
    days: dict[tuple[str, bool], float] = defaultdict(float)
    for entry in _of(account, "schedules", "user_id", user["id"]):
        if entry["date"].startswith(str(year)):
            code = (entry.get("assignment") or {}).get("code", VACATION)
            half = (entry.get("am", True) + entry.get("pm", True)) / 2
            days[code, entry["date"] > today] += half
    holidays = _of(account, "user_holidays", "user_id", user["id"])
    return {
        "user": _person(user),
        "total_vacation_days": float(
            sum(h.get("days", 28.0) for h in holidays if h["year"] == year)
        ),
        "used_vacation_days": days[VACATION, False],
        "planned_vacation_days": days[VACATION, True],
        "sickdays": days[SICKNESS, False] + days[SICKNESS, True],
    }


def _target_hours(account: Account, user: int) -> Callable[[date], float]:
    spans = [
        (
            job.get("from") or "",
            job.get("to") or "9999",
            job.get("pattern") or {"am": FULL_DAY, "pm": FULL_DAY},
        )
        for job in _of(account, "user_employments", "user_id", user)
    ]

    def target(day: date) -> float:
        weekday, text = day.weekday(), day.isoformat()
        if weekday >= WEEKDAYS:
            return 0.0
        return sum(
            float(pattern["am"][weekday] + pattern["pm"][weekday])
            for first, last, pattern in spans
            if first <= text <= last
        )

    return target


def utilization(account: Account, question: Question) -> list[Record]:
    """Return the hours of every user and day."""
    first, last = question.period(account)
    days = days_between(first, min(last, account.today().isoformat()))
    return [
        row
        for user in shown(account, archived=True)
        for row in _days(account, user["id"], days)
    ]


def _days(account: Account, user: int, days: list[date]) -> Iterator[Record]:
    worked: dict[tuple[str, bool], int] = defaultdict(int)
    for activity in _of(account, "activities", "user_id", user):
        billable = activity.get("billable", True)
        worked[activity["date"], billable] += _seconds(activity)
    target_hours = _target_hours(account, user)
    for day in days:
        text, target = day.isoformat(), target_hours(day)
        billable, rest = worked[text, True], worked[text, False]
        if target or billable or rest:
            yield {
                "date": text,
                "user_id": user,
                "target_hours": target,
                "billable_hours": round(billable / HOUR, 2),
                "unbillable_hours": round(rest / HOUR, 2),
                "billable_seconds": billable,
                "unbillable_seconds": rest,
            }


def performance(account: Account, user: int, question: Question) -> Record | None:
    """Return a user's hours in a year, by month."""
    if user not in account.records["users"]:
        return None
    year, today = question.year(account), account.today()
    first, last = f"{year}-01-01", f"{year}-12-31"
    target_hours = _target_hours(account, user)
    targets = [(day, target_hours(day)) for day in days_between(first, last)]
    done = _of(account, "activities", "user_id", user)
    done = [entry for entry in done if first <= entry["date"] <= last]
    monthly = [_month(year, month, targets, done) for month in MONTHS]
    tracked = sum(row["hours_tracked_total"] for row in monthly)
    target = sum(row["target_hours"] for row in monthly)
    until_today = sum(hours for day, hours in targets if day <= today)
    return {
        "annually": {
            "year": year,
            "employment_hours": target,
            "target_hours": target,
            "hours_tracked_total": round(tracked, 2),
            "variation": round(tracked - target, 2),
            "variation_until_today": round(tracked - until_today, 2),
            "hours_billable_total": round(
                sum(row["hours_billable_total"] for row in monthly), 2
            ),
        },
        "monthly": monthly,
    }


def _month(
    year: int, month: int, targets: list[tuple[date, float]], done: list[Record]
) -> Record:
    entries = [e for e in done if e["date"].startswith(f"{year}-{month:02d}")]
    billable = [e for e in entries if e.get("billable", True)]
    target = sum(hours for day, hours in targets if day.month == month)
    tracked = round(sum(map(_seconds, entries)) / HOUR, 2)
    return {
        "year": year,
        "month": month,
        "target_hours": target,
        "hours_tracked_total": tracked,
        "variation": round(tracked - target, 2),
        "hours_billable_total": round(sum(map(_seconds, billable)) / HOUR, 2),
    }


# ---- plans


def planned_vs_tracked(account: Account, question: Question) -> list[Record]:
    """Return the planned and tracked hours of every user and project."""
    first, last = question.period(account)
    hours: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    tasks = account.records["project_tasks"]
    for activity in account.records["activities"].values():
        if first <= activity["date"] <= last:
            project = tasks[activity["task_id"]]["project_id"]
            hours[activity["user_id"], project][0] += _seconds(activity) / HOUR
    for entry in account.records["planning_entries"].values():
        start, end = max(entry["starts_on"], first), min(entry["ends_on"], last)
        if entry.get("project_id") and start <= end:
            days = [d for d in days_between(start, end) if d.weekday() < WEEKDAYS]
            planned = len(days) * entry.get("hours_per_day", 6.0)
            hours[entry["user_id"], entry["project_id"]][1] += planned
    return [_comparison(account, pair, *hours[pair]) for pair in sorted(hours)]


def _comparison(
    account: Account, pair: tuple[int, int], tracked: float, planned: float
) -> Record:
    user, project = account.get("users", pair[0]), account.get("projects", pair[1])
    unit = account.records["units"].get(user["unit_id"])
    company = account.get("companies", project["customer_id"])
    return {
        "user_id": user["id"],
        "project_id": project["id"],
        "tracked_hours": round(tracked, 2),
        "planned_hours": round(planned, 2),
        "delta": round(tracked - planned, 2),
        "quota": round(tracked / planned * 100, 1) if planned else 0.0,
        "user": {
            "id": user["id"],
            "firstname": user["firstname"],
            "name": user["lastname"],
            "initials": user["firstname"][:1] + user["lastname"][:1],
            "color": "#d9822b",
            "unit": unit and {"id": unit["id"], "name": unit["name"]},
        },
        "project": {
            "id": project["id"],
            "identifier": project["identifier"],
            "name": project["name"],
            "company": {"id": company["id"], "name": company["name"]},
        },
    }


# ---- money

MONEY = "amount_in_account_currency"


def _taxed(invoice: Record) -> float:
    net = float(invoice.get("net_total", 0.0))
    return net * (1 + float(invoice.get("tax", 0.0)) / 100)


def _movement(
    account: Account, kind: str, record: Record, whole: Record, amount: float
) -> Record:
    number = whole.get("customer_id", whole.get("company_id"))
    company = account.records["companies"].get(number or 0)
    user = account.records["users"].get(whole.get("user_id") or 0)
    return {
        "record_id": record["id"],
        "company_id": company and company["id"],
        "description": f"{whole.get('identifier', '')} {whole.get('title', '')}",
        "user_id": user and user["id"],
        MONEY: round(amount, 2),
        "kind": kind,
        "company": company and {"id": company["id"], "name": company["name"]},
        "user": user and _person(user),
        "date": record["date"],
    }


def _valid_invoices(account: Account) -> Iterator[Record]:
    for invoice in account.records["invoices"].values():
        if invoice.get("status") != "disregarded":
            yield invoice


def cashflow(account: Account, question: Question) -> list[Record]:
    """Return what was paid, and what is to be paid."""
    records = account.records
    rows = [
        _movement(account, "invoice_created", invoice, invoice, _taxed(invoice))
        for invoice in _valid_invoices(account)
        if invoice.get("status") not in {"paid", "partially_paid"}
    ]
    for payment in records["invoice_payments"].values():
        invoice = records["invoices"][payment["invoice_id"]]
        amount = float(payment.get("paid_total", 100.0))
        rows.append(_movement(account, "invoice_payment", payment, invoice, amount))
    for payment in records["purchase_payments"].values():
        bill = records["purchases"][payment["purchase_id"]]
        amount = -float(payment.get("total", 100.0))
        rows.append(_movement(account, "purchase_payment", payment, bill, amount))
    return _asked_for(rows, account, question)


def finance(account: Account, question: Question) -> list[Record]:
    """Return what was earned and spent, without tax."""
    records = account.records
    rows = [
        _movement(account, "invoices", i, i, float(i.get("net_total", 0.0)))
        for i in _valid_invoices(account)
    ]
    rows += [
        _movement(account, "purchases", p, p, -float(p.get("net_total", 100.0)))
        for p in records["purchases"].values()
    ]
    for expense in records["project_expenses"].values():
        customer = records["projects"][expense["project_id"]]["customer_id"]
        cost = expense.get("unit_cost", 0.0) * expense.get("quantity", 1.0)
        whole = {**expense, "customer_id": customer}
        rows.append(_movement(account, "incoming_expenses", expense, whole, -cost))
    for row in rows:
        row[f"net_{MONEY}"] = row.pop(MONEY)
    return _asked_for(rows, account, question)


def _asked_for(
    rows: list[Record], account: Account, question: Question
) -> list[Record]:
    first, last = question.period(account)
    found = [row for row in rows if first <= row["date"] <= last]
    return sorted(found, key=lambda row: (row["date"], row["record_id"]))


# ---- projects


def project(account: Account, question: Question) -> Record | None:
    """Return the sums of a project."""
    found = account.records["projects"].get(question.ids[0])
    if found is None:
        return None
    tasks = _of(account, "project_tasks", "project_id", found["id"])
    by_task = {t["id"]: _of(account, "activities", "task_id", t["id"]) for t in tasks}
    entries = [entry for done in by_task.values() for entry in done]
    hours = sum(map(_seconds, entries)) / HOUR
    billable = sum(_seconds(e) for e in entries if e.get("billable", True)) / HOUR
    costs = sum(map(_cost, entries))
    budget = float(found.get("budget") or 0.0)
    expenses = _of(account, "project_expenses", "project_id", found["id"])
    invoices = _of(account, "invoices", "project_id", found["id"])
    return {
        "budget_total": budget,
        "budget_progress_in_percentage": round(100 * costs / budget) if budget else 0,
        "budget_remaining": round(budget - costs, 2),
        "invoiced_total": sum(float(i.get("net_total", 0.0)) for i in invoices),
        "currency": found.get("currency", "EUR"),
        "hours_total": round(hours, 2),
        "hours_billable": round(billable, 2),
        "hours_remaining": round(max(budget - costs, 0) / 120, 2),
        "costs_expenses": sum(
            e.get("unit_cost", 0.0) * e.get("quantity", 1.0) for e in expenses
        ),
        "costs_activities": round(costs, 2),
        "costs_by_task": [_task_costs(task, by_task[task["id"]]) for task in tasks],
    }


def _cost(activity: Record) -> float:
    return _seconds(activity) / HOUR * float(activity.get("hourly_rate", 120.0))


def _task_costs(task: Record, entries: list[Record]) -> Record:
    return {
        "id": task["id"],
        "name": task["name"],
        "hours_total": round(sum(map(_seconds, entries)) / HOUR, 2),
        "total_costs": round(sum(map(_cost, entries)), 2),
    }

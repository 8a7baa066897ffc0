"""Reports: nothing but sums over what the account holds."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Entity, Record
    from tap_moco.sandbox.question import Question

HOUR = 3600
WEEKDAYS = 5
VACATION, SICKNESS = "4", "3"
PAID = ("paid", "partially_paid")


def _days(first: str, last: str) -> list[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def _records(entity: Entity, collection: str, key: str) -> list[Record]:
    return [child.record for child in entity.children(collection, key)]


# ---- people


def absences(question: Question) -> list[Record]:
    """Return the holidays and sick days of every user in a year."""
    (year,), today = question.years(), question.account.today().isoformat()
    return [_absence(u, year, today) for u in question.account.entities("users")]


def _absence(user: Entity, year: int, today: str) -> Record:
    days: dict[tuple[str, bool], float] = defaultdict(float)
    for entry in _records(user, "schedules", "user_id"):
        if entry["date"].startswith(str(year)):
            kind = entry["assignment"]["code"], entry["date"] > today
            days[kind] += (entry["am"] + entry["pm"]) / 2
    holidays = _records(user, "user_holidays", "user_id")
    return {
        "user": user.pick("id firstname lastname"),
        "total_vacation_days": float(
            sum(holiday["days"] for holiday in holidays if holiday["year"] == year)
        ),
        "used_vacation_days": days[VACATION, False],
        "planned_vacation_days": days[VACATION, True],
        "sickdays": days[SICKNESS, False] + days[SICKNESS, True],
    }


def _target_hours(jobs: list[Record], day: date) -> float:
    """Return the hours that somebody with these employments is to work on a day."""
    text, weekday = day.isoformat(), day.weekday()
    return sum(
        float(job["pattern"]["am"][weekday] + job["pattern"]["pm"][weekday])
        for job in jobs
        if weekday < WEEKDAYS and (job["from"] or "") <= text <= (job["to"] or "9999")
    )


def _worked(user: Entity, days: list[date]) -> Iterator[Record]:
    """Yield the hours of every day on which there are some, or should be."""
    worked: dict[tuple[str, bool], int] = defaultdict(int)
    for activity in _records(user, "activities", "user_id"):
        worked[activity["date"], activity["billable"]] += activity["seconds"]
    jobs = _records(user, "user_employments", "user_id")
    for day in days:
        text, target = day.isoformat(), _target_hours(jobs, day)
        paid, unpaid = worked[text, True], worked[text, False]
        if target or paid or unpaid:
            yield {
                "date": text,
                "user_id": user.record["id"],
                "target_hours": target,
                "billable_hours": round(paid / HOUR, 2),
                "unbillable_hours": round(unpaid / HOUR, 2),
                "billable_seconds": paid,
                "unbillable_seconds": unpaid,
            }


def utilization(question: Question) -> list[Record]:
    """Return the hours of every user and day."""
    (first, last), today = question.period(), question.account.today().isoformat()
    days, users = _days(first, min(last, today)), question.account.entities("users")
    return [row for user in users for row in _worked(user, days)]


def performance(question: Question) -> Record | None:
    """Return a user's hours in a year, by month."""
    user = question.account.find("users", question.id)
    if user is None:
        return None
    (year,), today = question.years(), question.account.today().isoformat()
    days = list(_worked(user, _days(f"{year}-01-01", f"{year}-12-31")))
    months: dict[int, list[Record]] = {month: [] for month in range(1, 13)}
    for day in days:
        months[int(day["date"][5:7])].append(day)
    whole = _sums(days)
    due = sum(day["target_hours"] for day in days if day["date"] <= today)
    return {
        "annually": {
            "year": year,
            **whole,
            "employment_hours": whole["target_hours"],
            "variation_until_today": round(whole["hours_tracked_total"] - due, 2),
        },
        "monthly": [
            {"year": year, "month": month, **_sums(some)}
            for month, some in months.items()
        ],
    }


def _sums(days: list[Record]) -> Record:
    target, paid, unpaid = (
        sum(day[name] for day in days)
        for name in ("target_hours", "billable_seconds", "unbillable_seconds")
    )
    tracked = round((paid + unpaid) / HOUR, 2)
    return {
        "target_hours": target,
        "hours_tracked_total": tracked,
        "variation": round(tracked - target, 2),
        "hours_billable_total": round(paid / HOUR, 2),
    }


# ---- projects


def planned_vs_tracked(question: Question) -> list[Record]:
    """Return the planned and tracked hours of every user and project."""
    account, wanted = question.account, question.numbers("user_ids")
    first, last = question.period()
    tracked: dict[tuple[int, int], float] = defaultdict(float)
    planned: dict[tuple[int, int], float] = defaultdict(float)
    tasks = account.records["project_tasks"]
    for activity in account.records["activities"].values():
        if first <= activity["date"] <= last:
            project = tasks[activity["task_id"]]["project_id"]
            tracked[activity["user_id"], project] += activity["seconds"] / HOUR
    for entry in account.records["planning_entries"].values():
        days = _days(max(entry["starts_on"], first), min(entry["ends_on"], last))
        if entry["project_id"] and days:
            workdays = sum(day.weekday() < WEEKDAYS for day in days)
            pair = entry["user_id"], entry["project_id"]
            planned[pair] += workdays * entry["hours_per_day"]
    rows = [
        _plan(account, *pair, tracked[pair], planned[pair])
        for pair in tracked.keys() | planned.keys()
        if not wanted or pair[0] in wanted
    ]
    return question.in_order(rows, lambda row: row["user"]["name"])


def _plan(
    account: Account, user_id: int, project_id: int, tracked: float, planned: float
) -> Record:
    user = account.entity("users", user_id)
    project = account.entity("projects", project_id)
    first, last = user.record["firstname"], user.record["lastname"]
    return {
        "user_id": user_id,
        "project_id": project_id,
        "user": {
            **user.pick("id firstname unit"),
            "name": last,
            "initials": first[:1] + last[:1],
            "color": "#d9822b",
        },
        "project": {
            **project.pick("id identifier name"),
            "company": project.field("customer"),
        },
        "tracked_hours": round(tracked, 2),
        "planned_hours": round(planned, 2),
        "delta": round(tracked - planned, 2),
        "quota": round(tracked / planned * 100, 1) if planned else 0.0,
    }


def project(question: Question) -> Record | None:
    """Return the sums of a project."""
    found = question.account.find("projects", question.id)
    if found is None:
        return None
    tasks = found.children("project_tasks", "project_id")
    done = {t.record["id"]: _records(t, "activities", "task_id") for t in tasks}
    entries = [entry for some in done.values() for entry in some]
    costs = _costs(entries)
    budget = float(found.record["budget"] or 0.0)
    invoices = _records(found, "invoices", "project_id")
    expenses = _records(found, "project_expenses", "project_id")
    return {
        "budget_total": budget,
        "budget_progress_in_percentage": round(100 * costs / budget) if budget else 0,
        "budget_remaining": round(budget - costs, 2),
        "invoiced_total": sum(float(invoice["net_total"]) for invoice in invoices),
        "currency": found.record["currency"],
        "hours_total": _hours(entries),
        "hours_billable": _hours(entry for entry in entries if entry["billable"]),
        "hours_remaining": round(max(budget - costs, 0) / 120, 2),
        "costs_expenses": sum(e["unit_cost"] * e["quantity"] for e in expenses),
        "costs_activities": costs,
        "costs_by_task": [
            {
                **task.pick("id name"),
                "hours_total": _hours(done[task.record["id"]]),
                "total_costs": _costs(done[task.record["id"]]),
            }
            for task in tasks
        ],
    }


def _hours(entries: Iterable[Record]) -> float:
    return round(float(sum(entry["seconds"] for entry in entries)) / HOUR, 2)


def _costs(entries: Iterable[Record]) -> float:
    costs = (entry["seconds"] / HOUR * entry["hourly_rate"] for entry in entries)
    return round(float(sum(costs)), 2)


# ---- money


def cashflow(question: Question) -> list[Record]:
    """Return what was paid, and what is to be paid; in any order within a day."""
    return _movements(question, _payments(question.account), "amount")


def finance(question: Question) -> list[Record]:
    """Return what was earned and spent, without tax."""
    return _movements(question, _earnings(question.account), "net_amount")


Movement = tuple[str, "Record", "Record", float]
"""A kind, what moved, what names the company and user, and how much."""


def _payments(account: Account) -> Iterator[Movement]:
    invoices, bills = account.records["invoices"], account.records["purchases"]
    for invoice in _valid(invoices):
        if invoice["status"] not in PAID:
            due = float(invoice["net_total"]) * (1 + float(invoice["tax"]) / 100)
            yield "invoice_created", invoice, invoice, due
    for payment in account.records["invoice_payments"].values():
        paid = float(payment["paid_total"])
        yield "invoice_payment", payment, invoices[payment["invoice_id"]], paid
    for payment in account.records["purchase_payments"].values():
        spent = -float(payment["total"])
        yield "purchase_payment", payment, bills[payment["purchase_id"]], spent


def _earnings(account: Account) -> Iterator[Movement]:
    records = account.records
    for invoice in _valid(records["invoices"]):
        yield "invoices", invoice, invoice, float(invoice["net_total"])
    for bill in records["purchases"].values():
        yield "purchases", bill, bill, -float(bill["net_total"])
    for expense in records["project_expenses"].values():
        customer = records["projects"][expense["project_id"]]["customer_id"]
        cost = expense["unit_cost"] * expense["quantity"]
        whole = {**expense, "customer_id": customer}
        yield "incoming_expenses", expense, whole, -cost


def _valid(invoices: dict[int, Record]) -> list[Record]:
    return [one for one in invoices.values() if one["status"] != "disregarded"]


def _movements(
    question: Question, movements: Iterator[Movement], amount: str
) -> list[Record]:
    """Return what is asked for."""
    (first, last), account = question.period(), question.account
    kinds, companies = question.query.get("kinds"), question.numbers("company_id")
    rows = []
    for kind, record, whole, moved in movements:
        company_id = whole.get("customer_id", whole.get("company_id"))
        is_asked_for = (
            first <= record["date"] <= last
            and (not kinds or kind in kinds.split(","))
            and (not companies or company_id in companies)
        )
        if is_asked_for:
            company = account.find("companies", company_id)
            user = account.find("users", whole["user_id"])
            row = {
                "record_id": record["id"],
                "company_id": company_id,
                "description": f"{whole.get('identifier', '')} {whole['title']}",
                "user_id": whole["user_id"],
                f"{amount}_in_account_currency": round(moved, 2),
                "kind": kind,
                "company": company and company.pick("id name"),
                "user": user and user.pick("id firstname lastname"),
                "date": record["date"],
            }
            rows.append(row)
    return question.in_order(rows, lambda row: row["date"])

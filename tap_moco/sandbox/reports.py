"""Reports on people, projects and money: sums over what the account holds."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.office import HOUR
from tap_moco.sandbox.fields import NAMED, PERSON
from tap_moco.sandbox.lists import is_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Record, Row
    from tap_moco.sandbox.question import Question

WEEKDAYS = 5
VACATION, SICKNESS = "4", "3"


def _days(first: str, last: str) -> list[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def _hours(entries: Iterable[Record]) -> float:
    return round(float(sum(entry["seconds"] for entry in entries)) / HOUR, 2)


def absences(question: Question) -> list[Row]:
    """Return the holidays and sick days of every user in a year."""
    (year,), today = question.years(), question.account.today().isoformat()
    return [_absence(user, year, today) for user in question.account.all("users")]


def _absence(user: Record, year: int, today: str) -> Row:
    days: dict[tuple[str, bool], float] = defaultdict(float)
    for entry in user.children("schedules"):
        if entry["date"].startswith(str(year)):
            kind = entry["assignment"]["code"], entry["date"] > today
            days[kind] += (entry["am"] + entry["pm"]) / 2
    entitled = [one for one in user.children("user_holidays") if one["year"] == year]
    return {
        "user": user.pick(PERSON),
        "total_vacation_days": float(sum(holiday["days"] for holiday in entitled)),
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


def _worked(user: Record, first: str, last: str) -> Iterator[Row]:
    """Yield the hours of every day on which there are some, or should be."""
    worked: dict[tuple[str, bool], int] = defaultdict(int)
    for activity in user.children("activities"):
        worked[activity["date"], activity["billable"]] += activity["seconds"]
    jobs = user.children("user_employments")
    for day in _days(first, last):
        text, target = day.isoformat(), _target_hours(jobs, day)
        paid, unpaid = worked[text, True], worked[text, False]
        if target or paid or unpaid:
            yield {
                "date": text,
                "user_id": user["id"],
                "target_hours": target,
                "billable_hours": round(paid / HOUR, 2),
                "unbillable_hours": round(unpaid / HOUR, 2),
                "billable_seconds": paid,
                "unbillable_seconds": unpaid,
            }


def utilization(question: Question) -> list[Row]:
    """Return the hours of every user and day."""
    first, last = question.period()
    last = min(last, question.account.today().isoformat())
    users = question.account.all("users")
    return [row for user in users for row in _worked(user, first, last)]


def performance(question: Question) -> Row:
    """Return a user's hours in a year, by month."""
    user = question.account.get("users", question.id)
    (year,), today = question.years(), question.account.today().isoformat()
    days = list(_worked(user, f"{year}-01-01", f"{year}-12-31"))
    whole = _sums(days, f"{year}")
    due = sum(day["target_hours"] for day in days if day["date"] <= today)
    whole["employment_hours"] = whole["target_hours"]
    whole["variation_until_today"] = round(whole["hours_tracked_total"] - due, 2)
    return {
        "annually": {"year": year, **whole},
        "monthly": [
            {"year": year, "month": month, **_sums(days, f"{year}-{month:02}")}
            for month in range(1, 13)
        ],
    }


def _sums(days: list[Row], period: str) -> Row:
    target, paid, unpaid = (
        sum(day[name] for day in days if day["date"].startswith(period))
        for name in ("target_hours", "billable_seconds", "unbillable_seconds")
    )
    tracked = round((paid + unpaid) / HOUR, 2)
    return {
        "target_hours": target,
        "hours_tracked_total": tracked,
        "variation": round(tracked - target, 2),
        "hours_billable_total": round(paid / HOUR, 2),
    }


def planned_vs_tracked(question: Question) -> list[Row]:
    """Return the planned and tracked hours of every user and project."""
    account, wanted = question.account, question.numbers("user_ids")
    first, last = question.period()
    hours: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    tasks = account.records["project_tasks"]
    for activity in account.all("activities"):
        if first <= activity["date"] <= last:
            pair = activity["user_id"], tasks[activity["task_id"]]["project_id"]
            hours[pair][0] += activity["seconds"] / HOUR
    for entry in account.all("planning_entries"):
        days = _days(max(entry["starts_on"], first), min(entry["ends_on"], last))
        if entry["project_id"] and days:
            workdays = sum(day.weekday() < WEEKDAYS for day in days)
            pair = entry["user_id"], entry["project_id"]
            hours[pair][1] += workdays * entry["hours_per_day"]
    rows = [
        _plan(account.get("users", user), account.get("projects", project), *found)
        for (user, project), found in hours.items()
        if not wanted or user in wanted
    ]
    return question.in_order(rows, lambda row: row["user"]["name"])


def _plan(user: Record, project: Record, tracked: float, planned: float) -> Row:
    first, last = user["firstname"], user["lastname"]
    initials = {"initials": first[:1] + last[:1], "color": "#d9822b"}
    company = {"company": project.shown("customer")}
    return {
        "user_id": user["id"],
        "project_id": project["id"],
        "user": user.pick("id firstname unit") | {"name": last} | initials,
        "project": project.pick("id identifier name") | company,
        "tracked_hours": round(tracked, 2),
        "planned_hours": round(planned, 2),
        "delta": round(tracked - planned, 2),
        "quota": round(tracked / planned * 100, 1) if planned else 0.0,
    }


def project(question: Question) -> Row:
    """Return the sums of a project."""
    found = question.account.get("projects", question.id)
    tasks = [(t, t.children("activities")) for t in found.children("project_tasks")]
    entries = [entry for _, done in tasks for entry in done]
    costs, budget = _costs(entries), float(found["budget"] or 0.0)
    expenses, invoices = found.children("project_expenses"), found.children("invoices")
    return {
        "budget_total": budget,
        "budget_progress_in_percentage": round(100 * costs / budget) if budget else 0,
        "budget_remaining": round(budget - costs, 2),
        "invoiced_total": sum(float(invoice["net_total"]) for invoice in invoices),
        "currency": found["currency"],
        "hours_total": _hours(entries),
        "hours_billable": _hours(entry for entry in entries if entry["billable"]),
        "hours_remaining": round(max(budget - costs, 0) / 120, 2),
        "costs_expenses": sum(expense.shown("cost") for expense in expenses),
        "costs_activities": costs,
        "costs_by_task": [
            {
                **task.pick(NAMED),
                "hours_total": _hours(done),
                "total_costs": _costs(done),
            }
            for task, done in tasks
        ],
    }


def _costs(entries: Iterable[Record]) -> float:
    costs = (entry["seconds"] / HOUR * entry["hourly_rate"] for entry in entries)
    return round(float(sum(costs)), 2)


Movement = tuple[str, "Record", "Record", float]
"""A kind, what moved, what names the company and user, and how much."""
COMPANY = {
    "invoices": "customer_id",
    "purchases": "company_id",
    "project_expenses": "project_id.customer_id",
}
"""The path to the company that a movement is with."""


def cashflow(question: Question) -> list[Row]:
    """Return what was paid, and what is to be paid; in any order within a day."""
    return _movements(question, _payments(question.account), "amount")


def finance(question: Question) -> list[Row]:
    """Return what was earned and spent, without tax."""
    return _movements(question, _earnings(question.account), "net_amount")


def _payments(account: Account) -> Iterator[Movement]:
    for invoice in filter(is_shown, account.all("invoices")):
        if invoice["status"] not in {"paid", "partially_paid"}:
            yield "invoice_created", invoice, invoice, invoice.shown("gross_total")
    for payment in account.all("invoice_payments"):
        invoice = account.get("invoices", payment["invoice_id"])
        yield "invoice_payment", payment, invoice, float(payment["paid_total"])
    for payment in account.all("purchase_payments"):
        bill = account.get("purchases", payment["purchase_id"])
        yield "purchase_payment", payment, bill, -float(payment["total"])


def _earnings(account: Account) -> Iterator[Movement]:
    for invoice in filter(is_shown, account.all("invoices")):
        yield "invoices", invoice, invoice, float(invoice["net_total"])
    for bill in account.all("purchases"):
        yield "purchases", bill, bill, -float(bill["net_total"])
    for expense in account.all("project_expenses"):
        yield "incoming_expenses", expense, expense, -expense.shown("cost")


def _movements(question: Question, found: Iterator[Movement], amount: str) -> list[Row]:
    """Return what is asked for."""
    (first, last), companies = question.period(), question.numbers("company_id")
    rows = []
    for kind, record, whole, moved in found:
        company, user = whole.follow(COMPANY[whole.kind.name]), whole.follow("user_id")
        row = {
            "record_id": record["id"],
            "company_id": company and company["id"],
            "description": f"{whole.get('identifier', '')} {whole['title']}",
            "user_id": whole["user_id"],
            f"{amount}_in_account_currency": round(moved, 2),
            "kind": kind,
            "company": company and company.pick(NAMED),
            "user": user and user.pick(PERSON),
            "date": record["date"],
        }
        is_of_kind = kind in (question.query.get("kinds") or kind).split(",")
        is_of_company = not companies or row["company_id"] in companies
        if first <= row["date"] <= last and is_of_kind and is_of_company:
            rows.append(row)
    return question.in_order(rows, lambda row: row["date"])

"""Reports on people and projects: nothing but sums over what the account holds."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Entity, Record
    from tap_moco.sandbox.question import Question

HOUR = 3600
WEEKDAYS = 5
VACATION, SICKNESS = "4", "3"


def hours(activities: Iterable[Record]) -> float:
    """Return the hours of some time entries."""
    return sum(int(activity["seconds"]) for activity in activities) / HOUR


def billable(activities: Iterable[Record]) -> list[Record]:
    """Return those of the time entries that are billable."""
    return [activity for activity in activities if activity["billable"]]


def _days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _records(entity: Entity, collection: str, key: str) -> list[Record]:
    return [child.record for child in entity.children(collection, key)]


# ---- people


def absences(question: Question) -> list[Record]:
    """Return the holidays and sick days of every user in a year."""
    (year,) = question.years()
    users = question.account.entities("users")
    return [_absence(user, year, question.account.today()) for user in users]


def _absence(user: Entity, year: int, today: date) -> Record:
    days: dict[tuple[str, bool], float] = defaultdict(float)
    for entry in _records(user, "schedules", "user_id"):
        if entry["date"].startswith(str(year)):
            is_planned = entry["date"] > today.isoformat()
            days[entry["assignment"]["code"], is_planned] += (
                entry["am"] + entry["pm"]
            ) / 2
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


def _target_hours(user: Entity) -> Callable[[date], float]:
    """Return the function that tells the hours a user is to work on a day."""
    jobs = _records(user, "user_employments", "user_id")

    def target(day: date) -> float:
        if (weekday := day.weekday()) >= WEEKDAYS:
            return 0.0
        return sum(
            float(job["pattern"]["am"][weekday] + job["pattern"]["pm"][weekday])
            for job in jobs
            if (job["from"] or "") <= day.isoformat() <= (job["to"] or "9999")
        )

    return target


def utilization(question: Question) -> list[Record]:
    """Return the hours of every user and day."""
    account, (first, last) = question.account, question.period()
    end = min(date.fromisoformat(last), account.today())
    days = _days_between(date.fromisoformat(first), end)
    return [row for user in account.entities("users") for row in _days(user, days)]


def _days(user: Entity, days: list[date]) -> Iterator[Record]:
    worked: dict[tuple[str, bool], int] = defaultdict(int)
    for activity in _records(user, "activities", "user_id"):
        worked[activity["date"], activity["billable"]] += activity["seconds"]
    target_hours = _target_hours(user)
    for day in days:
        text, target = day.isoformat(), target_hours(day)
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


def performance(question: Question) -> Record | None:
    """Return a user's hours in a year, by month."""
    user = question.account.find("users", question.id)
    if user is None:
        return None
    (year,) = question.years()
    target_hours = _target_hours(user)
    every = _days_between(date(year, 1, 1), date(year, 12, 31))
    targets = {day: target_hours(day) for day in every}
    entries = _records(user, "activities", "user_id")
    monthly = [_month(year, month, targets, entries) for month in range(1, 13)]
    tracked, target, paid = (
        round(sum(row[name] for row in monthly), 2)
        for name in ("hours_tracked_total", "target_hours", "hours_billable_total")
    )
    today = question.account.today()
    until_today = sum(hours for day, hours in targets.items() if day <= today)
    return {
        "annually": {
            "year": year,
            "employment_hours": target,
            "target_hours": target,
            "hours_tracked_total": tracked,
            "variation": round(tracked - target, 2),
            "variation_until_today": round(tracked - until_today, 2),
            "hours_billable_total": paid,
        },
        "monthly": monthly,
    }


def _month(
    year: int, month: int, targets: dict[date, float], entries: list[Record]
) -> Record:
    done = [e for e in entries if e["date"].startswith(f"{year}-{month:02d}")]
    target = sum(hours for day, hours in targets.items() if day.month == month)
    tracked = round(hours(done), 2)
    return {
        "year": year,
        "month": month,
        "target_hours": target,
        "hours_tracked_total": tracked,
        "variation": round(tracked - target, 2),
        "hours_billable_total": round(hours(billable(done)), 2),
    }


# ---- projects


def planned_vs_tracked(question: Question) -> list[Record]:
    """Return the planned and tracked hours of every user and project."""
    account, wanted = question.account, question.numbers("user_ids")
    first, last = question.period()
    found: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    tasks = account.records["project_tasks"]
    for activity in account.records["activities"].values():
        if first <= activity["date"] <= last:
            project = tasks[activity["task_id"]]["project_id"]
            found[activity["user_id"], project][0] += activity["seconds"] / HOUR
    for entry in account.records["planning_entries"].values():
        days = _working_days(
            max(entry["starts_on"], first), min(entry["ends_on"], last)
        )
        if entry["project_id"] and days:
            planned = days * entry["hours_per_day"]
            found[entry["user_id"], entry["project_id"]][1] += planned
    return [
        _comparison(account, *pair, *found[pair])
        for pair in sorted(found)
        if not wanted or pair[0] in wanted
    ]


def _working_days(first: str, last: str) -> int:
    days = _days_between(date.fromisoformat(first), date.fromisoformat(last))
    return sum(day.weekday() < WEEKDAYS for day in days)


def _comparison(
    account: Account, user: int, project: int, tracked: float, planned: float
) -> Record:
    person, work = account.find("users", user), account.find("projects", project)
    if person is None or work is None:
        return {}
    first, last = person.record["firstname"], person.record["lastname"]
    return {
        "user_id": user,
        "project_id": project,
        "tracked_hours": round(tracked, 2),
        "planned_hours": round(planned, 2),
        "delta": round(tracked - planned, 2),
        "quota": round(tracked / planned * 100, 1) if planned else 0.0,
        "user": {
            **person.pick("id firstname unit"),
            "name": last,
            "initials": first[:1] + last[:1],
            "color": "#d9822b",
        },
        "project": {
            **work.pick("id identifier name"),
            "company": work.field("customer"),
        },
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
        "hours_total": round(hours(entries), 2),
        "hours_billable": round(hours(billable(entries)), 2),
        "hours_remaining": round(max(budget - costs, 0) / 120, 2),
        "costs_expenses": sum(e["unit_cost"] * e["quantity"] for e in expenses),
        "costs_activities": costs,
        "costs_by_task": [
            {
                **task.pick("id name"),
                "hours_total": round(hours(done[task.record["id"]]), 2),
                "total_costs": _costs(done[task.record["id"]]),
            }
            for task in tasks
        ],
    }


def _costs(entries: list[Record]) -> float:
    costs = (entry["seconds"] / HOUR * entry["hourly_rate"] for entry in entries)
    return round(float(sum(costs)), 2)

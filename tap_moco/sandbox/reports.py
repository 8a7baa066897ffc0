"""Reports on people and projects: nothing but sums over what the account holds."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_moco.sandbox.model import Entity, Record
    from tap_moco.sandbox.question import Question

HOUR = 3600
WEEKDAYS = 5
VACATION, SICKNESS = "4", "3"


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


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


def _target_hours(user: Entity) -> Callable[[date], float]:
    """Return the function that returns the hours a user is to work on a day."""
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


def _worked(user: Entity, days: list[date]) -> Iterator[Record]:
    """Yield the hours of every day on which there are some, or should be."""
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


def utilization(question: Question) -> list[Record]:
    """Return the hours of every user and day."""
    account, (first, last) = (
        question.account,
        map(date.fromisoformat, question.period()),
    )
    days = _days(first, min(last, account.today()))
    return [row for user in account.entities("users") for row in _worked(user, days)]


def performance(question: Question) -> Record | None:
    """Return a user's hours in a year, by month."""
    user = question.account.find("users", question.id)
    if user is None:
        return None
    (year,), today = question.years(), question.account.today().isoformat()
    days = list(_worked(user, _days(date(year, 1, 1), date(year, 12, 31))))
    annually = _sums(days)
    due = sum(day["target_hours"] for day in days if day["date"] <= today)
    return {
        "annually": {
            "year": year,
            **annually,
            "employment_hours": annually["target_hours"],
            "variation_until_today": round(annually["hours_tracked_total"] - due, 2),
        },
        "monthly": [
            {
                "year": year,
                "month": month,
                **_sums([d for d in days if d["date"][5:7] == f"{month:02}"]),
            }
            for month in range(1, 13)
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
        start, end = max(entry["starts_on"], first), min(entry["ends_on"], last)
        days = _days(date.fromisoformat(start), date.fromisoformat(end))
        if (project := entry["project_id"]) and days:
            workdays = sum(day.weekday() < WEEKDAYS for day in days)
            planned[entry["user_id"], project] += workdays * entry["hours_per_day"]
    rows = [
        {
            **_who_and_what(
                account.entity("users", pair[0]), account.entity("projects", pair[1])
            ),
            "tracked_hours": round(tracked[pair], 2),
            "planned_hours": round(planned[pair], 2),
            "delta": round(tracked[pair] - planned[pair], 2),
            "quota": _quota(tracked[pair], planned[pair]),
        }
        for pair in tracked.keys() | planned.keys()
        if not wanted or pair[0] in wanted
    ]
    return question.in_order(rows, lambda row: row["user"]["name"])


def _quota(tracked: float, planned: float) -> float:
    return round(tracked / planned * 100, 1) if planned else 0.0


def _who_and_what(user: Entity, project: Entity) -> Record:
    first, last = user.record["firstname"], user.record["lastname"]
    return {
        "user_id": user.record["id"],
        "project_id": project.record["id"],
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
    expenses = _records(found, "project_expenses", "project_id")
    return {
        "budget_total": budget,
        "budget_progress_in_percentage": round(100 * costs / budget) if budget else 0,
        "budget_remaining": round(budget - costs, 2),
        "invoiced_total": sum(
            float(i["net_total"]) for i in _records(found, "invoices", "project_id")
        ),
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

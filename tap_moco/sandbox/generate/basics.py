"""Settings, people, companies and contacts: what all else refers to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.people import AREAS, WORKDAY
from tap_moco.sandbox.collections.time import ABSENCE
from tap_moco.sandbox.generate import words
from tap_moco.sandbox.generate.maker import HISTORY, Maker, stamp, year_of

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Record

PART_TIME = [4.0, 4.0, 4.0, 4.0, 0.0]
SICK = {**ABSENCE, "id": 302, "name": "Krankheit", "code": "3", "color": "#d9534f"}
HOOKS = ("Activity", "Project", "Invoice", "User")
COMPANY_TYPES = {"customer": 60, "supplier": 25, "organization": 15}
WORKDAYS = 5


def settings(make: Maker) -> None:
    """Make the account's settings."""
    make.each("vat_code_sales", ({"tax": t, "code": str(t)} for t in (0.0, 7.0, 19.0)))
    make.each("vat_code_purchases", ({"tax": t} for t in (0.0, 7.0, 19.0)))
    make.each(
        "revenue_categories",
        (
            {"name": name, "revenue_account": 8400 + n, "cost_category": f"KST {n}"}
            for n, name in enumerate(("Beratung", "Kreation", "Technik", "Fremdkosten"))
        ),
    )
    make.each("account_custom_properties", words.CUSTOM_FIELDS)
    make.each("tags", ({"name": name, "context": "Project"} for name in words.TAGS))
    make.each(
        "deal_categories",
        ({"name": name, "probability": p} for name, p in words.DEAL_CATEGORIES),
    )
    make.each(
        "purchase_categories",
        (
            {"name": name, "credit_account": str(4900 + n)}
            for n, name in enumerate(words.PURCHASES)
        ),
    )
    make.each("letter_papers", ({"name": f"Papier {n}"} for n in range(1, 4)))
    make.each("web_hooks", ({"target": name} for name in HOOKS))
    _templates(make)


def _templates(make: Maker) -> None:
    for number, name in enumerate(words.TASKS):
        category = make.maybe("revenue_categories", 0.5)
        make.add(
            "account_task_templates",
            name=name,
            index=number,
            hourly_rate=100.0 + 10 * number,
            revenue_category_id=category,
        )
    for name in words.PURCHASES:
        make.add(
            "account_expense_templates",
            title=name,
            unit_price=make.money(5, 300),
            revenue_category_id=make.one("revenue_categories"),
        )
    for number in range(1, 5):
        items = [_catalog_item(make, number * 10 + n) for n in range(2)]
        make.add("account_catalog_services", items=items)
    year = make.today.year
    for title in ("Gehälter", "Miete", "Versicherungen"):
        costs = [
            {"year": y, "month": m, "amount": make.money(1000, 50_000)}
            for y in range(year - 2, year + 1)
            for m in range(1, 13)
        ]
        make.add("account_fixed_costs", title=title, costs=costs)
    for past in range(3):
        for title in ("Hosting", "Reisen", "Weiterbildung"):
            make.add(
                "purchase_budgets",
                title=title,
                year=year - past,
                target=make.money(5000, 90_000),
                exhaused=make.money(100, 5000),
            )


def _catalog_item(make: Maker, number: int) -> Record:
    price = make.money(80, 160)
    made = make.now - HISTORY
    return {
        "id": number,
        "title": make.pick(words.TASKS),
        "quantity": 8.0,
        "unit": "h",
        "unit_price": price,
        "net_total": round(price * 8, 2),
        "revenue_category_id": make.one("revenue_categories"),
        "created_at": made,
        "updated_at": made,
    }


def people(make: Maker) -> None:
    """Make units, roles, users and what belongs to each user."""
    for number in range(make.count(len(words.UNITS))):
        name = words.UNITS[number % len(words.UNITS)]
        make.add("units", name=name, custom_properties=make.custom("Unit"))
    for name in ("Admin", "Projektleitung", "Mitarbeit"):
        level = "full" if name == "Admin" else "none"
        make.add(
            "user_roles",
            name=name,
            is_admin=name == "Admin",
            permission=dict.fromkeys(AREAS.split(), level),
        )
    for number in range(make.count(12)):
        _user(make, number)
    for user in make.all("users"):
        _employment(make, user)


def _user(make: Maker, number: int) -> None:
    first, last = make.pick(words.FIRST_NAMES), make.pick(words.LAST_NAMES)
    gone = (number + 1) % 6 == 0
    make.add(
        "users",
        HISTORY,
        firstname=first,
        lastname=last,
        email=f"user{number}@example.com",
        active=not gone,
        archived_on=make.ago(20) if gone else None,
        extern=make.often(0.1),
        hourly_rate=make.money(90, 160),
        internal_rate=make.money(50, 80),
        iban=None if gone else f"DE{number:020d}",
        birthday=make.ago(12_000 + number * 37 % 5000),
        tags=make.tags(),
        custom_properties=make.custom("User"),
        unit_id=make.one("units"),
        role_id=make.one("user_roles"),
    )


def _employment(make: Maker, user: Record) -> None:
    boss = make.account.ids("users")[0]
    who = {"user_id": user["id"]}
    short = make.often(0.3)
    pattern = PART_TIME if short else WORKDAY
    make.add(
        "user_employments",
        HISTORY,
        **who,
        **{"from": make.ago(HISTORY + 200), "to": None},
        weekly_target_hours=sum(pattern) * 2,
        pattern={"am": pattern, "pm": pattern},
    )
    for year in range(year_of(make.ago(HISTORY)), make.today.year + 1):
        make.add("user_holidays", **who, year=year, days=28.0, creator_id=boss)
    make.add(
        "user_work_time_adjustments",
        **who,
        date=make.ago(make.whenever()),
        hours=make.money(-8, 8),
        creator_id=boss,
    )
    for _ in range(6):
        _absence(make, who, boss)
    for ago in range(60):
        day = make.today - timedelta(days=ago)
        if day.weekday() < WORKDAYS and make.often(0.6):
            _presence(make, who, ago)


def _absence(make: Maker, who: Record, boss: int) -> None:
    ago = make.whenever(ahead=60)
    made = max(ago, 0) + 14 * make.chance.random()
    sick = make.often(0.3)
    approved = ago > 0 or make.often(0.5)
    request = make.add(
        "user_absence_requests",
        made,
        **who,
        type="sickness" if sick else "vacation",
        status="approved" if approved else "pending",
        days=[{"date": make.ago(ago), "am": True, "pm": True}],
        approved_at=stamp(make.now - 1_000_000) if approved else None,
        approver_id=boss if approved else None,
        selected_approver_id=boss,
    )
    if approved:
        make.add(
            "schedules",
            made,
            **who,
            date=make.ago(ago),
            pm=make.often(0.8),
            assignment=SICK if sick else ABSENCE,
            absence_request_id=request["id"],
        )


def _presence(make: Maker, who: Record, ago: int) -> None:
    running = ago == 0
    make.add(
        "user_presences",
        ago,
        **who,
        **{"from": "08:30", "to": None if running else "17:15"},
        date=make.ago(ago),
        is_home_office=make.often(0.4),
    )


def contacts(make: Maker) -> None:
    """Make companies, the people in them, and what is noted about them."""
    for number in range(make.count(25)):
        _company(make, number)
    for number in range(make.count(40)):
        first, last = make.pick(words.FIRST_NAMES), make.pick(words.LAST_NAMES)
        make.add(
            "contacts",
            firstname=first,
            lastname=last,
            gender=make.pick("FMU"),
            work_email=f"contact{number}@example.com",
            birthday=make.pick((None, make.ago(11_000 + number % 900))),
            info="Ruft gern zurück.",
            tags=make.tags(),
            custom_properties=make.custom("Contact"),
            company_id=make.maybe("companies", 0.9),
            user_id=make.maybe("users", 0.5),
        )


def _company(make: Maker, number: int) -> None:
    gone = (number + 1) % 8 == 0
    kind = "customer" if number == 0 else make.weighted(COMPANY_TYPES)
    name = words.COMPANIES[number % len(words.COMPANIES)]
    make.add(
        "companies",
        type=kind,
        identifier=str(number + 1),
        name=f"{name} {make.pick(words.FORMS)}",
        address=f"Hauptstraße {number + 1}\n{make.pick(words.CITIES)}",
        active=not gone,
        archived_on=make.ago(30) if gone else None,
        tags=make.tags(),
        custom_properties=make.custom("Customer"),
        user_id=make.maybe("users", 0.8),
        customer_vat_id=make.one("vat_code_sales"),
        supplier_vat_id=make.one("vat_code_purchases"),
        debit_number=10_000 + number,
        credit_number=70_000 + number,
    )


NOTED = {"Project": "projects", "Invoice": "invoices", "Contact": "contacts"}


def notes(make: Maker) -> None:
    """Make comments and to-dos."""
    for _ in range(make.count(60)):
        kind = make.pick(NOTED)
        make.add(
            "comments",
            commentable_type=kind,
            commentable_id=make.one(NOTED[kind]),
            text=f"<div>{make.pick(words.WORK)}</div>",
            user_id=make.one("users"),
        )
    for number in range(make.count(12)):
        done = number % 3 == 0
        make.add(
            "todos",
            title=make.pick(words.WORK) or "Anrufen",
            due_date=make.ago(make.whenever(ahead=30)),
            completed=done,
            completed_at=stamp(make.now - 1_000_000) if done else None,
            todoable_id=make.one("companies"),
            todoable_type="Company",
            created_by_id=make.one("users"),
            assigned_to_id=make.maybe("users", 0.8),
        )

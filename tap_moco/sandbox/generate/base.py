"""Settings, people, companies and contacts: what all else refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.work import ABSENCE, AREAS, WORKDAY
from tap_moco.sandbox.generate import words
from tap_moco.sandbox.generate.maker import HISTORY, Maker
from tap_moco.sandbox.payload import each, iso

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Record

PART_TIME = [4.0, 4.0, 4.0, 4.0, 0.0]
SICK = {**ABSENCE, "id": 302, "name": "Krankheit", "code": "3", "color": "#d9534f"}
WORKDAYS = 5
COMPANY_TYPES = {"customer": 60, "supplier": 25, "organization": 15}


def settings(make: Maker) -> None:
    """Make the account's settings."""
    for tax in (0.0, 7.0, 19.0):
        make.add("vat_code_sales", tax=tax, code=str(tax))
        make.add("vat_code_purchases", tax=tax)
    for number, name in enumerate(("Beratung", "Kreation", "Technik", "Fremdkosten")):
        make.add(
            "revenue_categories",
            name=name,
            revenue_account=8400 + number,
            cost_category=f"KST {number}",
        )
    for field in words.CUSTOM_FIELDS:
        make.add("account_custom_properties", **field)
    for name in words.TAGS:
        make.add("tags", name=name)
    for name, probability in words.DEAL_CATEGORIES:
        make.add("deal_categories", name=name, probability=probability)
    for number, name in enumerate(words.PURCHASES):
        make.add("purchase_categories", name=name, credit_account=str(4900 + number))
        make.add("account_expense_templates", title=name, unit_price=make.money(5, 300))
    for number, name in enumerate(words.TASKS):
        rate = 100.0 + 10 * number
        make.add("account_task_templates", name=name, index=number, hourly_rate=rate)
    for number in range(1, 4):
        make.add("letter_papers", name=f"Papier {number}")
        make.add("account_catalog_services", items=[_catalog_item(make, number)])
    for target in ("Activity", "Project", "Invoice", "User"):
        make.add("web_hooks", target=target)
    _budgets(make)


def _budgets(make: Maker) -> None:
    years = range(make.today.year - 2, make.today.year + 1)
    for title in ("Gehälter", "Miete", "Versicherungen"):
        costs = [
            {"year": year, "month": month, "amount": make.money(1000, 50_000)}
            for year in years
            for month in range(1, 13)
        ]
        make.add("account_fixed_costs", title=title, costs=costs)
    for year in years:
        for title in ("Hosting", "Reisen", "Weiterbildung"):
            target, spent = make.money(5000, 90_000), make.money(100, 5000)
            make.add(
                "purchase_budgets",
                title=title,
                year=year,
                target=target,
                exhaused=spent,
            )


def _catalog_item(make: Maker, number: int) -> Record:
    price = make.money(80, 160)
    return {
        "id": number,
        "title": make.pick(words.TASKS),
        "quantity": 8.0,
        "unit": "h",
        "unit_price": price,
        "net_total": round(price * 8, 2),
        "revenue_category_id": make.one("revenue_categories"),
        "created_at": make.now - HISTORY,
        "updated_at": make.now - HISTORY,
    }


def people(make: Maker) -> None:
    """Make units, roles, users and what belongs to each user."""
    for number in make.count(len(words.UNITS)):
        make.add("units", name=words.UNITS[number % len(words.UNITS)])
    for name in ("Admin", "Projektleitung", "Mitarbeit"):
        is_admin = name == "Admin"
        permission = each("full" if is_admin else "none", AREAS)
        make.add("user_roles", name=name, is_admin=is_admin, permission=permission)
    for number in make.count(12):
        is_gone = (number + 1) % 6 == 0
        make.add(
            "users",
            HISTORY,
            firstname=make.pick(words.FIRST_NAMES),
            lastname=make.pick(words.LAST_NAMES),
            email=f"user{number}@example.com",
            active=not is_gone,
            archived_on=make.ago(20) if is_gone else None,
            extern=make.often(0.1),
            hourly_rate=make.money(90, 160),
            internal_rate=make.money(50, 80),
            iban=None if is_gone else f"DE{number:020d}",
            birthday=make.ago(12_000 + number * 37 % 5000),
        )
    for user in make.all("users"):
        _employment(make, {"user_id": user["id"]})
        _absences(make, {"user_id": user["id"]})


def _employment(make: Maker, who: Record) -> None:
    day = make.pick((WORKDAY, WORKDAY, PART_TIME))
    make.add(
        "user_employments",
        HISTORY,
        **who,
        **{"from": make.ago(HISTORY + 200)},
        weekly_target_hours=sum(day) * 2,
        pattern={"am": day, "pm": day},
    )
    for year in range(int(make.ago(HISTORY)[:4]), make.today.year + 1):
        make.add("user_holidays", **who, year=year)
    make.add("user_work_time_adjustments", **who, hours=make.money(-8, 8))
    for ago in range(60):
        weekday = (make.today.weekday() - ago) % 7
        if weekday < WORKDAYS and make.often(0.6):
            end = "17:15" if ago else None
            at_home = make.often(0.4)
            make.add("user_presences", ago, **who, to=end, is_home_office=at_home)


def _absences(make: Maker, who: Record) -> None:
    for _ in range(6):
        ago = make.whenever(ahead=60)
        is_sick, is_approved = make.often(0.3), ago > 0 or make.often(0.5)
        request = make.add(
            "user_absence_requests",
            ago,
            **who,
            type="sickness" if is_sick else "vacation",
            status="approved" if is_approved else "pending",
            days=[{"date": make.ago(ago), "am": True, "pm": True}],
            approved_at=iso(make.now) if is_approved else None,
        )
        if is_approved:
            make.add(
                "schedules",
                ago,
                **who,
                pm=make.often(0.8),
                assignment=SICK if is_sick else ABSENCE,
                absence_request_id=request["id"],
            )


def contacts(make: Maker) -> None:
    """Make companies and the people in them."""
    for number in make.count(25):
        is_gone = (number + 1) % 8 == 0
        make.add(
            "companies",
            type="customer" if number == 0 else make.weighted(COMPANY_TYPES),
            identifier=str(number + 1),
            name=_company_name(number),
            address=f"Hauptstraße {number + 1}\n{make.pick(words.CITIES)}",
            active=not is_gone,
            archived_on=make.ago(30) if is_gone else None,
            debit_number=10_000 + number,
            credit_number=70_000 + number,
        )
    for number in make.count(40):
        make.add(
            "contacts",
            firstname=make.pick(words.FIRST_NAMES),
            lastname=make.pick(words.LAST_NAMES),
            gender=make.pick("FMU"),
            work_email=f"contact{number}@example.com",
            birthday=make.pick((None, make.ago(11_000 + number % 900))),
            info="Ruft gern zurück.",
        )


def _company_name(number: int) -> str:
    """Return a name that no other company has."""
    turn, place = divmod(number, len(words.COMPANIES))
    again, form = divmod(turn, len(words.FORMS))
    more = f" {again + 1}" if again else ""
    name, forms = words.COMPANIES[place], words.FORMS
    return f"{name}{more} {forms[(form + place) % len(forms)]}"


def notes(make: Maker) -> None:
    """Make comments and to-dos."""
    for _ in make.count(60):
        kind = make.pick(("Project", "Invoice", "Contact"))
        text = f"<div>{make.pick(words.WORK)}</div>"
        make.add("comments", commentable_type=kind, text=text)
    for number in make.count(12):
        is_done = number % 3 == 0
        make.add(
            "todos",
            title=make.pick(words.WORK) or "Anrufen",
            due_date=make.ago(make.whenever(ahead=30)),
            completed=is_done,
            completed_at=iso(make.now) if is_done else None,
        )

"""Settings, people, companies and contacts: what all else refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections.office import WORKDAY, permissions
from tap_moco.sandbox.generate import words
from tap_moco.sandbox.generate.chance import HISTORY

if TYPE_CHECKING:
    from tap_moco.sandbox.generate.maker import Maker

PART_TIME = [4.0, 4.0, 4.0, 4.0, 0.0]
ITEM = {"title": "Beratung", "quantity": 8.0, "unit_price": 120.0, "net_total": 960.0}


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

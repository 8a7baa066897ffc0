"""Makes up records: what is not given varies by chance, and leads somewhere."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.collections.office import ABSENCE
from tap_moco.sandbox.generate import words
from tap_moco.sandbox.model import micros

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Record

HISTORY = 548
"""The account is so many days old."""
DAY = 86_400_000_000
FEWEST = 3
EDITED = 0.2
"""How many of the records were changed after they were made."""
LINKED = 0.3
"""How often a key that may be null leads somewhere."""
ARCHIVED_EVERY = 7
"""One of so many companies, projects and users is archived."""
FILLED = 0.7
"""How often a custom field has a value."""


class Chance:
    """Values by chance, always the same for the same seed and day."""

    def __init__(self, seed: int, today: date) -> None:
        """Start from the seed."""
        self.random = random.Random(seed)
        self.today = today

    def pick(self, choices: Sequence[Any]) -> Any:
        """Return one of the choices."""
        return self.random.choice(choices)

    def often(self, probability: float) -> bool:
        """Return true as often as that."""
        return self.random.random() < probability

    def money(self, low: int, high: int) -> float:
        """Return an amount that is a multiple of 0.05."""
        return round(self.random.randrange(low * 20, high * 20) / 20, 2)

    def whenever(self, ahead: int = 0) -> float:
        """Return a number of days between the account's start and so far ahead."""
        return self.random.random() * (HISTORY + ahead) - ahead

    def ago(self, days: float) -> str:
        """Return the day so many days ago; a negative number is in the future."""
        return (self.today - timedelta(days=int(days))).isoformat()


Vary = Callable[[Chance], object]


def _one_of(*choices: object) -> Vary:
    return lambda chance: chance.pick(choices)


def _word(choices: str) -> Vary:
    return _one_of(*choices.split())


def _often(probability: float) -> Vary:
    return lambda chance: chance.often(probability)


def _money(low: int, high: int) -> Vary:
    return lambda chance: chance.money(low, high)


def _number(low: int, high: int, unit: float = 1) -> Vary:
    return lambda chance: chance.random.randint(low, high) * unit


def _day(low: int, high: int) -> Vary:
    return lambda chance: chance.ago(chance.random.randint(low, high))


FIRST_NAME, LAST_NAME = _one_of(*words.FIRST_NAMES), _one_of(*words.LAST_NAMES)
RATE, TASK, PROJECT = _money(90, 160), _one_of(*words.WORK), _one_of(*words.PROJECTS)
PURCHASE = _one_of(*words.PURCHASES)
SICK = {**ABSENCE, "id": 302, "name": "Krankheit", "code": "3", "color": "#d9534f"}
SCAN = {"source": "amex", "transaction_identifier": "T1"}

# What follows is a table.
# fmt: off
VARIETY: dict[str, dict[str, Vary]] = {
    "activities": {"description": TASK, "seconds": _number(1, 32, 900)},
    "planning_entries": {"hours_per_day": _number(1, 8, 1.0), "tentative": _often(0.2)},
    "user_presences": {"is_home_office": _often(0.4)},
    "schedules": {"assignment": _one_of(ABSENCE, ABSENCE, SICK), "pm": _often(0.8)},
    "projects": {
        "name": PROJECT, "hourly_rate": RATE, "start_date": _day(0, 500),
        "billable": _often(0.9), "retainer": _often(0.2),
        "budget": _one_of(None, 5000.0, 12_500.0, 80_000.0),
    },
    "project_tasks": {"hourly_rate": RATE, "billable": _often(0.9)},
    "project_contracts": {"hourly_rate": RATE, "active": _often(0.9)},
    "project_groups": {"budget": _money(10_000, 90_000)},
    "project_expenses": {
        "title": PURCHASE, "quantity": _number(1, 5, 1.0),
        "unit_price": _money(10, 900), "unit_cost": _money(5, 500),
    },
    "project_recurring_expenses": {"unit_price": _money(10, 200)},
    "project_payment_schedules": {"net_total": _money(500, 9000)},
    "deals": {"name": PROJECT, "money": _money(1000, 90_000)},
    "offers": {"status": _word("created sent accepted billed archived")},
    "invoices": {"status": _word("draft created sent partially_paid paid paid overdue"
                                 " disregarded")},
    "planned_purchases": {"net_total": _money(20, 500)},
    "purchases": {
        "title": PURCHASE, "status": _word("archived archived pending"),
        "payment_method": _word("bank_transfer direct_debit credit_card cash"),
        "has_file": _often(0.8),
    },
    "purchase_budgets": {"target": _money(5000, 90_000), "exhaused": _money(100, 5000)},
    "purchase_drafts": {"credit_card_transaction": _one_of(None, SCAN)},
    "receipts": {"pending": _often(0.3), "gross_total": _money(5, 200)},
    "approvals": {"status": _word("pending approved denied")},
    "users": {
        "firstname": FIRST_NAME, "lastname": LAST_NAME, "hourly_rate": RATE,
        "internal_rate": _money(50, 80), "extern": _often(0.1),
        "iban": _one_of(None, "DE02120300000000202051"), "birthday": _day(8000, 20_000),
    },
    "user_absence_requests": {"status": _word("approved approved pending")},
    "user_work_time_adjustments": {"hours": _money(-8, 8)},
    "companies": {"type": _word("customer customer customer supplier organization")},
    "contacts": {
        "firstname": FIRST_NAME, "lastname": LAST_NAME, "gender": _word("F M U"),
        "birthday": _one_of(None, "1990-02-28"),
    },
    "comments": {"text": TASK},
    "account_expense_templates": {"unit_price": _money(5, 300)},
    "account_task_templates": {"hourly_rate": RATE},
}
"""How fields vary where nothing else decides them."""
# fmt: on


class Maker(Chance):
    """Fills an account."""

    def __init__(self, account: Account, scale: float, seed: int) -> None:
        """Prepare to fill the account."""
        super().__init__(seed, account.today())
        self.account = account
        self._now = micros(account.clock())
        self._scale = scale

    def count(self, at_scale_one: float) -> range:
        """Return the numbers of so many records at this scale, three at least."""
        return range(max(FEWEST, round(at_scale_one * self._scale)))

    def ids(self, collection: str, **fields: object) -> list[int]:
        """Return the ids of the records that have these values."""
        return [
            record["id"]
            for record in self.account.records[collection].values()
            if all(record[name] == value for name, value in fields.items())
        ]

    def one(self, collection: str) -> int:
        """Return the id of any record."""
        number: int = self.pick(self.account.ids(collection))
        return number

    def some(self, count: int, collections: str) -> None:
        """Add so many records of each collection."""
        for collection in collections.split():
            for _ in self.count(count):
                self.add(collection)

    def add(self, collection: str, ago: float | None = None, **fields: Any) -> Record:
        """Add a record that was made so many days ago, and maybe edited since."""
        ago = self.whenever() if ago is None else ago
        kind, chance = self.account.collections[collection], self.random.random
        created = self._now - int((max(ago, 0) + chance() / 2) * DAY) - 1
        later = int((self._now - created) * chance() ** 3) * self.often(EDITED)
        made: Record = {"date": self.ago(ago)} if "date" in kind.defaults else {}
        made |= {"created_at": created, "updated_at": created + later}
        made |= {name: vary(self) for name, vary in VARIETY.get(collection, {}).items()}
        if "tags" in kind.defaults:
            made["tags"] = self.random.sample(words.TAGS, self.pick((0, 0, 1, 2, 3)))
        if "custom_properties" in kind.defaults:
            made["custom_properties"] = self._custom(words.ENTITIES.get(collection))
        is_gone = (len(self.account.records[collection]) + 1) % ARCHIVED_EVERY == 0
        if "archived_on" in kind.defaults and is_gone:
            made |= {"active": False, "archived_on": self.ago(20)}
        made |= fields
        return self.account.load(collection, {**self._links(collection, made), **made})

    def _links(self, collection: str, made: Record) -> Record:
        """Return foreign keys that lead somewhere, those of no need only sometimes."""
        kind, found = self.account.collections[collection], {}
        for name, key in kind.keys.items():
            is_wanted = key.filled or (key.target != collection and self.often(LINKED))
            if name not in made and is_wanted and self.account.records[key.target]:
                found[name] = self.one(key.target)
        return found

    def _custom(self, entity: str | None) -> dict[str, object]:
        """Return values for some of the custom fields of an entity."""
        return {
            field["name"]: self._value(field["kind"], field.get("defaults", []))
            for field in words.CUSTOM_FIELDS
            if field["entity"] == entity and self.often(FILLED)
        }

    def _value(self, kind: str, options: list[str]) -> object:
        number = self.random.randrange(10_000)
        values: dict[str, Callable[[], object]] = {
            "String": lambda: f"K-{number}",
            "Textarea": lambda: "Erste Zeile\nzweite Zeile",
            "Link": lambda: f"https://example.com/{number}",
            "Boolean": lambda: self.pick("01"),
            "Date": lambda: self.ago(number % HISTORY),
            "Select": lambda: self.pick(options),
            "MultiSelect": lambda: self.random.sample(options, 2),
        }
        return values[kind]()

"""The tools to make up records with."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.generate import words
from tap_moco.sandbox.model import TYPES, micros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Key, Record

DAY = 86_400_000_000
HISTORY = 548
"""The account is so many days old."""
FEWEST = 3
EDITED = 0.2
"""How many of the records were changed after they were made."""
LINKED = 0.3
"""How often a key that may be null leads somewhere."""
FILLED = 0.7
"""How often a custom field has a value."""
ENTITIES = {
    "companies": "Customer",
    "contacts": "Contact",
    "deals": "Deal",
    "invoices": "Invoice",
    "offers": "Offer",
    "project_expenses": "Expense",
    "project_recurring_expenses": "Expense",
    "projects": "Project",
    "purchases": "Purchase",
    "units": "Unit",
    "users": "User",
}
"""What the definitions of custom fields call the collections that have some."""


class Maker:
    """Makes records, all from one source of chance."""

    def __init__(self, account: Account, scale: float, seed: int) -> None:
        """Prepare to fill an account."""
        self.account = account
        self.chance = random.Random(seed)
        self.today = account.today()
        self.now = micros(account.clock())
        self._scale = scale

    # ---- records

    def count(self, at_scale_one: float) -> range:
        """Return the numbers of so many records at this scale, three at least."""
        return range(max(FEWEST, round(at_scale_one * self._scale)))

    def add(self, collection: str, ago: float | None = None, **fields: Any) -> Record:
        """Add a record that was made so many days ago, and maybe edited since.

        Keys, date, tags and custom fields that are not given are made up.
        """
        kind, chance = self.account.collections[collection], self.chance.random
        ago = HISTORY * chance() if ago is None else ago
        created = self.now - int((max(ago, 0) + chance() / 2) * DAY) - 1
        is_edited = chance() < EDITED
        updated = created + is_edited * int((self.now - created) * chance() ** 3)
        made: Record = {"created_at": created, "updated_at": updated}
        for name, key in kind.keys.items():
            if name not in fields:
                made[name] = self._linked(collection, key)
        if (name := kind.polymorphic) and f"{name}_id" not in fields:
            type_ = {**kind.defaults, **fields}[f"{name}_type"]
            made[f"{name}_id"] = self.one(TYPES[type_])
        if "date" in kind.fields:
            made["date"] = self.ago(ago)
        if "tags" in kind.defaults:
            made["tags"] = self.chance.sample(words.TAGS, self.pick((0, 0, 1, 1, 2, 3)))
        if collection in ENTITIES:
            made["custom_properties"] = self._custom(ENTITIES[collection])
        return self.account.load(collection, {**made, **fields})

    def _linked(self, collection: str, key: Key) -> int | None:
        if key.filled:
            return self.one(key.target)
        is_linked = key.target != collection and self.often(LINKED)
        found = self.account.records[key.target]
        return self.one(key.target) if is_linked and found else None

    def _custom(self, entity: str) -> dict[str, object]:
        return {
            field["name"]: self._value(field["kind"], field.get("defaults", []))
            for field in words.CUSTOM_FIELDS
            if field["entity"] == entity and self.often(FILLED)
        }

    def _value(self, kind: str, options: list[str]) -> object:
        values: dict[str, Callable[[], object]] = {
            "String": lambda: f"K-{self.chance.randrange(10_000)}",
            "Textarea": lambda: "Erste Zeile\nzweite Zeile",
            "Link": lambda: f"https://example.com/{self.chance.randrange(10_000)}",
            "Boolean": lambda: self.pick("01"),
            "Date": lambda: self.ago(self.whenever()),
            "Select": lambda: self.pick(options),
            "MultiSelect": lambda: self.chance.sample(options, 2),
        }
        return values[kind]()

    # ---- values

    def all(self, collection: str) -> list[Record]:
        """Return every record so far, by id."""
        return list(self.account.records[collection].values())

    def one(self, collection: str) -> int:
        """Return the id of any record."""
        number: int = self.chance.choice(self.account.ids(collection))
        return number

    def ago(self, days: float) -> str:
        """Return the day so many days ago; a negative number is in the future."""
        return (self.today - timedelta(days=int(days))).isoformat()

    def whenever(self, ahead: int = 0) -> float:
        """Return a number of days between the account's start and so far ahead."""
        return self.chance.random() * (HISTORY + ahead) - ahead

    def money(self, low: int, high: int) -> float:
        """Return an amount that is a multiple of 0.05."""
        return round(self.chance.randrange(low * 20, high * 20) / 20, 2)

    def often(self, probability: float) -> bool:
        """Return true as often as that."""
        return self.chance.random() < probability

    def pick(self, choices: Iterable[Any]) -> Any:
        """Return one of the choices."""
        return self.chance.choice(list(choices))

    def weighted(self, weights: dict[str, int]) -> str:
        """Return one of the keys, as often as its value says."""
        return self.chance.choices(list(weights), list(weights.values()))[0]

"""The tools to make up records with."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.generate import words
from tap_moco.sandbox.model import micros, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Record

DAY = 86_400_000_000
HISTORY = 548
"""The account is so many days old."""
FEWEST = 3
EDITED = 0.2
"""How many of the records were changed after they were made."""


class Maker:
    """Makes records, all from one source of chance."""

    def __init__(self, account: Account, scale: float, seed: int) -> None:
        """Prepare to fill an account."""
        self.account = account
        self.scale = scale
        self.chance = random.Random(seed)
        self.now = micros(account.clock())
        self.today = account.today()
        self._days = [
            (self.today - timedelta(days=ago)).isoformat() for ago in range(HISTORY + 1)
        ]
        self._children: dict[tuple[str, str], dict[int, list[Record]]] = {}

    # ---- records

    def count(self, at_scale_one: float) -> int:
        """Return how many there are at this scale, three at least."""
        return max(FEWEST, round(at_scale_one * self.scale))

    def add(self, collection: str, ago: float | None = None, **fields: Any) -> Record:
        """Add a record that was made so many days ago, and maybe edited since."""
        chance = self.chance.random
        age = int((HISTORY * chance() if ago is None else ago) * DAY)
        created = self.now - age - int(chance() * DAY / 2) - 1
        later = int((self.now - created) * chance() ** 3)
        updated = created + later if chance() < EDITED else created
        stamps = {"created_at": created, "updated_at": updated}
        return self.account.load(collection, {**fields, **stamps})

    def each(self, collection: str, rows: Iterable[Record]) -> None:
        """Add records that are all written down."""
        for row in rows:
            self.add(collection, **row)

    # ---- keys

    def all(self, collection: str) -> list[Record]:
        """Return every record so far, by id."""
        return list(self.account.records[collection].values())

    def one(self, collection: str) -> int:
        """Return the id of any record."""
        number: int = self.chance.choice(self.account.ids(collection))
        return number

    def maybe(self, collection: str, probability: float) -> int | None:
        """Return the id of any record, or nothing."""
        return self.one(collection) if self.often(probability) else None

    def of(self, collection: str, key: str, parent: int) -> list[Record]:
        """Return the records of a parent; the collection must be complete."""
        known = self._children.get((collection, key))
        if known is None:
            known = defaultdict(list)
            for record in self.account.records[collection].values():
                if record.get(key) is not None:
                    known[record[key]].append(record)
            self._children[collection, key] = known
        return known.get(parent, [])

    # ---- values

    def ago(self, days: float) -> str:
        """Return the day so many days ago; a negative number is in the future."""
        if 0 <= days <= HISTORY:
            return self._days[int(days)]
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

    def weighted(self, weights: dict[Any, int]) -> Any:
        """Return one of the keys, as often as its value says."""
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def tags(self) -> list[str]:
        """Return none to three tags."""
        return self.chance.sample(words.TAGS, self.chance.choice((0, 0, 1, 1, 2, 3)))

    def custom(self, entity: str) -> dict[str, object]:
        """Return values for some of the custom fields of an entity."""
        return {
            field["name"]: self._custom(field)
            for field in words.CUSTOM_FIELDS
            if field["entity"] == entity and self.often(words.FILLED)
        }

    def _custom(self, field: Record) -> object:
        options: list[str] = field.get("defaults", [])
        values: dict[str, Callable[[], object]] = {
            "String": lambda: f"K-{self.chance.randrange(10_000)}",
            "Textarea": lambda: "Erste Zeile\nzweite Zeile",
            "Link": lambda: f"https://example.com/{self.chance.randrange(10_000)}",
            "Boolean": lambda: self.chance.choice("01"),
            "Date": lambda: self.ago(self.whenever()),
            "Select": lambda: self.chance.choice(options),
            "MultiSelect": lambda: self.chance.sample(options, 2),
        }
        return values[field["kind"]]()


def year_of(day: str) -> int:
    """Return the year of a day."""
    return date.fromisoformat(day).year


def stamp(microseconds: int) -> str:
    """Return a time as MOCO prints it."""
    return moment(microseconds).isoformat(timespec="seconds")[:-6] + "Z"

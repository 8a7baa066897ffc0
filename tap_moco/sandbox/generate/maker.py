"""Makes up records: what is not given varies, and leads somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.generate import words
from tap_moco.sandbox.generate.chance import HISTORY, VARIETY, Chance
from tap_moco.sandbox.model import micros

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Record

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

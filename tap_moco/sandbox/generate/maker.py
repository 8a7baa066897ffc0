"""Makes up records: what is not given varies by chance, and leads somewhere."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.generate import words
from tap_moco.sandbox.model import Record, Row, micros

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_moco.sandbox.account import Account

HISTORY = 548
"""The account is so many days old."""
DAY = 86_400_000_000
FEWEST = 3
ARCHIVED_EVERY = 7
"""One of so many companies, projects and users is archived."""
EDITED, LINKED, FILLED = 0.2, 0.3, 0.7
"""How often a record was changed after it was made, a key that may be null leads
somewhere, and a custom field has a value."""


class Maker:
    """Fills an account by chance, always the same for the same seed and day."""

    def __init__(self, account: Account, scale: float, seed: int) -> None:
        """Prepare to fill the account."""
        self.account, self.today = account, account.today()
        self.random = random.Random(seed)
        self._now = micros(account.clock())
        self._scale = scale

    def pick(self, choices: Sequence[Any]) -> Any:
        """Return one of the choices."""
        return self.random.choice(choices)

    def often(self, probability: float) -> bool:
        """Return true as often as that."""
        return self.random.random() < probability

    def whenever(self, ahead: int = 0) -> float:
        """Return a number of days between the account's start and so far ahead."""
        return self.random.random() * (HISTORY + ahead) - ahead

    def ago(self, days: float) -> str:
        """Return the day so many days ago; a negative number is in the future."""
        return (self.today - timedelta(days=int(days))).isoformat()

    def count(self, at_scale_one: float) -> range:
        """Return the numbers of so many records at this scale, three at least."""
        return range(max(FEWEST, round(at_scale_one * self._scale)))

    def one(self, collection: str) -> int:
        """Return the id of any record."""
        return int(self.pick(self.account.ids(collection)))

    def some(self, count: int, collections: str) -> None:
        """Add so many records of each collection."""
        for collection in collections.split():
            for _ in self.count(count):
                self.add(collection)

    def add(self, collection: str, ago: float | None = None, **fields: Any) -> Record:
        """Add a record that was made so many days ago, and maybe edited since."""
        ago = self.whenever() if ago is None else ago
        defaults, chance = self.account.collections[collection].defaults, self.random
        created = self._now - int((max(ago, 0) + chance.random() / 2) * DAY) - 1
        later = int((self._now - created) * chance.random() ** 3) * self.often(EDITED)
        made: Row = {"created_at": created, "updated_at": created + later}
        for name, choices in words.VARIETY.get(collection, {}).items():
            made[name] = self.pick(choices)
        if "date" in defaults:
            made["date"] = self.ago(ago)
        if "tags" in defaults:
            made["tags"] = chance.sample(words.TAGS, self.pick((0, 0, 1, 2, 3)))
        if "custom_properties" in defaults:
            made["custom_properties"] = self._custom(collection)
        is_gone = (len(self.account.records[collection]) + 1) % ARCHIVED_EVERY == 0
        if "archived_on" in defaults and is_gone:
            made |= {"active": False, "archived_on": self.ago(20)}
        made |= fields
        return self.account.load(collection, self._links(collection, made) | made)

    def _links(self, collection: str, made: Row) -> Row:
        """Return foreign keys that lead somewhere, those of no need only sometimes."""
        found = {}
        for name, key in self.account.collections[collection].keys.items():
            is_wanted = key.filled or (key.target != collection and self.often(LINKED))
            if name not in made and is_wanted and self.account.records[key.target]:
                found[name] = self.one(key.target)
        return found

    def _custom(self, collection: str) -> Row:
        """Return values for some of the custom fields of a collection."""
        found: Row = {}
        for entity, name, kind, *choices in words.CUSTOM_FIELDS:
            if entity == words.ENTITIES.get(collection) and self.often(FILLED):
                several = kind == "MultiSelect" and self.random.sample(choices, 2)
                found[name] = several or self.pick(choices or words.VALUES[kind])
        return found

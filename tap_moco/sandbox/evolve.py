"""A working day: random changes all over an account."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.account import Account

KINDS: Mapping[str, int] = {
    "insert": 40,
    "edit": 35,
    "rename": 10,
    "archive": 5,
    "delete": 10,
}
"""What happens, and how often."""
INSERTED: Mapping[str, int] = {
    "activities": 40,
    "user_presences": 10,
    "planning_entries": 6,
    "comments": 6,
    "contacts": 4,
    "companies": 2,
    "projects": 3,
    "project_tasks": 4,
    "project_contracts": 3,
    "project_expenses": 4,
    "deals": 3,
    "offers": 3,
    "invoices": 3,
    "invoice_payments": 4,
    "purchases": 4,
    "receipts": 3,
    "schedules": 4,
    "users": 1,
}
EDITED: Mapping[str, str] = {
    "activities": "description",
    "comments": "text",
    "contacts": "job_position",
    "deals": "info",
    "invoices": "title",
    "offers": "title",
    "planning_entries": "comment",
    "project_expenses": "title",
    "project_tasks": "description",
    "purchases": "title",
}
"""A text of each collection that is edited."""
RENAMED: Mapping[str, str] = {
    "companies": "name",
    "contacts": "lastname",
    "deals": "name",
    "projects": "name",
    "project_tasks": "name",
    "users": "lastname",
}
"""What lists are ordered by, so that a change moves a record to another page."""
ARCHIVED = ("companies", "projects", "users", "invoices")
DELETED: Mapping[str, int] = {
    "activities": 30,
    "comments": 5,
    "contacts": 3,
    "invoice_payments": 3,
    "planning_entries": 4,
    "project_expenses": 3,
    "project_tasks": 1,
    "purchases": 2,
    "schedules": 3,
}
FEWEST = 3
"""No collection gets smaller than this."""


def evolve(account: Account, changes: int, seed: int = 1) -> dict[str, int]:
    """Make random changes; return how many there were of each kind."""
    chance = random.Random(seed)
    done: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
    for _ in range(changes):
        kind = _one(chance, KINDS)
        with account.lock:
            _change(account, chance, kind)
        done[kind] += 1
    return dict(done)


def _one(chance: random.Random, weights: Mapping[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def _change(account: Account, chance: random.Random, kind: str) -> None:
    if kind == "insert":
        account.insert(_one(chance, INSERTED))
    elif kind == "archive":
        collection = chance.choice(ARCHIVED)
        account.archive(collection, chance.choice(account.ids(collection)))
    elif kind == "delete":
        large = {n: w for n, w in DELETED.items() if len(account.ids(n)) > FEWEST}
        collection = _one(chance, large)
        account.delete(collection, chance.choice(account.ids(collection)))
    else:
        table = EDITED if kind == "edit" else RENAMED
        collection = chance.choice(list(table))
        number = chance.choice(account.ids(collection))
        text = (
            f"{chance.choice('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}-{chance.randrange(10**6)}"
        )
        account.update(collection, number, **{table[collection]: text})

"""A working day: random changes all over an account."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.account import Account

KINDS = {"insert": 40, "edit": 35, "rename": 10, "archive": 5, "delete": 10}
"""What happens, and how often."""
# What follows are tables, several collections in a line.
# fmt: off
INSERTED = {
    "activities": 40, "user_presences": 10, "planning_entries": 6, "comments": 6,
    "contacts": 4, "project_tasks": 4, "invoice_payments": 4, "schedules": 4,
    "deals": 3, "offers": 3, "invoices": 3, "purchases": 3, "projects": 3,
    "companies": 2, "users": 2, "project_contracts": 2, "receipts": 2,
}
DELETED = {
    "activities": 30, "comments": 5, "planning_entries": 4, "project_tasks": 1,
    "contacts": 3, "invoice_payments": 3, "schedules": 3, "purchases": 3,
}
EDITED = {
    "activities": "description", "project_tasks": "description", "invoices": "title",
    "offers": "title", "purchases": "title", "project_expenses": "title",
    "comments": "text", "contacts": "job_position", "deals": "info",
}
"""A text of each collection that is edited."""
RENAMED = {
    "companies": "name", "deals": "name", "projects": "name", "project_tasks": "name",
    "contacts": "lastname", "users": "lastname",
}
# fmt: on
"""What lists are ordered by, so that a change moves a record to another page."""
ARCHIVED = ("companies", "projects", "users", "invoices")
FEWEST = 3
"""No collection gets smaller than this."""


def evolve(account: Account, changes: int, seed: int = 1) -> dict[str, int]:
    """Make random changes; return how many there were of each kind."""
    chance = random.Random(seed)
    kinds = chance.choices(list(KINDS), list(KINDS.values()), k=changes)
    for kind in kinds:
        with account.lock:
            _change(account, chance, kind)
    return {kind: kinds.count(kind) for kind in KINDS}


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
        fields = EDITED if kind == "edit" else RENAMED
        collection = chance.choice(list(fields))
        text = f"{chance.choice('ABCDEFGHIJKLM')}-{chance.randrange(10**6)}"
        number = chance.choice(account.ids(collection))
        account.update(collection, number, **{fields[collection]: text})

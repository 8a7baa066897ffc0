"""A working day: random changes all over an account."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.account import Account

KINDS = {"insert": 40, "edit": 35, "rename": 10, "archive": 5, "delete": 10}
"""What happens, and how often."""
INSERTED = {
    "activities": 40,
    "user_presences": 10,
    "planning_entries": 6,
    "comments": 6,
}
INSERTED |= dict.fromkeys(
    ["contacts", "project_tasks", "invoice_payments", "schedules"], 4
)
INSERTED |= dict.fromkeys(["deals", "offers", "invoices", "purchases", "projects"], 3)
INSERTED |= dict.fromkeys(["companies", "users", "project_contracts", "receipts"], 2)
DELETED = {"activities": 30, "comments": 5, "planning_entries": 4, "project_tasks": 1}
DELETED |= dict.fromkeys(["contacts", "invoice_payments", "schedules", "purchases"], 3)
EDITED = {
    **dict.fromkeys(["activities", "project_tasks"], "description"),
    **dict.fromkeys(["invoices", "offers", "purchases", "project_expenses"], "title"),
    "comments": "text",
    "contacts": "job_position",
    "deals": "info",
}
"""A text of each collection that is edited."""
RENAMED = {
    **dict.fromkeys(["companies", "deals", "projects", "project_tasks"], "name"),
    **dict.fromkeys(["contacts", "users"], "lastname"),
}
"""What lists are ordered by, so that a change moves a record to another page."""
ARCHIVED = ("companies", "projects", "users", "invoices")
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
        fields = EDITED if kind == "edit" else RENAMED
        collection = chance.choice(list(fields))
        text = f"{chance.choice('ABCDEFGHIJKLM')}-{chance.randrange(10**6)}"
        number = chance.choice(account.ids(collection))
        account.update(collection, number, **{fields[collection]: text})

"""What is asked of the account."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from tap_moco.sandbox.options import Options

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Entity, Record


@dataclass(frozen=True)
class Question:
    """An account, the id and the type in the path, and the parameters."""

    account: Account
    id: int
    type: str
    query: Mapping[str, str]
    chance: random.Random
    options: Options = field(default_factory=Options)

    def in_order(
        self, rows: list[Record], order: Callable[[Record], str]
    ) -> list[Record]:
        """Return rows in an order that leaves equal ones in any, each time anew."""
        self.chance.shuffle(rows)
        return sorted(rows, key=order)

    def numbers(self, name: str) -> list[int]:
        """Return the numbers of a parameter, joined by commas."""
        words = self.query.get(name, "").split(",")
        return [int(word) for word in words if word.isdecimal()]

    def years(self, name: str = "year") -> list[int]:
        """Return the years that are asked for, or the present one."""
        return self.numbers(name) or [self.account.today().year]

    def period(self) -> tuple[str, str]:
        """Return `from` and `to`, or the bounds of the present year."""
        year = self.account.today().year
        bounds = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
        for name in bounds.keys() & self.query.keys():
            with suppress(ValueError):  # MOCO ignores what is no date
                bounds[name] = date.fromisoformat(self.query[name]).isoformat()
        return bounds["from"], bounds["to"]

    def users(self, parameter: str) -> list[Entity]:
        """Return the users by id; the archived ones if the parameter says so."""
        is_whole = self.query.get(parameter) == "true"
        users = self.account.entities("users")
        return [user for user in users if is_whole or user.record["active"]]

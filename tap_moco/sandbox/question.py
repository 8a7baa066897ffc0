"""What is asked of answers that are computed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_moco.sandbox.filters import day

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Mapping

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

    def in_order(
        self, rows: Iterable[Record], order: Callable[[Record], object]
    ) -> list[Record]:
        """Return rows in an order that leaves equal ones in any, each time anew."""
        found = list(rows)
        self.chance.shuffle(found)
        return sorted(found, key=order)  # type: ignore[arg-type]

    def numbers(self, name: str) -> list[int]:
        """Return the numbers of a parameter, joined by commas."""
        words = self.query.get(name, "").split(",")
        return [int(word) for word in words if word.isdecimal()]

    def years(self, name: str = "year") -> list[int]:
        """Return the years that are asked for, or the present one."""
        return self.numbers(name) or [self.account.today().year]

    def period(self) -> tuple[str, str]:
        """Return `from` and `to`, or the bounds of the present year."""
        bounds = {"from": f"{self.account.today().year}-01-01"}
        bounds["to"] = bounds["from"].replace("01-01", "12-31")
        for name in bounds.keys() & self.query.keys():
            with suppress(ValueError):  # MOCO ignores what is no date
                bounds[name] = day(self.query[name])
        return bounds["from"], bounds["to"]

    def users(self, parameter: str) -> list[Entity]:
        """Return the users by id; the archived ones if the parameter says so."""
        is_whole = self.query.get(parameter) == "true"
        users = self.account.entities("users")
        return [user for user in users if is_whole or user.record["active"]]

"""What is asked of the account, and how it is served."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Record


@dataclass(frozen=True)
class Options:
    """How the account is served; where MOCO's way is not known, both can be had."""

    latency: float = 0.0
    """Seconds that pass before each answer."""
    limit: tuple[int, float] | None = None
    """So many requests in so many seconds are answered."""
    fixed_window: bool = False
    """Whether these seconds start anew at their end, and do not slide."""
    before_request: Callable[..., object] | None = None
    """Called with each request, which is an `Entry`, and the account, under its lock;
    may change the account, but must not ask the server."""
    max_per_page: int = 100
    heeds_per_page: bool = True
    sort_fields: str = "documented"
    """Whether `id` and the times can be sorted by: `all`, `documented` (id of
    activities only), or `none`: `sort_by` is ignored everywhere."""
    inclusive: bool = False
    """Whether `updated_after` gives what was changed at that very time."""
    has_fixed_ties: bool = False
    """Whether equal rows come in the same order each time that a page is asked for;
    the next page may still have another one."""


@dataclass(frozen=True)
class Question:
    """An account, the parameters, and the id and the type in the path."""

    account: Account
    query: Mapping[str, str]
    chance: random.Random
    options: Options = field(default_factory=Options)
    id: int = 0
    type: str = ""

    def in_order(self, rows: list[Any], order: Callable[[Any], Any]) -> list[Any]:
        """Return rows in an order that leaves equal ones in any, each time anew."""
        chance = self.chance
        if self.options.has_fixed_ties:
            chance = random.Random(str(sorted(self.query.items())))
        return sorted(chance.sample(rows, len(rows)), key=order)

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

    def users(self, parameter: str) -> list[Record]:
        """Return the users by id; the archived ones if the parameter says so."""
        is_whole = self.query.get(parameter) == "true"
        return [one for one in self.account.all("users") if is_whole or one["active"]]

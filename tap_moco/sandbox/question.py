"""What is asked of answers that are computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_moco.sandbox.filters import parse_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Record


@dataclass(frozen=True)
class Question:
    """An account, the id and the type in the path, and the parameters."""

    account: Account
    id: int
    type: str
    query: Mapping[str, str]

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
        first, last = (parse_day(self.query.get(name, "")) for name in ("from", "to"))
        return first or f"{year}-01-01", last or f"{year}-12-31"

    def users(self, archived: str = "") -> list[Record]:
        """Return the users by id; the archived ones if that parameter says so."""
        users = self.account.records["users"].values()
        every = not archived or self.query.get(archived) == "true"
        return [user for user in users if every or user["active"]]


def whole_name(user: Record) -> str:
    """Return a user's first and last name."""
    return f"{user['firstname']} {user['lastname']}"

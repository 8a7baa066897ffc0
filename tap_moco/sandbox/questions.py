"""What is asked of answers that are computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tap_moco.sandbox.filters import BOOLEANS, parse_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.sources import Record


@dataclass(frozen=True)
class Question:
    """The ids of a path, and its parameters; what makes no sense is not there."""

    ids: tuple[int, ...]
    query: Sequence[tuple[str, str]]
    path: str

    def texts(self, name: str) -> list[str]:
        """Return the values of a parameter, repeated or joined by commas."""
        return [
            word
            for key, text in self.query
            if key in {name, f"{name}[]"}
            for word in text.split(",")
            if word
        ]

    def numbers(self, name: str) -> list[int]:
        """Return the whole numbers of a parameter."""
        return [int(text) for text in self.texts(name) if text.isdecimal()]

    def number(self, name: str) -> int | None:
        """Return the last whole number of a parameter."""
        return next(reversed(self.numbers(name)), None)

    def flag(self, name: str) -> bool | None:
        """Return true or false, or None where neither was said."""
        return next((BOOLEANS.get(text) for text in self.texts(name)), None)

    def year(self, account: Account) -> int:
        """Return the year that is asked for, or the present one."""
        return self.number("year") or account.today().year

    def period(self, account: Account) -> tuple[str, str]:
        """Return `from` and `to`, or the bounds of the present year."""
        year = account.today().year
        days = {name: self.texts(name)[-1:] for name in ("from", "to")}
        first, last = (parse_day(text[0]) if text else None for text in days.values())
        return first or f"{year}-01-01", last or f"{year}-12-31"


def whole_name(user: Record) -> str:
    """Return a user's first and last name."""
    return f"{user['firstname']} {user['lastname']}"


def shown(account: Account, *, archived: bool) -> list[Record]:
    """Return the users by id, those that are archived too where asked for."""
    records = account.records["users"]
    users = [records[number] for number in account.ids("users")]
    return [user for user in users if archived or user.get("active", True)]


def days_between(first: str, last: str) -> list[date]:
    """Return every day from the first to the last."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]

"""Chance, from one source."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

HISTORY = 548
"""The account is so many days old."""


class Chance:
    """Values by chance, always the same for the same seed and day."""

    def __init__(self, seed: int, today: date) -> None:
        """Start from the seed."""
        self.random = random.Random(seed)
        self.today = today

    def pick(self, choices: Sequence[Any]) -> Any:
        """Return one of the choices."""
        return self.random.choice(choices)

    def often(self, probability: float) -> bool:
        """Return true as often as that."""
        return self.random.random() < probability

    def money(self, low: int, high: int) -> float:
        """Return an amount that is a multiple of 0.05."""
        return round(self.random.randrange(low * 20, high * 20) / 20, 2)

    def whenever(self, ahead: int = 0) -> float:
        """Return a number of days between the account's start and so far ahead."""
        return self.random.random() * (HISTORY + ahead) - ahead

    def ago(self, days: float) -> str:
        """Return the day so many days ago; a negative number is in the future."""
        return (self.today - timedelta(days=int(days))).isoformat()

"""A whole made-up account."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_moco.sandbox.account import Account, utc_now
from tap_moco.sandbox.generate import business, people
from tap_moco.sandbox.generate.maker import Maker

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

STEPS: tuple[Callable[[Maker], None], ...] = (
    people.settings,
    people.people,
    people.contacts,
    business.projects,
    business.sales,
    business.purchasing,
    business.time,
    business.notes,
)
"""Each step refers to what the steps before it made."""


def generate_account(
    scale: float = 1.0, seed: int = 1, now: datetime | None = None
) -> Account:
    """Make up an account, always the same for the same arguments.

    Args:
        scale: The size; 1 has 12 users and 3,000 time entries.
        seed: Another one gives another account.
        now: The account's time, which goes on from there; by default the real one.
    """
    account = Account(utc_now if now is None else _ticking(now), seed=seed)
    frozen, clock = account.clock(), account.clock
    account.clock = lambda: now or frozen
    maker = Maker(account, scale, seed)
    for step in STEPS:
        step(maker)
    account.clock = clock
    return account


def _ticking(start: datetime) -> Callable[[], datetime]:
    zero = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - zero)

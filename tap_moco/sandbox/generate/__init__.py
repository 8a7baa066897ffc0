"""A whole made-up account."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_moco.sandbox.account import Account, utc_now
from tap_moco.sandbox.generate.maker import Maker
from tap_moco.sandbox.generate.steps import STEPS

if TYPE_CHECKING:
    from datetime import datetime


def generate_account(
    scale: float = 1.0, seed: int = 1, now: datetime | None = None
) -> Account:
    """Make up an account, always the same for the same arguments.

    Args:
        scale: The size; 1 has 12 users and 3,000 time entries.
        seed: Another one gives another account.
        now: The account's time, which goes on from there; by default the real one.
    """
    start, zero = now or utc_now(), time.monotonic()
    account = Account(lambda: start, seed=seed)
    maker = Maker(account, scale, seed)
    for step in STEPS:
        step(maker)
    account.clock = utc_now
    if now is not None:
        account.clock = lambda: now + timedelta(seconds=time.monotonic() - zero)
    return account

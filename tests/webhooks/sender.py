"""MOCO's side: deliveries that are signed, and repeated until a 2xx comes."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_moco.sandbox import webhooks
from tap_moco.sandbox.webhooks import post

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = "1d608b9d72219b90ff2393a1d3ee0ac0"
OTHER_KEY = "ffffffffffffffffffffffffffffffff"
FIRST_TIMESTAMP = 1_795_000_000_000


@dataclass(frozen=True)
class Delivery(webhooks.Delivery):
    """One event on its way, as the sandbox makes it, which knows no receiver."""

    timestamp: int = FIRST_TIMESTAMP

    @property
    def identity(self) -> tuple[str, str, int, int]:
        """What tells two events apart here."""
        return self.target, self.event, self.record["id"], self.timestamp

    def headers(self, key: str = KEY) -> dict[str, str]:
        """Return the headers, signed with a key."""
        return super().headers(key)


@dataclass
class Sender:
    """Sends as MOCO does.

    Attributes:
        urls: Where receivers are; each try goes to one of them, as by a balancer.
        key: What to sign with.
        patience: Seconds after which a delivery is given up: then the test fails.
        tries: How often something was sent so far.
    """

    urls: Sequence[str]
    key: str = KEY
    patience: float = 60.0
    tries: int = field(default=0, init=False)

    def deliver(self, delivery: Delivery) -> None:
        """Send until a 2xx comes within ten seconds, with exponential back-off."""
        deadline = time.monotonic() + self.patience
        pause = 0.02
        while not self._is_accepted(delivery):
            assert time.monotonic() < deadline, f"{delivery} was never accepted"
            time.sleep(random.uniform(0.5, 1) * pause)
            pause = min(pause * 2, 1.0)

    def _is_accepted(self, delivery: Delivery) -> bool:
        self.tries += 1
        url = random.choice(self.urls)
        return 200 <= post(url, delivery.headers(self.key), delivery.body) < 300

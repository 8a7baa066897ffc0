"""A small account, and a script of what happens before which request."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tap_moco.sandbox import Account, serve
from tests.support.clock import NOW, Clock
from tests.support.quick import pour
from tests.support.runs import settings
from tests.support.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_moco.sandbox import Server
    from tests.support.outcome import Outcome

LONG_AGO = timedelta(days=40)


@dataclass
class Scene:
    """An account, a target, and the script of one run.

    Attributes:
        script: What happens before the n-th request of a run, counted from 1.
        asked: Requests of the run so far.
        pace: Seconds between two requests.
    """

    account: Account
    clock: Clock
    target: Target
    script: dict[int, list[Callable[[], object]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    asked: int = 0
    pace: float = 1.0
    server: Server | None = None

    @classmethod
    def make(cls, now: datetime = NOW) -> Scene:
        """Return an empty account."""
        clock = Clock(now)
        account = Account(clock)
        return cls(account, clock, Target(account))

    def fill(self, collection: str, count: int, **fields: Any) -> list[int]:
        """Insert old rows; return their ids."""
        return [
            self.account.insert(
                collection,
                **{name: make(n) for name, make in fields.items()},
                created_at=self.clock.now - LONG_AGO + timedelta(minutes=n),
            )["id"]
            for n in range(count)
        ]

    def before(self, request: int, *changes: Callable[[], object]) -> None:
        """Let changes happen before the n-th request of the next run."""
        self.script[request] += changes

    def on_request(self, *_: object) -> None:
        """Let time pass, and follow the script."""
        self.asked += 1
        self.clock.tick(self.pace)
        for change in self.script.get(self.asked, ()):
            self.clock.tick(0.001)
            change()

    @contextmanager
    def served(self, **options: Any) -> Iterator[Scene]:
        """Serve the account, in pages of 3 rows, always at the same address."""
        known = {"max_per_page": 3, "before_request": self.on_request, **options}
        if self.server:
            known["port"] = urlsplit(self.server.url).port
        with serve(self.account, **known) as server:
            self.server = server
            yield self

    def run(
        self, *streams: str, kill_after: int | None = None, **config: Any
    ) -> Outcome:
        """Run the tap; the script starts at its first request, and ends with it."""
        assert self.server
        self.asked = 0
        outcome = pour(
            settings(self.server, **config),
            streams,
            self.target,
            sleep=self.clock.tick,
            kill_after=kill_after,
        )
        self.script.clear()
        self.clock.tick(60)
        return outcome

    def bookmark(self, stream: str) -> dict[str, Any]:
        """Return a stream's part of the last state."""
        return self.target.bookmark(stream)

"""A whole account that changes, and runs of the tap that read it."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.support.clock import NOW, Clock
from tests.support.quick import KilledError, Pipe
from tests.support.runs import settings
from tests.support.stub import stub
from tests.support.target import Target

from .account_changes import Changes
from .account_model import AccountModel, stamp
from .account_server import AccountServer
from .account_tap import make_tap, time_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.tap import TapMoco
    from tests.support.stub import Stub

    from .account_plan import Plan


@dataclass
class Result:
    """How a run ended, and what it cost."""

    is_success: bool
    was_killed: bool
    reasons: list[str]
    requests: list[tuple[str, dict[str, str]]]
    written: dict[str, int]


class AccountScene:
    """An account whose rows change between runs, and while it is read.

    Attributes:
        budget: So many changes may still come while it is read.
    """

    def __init__(self, plan: Plan) -> None:
        """Fill the account with old rows."""
        self._plan = plan
        self.clock = Clock(NOW - timedelta(days=30))
        self.rng = random.Random(plan.seed * 7919)
        self.target = Target()
        self.budget = 0
        self.account = AccountModel(self.clock, plan.seed)
        self.server = AccountServer(
            self.account, plan.world, plan.seed, self._before_request
        )
        self.changes = Changes(
            self.account, self.clock, self.rng, plan.streams, plan.masks
        )
        self.changes.fill(plan.rows)
        self._stub: Stub | None = None

    def _before_request(self) -> None:
        self.clock.tick(self._plan.pace)
        if self.budget and self.rng.random() < 0.3:
            self.budget -= 1
            self.changes.change()

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve the account, and let the tap live in its time."""
        plan = self._plan
        living = time_of(self.clock, plan.skew, plan.world.page, plan.window)
        with stub(self.server) as self._stub, living:
            yield

    def run(
        self,
        streams: tuple[str, ...],
        config: dict[str, Any],
        kill_after: int | None = None,
    ) -> Result:
        """Run the tap once, from the target's last state."""
        self.server.requests.clear()
        before = Counter(self.target.written)
        given = {
            "overlap_seconds": self._plan.overlap,
            "concurrency": self._plan.concurrency,
            **config,
        }
        tap = self._tap(streams, given, kill_after)
        was_killed = not self._read_all(tap)
        stats = tap.context.stats
        result = Result(
            not was_killed and stats.is_success,
            was_killed,
            [f"{r.name}: {r.reason}" for r in stats.of("failed")],
            list(self.server.requests),
            dict(Counter(self.target.written) - before),
        )
        self.changes.log.append(
            f"{stamp(self.clock.now)} RUN {given} "
            f"{'killed' if was_killed else result.reasons or 'ok'} "
            f"{len(result.requests)} requests, wrote {result.written}"
        )
        return result

    def _tap(
        self, streams: tuple[str, ...], config: dict[str, Any], kill_after: int | None
    ) -> TapMoco:
        assert self._stub
        pipe = Pipe(self.target, kill_after)
        given = settings(self._stub, **config)
        return make_tap(given, streams, self.target.state, self.clock.tick, pipe)

    def _read_all(self, tap: TapMoco) -> bool:
        """Let a tap read; return whether it came to its end."""
        try:
            tap.run.read_all()
        except KilledError:
            self.budget = 0
            return False
        finally:
            tap.context.close()
        return True

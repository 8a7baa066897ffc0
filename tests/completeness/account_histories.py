"""Random histories of a whole account, read by many streams at once."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.support.clock import NOW, Clock
from tests.support.quick import KilledError, Pipe
from tests.support.runs import settings
from tests.support.stub import stub
from tests.support.target import Target

from .account_changes import Changes
from .account_check import Check
from .account_kinds import KINDS, STREAMS
from .account_model import AccountModel, stamp
from .account_pages import World
from .account_server import AccountServer
from .account_tap import make_tap, time_of

if TYPE_CHECKING:
    from tests.support.stub import Stub


@dataclass(frozen=True)
class Plan:
    """What a history is made of; all of it follows from the seed.

    Attributes:
        streams: That are read in the last runs, and in the others but for some.
        masks: Rows are imported and restored, which deletes can mask.
        rolls_back: Whoever runs the tap loses a state, and goes on from an older one.
        skew: Seconds that the tap's clock is ahead of the server's.
    """

    seed: int
    streams: tuple[str, ...]
    rows: int
    rounds: int
    world: World
    page: int
    window: int
    pace: float
    overlap: int
    masks: bool
    kills: bool
    denies: bool
    changes_settings: bool
    deselects: bool
    is_busy: bool
    rolls_back: bool
    skew: int
    concurrency: int

    @classmethod
    def of(cls, seed: int) -> Plan:
        """Make the plan of a seed."""
        rng = random.Random(seed)
        page = rng.choice((5, 7, 9, 100))
        deaf = (
            ("/purchases/payments", "/purchases/drafts") if rng.random() < 0.2 else ()
        )
        return cls(
            seed=seed,
            streams=tuple(n for n in STREAMS if rng.random() < rng.choice((0.4, 0.9))),
            rows=rng.choice((0, 3, 8, 14, 22)),
            rounds=rng.choice((1, 2, 3, 4)),
            world=World(
                page=page,
                ties=rng.choice(("shuffle", "shuffle", "page", "id")),
                inclusive=rng.random() < 0.5,
                sorts=rng.random() < 0.5,
                deaf=deaf,
            ),
            page=page,
            window=page * rng.choice((1, 2, 20)),
            pace=rng.choice((0.1, 0.4, 1.0)),
            overlap=rng.choice((10, 60)),
            masks=rng.random() < 0.5,
            kills=rng.random() < 0.3,
            denies=rng.random() < 0.3,
            changes_settings=rng.random() < 0.4,
            deselects=rng.random() < 0.4,
            is_busy=rng.random() < 0.5,
            concurrency=rng.choice((1, 4, 8)),
            rolls_back=rng.random() < 0.2,
            skew=rng.choice((0, 0, 600, -600)),
        )


@dataclass
class Result:
    """How a run ended, and what it cost."""

    is_success: bool
    was_killed: bool
    reasons: list[str]
    requests: list[tuple[str, dict[str, str]]]
    written: dict[str, int]


class AccountHistory:
    """An account whose rows change between runs, and while it is read.

    Args:
        plan: All of it follows from this.
    """

    def __init__(self, plan: Plan) -> None:
        """Fill the account with old rows."""
        self.plan = plan
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
        self.check = Check(self.account, self.target, self.changes, plan.streams)
        self.changes.fill(plan.rows)

    @property
    def log(self) -> list[str]:
        """What has happened so far."""
        return self.changes.log

    def _before_request(self) -> None:
        self.clock.tick(self.plan.pace)
        if self.budget and self.rng.random() < 0.3:
            self.budget -= 1
            self.changes.change()

    def run(
        self,
        server: Stub,
        streams: tuple[str, ...],
        kill_after: int | None = None,
        **config: Any,
    ) -> Result:
        """Run the tap once, in the account's time."""
        self.check.config = {
            "overlap_seconds": self.plan.overlap,
            "concurrency": self.plan.concurrency,
            **config,
        }
        self.server.requests.clear()
        before = Counter(self.target.written)
        keys = {name: set(rows) for name, rows in self.target.rows.items()}
        pipe = Pipe(self.target, kill_after)
        state = self.target.state
        tap = make_tap(
            settings(server, **self.check.config), streams, state, self.clock.tick, pipe
        )
        was_killed = False
        try:
            tap.run.read_all()
        except KilledError:
            was_killed = True
            self.budget = 0
        tap.context.close()
        stats = tap.context.stats
        if was_killed:
            self.check.leeway.doubt_all_but(keys)
        result = Result(
            not was_killed and stats.is_success,
            was_killed,
            [f"{r.name}: {r.reason}" for r in stats.of("failed")],
            list(self.server.requests),
            dict(Counter(self.target.written) - before),
        )
        self.changes.log.append(
            f"{stamp(self.clock.now)} RUN {self.check.config} "
            f"{'killed' if was_killed else result.reasons or 'ok'} "
            f"{len(result.requests)} requests, wrote {result.written}"
        )
        return result

    def play(self) -> None:
        """Play the history to its end, and compare."""
        plan = self.plan
        with (
            stub(self.server) as server,
            time_of(self.clock, plan.skew, plan.page, plan.window),
        ):
            for _ in range(plan.rounds):
                self._round(server)
            self.server.denied.clear()
            self.budget = 0
            is_bare = not plan.changes_settings or self.rng.random() < 0.7
            config: dict[str, Any] = {} if is_bare else {"include_archived": False}
            self._settle(server, config)
            self.check.compare("after the next run", swept=False)
            self._idle(server, config)
            self.clock.tick(8 * 86_400)
            self.settled(self.run(server, plan.streams, **config))
            self.check.compare("after a sweep", swept=True)
            self._idle(server, config)

    def _round(self, server: Stub) -> None:
        rng, plan = self.rng, self.plan
        self.clock.tick(rng.choice((0, 30, 3600, 30 * 3600, 9 * 86_400)))
        for _ in range(rng.choice((0, 1, 3, 8))):
            self.changes.change()
        self.server.denied = set()
        if plan.denies and rng.random() < 0.5:
            self.server.denied = self._denials()
        config: dict[str, Any] = {}
        if plan.changes_settings:
            config["include_archived"] = rng.random() < 0.6
            config["report_interval_hours"] = rng.choice((0, 24))
            if rng.random() < 0.3:
                config["start_date"] = rng.choice(("2026-06-01", "2025-01-01"))
            if rng.random() < 0.3:
                config["project_children"] = "embedded"
        streams = plan.streams
        if plan.deselects:
            streams = tuple(n for n in streams if rng.random() < 0.7)
        if not streams:
            return
        self.budget = rng.choice((0, 2, 10)) if plan.is_busy else 0
        kill = rng.randint(0, 150) if plan.kills and rng.random() < 0.5 else None
        begun, older = self.clock.now, self.target.state
        keys = {name: set(rows) for name, rows in self.target.rows.items()}
        result = self.run(server, streams, kill, **config)
        self.budget = 0
        if result.is_success:
            self.check.check_what_was_there(streams, begun, self.server.denied)
        if plan.rolls_back and rng.random() < 0.4:
            self.changes.log.append("an older state is restored")
            self.target.state = older
            self.check.leeway.doubt_all_but(keys)

    def _denials(self) -> set[str]:
        paths = {KINDS[name].path for name in KINDS if self.rng.random() < 0.15}
        for number in self.account.rows["invoices"]:
            if self.rng.random() < 0.3:
                paths.add(f"/invoices/{number}")
        return paths

    def _settle(self, server: Stub, config: dict[str, Any]) -> None:
        """Run until nothing is written any more; each run has to go well."""
        for _ in range(4):
            self.clock.tick(26 * 3600)
            result = self.run(server, self.plan.streams, **config)
            self.settled(result)
            if not result.written:
                return
            found = self.check.differences(swept=False)
            assert not found, ("after the next run", found)
        raise AssertionError(("never quiet", result.written))

    def settled(self, result: Result) -> None:
        """A run of a quiet account goes well, and does not cost the earth."""
        assert result.is_success, result.reasons
        rows = sum(map(len, self.account.rows.values()))
        most = 4 * len(self.plan.streams) + 3 * rows
        assert len(result.requests) <= most, ("requests", len(result.requests), most)

    def _idle(self, server: Stub, config: dict[str, Any]) -> None:
        """A second run on a quiet account writes nothing."""
        self.clock.tick(2 * 3600)
        result = self.run(server, self.plan.streams, **config)
        assert result.is_success, result.reasons
        assert not result.written, ("idle", result.written)
        asked = Counter(path for path, _ in result.requests)
        lists = {kind.path for kind in KINDS.values() if kind.stamps}
        # what proves a list of a few pages of equal rows, for `taggings` once more
        most = 16 if self.plan.page == 100 else 40
        much = {path: n for path, n in asked.items() if path in lists and n > most}
        assert not much, ("idle requests", much)

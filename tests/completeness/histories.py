"""Random histories of an account that is changed while it is read."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tap_moco.sandbox import Account, serve
from tests.support.clock import NOW, Clock, age
from tests.support.quick import pour
from tests.support.runs import settings
from tests.support.target import Target

from .row_changes import KINDS, Change, RowChanges
from .row_check import RowCheck
from .worlds import WORLDS, World

if TYPE_CHECKING:
    from tap_moco.sandbox import Server
    from tests.support.outcome import Outcome

LOUD = ("declared deleted", "projects could not be read")
"""How the reasons end with which a stream may fail."""
MOST_RUNS = 6
"""Until an account that stands still is read. Pages of 3 rows, many of them
equal and shuffled at each request, are not always whole within one run."""


@dataclass(frozen=True)
class Turn:
    """One run of the tap, and what happens meanwhile.

    Attributes:
        before: Changes while the tap does not run.
        during: Changes before each request.
        kill_after: Messages until the process is killed; None for never.
        pause: Seconds since the run before.
        sweeps: Its last sweep is long ago.
    """

    before: list[Change]
    during: list[list[Change]]
    kill_after: int | None
    pause: float
    sweeps: bool


@dataclass(frozen=True)
class History:
    """An account, and several runs in a row."""

    world: World
    rows: int
    page: int
    sort_fields: str
    inclusive: bool
    pace: float
    skew: int
    overlap: int
    window: int
    turns: list[Turn]


CHANGES = st.builds(
    Change, st.sampled_from(KINDS), st.integers(0, 40), st.integers(0, 40)
)
TURNS = st.builds(
    Turn,
    before=st.lists(CHANGES, max_size=4),
    during=st.lists(st.lists(CHANGES, max_size=2), max_size=12),
    kill_after=st.none() | st.integers(0, 40),
    pause=st.sampled_from((0.0, 2.0, 90.0, 4000.0)),
    sweeps=st.booleans(),
)
HISTORIES = st.builds(
    History,
    world=st.sampled_from(WORLDS),
    rows=st.integers(0, 22),
    page=st.integers(3, 7),
    sort_fields=st.sampled_from(("documented", "all", "none")),
    inclusive=st.booleans(),
    pace=st.sampled_from((0.3, 0.9, 2.0)),
    skew=st.sampled_from((0, 0, 600, -600)),
    overlap=st.sampled_from((1, 60)),
    window=st.integers(2, 12),
    turns=st.lists(TURNS, min_size=1, max_size=3),
)


class Play:
    """A history that is being played.

    Attributes:
        due: Changes that are still to come, before each request.
    """

    def __init__(self, history: History) -> None:
        """Make the account that the history begins with."""
        world = history.world
        self.history = history
        self.clock = Clock(NOW + timedelta(seconds=history.skew, days=-30))
        self.account = Account(self.clock)
        self.target = Target(self.account)
        self.changes = RowChanges(world, self.account, self.clock)
        self.check = RowCheck(world, self.account, self.target)
        self.due: deque[list[Change]] = deque()
        self._fill()

    def _fill(self) -> None:
        for number in range(self.history.rows):
            self.clock.tick(self.history.pace)  # the last rows are a moment old
            self.changes.make([Change("insert", 0, number * 7)])
            if number % 3 == 0:
                self.changes.make([Change("task", number, 0)])

    def before_request(self, *_: object) -> None:
        """Let time pass, and change what is to be changed before this request."""
        self.clock.tick(self.history.pace)
        if self.due:
            self.changes.make(self.due.popleft())

    def run(self, server: Server, kill_after: int | None = None) -> Outcome:
        """Run the tap once, and check what must hold after any run."""
        streams = self.history.world.streams
        begun = self.clock.now
        existed = {name: set(self.account.ids(name)) for name in streams}
        old = copy.deepcopy(self.target.state)
        count = len(self.target.messages)
        outcome = pour(
            settings(server, overlap_seconds=self.history.overlap),
            streams,
            self.target,
            sleep=self.clock.tick,
            kill_after=kill_after,
        )
        wrongly = self.target.wrongly_removed
        assert not wrongly, f"deleted, but alive: {wrongly}"
        for reason in outcome.reasons:
            assert reason.endswith(LOUD), reason
        if outcome.is_success:
            self.check.after_success(existed, int(begun.timestamp() * 1_000_000))
        elif not outcome.was_killed:
            self.check.after_failure(old, self.target.messages[count:])
        return outcome

    def run_to_success(self, server: Server) -> None:
        """Run hour after hour, as a schedule does; equal rows take some luck."""
        for _ in range(MOST_RUNS):
            self.clock.tick(3600)
            outcome = self.run(server)
            if outcome.is_success:
                return
        assert outcome.is_success, outcome.reasons


def play(history: History) -> None:
    """Play a history to its end, when nothing changes any more."""
    played = Play(history)
    options: dict[str, Any] = {
        "max_per_page": history.page + history.world.room,
        "sort_fields": history.sort_fields,
        "inclusive": history.inclusive,
        "before_request": played.before_request,
    }
    with serve(played.account, **options) as server:
        for turn in history.turns:
            played.clock.tick(turn.pause)
            played.changes.make(turn.before)
            played.due = deque(turn.during)
            if turn.sweeps:
                age(played.target.state)
            played.run(server, turn.kill_after)
        played.due.clear()
        played.run_to_success(server)
        played.check.same(deletes=False)
        age(played.target.state)
        played.run_to_success(server)
        played.check.same(deletes=True)

"""Random histories of invoices, their reminders and what only a single one has."""

from __future__ import annotations

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

from .detail_changes import LONG_AGO, ORDINARY, UNSEEN, Change, DetailChanges
from .detail_check import DetailCheck

if TYPE_CHECKING:
    from tap_moco.sandbox import Server
    from tests.support.outcome import Outcome

DETAILS = ("invoices", "invoice_details")
CHILDREN = (*DETAILS, "invoice_attachments")
REMINDERS = ("invoice_reminders", *DETAILS)
START_DATE = (NOW - timedelta(days=200)).isoformat()
MOST_RUNS = 6


@dataclass(frozen=True)
class Turn:
    """One run of the tap, and what happens before and meanwhile.

    Attributes:
        kill_after: Messages until the process is killed; None for never.
        pause: Seconds since the run before.
        sweeps: The last sweeps are long ago.
        narrow: Settings that leave rows out.
    """

    before: list[Change]
    during: list[list[Change]]
    kill_after: int | None
    pause: float
    sweeps: bool
    narrow: dict[str, Any]


@dataclass(frozen=True)
class History:
    """An account, and several runs in a row."""

    streams: tuple[str, ...]
    rows: int
    page: int
    window: int
    checkpoint: int
    concurrency: int
    turns: list[Turn]


CHANGES = st.builds(Change, st.sampled_from(ORDINARY + UNSEEN), st.integers(0, 40))
TURNS = st.builds(
    Turn,
    before=st.lists(CHANGES, max_size=5),
    during=st.lists(st.lists(CHANGES, max_size=1), max_size=10),
    kill_after=st.none() | st.integers(0, 40),
    pause=st.sampled_from((0.0, 8.0, 90.0, 4000.0)),
    sweeps=st.booleans(),
    narrow=st.sampled_from(
        ({}, {}, {}, {"start_date": START_DATE}, {"include_archived": False})
    ),
)
HISTORIES = st.builds(
    History,
    streams=st.sampled_from((DETAILS, CHILDREN, REMINDERS)),
    rows=st.integers(0, 14),
    page=st.integers(3, 7),
    window=st.sampled_from((3, 5, 1000)),
    checkpoint=st.integers(1, 4),
    concurrency=st.sampled_from((1, 4)),
    turns=st.lists(TURNS, min_size=1, max_size=4),
)


class Play:
    """A history that is being played.

    Attributes:
        due: Changes that are still to come, before each request.
    """

    def __init__(self, history: History) -> None:
        """Make the account that the history begins with."""
        self.history = history
        self.clock = Clock(NOW - timedelta(days=30))
        self.account = Account(self.clock)
        self.target = Target(self.account)
        self.changes = DetailChanges(self.account, self.clock)
        self.check = DetailCheck(self.account, self.target, self.changes)
        self.due: deque[list[Change]] = deque()
        self._fill()

    def _fill(self) -> None:
        for number in range(self.history.rows):
            self.clock.tick(0.4)
            age_of_row = LONG_AGO + timedelta(days=number * 30)
            self.changes.add_invoice(number, created_at=age_of_row)
            if number % 3 == 0:
                self.changes.make([Change("remind", number), Change("attach", number)])

    def before_request(self, *_: object) -> None:
        """Let time pass, and change what is to be changed before this request."""
        self.clock.tick(0.4)
        if self.due:
            self.changes.make(self.due.popleft())

    def run(
        self, server: Server, kill_after: int | None = None, **narrow: Any
    ) -> Outcome:
        """Run the tap once, and check what must hold after any run."""
        begun, was_unseen = self.clock.now, self.changes.unseen
        concurrency = self.history.concurrency
        outcome = pour(
            settings(server, concurrency=concurrency, **narrow),
            self.history.streams,
            self.target,
            sleep=self.clock.tick,
            kill_after=kill_after,
        )
        wrongly = self.target.wrongly_removed
        assert not wrongly, f"deleted, but alive: {wrongly}"
        state = self.target.bookmark("invoice_details")
        was_skipped = "replication_key_value" not in state  # all so far were denied
        is_certain = not (was_skipped or was_unseen or self.changes.unseen)
        if outcome.is_success and is_certain:
            self.check.details(older_than=begun, **narrow)
        return outcome

    def run_to_success(self, server: Server) -> None:
        """Run hour after hour, as a schedule does."""
        for _ in range(MOST_RUNS):
            self.clock.tick(3600)
            outcome = self.run(server)
            if outcome.is_success:
                return
        assert outcome.is_success, outcome.reasons


def play(history: History) -> None:
    """Play a history to its end, when nothing changes any more."""
    played = Play(history)
    clock, changes, target = played.clock, played.changes, played.target
    before = played.before_request
    page = history.page
    with serve(played.account, max_per_page=page, before_request=before) as server:
        changes.server = server
        for turn in history.turns:
            clock.tick(turn.pause)
            changes.make(turn.before)
            played.due = deque(turn.during)
            if turn.sweeps:
                age(target.state)
            played.run(server, turn.kill_after, **turn.narrow)
        played.due.clear()
        changes.make([Change("grant", 0), Change("mend", 0)])
        played.run_to_success(server)
        age(target.state)
        played.run_to_success(server)
        clock.tick(60)
        played.check.details(older_than=clock.now)
        if "invoice_attachments" in history.streams:
            played.check.attachments()

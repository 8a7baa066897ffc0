"""Random histories of an account that is changed while it is read."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tap_moco.sandbox import Account, serve
from tests.support.clock import NOW, Clock, age
from tests.support.quick import pour
from tests.support.runs import settings
from tests.support.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.sandbox import Server
    from tests.support.outcome import Outcome

DATES: tuple[str | None, ...] = (
    *("0001-01-01", "1899-12-31", "2023-02-28", "2024-01-31", "2025-12-31"),
    *("2026-08-01", "2026-10-31", "2026-11-01", "2026-11-24", "2027-06-30"),
    None,
)
NAMES = ("", "Anna", "anna", "Mitte", "Zoe", "Ärger")
"""Few, so that there are ties, and some that order each other at random."""
INSTANT = 0.007
"""Seconds between two changes before the same request."""
LOUD = ("declared deleted", "projects could not be read")
"""How the reasons end with which a stream may fail."""
MOST_RUNS = 6
"""Until an account that stands still is read. Pages of 3 rows, many of them
equal and shuffled at each request, are not always whole within one run."""


@dataclass(frozen=True)
class World:
    """What is read, and how its rows can be changed.

    Attributes:
        streams: Selected; the first one's list is read.
        text: A field that is edited.
        name: The field that orders the list, if it can be edited.
        date: The field that windows and orders go by.
        archive: Fields that hide a row, and those that show it again.
        room: How many rows more than elsewhere a page has: rows without stamps of one
            person and day are proven only if they fit one.
    """

    streams: tuple[str, ...]
    text: str
    name: str | None = None
    date: str | None = None
    archive: tuple[dict[str, Any], dict[str, Any]] | None = None
    room: int = 0

    @property
    def collection(self) -> str:
        """The collection of the list."""
        return self.streams[0]


ACTIVE = ({"active": False}, {"active": True})
WORLDS = (
    World(("activities",), "description", date="date"),
    World(("purchases",), "title", date="date"),
    World(("receipts",), "title", date="date", room=5),
    World(("project_expenses",), "title", date="date"),
    World(
        ("invoices",),
        "title",
        date="date",
        archive=({"status": "disregarded"}, {"status": "sent"}),
    ),
    World(("offers",), "title", date="date"),
    World(("projects", "project_tasks"), "info", name="name", archive=ACTIVE),
    World(("companies",), "website", name="name", archive=ACTIVE),
    World(("contacts",), "job_position", name="lastname"),
    World(("deals",), "info", name="name"),
    World(("comments",), "text"),
)

KINDS = (
    *("insert", "insert", "edit", "rename", "rename", "move", "move"),
    *("archive", "restore", "delete", "delete", "undo", "task", "untask", "retask"),
)
"""`undo` deletes the newest row: what came and went between two requests."""


@dataclass(frozen=True)
class Change:
    """One change; the numbers choose the row and the value."""

    kind: str
    row: int
    value: int


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


@dataclass
class Play:
    """A history that is being played."""

    history: History
    account: Account
    clock: Clock
    target: Target
    due: deque[list[Change]] = field(default_factory=deque)
    texts: int = 0
    people: list[int] = field(default_factory=list)

    def before_request(self, *_: object) -> None:
        """Let time pass, and change what is to be changed before this request."""
        self.clock.tick(self.history.pace)
        if self.due:
            self.change(self.due.popleft())

    def change(self, changes: Iterable[Change]) -> None:
        """Make changes, each in its own instant."""
        for change in changes:
            self.clock.tick(INSTANT)
            getattr(self, f"_{change.kind}")(change)

    # ---- kinds of changes

    def fields(self, value: int) -> dict[str, Any]:
        """Return the fields of a new row."""
        world = self.history.world
        fields: dict[str, Any] = {}
        if world.name:
            fields[world.name] = NAMES[value % len(NAMES)]
        if world.date:
            fields[world.date] = DATES[value % len(DATES)]
        if world.room:
            fields["user_id"] = self.people[value % len(self.people)]
        return fields

    def _update(self, change: Change, fields: dict[str, Any]) -> None:
        collection = self.history.world.collection
        if ids := self.account.ids(collection):
            self.account.update(collection, ids[change.row % len(ids)], **fields)

    def _insert(self, change: Change) -> None:
        fields = self.fields(change.value)
        self.account.insert(self.history.world.collection, **fields)

    def _edit(self, change: Change) -> None:
        self.texts += 1
        self._update(change, {self.history.world.text: f"text {self.texts}"})

    def _rename(self, change: Change) -> None:
        if name := self.history.world.name:
            self._update(change, {name: NAMES[change.value % len(NAMES)]})

    def _move(self, change: Change) -> None:
        if date := self.history.world.date:
            self._update(change, {date: DATES[change.value % len(DATES)]})

    def _archive(self, change: Change) -> None:
        if archive := self.history.world.archive:
            self._update(change, archive[0])

    def _restore(self, change: Change) -> None:
        if archive := self.history.world.archive:
            self._update(change, archive[1])

    def _delete(self, change: Change) -> None:
        collection = self.history.world.collection
        if ids := self.account.ids(collection):
            self.account.delete(collection, ids[change.row % len(ids)])

    def _undo(self, _change: Change) -> None:
        collection = self.history.world.collection
        if ids := self.account.ids(collection):
            self.account.delete(collection, ids[-1])

    def _task(self, change: Change) -> None:
        ids = self.account.ids("projects")
        if "project_tasks" in self.history.world.streams and ids:
            project = ids[change.row % len(ids)]
            self.account.insert("project_tasks", project_id=project)

    def _untask(self, change: Change) -> None:
        if ids := self.account.ids("project_tasks"):
            self.account.delete("project_tasks", ids[change.row % len(ids)])

    def _retask(self, change: Change) -> None:
        self.texts += 1
        if ids := self.account.ids("project_tasks"):
            number = ids[change.row % len(ids)]
            text = f"text {self.texts}"
            self.account.update("project_tasks", number, description=text)

    # ---- runs

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
            self._check_whole(existed, int(begun.timestamp() * 1_000_000))
        elif not outcome.was_killed:
            self._check_failure(old, self.target.messages[count:])
        return outcome

    def run_to_success(self, server: Server) -> None:
        """Run hour after hour, as a schedule does; equal rows take some luck."""
        for _ in range(MOST_RUNS):
            self.clock.tick(3600)
            outcome = self.run(server)
            if outcome.is_success:
                return
        assert outcome.is_success, outcome.reasons

    def _check_whole(self, existed: dict[str, set[int]], begun: int) -> None:
        """A success means that nothing of what there was before is missing."""
        for stream, before in existed.items():
            alive = self.account.records[stream]
            missing = (before & alive.keys()) - self.target.ids(stream)
            assert not missing, f"{stream} lacks {missing}"
            unchanged = {n for n in before & alive.keys() if is_older(alive[n], begun)}
            self.check_fields(stream, unchanged)

    def _check_failure(self, old: dict[str, Any], messages: list[str]) -> None:
        """A failure deletes nothing, and moves no bookmark."""
        assert "ACTIVATE_VERSION" not in messages
        for stream in self.history.world.streams:
            before = old.get("bookmarks", {}).get(stream, {})
            after = self.target.bookmark(stream)
            name = "replication_key_value"
            assert after.get(name) == before.get(name)
            swept, was = after.get("sweep", {}), before.get("sweep", {})
            for name in ("version", "completed_at"):
                assert swept.get(name) == was.get(name)

    def check_fields(self, stream: str, numbers: Iterable[int]) -> None:
        """The target's rows are as the account has them."""
        fields = ("updated_at", self.history.world.text)
        if stream == "project_tasks":
            fields = ("description", "name")
        wanted = set(numbers)
        for row in self.account.rows(stream):
            if row["id"] in wanted:
                own = self.target.row(stream, row["id"])
                for name in fields:
                    where = (stream, row["id"], name)
                    assert alike(own.get(name), row.get(name)), where

    def check_same(self, *, deletes: bool) -> None:
        """The target is the account."""
        for stream in self.history.world.streams:
            ids = set(self.account.ids(stream))
            missing = ids - self.target.ids(stream)
            assert not missing, f"{stream} lacks {missing}"
            extra = self.target.ids(stream) - ids
            assert not (deletes and extra), f"{stream} still has {extra}"
            self.check_fields(stream, ids)


def is_older(record: dict[str, Any], moment: int) -> bool:
    """Return whether a record was last changed before a time, in microseconds."""
    return bool(record["updated_at"] < moment)


def alike(own: object, sent: object) -> bool:
    """Compare a field, whatever the tap has documented to normalize of it."""
    if own in (None, "") and sent in (None, ""):
        return True
    if isinstance(own, str) and isinstance(sent, str) and sent.endswith("Z"):
        return own[:19] == sent[:19]
    return own == sent


def start(history: History) -> Play:
    """Make the account that a history begins with."""
    clock = Clock(NOW + timedelta(seconds=history.skew, days=-30))
    account = Account(clock)
    play = Play(history, account, clock, Target(account))
    if history.world.room:
        play.people = [account.insert("users")["id"] for _ in range(4)]
    for number in range(history.rows):
        clock.tick(history.pace)  # the last rows are a moment old
        play.change([Change("insert", 0, number * 7)])
        if number % 3 == 0:
            play.change([Change("task", number, 0)])
    return play


def play(history: History) -> None:
    """Play a history to its end, when nothing changes any more."""
    played = start(history)
    options: dict[str, Any] = {
        "max_per_page": history.page + history.world.room,
        "sort_fields": history.sort_fields,
        "inclusive": history.inclusive,
        "before_request": played.before_request,
    }
    with serve(played.account, **options) as server:
        for turn in history.turns:
            played.clock.tick(turn.pause)
            played.change(turn.before)
            played.due = deque(turn.during)
            if turn.sweeps:
                age(played.target.state)
            played.run(server, turn.kill_after)
        played.due.clear()
        played.run_to_success(server)
        played.check_same(deletes=False)
        age(played.target.state)
        played.run_to_success(server)
        played.check_same(deletes=True)

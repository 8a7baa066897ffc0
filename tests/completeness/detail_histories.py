"""Random histories of invoices, their reminders and what only a single one has."""

from __future__ import annotations

import re
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

DETAILS = ("invoices", "invoice_details")
CHILDREN = (*DETAILS, "invoice_attachments")
REMINDERS = ("invoice_reminders", *DETAILS)
LONG_AGO = NOW - timedelta(days=400)
START_DATE = (NOW - timedelta(days=200)).isoformat()
ODD = {"odd": "no text"}
ORDINARY = (
    *("insert", "insert", "edit", "edit", "delete", "disregard", "restore"),
    *("remind", "remind", "reword", "attach", "attach", "retitle", "deny", "grant"),
    *("spoil", "mend"),
)
UNSEEN = ("import", "backdate", "unremind", "unremind", "move", "detach")
"""What increments cannot show, or not always: a sweep has to find it."""
MOST_RUNS = 6


@dataclass(frozen=True)
class Change:
    """One change; the number chooses the row."""

    kind: str
    row: int


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


@dataclass
class Play:
    """A history that is being played.

    Attributes:
        touched: When each invoice, or what its details hold, last changed.
        denied: Invoices whose details the key may not read.
        unseen: Something changed that only a sweep can find.
    """

    history: History
    account: Account
    clock: Clock
    target: Target
    server: Server | None = None
    due: deque[list[Change]] = field(default_factory=deque)
    touched: dict[int, Any] = field(default_factory=dict)
    denied: set[int] = field(default_factory=set)
    unseen: bool = False
    texts: int = 0

    def before_request(self, *_: object) -> None:
        """Let time pass, and change what is to be changed before this request."""
        self.clock.tick(0.4)
        if self.due:
            self.change(self.due.popleft())

    def change(self, changes: Iterable[Change]) -> None:
        """Make changes, each in its own instant."""
        for change in changes:
            self.clock.tick(0.007)
            self.unseen |= change.kind in UNSEEN
            self.texts += 1
            getattr(self, f"_{change.kind}")(change.row)

    # Kinds of changes

    def _some(self, collection: str, row: int) -> int | None:
        ids = self.account.ids(collection)
        return ids[row % len(ids)] if ids else None

    def _touch(self, *invoices: int | None) -> None:
        for number in invoices:
            if number is not None:
                self.touched[number] = self.clock.now

    def _insert(self, row: int, **more: Any) -> None:
        month = f"2026-{row % 10 + 1:02}-15"
        invoice = self.account.insert("invoices", date=month, **more)
        self._touch(invoice["id"])

    def _import(self, row: int) -> None:
        self._insert(row, created_at=LONG_AGO + timedelta(days=300, minutes=row))

    def _edit(self, row: int, **more: Any) -> None:
        if number := self._some("invoices", row):
            fields = {"footer": f"text {self.texts}", **more}
            self.account.update("invoices", number, **fields)
            self._touch(number)

    def _backdate(self, row: int) -> None:
        self._edit(row, updated_at=LONG_AGO + timedelta(days=300, seconds=self.texts))

    def _spoil(self, row: int) -> None:
        self._edit(row, footer=ODD)

    def _mend(self, _row: int) -> None:
        for number in self.account.ids("invoices"):
            if self.account.get("invoices", number)["footer"] == ODD:
                self.account.update("invoices", number, footer="right")
                self._touch(number)

    def _disregard(self, row: int) -> None:
        self._edit(row, status="disregarded")

    def _restore(self, row: int) -> None:
        self._edit(row, status="sent")

    def _delete(self, row: int) -> None:
        if number := self._some("invoices", row):
            self.account.delete("invoices", number)
            self.unseen = True  # its reminders went with it

    def _remind(self, row: int) -> None:
        if number := self._some("invoices", row):
            fields = {"invoice_id": number, "text": f"text {self.texts}"}
            self.account.insert("invoice_reminders", **fields)
            self._touch(number)

    def _on_reminder(self, row: int, **fields: Any) -> None:
        if number := self._some("invoice_reminders", row):
            before = self.account.get("invoice_reminders", number)["invoice_id"]
            self.account.update("invoice_reminders", number, **fields)
            self._touch(before, fields.get("invoice_id"))

    def _reword(self, row: int) -> None:
        self._on_reminder(row, text=f"text {self.texts}")

    def _move(self, row: int) -> None:
        self._on_reminder(row, invoice_id=self._some("invoices", row * 3))

    def _unremind(self, row: int) -> None:
        if number := self._some("invoice_reminders", row):
            self._touch(self.account.get("invoice_reminders", number)["invoice_id"])
            self.account.delete("invoice_reminders", number)

    def _attach(self, row: int) -> None:
        """Attach a file, which changes the invoice."""
        if number := self._some("invoices", row):
            self.account.insert("invoice_attachments", invoice_id=number)
            self._edit(row)

    def _retitle(self, row: int) -> None:
        if number := self._some("invoice_attachments", row):
            invoice = self.account.get("invoice_attachments", number)["invoice_id"]
            title = f"text {self.texts}"
            self.account.update("invoice_attachments", number, title=title)
            self.account.update("invoices", invoice)
            self._touch(invoice)

    def _detach(self, row: int) -> None:
        if number := self._some("invoice_attachments", row):
            self._touch(self.account.get("invoice_attachments", number)["invoice_id"])
            self.account.delete("invoice_attachments", number)

    def _deny(self, row: int) -> None:
        number = self._some("invoices", row)
        if number and self.server:
            self.denied.add(number)
            path = re.escape(f"/invoices/{number}")
            self.server.faults.add("403", rf"{path}($|/)", times=None)

    def _grant(self, _row: int) -> None:
        if self.server:
            self.denied.clear()
            self.server.faults.clear()

    # Runs

    def run(self, kill_after: int | None = None, **narrow: Any) -> Outcome:
        """Run the tap once, and check what must hold after any run."""
        assert self.server
        begun, was_unseen = self.clock.now, self.unseen
        concurrency = self.history.concurrency
        outcome = pour(
            settings(self.server, concurrency=concurrency, **narrow),
            self.history.streams,
            self.target,
            sleep=self.clock.tick,
            kill_after=kill_after,
        )
        wrongly = self.target.wrongly_removed
        assert not wrongly, f"deleted, but alive: {wrongly}"
        state = self.target.bookmark("invoice_details")
        was_skipped = "replication_key_value" not in state  # all so far were denied
        is_certain = not (was_skipped or was_unseen or self.unseen)
        if outcome.is_success and is_certain:
            self.check(older_than=begun, **narrow)
        return outcome

    def run_to_success(self) -> None:
        """Run hour after hour, as a schedule does."""
        for _ in range(MOST_RUNS):
            self.clock.tick(3600)
            outcome = self.run()
            if outcome.is_success:
                return
        assert outcome.is_success, outcome.reasons

    def check(self, *, older_than: Any, **narrow: Any) -> None:
        """The target has the details of each invoice as the account has them."""
        hidden = "disregarded" if narrow.get("include_archived") is False else None
        held = {row["id"]: row for row in self.target.of("invoice_details")}
        for row in self.account.rows("invoices", single=True):
            number = row["id"]
            is_in = row["status"] != hidden and number not in self.denied
            is_in &= row["updated_at"] >= narrow.get("start_date", "")[:19]
            if not is_in or self.touched[number] >= older_than:
                continue
            assert number in held, f"invoice_details lacks {number}"
            own = held[number]
            texts = [reminder["text"] for reminder in own.get("reminders") or ()]
            wanted = [reminder["text"] for reminder in row.get("reminders") or ()]
            assert texts == wanted, f"reminders of {number}: {texts}, not {wanted}"
            footers = [own.get("footer") or "", row.get("footer") or ""]
            assert footers[0] == footers[1], f"footer of {number}: {footers}"

    def check_children(self) -> None:
        """After a sweep there are no other rows of attachments, either."""
        if "invoice_attachments" in self.history.streams:
            rows = self.account.records["invoice_attachments"]
            held = {row["id"]: row for row in self.target.of("invoice_attachments")}
            assert held.keys() == rows.keys(), "invoice_attachments"
            for number, row in held.items():
                assert row["title"] == rows[number]["title"]


def play(history: History) -> None:
    """Play a history to its end, when nothing changes any more."""
    clock = Clock(NOW - timedelta(days=30))
    account = Account(clock)
    played = Play(history, account, clock, Target(account))
    for number in range(history.rows):
        clock.tick(0.4)
        age_of_row = LONG_AGO + timedelta(days=number * 30)
        played._insert(number, created_at=age_of_row)
        if number % 3 == 0:
            played.change([Change("remind", number), Change("attach", number)])
    before = played.before_request
    with serve(account, max_per_page=history.page, before_request=before) as server:
        played.server = server
        for turn in history.turns:
            clock.tick(turn.pause)
            played.change(turn.before)
            played.due = deque(turn.during)
            if turn.sweeps:
                age(played.target.state)
            played.run(turn.kill_after, **turn.narrow)
        played.due.clear()
        played.change([Change("grant", 0), Change("mend", 0)])
        played.run_to_success()
        age(played.target.state)
        played.run_to_success()
        played.unseen = False
        clock.tick(60)
        played.check(older_than=clock.now)
        played.check_children()

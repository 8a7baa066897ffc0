"""A list that moves while it is read, and what is true of it at each moment.

It is a model of its own, without the tap and without HTTP: continuous time, rows
that show some seconds after their stamps, and requests in flight side by side.
"""

from __future__ import annotations

import random
from bisect import insort
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

START = datetime(2026, 11, 24, 9, 30, tzinfo=timezone.utc)
LOOK_BACK = 10.0
"""Seconds that are looked at before another pass."""


@dataclass
class Row:
    """A row; times are seconds since the start of the history."""

    place: float
    created: float
    updated: float
    is_in: bool = True
    """Whether the filter shows it."""


@dataclass(frozen=True)
class Shown:
    """A response.

    Attributes:
        rows: The stamp of each row that it shows.
        all_rows: What the list held at its moment.
        is_whole: It has the total.
    """

    sent: float
    moment: float
    answered: float
    rows: dict[int, float]
    all_rows: frozenset[int]
    is_whole: bool


@dataclass
class MovingList:
    """A list, its events in continuous time, and a reader of it.

    Args:
        seed: Everything follows from it.
        kind: `whole`: rows enter by being created. `changes`: also by being changed.
            `window`: they also leave by being changed.
        latest: Seconds until a row shows, at most.
    """

    seed: int
    kind: str
    latest: float = 3.0
    now: float = 0.0
    rows: dict[int, Row] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Draw the rows, and how fast they change."""
        self.chance = chance = random.Random(self.seed)
        self._rate = chance.choice((0.2, 0.5, 1, 2, 5))
        self._deletes = chance.choice((0.1, 0.3, 0.5))
        self._latency = chance.choice((0.05, 0.3, 1.0))
        self._size = chance.choice((2, 3, 4, 5))
        self._late: list[tuple[float, int, str, float]] = []
        self._next = chance.expovariate(self._rate)
        self._count = 0
        for _ in range(chance.randint(4, 14)):
            self._insert(-20.0 - 3600 * chance.random())

    def _insert(self, stamp: float) -> None:
        self._count += 1
        is_in = self.kind != "window" or self.chance.random() < 0.7
        row = Row(self.chance.random(), stamp, stamp, is_in=is_in)
        self.rows[self._count] = row

    def _change(self, kind: str, stamp: float) -> None:
        if kind == "insert":
            self._insert(stamp)
        elif self.rows and kind == "delete":
            del self.rows[self.chance.choice(list(self.rows))]
        elif self.rows:
            row = self.rows[self.chance.choice(list(self.rows))]
            row.updated = max(row.updated, stamp)
            if self.chance.random() < 0.4:
                row.place = self.chance.random()
            if self.kind == "window" and self.chance.random() < 0.5:
                row.is_in = not row.is_in

    def go_to(self, moment: float) -> None:
        """Let everything happen that happens until then."""
        while min(self._next, self._late[0][0] if self._late else moment) <= moment:
            if self._late and self._late[0][0] <= self._next:
                self.now, _, kind, stamp = self._late.pop(0)
                self._change(kind, stamp)
                continue
            stamp = self.now = self._next
            self._next += self.chance.expovariate(self._rate)
            draw = self.chance.random()
            if draw < self._deletes:
                self._change("delete", stamp)
                continue
            kind = "insert" if draw < (1 + 2 * self._deletes) / 3 else "edit"
            delay = self.chance.choice((0.0, self.latest * self.chance.random()))
            insort(self._late, (stamp + delay, len(self.shown), kind, stamp))
        self.now = moment

    def _listed(self) -> list[int]:
        """Return the list in its order."""
        found = [(row.place, n) for n, row in self.rows.items() if row.is_in]
        return [number for _, number in sorted(found)]

    def stamp(self, number: int) -> float:
        """Return what says when a row entered, cut to a second as MOCO does it."""
        row = self.rows[number]
        return float((row.created if self.kind == "whole" else row.updated) // 1)

    # Reading

    def ask(self, pages: list[tuple[int, int] | None]) -> None:
        """Ask for pages side by side, each by number and size; None for what is new.

        They are put down in the order of asking, whatever the order of the answers.
        """
        begun, jobs = self.now, []
        for index in range(len(pages)):
            sent = begun + 0.02 * self.chance.random()
            moment = sent + 0.001 + self._latency * self.chance.random()
            jobs.append((moment, index, sent))
        answers: dict[int, Shown] = {}
        for moment, index, sent in sorted(jobs):
            self.go_to(moment)
            answered = moment + 0.001 + self._latency * self.chance.random()
            answers[index] = self._answer(pages[index], sent, answered)
        self.shown += [answers[index] for index in range(len(pages))]
        self.go_to(max(answer.answered for answer in answers.values()))

    def _answer(
        self, page: tuple[int, int] | None, sent: float, answered: float
    ) -> Shown:
        listed = self._listed()
        if page is None:
            since = sent // 1 - LOOK_BACK
            some = [n for n in listed if self.rows[n].updated > since]
        else:
            number, size = page
            some = listed[number * size : (number + 1) * size]
        stamps = {number: self.stamp(number) for number in some}
        is_whole = page is not None
        return Shown(sent, self.now, answered, stamps, frozenset(listed), is_whole)

    def read(self, passes: int, at_once: int) -> None:
        """Read all pages again and again, after what is new from the second time on."""
        for number in range(passes):
            size = max(2, self._size - (0, 1, 0, 2)[number % 4])
            if number:
                self.ask([None])
            page = 0
            while True:
                self.ask([(page + n, size) for n in range(at_once if page else 1)])
                page += at_once if page else 1
                if len(self.shown[-1].rows) < size:
                    break


def at(seconds: float) -> datetime:
    """Return the server's time."""
    return START + timedelta(seconds=seconds)

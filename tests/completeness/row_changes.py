"""What people do to the rows of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.sandbox import Account
    from tests.support.clock import Clock

    from .worlds import World

DATES: tuple[str | None, ...] = (
    *("0001-01-01", "1899-12-31", "2023-02-28", "2024-01-31", "2025-12-31"),
    *("2026-08-01", "2026-10-31", "2026-11-01", "2026-11-24", "2027-06-30"),
    None,
)
NAMES = ("", "Anna", "anna", "Mitte", "Zoe", "Ärger")
"""Few, so that there are ties, and some that order each other at random."""
INSTANT = 0.007
"""Seconds between two changes before the same request."""
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


@dataclass
class RowChanges:
    """Makes changes, each in its own instant."""

    world: World
    account: Account
    clock: Clock
    texts: int = 0

    def __post_init__(self) -> None:
        """Let there be some people where rows are told apart by them."""
        people = range(4 if self.world.room else 0)
        self._people = [self.account.insert("users")["id"] for _ in people]

    def make(self, changes: Iterable[Change]) -> None:
        """Make some changes, one after the other."""
        for change in changes:
            self.clock.tick(INSTANT)
            getattr(self, f"_{change.kind}")(change)

    def _fields(self, value: int) -> dict[str, Any]:
        world = self.world
        fields: dict[str, Any] = {}
        if world.name:
            fields[world.name] = NAMES[value % len(NAMES)]
        if world.date:
            fields[world.date] = DATES[value % len(DATES)]
        if world.room:
            fields["user_id"] = self._people[value % len(self._people)]
        return fields

    def _insert(self, change: Change) -> None:
        fields = self._fields(change.value)
        self.account.insert(self.world.collection, **fields)

    def _update(self, change: Change, fields: dict[str, Any]) -> None:
        collection = self.world.collection
        if ids := self.account.ids(collection):
            self.account.update(collection, ids[change.row % len(ids)], **fields)

    def _edit(self, change: Change) -> None:
        self.texts += 1
        self._update(change, {self.world.text: f"text {self.texts}"})

    def _rename(self, change: Change) -> None:
        if name := self.world.name:
            self._update(change, {name: NAMES[change.value % len(NAMES)]})

    def _move(self, change: Change) -> None:
        if date := self.world.date:
            self._update(change, {date: DATES[change.value % len(DATES)]})

    def _archive(self, change: Change) -> None:
        if archive := self.world.archive:
            self._update(change, archive[0])

    def _restore(self, change: Change) -> None:
        if archive := self.world.archive:
            self._update(change, archive[1])

    def _delete(self, change: Change) -> None:
        collection = self.world.collection
        if ids := self.account.ids(collection):
            self.account.delete(collection, ids[change.row % len(ids)])

    def _undo(self, _change: Change) -> None:
        collection = self.world.collection
        if ids := self.account.ids(collection):
            self.account.delete(collection, ids[-1])

    def _task(self, change: Change) -> None:
        ids = self.account.ids("projects")
        if "project_tasks" in self.world.streams and ids:
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

"""What windows, filters and settings must not lose or delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_moco.completeness import windows
from tests.support.clock import age

from .scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a list of six rows too long for one window."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 5)


def missing(scene: Scene, stream: str) -> set[int]:
    """Return the rows that the target lacks."""
    return set(scene.account.ids(stream)) - scene.target.ids(stream)


def test_row_without_a_date() -> None:
    """A row that no window shows is read all the same, or the run says so."""
    scene = Scene.make()
    scene.fill(
        "invoices", 12, date=lambda n: None if n == 5 else f"2026-0{n % 9 + 1}-02"
    )
    with scene.served():
        outcome = scene.run("invoices")
    assert not outcome.is_success or not missing(scene, "invoices")


def test_row_without_a_date_while_one_is_deleted() -> None:
    """A row that is gone meanwhile does not stand in for the one without a date."""
    scene = Scene.make()
    dates = ("2026-11-02", "2026-10-02", "2026-09-02")
    ids = scene.fill(
        "invoices", 12, date=lambda n: None if n == 5 else dates[n % len(dates)]
    )
    scene.before(
        5,
        lambda: scene.account.delete("invoices", ids[0]),
        lambda: scene.account.update("invoices", ids[1], title="new"),
    )
    with scene.served():
        outcome = scene.run("invoices")
    assert not outcome.is_success or not missing(scene, "invoices")


def test_dates_at_both_ends() -> None:
    """The years 1 and 9999 are in the first and the last window."""
    scene = Scene.make()
    dates = ("0001-01-01", "1899-12-31", "1900-01-01", "9999-12-31", "2026-11-24")
    for stream in ("activities", "purchases", "project_expenses"):
        scene.fill(stream, 15, date=lambda n: dates[n % len(dates)])
    with scene.served():
        assert scene.run("activities", "purchases", "project_expenses").is_success
    for stream in ("activities", "purchases", "project_expenses"):
        assert not missing(scene, stream)


def test_row_that_leaves_a_window_and_comes_back() -> None:
    """Seen in the first pass does not mean counted in the second."""
    scene = Scene.make()
    ids = scene.fill(
        "activities", 13, date=lambda n: "2026-11-03" if n < 10 else "2026-08-03"
    )

    def move(row: int, month: int) -> Callable[[], object]:
        date = f"2026-{month}-01"
        return lambda: scene.account.update("activities", ids[row - 1], date=date)

    scene.before(3, move(1, 10))  # 1 is the first page of all, 2 of the window
    scene.before(5, move(10, 10), move(1, 11))
    scene.before(6, move(1, 10))
    scene.before(7, move(10, 11))
    with scene.served():
        outcome = scene.run("activities")
    assert not outcome.is_success or not missing(scene, "activities")


def test_hidden_rows_are_not_deleted() -> None:
    """Without archived rows, archiving looks like deleting: nothing is declared."""
    scene = Scene.make()
    ids = scene.fill("projects", 7)
    with scene.served():
        assert scene.run("projects", "project_tasks").is_success
        scene.account.archive("projects", ids[0])
        for _ in range(2):
            age(scene.target.state)
            scene.clock.tick(60)
            outcome = scene.run("projects", "project_tasks", include_archived=False)
            assert outcome.is_success
        assert "ACTIVATE_VERSION" in scene.target.messages
        assert not missing(scene, "projects")


def test_start_date_deletes_nothing() -> None:
    """What is older than `start_date` is not read, which says nothing of it."""
    scene = Scene.make()
    scene.fill("contacts", 7)
    with scene.served():
        assert scene.run("contacts").is_success
        scene.account.insert("contacts")
        age(scene.target.state)
        scene.clock.tick(60)
        before = len(scene.target.messages)
        assert scene.run("contacts", start_date="2026-11-24").is_success
        assert "ACTIVATE_VERSION" not in scene.target.messages[before:]
        assert not missing(scene, "contacts")


def test_rejected_record_deletes_nothing() -> None:
    """A record that fits no column keeps its older row, and fails the run."""
    scene = Scene.make()
    ids = scene.fill("contacts", 7)
    with scene.served():
        assert scene.run("contacts").is_success
        scene.account.update("contacts", ids[3], tags="nonsense")
        age(scene.target.state)
        scene.clock.tick(60)
        before = len(scene.target.messages)
        assert not scene.run("contacts").is_success
        assert "ACTIVATE_VERSION" not in scene.target.messages[before:]
        assert not missing(scene, "contacts")


def test_bookmark_without_a_sweep() -> None:
    """A state that was brought along is swept when as much time has passed."""
    scene = Scene.make()
    ids = scene.fill("contacts", 7)
    bookmark = {
        "replication_key": "updated_at",
        "replication_key_value": "2020-01-01T00:00:00Z",
    }
    scene.target.state = {"bookmarks": {"contacts": bookmark}}
    with scene.served():
        assert scene.run("contacts").is_success
        scene.account.delete("contacts", ids[0])
        scene.clock.tick(60)
        sweep = scene.target.state["bookmarks"]["contacts"]["sweep"]
        sweep["waits_since"] = "2026-01-01T00:00:00Z"
        assert scene.run("contacts", full_sweep_days=1).is_success
    assert ids[0] not in scene.target.ids("contacts")

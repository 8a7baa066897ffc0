"""Runs that were killed, and those that go on from their state."""

from __future__ import annotations

from typing import Any

import pytest

from tap_moco.completeness import windows
from tests.support.clock import age

from .scene import Scene

MONTHS = ("2026-11-03", "2026-10-05", "2026-09-05", "2026-08-05")


def month(number: int) -> str:
    """Give three rows to each month, the newest first."""
    return MONTHS[number // 3 % len(MONTHS)]


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a window of each month."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 2)


def loaded(collection: str) -> tuple[Scene, list[int]]:
    """Return an account of twelve rows in four months."""
    scene = Scene.make()
    return scene, scene.fill(collection, 12, date=month)


def kill_after_a_window(scene: Scene, *streams: str, **config: Any) -> None:
    """Kill a run at its first message after a window has been finished."""
    state = scene.target.state
    for messages in range(1, 60):
        scene.target.state = state
        scene.run(*streams, kill_after=messages, **config)
        if any("resume" in scene.bookmark(s).get("sweep", {}) for s in streams):
            return
    pytest.fail("no window was ever finished")


def check(scene: Scene, stream: str) -> None:
    """The target is the account."""
    assert not scene.target.wrongly_removed
    assert scene.target.ids(stream) == set(scene.account.ids(stream))


def test_goes_on_after_the_last_window() -> None:
    """A window that was finished is not read again."""
    scene, ids = loaded("activities")
    with scene.served() as served:
        kill_after_a_window(scene, "activities")
        assert scene.target.ids("activities") >= set(ids[:3])
        assert served.server
        served.server.clear()
        assert scene.run("activities").is_success
        asked = [dict(entry.query) for entry in served.server.requests]
    assert not [query for query in asked if query.get("from") == "2026-11-01"]
    check(scene, "activities")
    assert "resume" not in scene.bookmark("activities")["sweep"]


def test_moved_into_a_finished_window_between_the_runs() -> None:
    """The closing read goes back to the start of the run that was killed."""
    scene, ids = loaded("activities")
    with scene.served():
        kill_after_a_window(scene, "activities")
        scene.account.update("activities", ids[11], date="2026-11-02")
        scene.account.insert("activities", date="2026-11-01")
        scene.account.delete("activities", ids[0])
        scene.clock.tick(86_400)
        assert scene.run("activities").is_success
        assert not scene.target.wrongly_removed
        assert scene.target.ids("activities") >= set(scene.account.ids("activities"))
        assert scene.target.row("activities", ids[11])["date"] == "2026-11-02"
        age(scene.target.state)
        assert scene.run("activities").is_success
        check(scene, "activities")


def test_killed_at_every_message() -> None:
    """Wherever a run ends: nothing alive is deleted, and the next run is whole."""
    for messages in range(1, 24):
        scene, ids = loaded("activities")
        with scene.served():
            assert scene.run("activities").is_success
            scene.account.delete("activities", ids[messages % 12])
            age(scene.target.state)
            scene.run("activities", kill_after=messages)
            alive = set(scene.account.ids("activities"))
            assert scene.target.ids("activities") >= alive
            scene.run("activities", kill_after=messages)
            assert scene.run("activities").is_success
            age(scene.target.state)
            assert scene.run("activities").is_success
        check(scene, "activities")


def test_increment_beside_a_sweep() -> None:
    """A killed first read of details makes no half sweep of the invoices."""
    for messages in range(4, 60, 5):
        scene, _ = loaded("invoices")
        with scene.served():
            assert scene.run("invoices").is_success
            scene.run("invoices", "invoice_details", kill_after=messages)
            assert scene.run("invoices", "invoice_details").is_success
            check(scene, "invoices")
            assert len(scene.target.of("invoice_details")) == 12


def test_record_rejected_before_the_interruption() -> None:
    """A record that was rejected keeps its older row, whichever run ends."""
    for messages in range(3, 24):
        scene, ids = loaded("activities")
        with scene.served():
            assert scene.run("activities").is_success
            scene.account.update("activities", ids[0], billable="nonsense")
            scene.clock.tick(100)
            age(scene.target.state)
            scene.run("activities", kill_after=messages)
            scene.run("activities")
            check(scene, "activities")


def test_rejected_record_costs_no_window() -> None:
    """A record that is remembered does not make the next run begin anew."""
    scene, ids = loaded("activities")
    scene.account.update("activities", ids[0], billable="nonsense")
    scene.clock.tick(100)
    with scene.served() as served:
        kill_after_a_window(scene, "activities")
        assert served.server
        served.server.clear()
        assert not scene.run("activities").is_success
        asked = [dict(entry.query) for entry in served.server.requests]
        assert not [query for query in asked if query.get("from") == "2026-11-01"]
        assert scene.target.ids("activities") == set(ids[1:])
        scene.account.update("activities", ids[0], billable=True)
        assert scene.run("activities").is_success
    check(scene, "activities")


def test_start_date_removed_between() -> None:
    """Windows that were read with a filter prove nothing without it."""
    scene, ids = loaded("activities")
    with scene.served():
        assert scene.run("activities").is_success
        age(scene.target.state)
        scene.clock.tick(8 * 86_400)
        for number in (*ids[1::3], *ids[2::3]):
            scene.account.update("activities", number, description="new")
        scene.clock.tick(600)
        kill_after_a_window(scene, "activities", start_date="2026-11-25")
        assert scene.run("activities").is_success
        check(scene, "activities")


def test_disregarded_shown_between() -> None:
    """As before, with rows that a setting hides."""
    scene, ids = loaded("invoices")
    scene.account.archive("invoices", ids[0])
    scene.clock.tick(600)
    with scene.served():
        assert scene.run("invoices").is_success
        age(scene.target.state)
        kill_after_a_window(scene, "invoices", include_archived=False)
        assert scene.run("invoices").is_success
        check(scene, "invoices")

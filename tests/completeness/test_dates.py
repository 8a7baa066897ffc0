"""Rows that are in no window, and what proves that there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_moco.completeness import windows
from tap_moco.sandbox import api
from tap_moco.sandbox.lists import ENDPOINTS
from tests.support.clock import age

from .scene import Scene

if TYPE_CHECKING:
    from tap_moco.sandbox.lists import Filter
    from tests.support.outcome import Outcome

MONTHS = ("2026-11-03", "2026-10-05", "2026-09-05", "2026-08-05")


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a window of each month."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 2)


def loaded(stream: str, *, dateless: int | None = None) -> tuple[Scene, list[int]]:
    """Return an account of twelve rows in four months, perhaps one without a date."""
    scene = Scene.make()
    ids = scene.fill(
        stream, 12, date=lambda n: None if n == dateless else MONTHS[n // 3]
    )
    return scene, ids


def month_of(number: int) -> str:
    """Spread rows over three years, each on a day of its own."""
    return f"{2024 + number // 200}-{number // 20 % 10 + 1:02}-{number % 20 + 1:02}"


def asked(scene: Scene, *, totals: bool) -> list[dict[str, str]]:
    """Return what was asked: totals only, or pages."""
    assert scene.server
    queries = [dict(entry.query) for entry in scene.server.requests]
    return [query for query in queries if (query.get("per_page") == "1") is totals]


def whole_reads(scene: Scene) -> int:
    """Count the reads of the list without a filter, the first question aside."""
    bare = [q for q in asked(scene, totals=False) if not q.keys() & DATES]
    return len([q for q in bare if "page" not in q]) - 1


DATES = {"from", "date_from", "updated_after"}


def check(scene: Scene, stream: str) -> None:
    """The target is the account."""
    assert not scene.target.wrongly_removed
    assert scene.target.ids(stream) == set(scene.account.ids(stream))


def test_quiet_windows_ask_for_no_totals() -> None:
    scene, _ = loaded("activities")
    with scene.served():
        assert scene.run("activities").is_success
        assert not asked(scene, totals=True)
        assert not whole_reads(scene)
    check(scene, "activities")


def test_a_history_of_sixty_pages_from_which_a_row_is_deleted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It costs at most a tenth more requests."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 60)
    scene = Scene.make()
    ids = scene.fill("activities", 600, date=month_of)
    with scene.served(max_per_page=10):
        assert scene.run("activities").is_success
        plain = scene.asked
        age(scene.target.state)
        scene.before(4, lambda: scene.account.delete("activities", ids[0]))
        assert scene.run("activities").is_success
    assert scene.asked <= 1.1 * plain
    check(scene, "activities")


def test_a_row_deleted_meanwhile() -> None:
    """Five totals and another look at the changes, and not the whole list again."""
    scene, ids = loaded("activities")
    scene.before(4, lambda: scene.account.delete("activities", ids[11]))
    with scene.served():
        assert scene.run("activities").is_success
        questions = asked(scene, totals=True)
        assert not whole_reads(scene)
    dated = [question.get("from") for question in questions]
    assert dated == [None, "1900-01-01", None, "1900-01-01", None]
    assert {question.get("to") for question in questions} == {None, "2099-12-31"}
    check(scene, "activities")


def retried(scene: Scene, stream: str, outcome: Outcome) -> Outcome:
    """Run again after a run that said that it failed."""
    for _ in range(5):
        if outcome.is_success:
            break
        assert outcome.reasons[0].endswith("declared deleted")
        outcome = scene.run(stream)
    return outcome


@pytest.mark.parametrize("stream", ["activities", "invoices", "receipts"])
@pytest.mark.parametrize("deletes", [0, 1])
def test_a_row_without_a_date(stream: str, deletes: int) -> None:
    """It is read, and it is not deleted, whatever else is."""
    scene, ids = loaded(stream, dateless=5)
    with scene.served(max_per_page=5):
        for turn in range(2):
            if deletes:
                gone = ids[turn]
                scene.before(6, lambda n=gone: scene.account.delete(stream, n))  # type: ignore[misc]
            outcome = scene.run(stream)
            if stream == "receipts":  # without stamps, equal rows take some luck
                outcome = retried(scene, stream, outcome)
            assert outcome.is_success
            assert not scene.target.wrongly_removed
            assert ids[5] in scene.target.ids(stream)
            age(scene.target.state)


def test_a_row_without_a_date_after_an_interruption() -> None:
    """Rows that were read before and changed since do not stand in for it."""
    for messages in range(4, 24):
        scene, ids = loaded("activities", dateless=5)
        with scene.served():
            assert scene.run("activities").is_success
            age(scene.target.state)
            scene.run("activities", kill_after=messages)
            for number in ids[:4]:
                scene.account.update("activities", number, description="new")
            scene.clock.tick(60)
            assert scene.run("activities").is_success
            assert not scene.target.wrongly_removed
            age(scene.target.state)
            assert scene.run("activities").is_success
        check(scene, "activities")


def test_a_state_of_an_older_version() -> None:
    """What it had counted is read, and proves nothing."""
    scene, ids = loaded("activities", dateless=5)
    with scene.served():
        assert scene.run("activities").is_success
        bookmark = scene.bookmark("activities")
        bookmark["sweep"]["resume"] = {
            "window": "2026-10",
            "started_at": "2026-11-24T09:00:00Z",
            "filters": "",
            "rows": 12,
            "total": 12,
        }
        assert scene.run("activities").is_success
    assert ids[5] in scene.target.ids("activities")
    assert not scene.target.wrongly_removed


def but_not(day: str, heeded: Filter) -> Filter:
    """Return a filter that one day means nothing to."""
    return lambda text: heeded(text) if text != day else lambda _: True


def test_a_calendar_that_is_not_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    """MOCO may ignore a day it does not know, and with it what proves the dates."""
    for endpoint in ENDPOINTS:
        if endpoint.path == "/activities":
            filters = dict(endpoint.filters)
            filters["from"] = but_not("0001-01-01", filters["from"])
            filters["to"] = but_not("9999-12-31", filters["to"])
            other = type(endpoint)(**{**vars(endpoint), "filters": filters})
            changed = [other if e is endpoint else e for e in ENDPOINTS]
    monkeypatch.setattr(api, "ENDPOINTS", changed)
    scene, ids = loaded("activities", dateless=5)
    scene.before(6, lambda: scene.account.delete("activities", ids[0]))
    with scene.served():
        assert scene.run("activities").is_success
    assert ids[5] in scene.target.ids("activities")


@pytest.mark.parametrize("concurrency", [4, 8])
def test_pages_belong_to_their_first_page(concurrency: int) -> None:
    """A later page that was answered before the first one is of another list."""
    scene, _ = loaded("activities")
    with scene.served(latency=0.002):
        assert scene.run("activities", "contacts", concurrency=concurrency).is_success
        assert scene.server
        first: set[frozenset[tuple[str, str]]] = set()
        for entry in scene.server.requests:
            query = dict(entry.query)
            page = query.pop("page", "1")
            known = frozenset({"path": entry.path, **query}.items())
            assert page == "1" or known in first, f"page {page} came first"
            first.add(known)
    check(scene, "activities")

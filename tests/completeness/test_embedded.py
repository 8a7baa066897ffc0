"""Rows that other records hold, and that move from one to another while those are read.

A purchase holds its payments, and does not change with them. Pages have 3 rows.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tap_moco.api.errors import IncompleteReadError
from tap_moco.completeness import windows
from tap_moco.completeness.history import History
from tap_moco.streams import list_sync
from tests.support.clock import age

from .scene import Scene

PAYMENTS, PURCHASES = "purchase_payments", "purchases"
MONTHS = ("2026-11-03", "2026-10-05")
STREAMS = pytest.mark.parametrize("streams", [(PAYMENTS, PURCHASES), (PURCHASES,)])


def month(number: int) -> str:
    """Give three rows to each month, the newest first."""
    return MONTHS[number // 3]


def office(monkeypatch: pytest.MonkeyPatch) -> tuple[Scene, list[int], int]:
    """Return six purchases in two windows; a payment of one in the newer window."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 2)
    monkeypatch.setattr(list_sync, "PER_PAGE", 3)
    scene = Scene.make()
    purchases = scene.fill(PURCHASES, 6, date=month)
    (payment,) = scene.fill(PAYMENTS, 1, purchase_id=lambda _: purchases[0])
    return scene, purchases, payment


def held(scene: Scene) -> dict[int, list[int]]:
    """Return the payments that each purchase holds in the target."""
    rows = {n: scene.target.row(PURCHASES, n) for n in scene.target.ids(PURCHASES)}
    return {
        number: [payment["id"] for payment in row["payments"]]
        for number, row in rows.items()
        if row["payments"]
    }


@STREAMS
def test_moves_to_a_purchase_that_is_still_to_be_read(
    monkeypatch: pytest.MonkeyPatch, streams: tuple[str, ...]
) -> None:
    """Both have shown it, and the older answer is asked for once more."""
    for request in range(1, 16):
        scene, purchases, payment = office(monkeypatch)
        update = scene.account.update
        scene.before(
            request, partial(update, PAYMENTS, payment, purchase_id=purchases[5])
        )
        with scene.served():
            assert scene.run(*streams).is_success
            if request > scene.asked:
                break
            assert scene.run(*streams).is_success
        assert held(scene) == {purchases[5]: [payment]}
    assert request > len(MONTHS) + 1, "it moved between the windows, too"


@STREAMS
def test_moves_between_an_interrupted_run_and_the_next(
    monkeypatch: pytest.MonkeyPatch, streams: tuple[str, ...]
) -> None:
    """The state has what the windows that were read hold."""
    for messages in range(1, 40):
        scene, purchases, payment = office(monkeypatch)
        with scene.served():
            outcome = scene.run(*streams, kill_after=messages)
            if outcome.is_success:
                break
            scene.account.update(PAYMENTS, payment, purchase_id=purchases[5])
            assert scene.run(*streams).is_success
        assert held(scene) == {purchases[5]: [payment]}
    assert messages > 5


def keep_from_sweeping(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Let no sweep of a list be proven, as if people changed it all the time."""
    real = History.read

    def read(self: History, *given: Any) -> bool:
        if self._endpoint.path == path and self._plan.is_sweep:
            raise IncompleteReadError("it changes faster than it can be read")
        return real(self, *given)

    monkeypatch.setattr(History, "read", read)


@STREAMS
def test_moves_while_a_sweep_is_interrupted_and_postponed(
    streams: tuple[str, ...],
) -> None:
    """What the increment in between writes, the sweep does not declare deleted."""
    interrupted = 0
    for messages in range(1, 40):
        with pytest.MonkeyPatch.context() as patch:
            scene, purchases, payment = office(patch)
            with scene.served():
                assert scene.run(*streams).is_success
                age(scene.target.state or {})
                if scene.run(*streams, kill_after=messages).is_success:
                    break
                interrupted += "resume" in scene.bookmark(PURCHASES)["sweep"]
                scene.account.update(PAYMENTS, payment, purchase_id=purchases[1])
                with pytest.MonkeyPatch.context() as busy:
                    keep_from_sweeping(busy, "/purchases")
                    assert scene.run(*streams).is_success
                assert scene.run(*streams).is_success
        assert held(scene) == {purchases[1]: [payment]}
        assert scene.target.ids(PURCHASES) == set(purchases)
    assert interrupted


@STREAMS
@pytest.mark.parametrize("to", [0, 2])
@pytest.mark.parametrize("is_recent", [True, False])
def test_move_is_undone_or_goes_on_after_a_run_that_was_killed(
    streams: tuple[str, ...], to: int, *, is_recent: bool
) -> None:
    """The target may have a purchase in another form than the state knows."""
    for messages in range(1, 40):
        scene = Scene.make()
        purchases = scene.fill(PURCHASES, 101)
        (payment,) = scene.fill(PAYMENTS, 1, purchase_id=purchases.__getitem__)
        with scene.served(max_per_page=100):
            for purchase in purchases[:3] if is_recent else ():
                scene.account.update(PURCHASES, purchase, title="of late")
            assert scene.run(*streams).is_success
            scene.account.update(PAYMENTS, payment, purchase_id=purchases[1])
            if scene.run(*streams, kill_after=messages).is_success:
                break
            scene.account.update(PAYMENTS, payment, purchase_id=purchases[to])
            assert scene.run(*streams).is_success
        assert held(scene) == {purchases[to]: [payment]}
        assert not scene.bookmark(PURCHASES).get("rejected")
    assert messages >= 5


@STREAMS
@pytest.mark.parametrize("to", [8, 5])
def test_moves_between_windows_of_a_sweep_that_is_interrupted(
    monkeypatch: pytest.MonkeyPatch, streams: tuple[str, ...], to: int
) -> None:
    """Both have shown it before the last resume point."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 2)
    months = (*MONTHS, "2026-09-03", "2026-08-03")
    for request in range(4, 7):
        for messages in range(10, 18):
            scene = Scene.make()
            dates = [month for month in months for _ in range(3)]
            purchases = scene.fill(PURCHASES, 12, date=dates.__getitem__)
            (payment,) = scene.fill(PAYMENTS, 1, purchase_id=purchases.__getitem__)
            move = partial(scene.account.update, PAYMENTS, payment)
            scene.before(request, partial(move, purchase_id=purchases[5]))
            with scene.served():
                if scene.run(*streams, kill_after=messages).is_success:
                    break
                move(purchase_id=purchases[to])
                assert scene.run(*streams).is_success
            assert held(scene) == {purchases[to]: [payment]}


def test_change_of_a_task_is_undone_after_a_run_that_was_killed() -> None:
    streams = ("projects", "project_tasks")
    for messages in range(1, 40):
        scene = Scene.make()
        fields = {"project_id": scene.fill("projects", 101).__getitem__}
        (task,) = scene.fill("project_tasks", 1, name=lambda _: "old", **fields)
        with scene.served(max_per_page=100):
            assert scene.run(*streams).is_success
            scene.account.update("project_tasks", task, name="new")
            if scene.run(*streams, kill_after=messages).is_success:
                break
            scene.account.update("project_tasks", task, name="old")
            assert scene.run(*streams).is_success
        assert scene.target.row("project_tasks", task)["name"] == "old"
    assert messages > 5

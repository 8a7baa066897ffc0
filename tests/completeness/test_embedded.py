"""Rows that other records hold, and that move from one to another while those are read.

A purchase holds its payments, and does not change with them. Pages have 3 rows.
"""

from __future__ import annotations

from functools import partial

import pytest

from tap_moco.completeness import windows
from tap_moco.streams import list_sync

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

"""Whatever happens while the tap reads: complete, or it says so."""

from __future__ import annotations

import pytest
from hypothesis import given

from tap_moco.completeness import windows
from tap_moco.completeness.proof import Proof
from tests.support.histories import random_histories

from .histories import HISTORIES, History, play

histories = random_histories(500, 20261124)


def play_in_windows(history: History) -> None:
    """Play a history with windows that are small enough to have several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "WINDOW_ROWS", history.window)
        play(history)


@histories
@given(history=HISTORIES)
def test_complete_or_it_says_so(history: History) -> None:
    """After every success nothing is missing, and nothing alive is ever deleted."""
    play_in_windows(history)


def test_the_test_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the proof, the same histories find rows that were skipped."""
    monkeypatch.setattr(Proof, "is_complete", True)

    @histories
    @given(history=HISTORIES)
    def without_proof(history: History) -> None:
        play_in_windows(history)

    with pytest.raises(AssertionError, match=r"lacks|deleted, but alive"):
        without_proof()

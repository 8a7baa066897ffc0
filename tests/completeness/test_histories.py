"""Whatever happens while the tap reads: complete, or it says so."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tap_moco.completeness import windows
from tap_moco.completeness.proof import Proof

from .histories import HISTORIES, History, play

EXAMPLES = int(os.environ.get("TAP_MOCO_HISTORIES", "500"))
PHASES = tuple(Phase) if os.environ.get("TAP_MOCO_SHRINK") else (Phase.generate,)
"""Shrinking takes minutes: it is for whoever looks into a failure."""
SEED = int(os.environ.get("TAP_MOCO_SEED", "20261124"))


def play_in_windows(history: History) -> None:
    """Play a history with windows that are small enough to have several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "WINDOW_ROWS", history.window)
        play(history)


@seed(SEED)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=PHASES,
    print_blob=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
@given(history=HISTORIES)
def test_complete_or_it_says_so(history: History) -> None:
    """After every success nothing is missing, and nothing alive is ever deleted."""
    play_in_windows(history)


def test_the_test_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the proof, the same histories find rows that were skipped."""
    monkeypatch.setattr(Proof, "is_complete", True)

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=PHASES,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(history=HISTORIES)
    def without_proof(history: History) -> None:
        play_in_windows(history)

    with pytest.raises(AssertionError, match=r"lacks|deleted, but alive"):
        without_proof()

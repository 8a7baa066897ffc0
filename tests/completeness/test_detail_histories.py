"""Whatever happens to invoices and their reminders: the details are as MOCO's."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tap_moco.completeness import list_update, windows
from tap_moco.streams import details

from .detail_histories import HISTORIES, History, play

EXAMPLES = int(os.environ.get("TAP_MOCO_HISTORIES", "200"))
PHASES = tuple(Phase) if os.environ.get("TAP_MOCO_SHRINK") else (Phase.generate,)
SEED = int(os.environ.get("TAP_MOCO_SEED", "20261127"))

histories = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=PHASES,
    print_blob=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def play_small(history: History) -> None:
    """Play a history with pages, windows and checkpoints of a few rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "WINDOW_ROWS", history.window)
        patch.setattr(details, "CHECKPOINT_EVERY", history.checkpoint)
        patch.setattr(list_update, "PER_PAGE", history.page)
        play(history)


@seed(SEED)
@histories
@given(history=HISTORIES)
def test_details_are_complete_or_it_says_so(history: History) -> None:
    """After a success nothing is missing or stale; after a sweep nothing at all."""
    play_small(history)

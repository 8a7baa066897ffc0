"""Whatever happens to invoices and their reminders: the details are as MOCO's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from tap_moco.completeness import list_count, windows
from tap_moco.streams import detail_reader
from tap_moco.streams.held_details import HeldDetails
from tap_moco.streams.held_reminders import HeldReminders
from tap_moco.timestamps import parse_timestamp
from tests.support.histories import random_histories

from .detail_histories import HISTORIES, History, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.row import Row

histories = random_histories(200, 20261127)


def play_small(history: History) -> None:
    """Play a history with pages, windows and checkpoints of a few rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "WINDOW_ROWS", history.window)
        patch.setattr(detail_reader, "CHECKPOINT_EVERY", history.checkpoint)
        patch.setattr(list_count, "PER_PAGE", history.page)
        play(history)


@histories
@given(history=HISTORIES)
def test_details_are_complete_or_it_says_so(history: History) -> None:
    """After a success nothing is missing or stale; after a sweep nothing at all."""
    play_small(history)


def by_stamp_alone(held: HeldDetails, row: Row) -> bool:
    """Believe that an old row has its details, as increments do."""
    changed, since = parse_timestamp(row["updated_at"]), held.changed_since
    return changed is not None and since is not None and changed < since


@pytest.mark.parametrize(
    ("owner", "method", "broken", "words"),
    [
        (HeldDetails, "are_current", by_stamp_alone, r"lacks|footer of|reminders of"),
        (HeldReminders, "take", lambda *_: None, r"reminders of"),
    ],
)
def test_the_test_can_fail(
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    method: str,
    broken: Callable[..., Any],
    words: str,
) -> None:
    """The same histories find what increments alone overlook."""
    monkeypatch.setattr(owner, method, broken)

    @histories
    @given(history=HISTORIES)
    def without_comparison(history: History) -> None:
        play_small(history)

    with pytest.raises(AssertionError, match=words):
        without_comparison()

"""What counts as proven is the whole list, in histories whose truth is known."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from tap_moco.completeness.evidence import VISIBILITY_MARGIN, Evidence
from tap_moco.completeness.references import Response
from tap_moco.timestamps import format_timestamp

from .moving_list import MovingList, Shown, at

HISTORIES = int(os.environ.get("TAP_MOCO_LISTS", "700"))
KINDS = ("whole", "changes", "window")
PASSES = 4


def seen(seed: int, kind: str, at_once: int, latest: float = 3.0) -> list[Shown]:
    """Return what a reader was shown of a list."""
    moving = MovingList(seed, kind, latest)
    moving.read(PASSES, at_once)
    return moving.shown


def counted(shown: list[Shown], kind: str) -> list[tuple[int, int]]:
    """Return what the evidence counts, for each total in the order of the answers."""
    stays = kind != "window"
    evidence = Evidence(at(shown[0].sent // 1), leaves_only_by_delete=stays)
    for one in shown:
        total = len(one.all_rows) if one.is_whole else None
        moment = at(one.sent // 1).timestamp()
        stamps = {n: format_timestamp(at(s)) for n, s in one.rows.items()}
        response = Response(one.sent, one.answered, moment, total)
        evidence.add(response, stamps.items())
    return evidence.counts()


def is_complete(shown: list[Shown], reference: Shown) -> bool:
    """Return whether all that the list held was shown then or later."""
    later = [one.rows.keys() for one in shown if one.moment >= reference.moment]
    return reference.all_rows <= set().union(*later)


def totals(shown: list[Shown]) -> list[Shown]:
    """Return the responses that have a total in the order of their answers."""
    whole = [one for one in shown if one.is_whole]
    return sorted(whole, key=lambda one: one.answered)


def proven(shown: list[Shown], counts: list[tuple[int, int]]) -> list[bool]:
    """Return for each total that was reached whether the list was complete."""
    return [
        is_complete(shown, one)
        for one, (known, total) in zip(totals(shown), counts, strict=True)
        if known == total
    ]


@pytest.mark.parametrize("at_once", [1, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_proven_is_complete(kind: str, at_once: int) -> None:
    found = 0
    for seed in range(HISTORIES):
        shown = seen(seed, kind, at_once)
        counts = counted(shown, kind)
        assert all(known <= total for known, total in counts), seed
        results = proven(shown, counts)
        assert all(results), seed
        found += bool(results)
    assert found > HISTORIES / 2, "hardly any list was proven: this shows nothing"


def surely_there(shown: list[Shown], reference: Shown) -> int:
    """Count the rows of a total as the argument does, row by row."""
    old = reference.sent // 1 - VISIBILITY_MARGIN.total_seconds()
    before = set().union(*(o.rows for o in shown if o.answered < reference.sent))
    later = [o for o in shown if o.sent >= reference.answered or o is reference]
    return len(
        {
            number
            for one in later
            for number, stamp in one.rows.items()
            if number in before or stamp < old
        }
    )


@pytest.mark.parametrize("kind", ["whole", "changes"])
def test_counts_are_those_of_the_argument(kind: str) -> None:
    """Ranges and sums count what sets of rows would."""
    for seed in range(HISTORIES // 5):
        shown = seen(seed, kind, at_once=1)
        expected = [
            (surely_there(shown, one), len(one.all_rows)) for one in totals(shown)
        ]
        assert counted(shown, kind) == expected, seed


# The tests above can fail: the argument needs each of its premises


def is_wrong(shown: list[Shown], kind: str) -> bool:
    """Return whether something is taken for proven that is not complete."""
    return not all(proven(shown, counted(shown, kind)))


def test_the_order_of_pages_is_not_that_of_time() -> None:
    shown = seen(3, "whole", at_once=4)
    by_number = [
        replace(one, sent=2.0 * n, answered=2.0 * n + 1) for n, one in enumerate(shown)
    ]
    assert is_wrong(by_number, "whole")
    assert not is_wrong(shown, "whole")


def test_rows_that_leave_a_window_come_back() -> None:
    shown = seen(37, "window", at_once=1)
    assert is_wrong(shown, "changes")
    assert not is_wrong(shown, "window")


def test_rows_that_show_later_than_the_margin() -> None:
    assert is_wrong(seen(57, "whole", at_once=1, latest=12.0), "whole")

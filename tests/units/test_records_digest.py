"""The digest of a whole read depends on its records, and not on its pages."""

from __future__ import annotations

from tap_moco.records.unchanged import RecordsDigest


def digest(*pages: list[dict[str, object]]) -> str:
    """Return the digest of what some pages hold."""
    made = RecordsDigest("form")
    for page in pages:
        made.add(page)
    return str(made)


A, B = {"id": 1, "name": "a"}, {"id": 2, "name": "a"}


def test_a_row_that_stands_on_two_pages_counts_once() -> None:
    """Equal rows come in any order: else a quiet list would be written in each run."""
    assert digest([A, B], [B]) == digest([B], [A]) != digest([A])


def test_two_equal_changes_do_not_cancel_out() -> None:
    other = {**A, "name": "b"}
    assert digest([A, other]) != digest([A]) != digest([other])

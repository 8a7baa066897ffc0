"""Date filters of long histories: MOCO documents both dates together, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_moco.completeness import windows
from tests.support.runs import asked, run, select, settings, synced

if TYPE_CHECKING:
    from tap_moco.sandbox import Server

PAIRS = {
    "activities": ("/activities", "from", "to"),
    "invoice_payments": ("/invoices/payments", "date_from", "date_to"),
    "invoices": ("/invoices", "date_from", "date_to"),
    "project_expenses": ("/projects/expenses", "from", "to"),
    "purchase_payments": ("/purchases/payments", "date_from", "date_to"),
    "receipts": ("/receipts", "from", "to"),
    "schedules": ("/schedules", "from", "to"),
    "user_presences": ("/users/presences", "from", "to"),
}
"""Streams that are read in windows, and the two parameters of their dates."""
RANGES = {
    "planning_entries": ("/planning_entries", "period"),
    "purchases": ("/purchases", "date"),
}


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make histories of three rows long ones."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 3)


@pytest.mark.parametrize("stream", PAIRS)
def test_both_dates_are_sent(living: Server, stream: str) -> None:
    path, first, last = PAIRS[stream]
    synced(settings(living), stream)
    dated = [q for q in asked(living, path) if first in q or last in q]
    assert dated, "the history was not long enough for a window"
    assert all(q[first] < q[last] for q in dated)
    assert {q[last] for q in dated} >= {"9999-12-31"}
    assert {q[first] for q in dated} >= {"0001-01-01"}


@pytest.mark.parametrize("stream", RANGES)
def test_a_range_has_both_ends(living: Server, stream: str) -> None:
    path, name = RANGES[stream]
    synced(settings(living), stream)
    ranges = [q[name].split(":") for q in asked(living, path) if name in q]
    assert all(first < last for first, last in ranges)
    assert {last for _, last in ranges} >= {"9999-12-31"}
    assert {first for first, _ in ranges} >= {"0001-01-01"}


@pytest.mark.parametrize("stream", PAIRS)
def test_server_that_refuses_a_lone_date(living: Server, stream: str) -> None:
    path, first, last = PAIRS[stream]
    for one, other in ((first, last), (last, first)):
        lone = rf"^{path}\?(?=(.*&)?{one}=)(?!(.*&)?{other}=)"
        living.faults.add("422", lone, times=None)
    outcome = run(settings(living), catalog=select(stream))
    assert outcome.code == 0, outcome.err
    rows = {row["id"] for row in outcome.records(stream)}
    assert rows == set(living.account.ids(stream))

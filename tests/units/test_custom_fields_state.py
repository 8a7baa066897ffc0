"""What a stream's state knows of custom fields, and what it makes of new ones."""

from __future__ import annotations

from datetime import datetime, timezone

from tap_moco.state.account import Account
from tap_moco.state.custom_fields import CustomColumn
from tap_moco.state.stream import StreamState
from tap_moco.state.sweep import ResumePoint, SweepState
from tap_moco.state.tap import TapState

NOW = datetime(2026, 11, 27, tzinfo=timezone.utc)
COLUMNS = {"custom_budget": CustomColumn(field=1, type="text")}
POINT = ResumePoint(window="2026-01", started_at="2026-11-26T00:00:00Z")


def test_interrupted_sweep_begins_anew_with_other_fields() -> None:
    """Its first windows are in the target without them."""
    state = StreamState(sweep=SweepState(resume=POINT))
    state.note_custom_fields(COLUMNS, "digest", NOW)
    assert not state.last_sweep.resume
    assert state.last_sweep.due


def test_interrupted_sweep_goes_on_with_the_same_fields() -> None:
    state = StreamState()
    state.note_custom_fields(COLUMNS, "digest", NOW)
    assert not state.last_sweep.due, "the first read is whole anyway"
    state.checkpoint(POINT)
    state.note_custom_fields(COLUMNS, "digest", NOW)
    assert state.last_sweep.resume
    assert not state.last_sweep.due


def test_columns_hold_under_other_filters() -> None:
    state = TapState(account=Account("moco.example"))
    state.of("deals").note_custom_fields(COLUMNS, "digest", NOW)
    kept = state.versions_only().of("deals").custom_fields
    assert kept
    assert kept.columns == COLUMNS

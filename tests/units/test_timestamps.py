"""Timestamps are read in every form, and written in MOCO's."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_moco.timestamps import format_timestamp, parse_timestamp

UTC = timezone.utc


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-01-31", "2024-01-31T00:00:00+00:00"),
        ("2024-01-31T10:20:30Z", "2024-01-31T10:20:30+00:00"),
        ("2024-01-31T10:20:30", "2024-01-31T10:20:30+00:00"),
        ("2024-01-31T10:20:30.515Z", "2024-01-31T10:20:30.515000+00:00"),
        ("2024-01-31T10:20:30+02:00", "2024-01-31T10:20:30+02:00"),
        ("2024-01-31 10:20:30", "2024-01-31T10:20:30+00:00"),
    ],
)
def test_times_are_read(text: str, time: str) -> None:
    parsed = parse_timestamp(text)
    assert parsed is not None
    assert parsed.isoformat() == time


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "31.01.2024", "2024-02-30", None, 5, [], {}),
        "9999-12-31T23:59:59-14:00",  # UTC cannot hold these
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_is_no_time_is_none(text: object) -> None:
    assert parse_timestamp(text) is None


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2024, 1, 31, 10, tzinfo=UTC), "2024-01-31T10:00:00Z"),
        (datetime(2024, 1, 31, 10, 0, 0, 999_999, UTC), "2024-01-31T10:00:00Z"),
        (
            datetime(2024, 1, 31, 1, tzinfo=timezone(timedelta(hours=2))),
            "2024-01-30T23:00:00Z",
        ),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
    ],
)
def test_times_are_written_as_moco_does(time: datetime, text: str) -> None:
    assert format_timestamp(time) == text


@given(st.datetimes(timezones=st.just(UTC)))
def test_written_times_order_as_times_do(time: datetime) -> None:
    assert parse_timestamp(format_timestamp(time)) == time.replace(microsecond=0)

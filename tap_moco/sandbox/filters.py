"""The filters that lists know.

A filter turns the text of a query parameter into a test of records. It raises
ValueError where the text means nothing: MOCO silently ignores such a parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone

from tap_moco.sandbox.model import Record, micros

Test = Callable[[Record], bool]
Filter = Callable[[str], Test]


def day(text: str) -> str:
    """Return a date as it is written."""
    return date.fromisoformat(text).isoformat()


def since(name: str) -> Filter:
    """Let a date be this day or a later one."""

    def test(text: str) -> Test:
        first = day(text)
        return lambda record: (record[name] or "") >= first

    return test


def until(name: str) -> Filter:
    """Let a date be this day or an earlier one."""

    def test(text: str) -> Test:
        last = day(text)
        return lambda record: "" < (record[name] or "") <= last

    return test


def period(first: str, last: str) -> Filter:
    """Let the dates of a record meet the period `A:B`."""

    def test(text: str) -> Test:
        start, _, end = text.partition(":")
        begins, ends = until(first)(end), since(last)(start)
        return lambda record: begins(record) and ends(record)

    return test


def one_of(name: str) -> Filter:
    """Let a field be one of some numbers, joined by commas."""

    def test(text: str) -> Test:
        wanted = {int(word) for word in text.split(",") if word.isdecimal()}
        return lambda record: record[name] in wanted

    return test


def changed_after(*, inclusive: bool) -> Filter:
    """Let a record have been changed after a time, finer than payloads show it."""

    def test(text: str) -> Test:
        parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
        oldest = micros(aware) + (not inclusive)
        return lambda record: bool(record["updated_at"] >= oldest)

    return test


def is_shown(record: Record) -> bool:
    """Return whether a record is neither archived nor disregarded."""
    return record.get("active", True) and record.get("status") != "disregarded"


FROM_TO = {"from": since("date"), "to": until("date")}
BETWEEN = {"date_from": since("date"), "date_to": until("date")}
OF_USER = {**FROM_TO, "user_id": one_of("user_id")}

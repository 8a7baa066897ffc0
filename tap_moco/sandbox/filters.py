"""The kinds of filters that lists know.

A filter turns the text of a query parameter into a test of records, or into
None where MOCO would silently ignore the parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

from tap_moco.sandbox.sources import micros

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.sources import Binder, Record

    Test = Callable[[Account, Record], bool]

BOOLEANS = {"true": True, "false": False}


def parse_day(text: str) -> str | None:
    """Return a date as it is written, or None where it is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def parse_moment(text: str) -> int | None:
    """Return the microseconds of a time, or None where it is none."""
    try:
        parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return micros(parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc))


class Filter:
    """One query parameter of a list."""

    def test(self, binder: Binder, text: str) -> Test | None:
        """Return the test of a record, or None where the text means nothing."""
        raise NotImplementedError


@dataclass(frozen=True)
class Equal(Filter):
    """The field is what the parameter says."""

    path: str
    several: bool = False
    """The parameter may hold more than one value, joined by commas."""

    def test(self, binder: Binder, text: str) -> Test | None:
        """Compare the field with the text."""
        wanted = set(text.split(",")) if self.several else {text}
        numbers = {int(word) for word in wanted if word.isdecimal()}
        accepted: set[object] = {*wanted, *numbers}
        value = binder.value(self.path)
        return lambda account, record: value(account, record) in accepted


@dataclass(frozen=True)
class Since(Filter):
    """The date is this day or a later one."""

    path: str

    def test(self, binder: Binder, text: str) -> Test | None:
        """Compare days as text, which orders them."""
        day, value = parse_day(text), binder.value(self.path)
        if day is None:
            return None
        return lambda account, record: (value(account, record) or "")[:10] >= day


@dataclass(frozen=True)
class Until(Filter):
    """The date is this day or an earlier one."""

    path: str

    def test(self, binder: Binder, text: str) -> Test | None:
        """Compare days as text, which orders them."""
        day, value = parse_day(text), binder.value(self.path)
        if day is None:
            return None
        return lambda account, record: "" < (value(account, record) or "")[:10] <= day


@dataclass(frozen=True)
class Period(Filter):
    """The dates of the record meet the period `A:B`."""

    first: str
    last: str

    def test(self, binder: Binder, text: str) -> Test | None:
        """Require an overlap of one day or more."""
        start, _, end = text.partition(":")
        begins = Until(self.first).test(binder, end)
        ends = Since(self.last).test(binder, start)
        if begins is None or ends is None:
            return None
        return lambda account, record: begins(account, record) and ends(account, record)


@dataclass(frozen=True)
class After(Filter):
    """The record was changed after a time."""

    inclusive: bool = False

    def test(self, binder: Binder, text: str) -> Test | None:  # noqa: ARG002
        """Compare to the microsecond, which payloads do not show."""
        time = parse_moment(text)
        if time is None:
            return None
        oldest = time if self.inclusive else time + 1
        return lambda _account, record: bool(record["updated_at"] >= oldest)

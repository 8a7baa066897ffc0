"""Timestamps: read, written and compared in one place.

MOCO writes UTC to the second, `2024-01-31T12:00:00Z`; other forms are rare
(docs/moco-api.md, Values).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

UTC = timezone.utc


WRITTEN = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"([T ](?P<time>\d\d:\d\d(:\d\d)?)([.,](?P<fraction>\d+))?)?"
    r" ?(?P<zone>Z|UTC|GMT|(?P<sign>[+-])(?P<hours>\d\d)(:?(?P<minutes>\d\d))?)?",
    re.ASCII | re.IGNORECASE,
)
"""A timestamp as MOCO has written it, or may (docs/moco-api.md, Values)."""


def read_timestamp(text: str) -> datetime:
    """Read a timestamp in any form that MOCO writes; naive if it has no offset.

    Raises:
        ValueError: It is not one.
    """
    found = WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    moment = datetime.fromisoformat(f"{found['day']}T{found['time'] or '00:00'}")
    fraction = (found["fraction"] or "0")[:6].ljust(6, "0")
    moment = moment.replace(microsecond=int(fraction))
    if not found["zone"]:
        return moment
    hours, minutes = int(found["hours"] or 0), int(found["minutes"] or 0)
    offset = timedelta(hours=hours, minutes=minutes)
    return moment.replace(tzinfo=timezone(-offset if found["sign"] == "-" else offset))


def parse_timestamp(text: object) -> datetime | None:
    """Read a timestamp of any form, by default UTC; None if the text is not one."""
    if not isinstance(text, str):
        return None
    try:
        moment = read_timestamp(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment.astimezone(UTC)  # which the ends of the calendar do not stand
    except (ValueError, OverflowError):
        return None
    return moment


def changed_at(row: Mapping[str, Any]) -> datetime | None:
    """Return `updated_at`, if the row has one."""
    return parse_timestamp(row.get("updated_at"))


def format_timestamp(moment: datetime) -> str:
    """Write a timestamp as MOCO does: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


class Cutoff:
    """A moment with which many timestamps are compared.

    Timestamps in UTC compare as text. If only one of them has milliseconds, this is
    off by less than a second. Whoever sets a cutoff leaves a larger margin than that.
    """

    def __init__(self, moment: datetime) -> None:
        """Write the moment once, in MOCO's usual form."""
        self._moment = moment
        self._text = format_timestamp(moment)

    def is_before_cutoff(self, text: object) -> bool:
        """Return whether a timestamp is certainly before the moment."""
        if type(text) is str and text[-1:] == "Z" and text[10:11] == "T":
            return text < self._text
        other = parse_timestamp(text)
        return other is not None and other < self._moment

"""Timestamps: read, written and compared in one place.

MOCO writes UTC to the second, `2024-01-31T12:00:00Z`; other forms are rare
(docs/moco-api.md, Values).
"""

from __future__ import annotations

from datetime import datetime, timezone

UTC = timezone.utc


def parse_timestamp(text: object) -> datetime | None:
    """Read an ISO 8601 timestamp of any precision; None where it is not one.

    Without an offset it is taken for UTC.
    """
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment.astimezone(UTC)  # which the ends of the calendar do not stand
    except (ValueError, OverflowError):
        return None
    return moment


def format_timestamp(moment: datetime) -> str:
    """Write a timestamp as MOCO does: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


class Cutoff:
    """A moment that many timestamps are compared with.

    Timestamps in UTC compare as text, except for less than a second where only one
    of them has milliseconds. Whoever sets a cutoff leaves more than that.
    """

    def __init__(self, moment: datetime) -> None:
        """Write the moment once, in MOCO's usual form."""
        self._moment = moment
        self._text = format_timestamp(moment)

    def is_before_cutoff(self, text: object) -> bool:
        """Tell whether a timestamp is surely before the moment."""
        if type(text) is str and text[-1:] == "Z":
            return text < self._text
        other = parse_timestamp(text)
        return other is not None and other < self._moment

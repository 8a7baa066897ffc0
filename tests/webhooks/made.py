"""Events as they come out of deliveries, for tests of the spool itself."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from tap_moco.spool.events import Event

OCCURRED = datetime(2026, 11, 26, 12, 0, 0, 123_000, tzinfo=timezone.utc)


def event(number: int = 1, **more: Any) -> Event:
    """Return an event; those of different numbers differ."""
    given = {
        "account": "demo",
        "target": "Activity",
        "event": "update",
        "entity_id": number,
        "occurred_at": OCCURRED,
        "received_at": OCCURRED + timedelta(seconds=1),
        "user_id": 933_590_696,
        "origin": None,
        "payload": f'{{"id":{number},"description":"Grüße 👩‍💻 \\u0000"}}',
    }
    return Event(**{**given, **more})

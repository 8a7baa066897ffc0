"""What a person does with a spool: look at events, replay them, remove them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from tap_moco.spool.events import StoredEvent
from tap_moco.spool.tables import STORED, events, spool

if TYPE_CHECKING:
    from datetime import datetime

    from tap_moco.spool.spool import Spool


def browse(
    kept: Spool,
    *,
    since: datetime | None = None,
    target: str | None = None,
    limit: int = 100,
) -> list[StoredEvent]:
    """Return the newest events, the oldest of them first.

    Args:
        kept: An open spool.
        since: Only those that came then or later.
        target: Only those of this target.
        limit: How many at most.
    """
    query = sa.select(*STORED).order_by(events.c.id.desc()).limit(limit)
    if since:
        query = query.where(events.c.received_at >= since)
    if target:
        query = query.where(events.c.target == target)
    with kept.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return [StoredEvent(**row) for row in reversed(rows)]


def replay(kept: Spool, since: datetime) -> int:
    """Let the events that came since then be read once more; return how many.

    They lose their numbers, and get new ones from the next reader, above all that
    were read. Deletes among them have to be confirmed again.
    """
    with kept.reading() as connection:
        last = connection.execute(sa.select(spool.c.last_sequence)).scalar_one()
    forgotten = dict.fromkeys(
        ("sequence", "read_at", "settled_at", "confirmation"), sa.null()
    )
    return kept.change(
        sa.update(events).values(forgotten),
        # what a reader numbers meanwhile is above the last number, and is left alone
        (events.c.received_at >= since) & (events.c.sequence <= last),
    )


def prune(kept: Spool, read_before: datetime) -> int:
    """Remove the events that were read before then; return how many."""
    return kept.change(sa.delete(events), events.c.read_at < read_before)

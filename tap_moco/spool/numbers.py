"""The numbers of a spool, in the order in which readers found its events."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tap_moco.spool.spool import CHUNK
from tap_moco.spool.tables import UNNUMBERED, events, spool

if TYPE_CHECKING:
    from tap_moco.spool.spool import Spool


class SpoolNumbers:
    """Assigns numbers to the events of a spool, and to its confirmed deletes.

    The next reader assigns a number to an event after it was committed, and does so
    under a lock. So no event can appear below a number that was read already, however
    long its transaction stayed open (docs/webhooks.md).

    Args:
        spool: An open spool.
    """

    def __init__(self, spool: Spool) -> None:
        """Give no number yet."""
        self._spool = spool

    def give(self) -> int:
        """Assign numbers to all committed events; return the last number."""
        while self._number_some():
            pass
        with self._spool.reading() as connection:
            last = connection.execute(sa.select(spool.c.last_sequence))
            return int(last.scalar_one())

    def _number_some(self) -> bool:
        """Give numbers to some events that were committed; return if some had none."""
        first = sa.select(events.c.id).where(UNNUMBERED).order_by(events.c.id)
        with self._spool.reading() as connection:
            if connection.execute(first.limit(1)).scalar() is None:
                return False  # without a lock, and without writing anything
        row = sa.update(events).where(events.c.id == sa.bindparam("row"))
        with self._spool.transaction() as connection:
            # the lock comes first: two readers must not number the same events
            _lock_numbers(connection)
            found = connection.execute(first.limit(CHUNK)).scalars().all()
            numbers = take_numbers(connection, len(found))
            pairs = zip(found, numbers, strict=True)
            given = [{"row": number, "sequence": place} for number, place in pairs]
            if given:
                connection.execute(row, given)
        return True


def _lock_numbers(connection: sa.Connection) -> int:
    """Return the last number; nobody else takes one until the transaction ends."""
    last = connection.execute(sa.select(spool.c.last_sequence).with_for_update())
    return int(last.scalar_one())


def take_numbers(connection: sa.Connection, count: int) -> range:
    """Take the next numbers.

    They begin at the time in milliseconds, if that is larger than the last one. So a
    new spool, or a restored one, assigns no number that a reader has passed before.
    """
    now = int(datetime.now(timezone.utc).timestamp() * 1000)
    first = max(_lock_numbers(connection) + 1, now)
    if count:
        connection.execute(sa.update(spool).values(last_sequence=first + count - 1))
    return range(first, first + count)

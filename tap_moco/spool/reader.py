"""Read a spool: events in a reliable order, and deletes to confirm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tap_moco.spool.events import DELETE, StoredEvent
from tap_moco.spool.numbers import SpoolNumbers, take_numbers
from tap_moco.spool.spool import CHUNK
from tap_moco.spool.tables import PENDING, STORED, events

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_moco.spool.spool import Spool


@dataclass(frozen=True)
class ConfirmedDelete:
    """A record of which MOCO has confirmed that it is gone.

    Attributes:
        sequence: Its place in the order of confirmation.
        entity_id: The record's id.
        deleted_at: When it was deleted, by MOCO's clock.
        confirmed_at: When MOCO was asked.
    """

    sequence: int
    account: str
    target: str
    entity_id: int
    deleted_at: datetime
    confirmed_at: datetime


class SpoolReader:
    """Reads a spool, for one account or for all.

    Args:
        spool: An open spool.
        account: The subdomain whose events to read; None reads those of all.
    """

    def __init__(self, spool: Spool, account: str | None = None) -> None:
        """Read nothing yet."""
        self._spool = spool
        self._numbers = SpoolNumbers(spool)
        # an event that does not say its account may be of this one
        self._is_ours = (
            sa.true() if account is None else events.c.account.in_([account, ""])
        )

    def read(self, after: int = 0, limit: int = CHUNK) -> list[StoredEvent]:
        """Return the next events, in the order of their numbers.

        Args:
            after: The number of the last event that was read.
            limit: How many to return at most. Fewer are all that there are.

        Raises:
            SpoolError: The spool cannot be read, or numbers cannot be given.
        """
        # first, so that what another reader numbers meanwhile is found as well
        self.number()
        query = sa.select(*STORED).where(self._is_ours, events.c.sequence > after)
        return self._fetch(query.order_by(events.c.sequence).limit(limit))

    def number(self) -> int:
        """Assign numbers to all committed events; return the last number."""
        return self._numbers.give()

    def accounts(self) -> list[str]:
        """Return the accounts of the events, if the events name them."""
        query = sa.select(events.c.account).distinct().where(events.c.account != "")
        with self._spool.reading() as connection:
            found = connection.execute(query.order_by(events.c.account))
            return list(found.scalars())

    def close(self) -> None:
        """Close the spool."""
        self._spool.close()

    def mark_read(self, sequence: int, *, but_pending: bool = False) -> None:
        """Note that the events up to a number were read; their age counts from now.

        Args:
            sequence: The number.
            but_pending: Leave out deletes that are not confirmed or refuted yet.
        """
        unread = self._is_ours & (events.c.sequence <= sequence)
        if but_pending:
            unread &= sa.not_(PENDING)
        self._spool.change(
            sa.update(events).values(read_at=_now()),
            unread & events.c.read_at.is_(None),
        )

    def latest(
        self, account: str, target: str, entity_ids: Collection[int]
    ) -> dict[int, StoredEvent]:
        """Return for each record the newest event that contains all of it, by id."""
        query = (
            sa.select(*STORED)
            .where(
                events.c.account == account,
                events.c.target == target,
                events.c.entity_id.in_(entity_ids),
                events.c.event != DELETE,
            )
            .order_by(events.c.occurred_at, events.c.id)
        )
        return {event.entity_id: event for event in self._fetch(query)}

    def pending_deletes(self, after: int = 0, limit: int = CHUNK) -> list[StoredEvent]:
        """Return deletes that MOCO was not asked about yet, in the order of their ids.

        Args:
            after: The id (not the number) of the last one that was looked at, so that
                those that cannot be settled now do not hide the others.
            limit: How many to return at most.
        """
        query = sa.select(*STORED).where(self._is_ours, PENDING, events.c.id > after)
        return self._fetch(query.order_by(events.c.id).limit(limit))

    def settle(
        self,
        *,
        confirmed: Collection[StoredEvent] = (),
        refuted: Collection[StoredEvent] = (),
    ) -> None:
        """Note MOCO's answers about pending deletes.

        Args:
            confirmed: Deletes whose record is gone; `confirmed_deletes` returns them.
            refuted: Deletes whose record MOCO still shows; they are no longer pending.
        """
        pending = sa.update(events).where(events.c.id == sa.bindparam("row"), PENDING)
        with self._spool.transaction() as connection:
            numbers = take_numbers(connection, len(confirmed))
            settled = [
                *zip(confirmed, numbers, strict=True),
                *((event, None) for event in refuted),
            ]
            rows = [
                {"row": event.id, "settled_at": _now(), "confirmation": number}
                for event, number in settled
            ]
            if rows:
                connection.execute(pending, rows)

    def confirmed_deletes(
        self, after: int = 0, limit: int = CHUNK
    ) -> list[ConfirmedDelete]:
        """Return the next confirmed deletes, in the order of their own numbers."""
        query = (
            sa.select(
                events.c.confirmation.label("sequence"),
                events.c.account,
                events.c.target,
                events.c.entity_id,
                events.c.occurred_at.label("deleted_at"),
                events.c.settled_at.label("confirmed_at"),
            )
            .where(self._is_ours, events.c.confirmation > after)
            .order_by(events.c.confirmation)
            .limit(limit)
        )
        with self._spool.reading() as connection:
            rows = connection.execute(query).mappings()
            return [ConfirmedDelete(**row) for row in rows]

    def _fetch(self, query: sa.Select[Any]) -> list[StoredEvent]:
        with self._spool.reading() as connection:
            return [StoredEvent(**row) for row in connection.execute(query).mappings()]


def _now() -> datetime:
    return datetime.now(timezone.utc)

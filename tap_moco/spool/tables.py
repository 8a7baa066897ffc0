"""The tables of a spool, the same in SQLite and in PostgreSQL."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tap_moco.spool.events import DELETE, StoredEvent

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

VERSION = 1
"""The version of these tables; a spool of a larger one is refused."""


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment in UTC, also where the database keeps no time zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Write in UTC: SQLite keeps the text as it is given."""
        return value.astimezone(timezone.utc) if value else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read as UTC: SQLite gives no time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=timezone.utc)
        return value.astimezone(timezone.utc)


UNIQUE = ("account", "target", "entity_id", "event", "occurred_at", "digest")
"""What makes an event one; the record comes first, so that its events are found."""

metadata = sa.MetaData()

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64 bits in both; SQLite makes ids by itself only for its own name of the type."""

spool = sa.Table(
    "moco_webhook_spool",
    metadata,
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("last_sequence", sa.BigInteger, nullable=False),
    comment="One row: the version of the tables, and the last number given",
)

events = sa.Table(
    "moco_webhook_events",
    metadata,
    sa.Column("id", BigInt, primary_key=True, autoincrement=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("entity_id", sa.BigInteger, nullable=False),
    sa.Column("occurred_at", UtcTime, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("user_id", sa.BigInteger),
    sa.Column("origin", sa.Text),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    # given after the commit, by the first who reads: see docs/webhooks.md
    sa.Column("sequence", sa.BigInteger, unique=True),
    sa.Column("read_at", UtcTime, index=True),
    # a delete is settled when MOCO was asked; only a confirmed one gets a number
    sa.Column("settled_at", UtcTime),
    sa.Column("confirmation", sa.BigInteger, unique=True),
    sa.UniqueConstraint(*UNIQUE),
)

UNNUMBERED = events.c.sequence.is_(None)
PENDING = (events.c.event == DELETE) & events.c.settled_at.is_(None)
"""Deletes that MOCO was not asked about yet."""

# few rows are in these two, so that finding them stays quick however many are kept
for name, condition in (("unnumbered", UNNUMBERED), ("pending", PENDING)):
    sa.Index(
        f"moco_webhook_events_{name}",
        events.c.id,
        sqlite_where=condition,
        postgresql_where=condition,
    )

STORED = [events.c[field.name] for field in fields(StoredEvent)]
"""The columns of a `StoredEvent`."""

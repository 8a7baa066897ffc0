"""The spool: it has every acknowledged event once, on the disk."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tap_moco.errors import SpoolError
from tap_moco.spool.database import ADVICE, open_database
from tap_moco.spool.events import EPOCH, Event
from tap_moco.spool.tables import UNIQUE, VERSION, events, metadata, spool

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from typing_extensions import Self

CHUNK = 1_000
"""How many rows one transaction changes, so that no delivery waits long for it."""

PROBE = Event("", "", "", 0, EPOCH, EPOCH, None, None, "x" * 8_000)
"""An event larger than a page of either database, so that a full disk shows."""


class Spool:
    """A spool that is kept in a database. Any number of threads may use it.

    Args:
        location: A path or a URL, as `open_database` takes it.
        may_create: Whether to create the file and the tables if they are missing.

    Raises:
        ValueError: The location is neither a path nor a URL of PostgreSQL.
        SpoolError: It cannot be opened, is damaged, or is not a spool.
    """

    def __init__(self, location: str, *, may_create: bool = False) -> None:
        """Open the spool."""
        self._database = open_database(location)
        self._may_create = may_create
        self.name = self._database.name
        self._is_prepared = False
        try:
            self._prepare()
            if may_create:
                self._database.check_pages()
        except SpoolError:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Give the spool to a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._database.engine.dispose()

    def store(self, deliveries: Collection[Event]) -> int:
        """Store events in one transaction; return how many are new.

        When this returns, they are on the disk. Events that the spool has already stay
        as they are.

        Raises:
            SpoolError: None of them is stored, or nobody knows whether they are.
        """
        # all receivers insert in the same order, or they could block each other
        rows = sorted(map(_row, deliveries), key=_unique_key)
        with self.transaction() as connection:
            result = connection.execute(
                self._database.insert,
                rows,
                execution_options={"preserve_rowcount": True},
            )
            return result.rowcount

    def probe(self) -> None:
        """Write an event and take it away again.

        Raises:
            SpoolError: An event could not be stored now.
        """
        with self.transaction() as connection:
            number = connection.scalar(
                sa.insert(events).values(_row(PROBE)).returning(events.c.id)
            )
            connection.execute(sa.delete(events).where(events.c.id == number))

    def newest(self) -> datetime | None:
        """Return when the last event came."""
        last = sa.select(events.c.received_at).order_by(events.c.id.desc()).limit(1)
        with self.reading() as connection:
            return connection.execute(last).scalar()

    def change(self, change: Any, condition: sa.ColumnElement[bool]) -> int:
        """Update or delete the events that a condition chooses; return how many.

        Each thousand is a transaction of its own. The change has to make the
        condition false.
        """
        chosen = sa.select(events.c.id).where(condition).limit(CHUNK)
        statement = change.where(events.c.id.in_(chosen.scalar_subquery()))
        total, count = 0, CHUNK
        while count == CHUNK:
            with self.transaction() as connection:
                count = connection.execute(statement).rowcount
            total += count
        return total

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection to read with; see `Database.reading`."""
        with self._database.reading() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Give a connection to write with; see `Database.transaction`."""
        if not self._is_prepared:
            self._prepare()
        try:
            with self._database.transaction() as connection:
                yield connection
        except SpoolError:
            # when it can be reached again, it may be another one, or an empty one
            self._is_prepared = False
            raise

    def _prepare(self) -> None:
        """Check that this is a spool; create one if there is none, if allowed."""
        if self._may_create:
            self._database.make()
        self._database.check()
        with self._database.reading() as connection:
            tables = self._database.tables(connection)
            if spool.name in tables:
                self._check_version(connection)
            elif tables:
                raise self._database.error("this is a database of something else")
        if spool.name not in tables:
            self._make_tables()
        self._database.adopt()
        self._is_prepared = True

    def _check_version(self, connection: sa.Connection) -> None:
        version = connection.execute(sa.select(spool.c.version)).scalar()
        if isinstance(version, int) and version > VERSION:
            raise self._database.error(
                f"it is of version {version}, made by a newer tap-moco; this one "
                f"knows version {VERSION}. Upgrade tap-moco"
            )
        if version != VERSION:
            raise self._database.error("its version is missing or not known")

    def _make_tables(self) -> None:
        if not self._may_create:
            raise self._database.error(f"there is no spool in it; {ADVICE}")
        with self._database.transaction() as connection:
            self._database.lock_schema(connection)
            metadata.create_all(connection)
            if connection.execute(sa.select(spool.c.version)).scalar() is None:
                first = sa.insert(spool).values(version=VERSION, last_sequence=0)
                connection.execute(first)


def _row(event: Event) -> dict[str, Any]:
    return {**vars(event), "digest": event.digest}


def _unique_key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in UNIQUE)

"""Where a spool is kept: an SQLite file, or a PostgreSQL database."""

from __future__ import annotations

import os
import stat
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tap_moco.errors import SpoolError
from tap_moco.spool.tables import events, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

POSTGRESQL = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
ACCEPTED = (
    "the path of a file (SQLite), or the URL of a PostgreSQL database such as "
    "postgresql+psycopg://user:password@host/database"
)
ADVICE = "`tap-moco-webhooks serve` makes it"
BUSY_SECONDS = 5
"""How long SQLite waits for another process that writes."""
BUSY_PAUSE = 0.05
"""How many seconds lie between two tries where SQLite does not wait by itself."""
LOCKED = "database is locked"
"""What SQLite says where it does not wait, or has waited for too long."""
STATEMENT_SECONDS = 8
"""How long PostgreSQL may take for one statement, including waits."""
CONNECT_SECONDS = 5
SCHEMA_LOCK = 0x4D4F434F
"""The number of PostgreSQL's advisory lock for making the tables."""


def open_database(location: str) -> Database:
    """Return the database that a location names; nothing is opened yet.

    Raises:
        ValueError: The location is neither a path nor a URL of PostgreSQL.
    """
    if "://" not in location:
        if not location.strip() or not location.isprintable():
            raise ValueError(location)
        return SqliteDatabase(Path(location).expanduser())
    try:
        url = sa.make_url(location)
    except (sa.exc.ArgumentError, ValueError):  # such as a port that is no number
        raise ValueError(location) from None
    if url.drivername == "sqlite" and url.database and not url.query:
        return SqliteDatabase(Path(url.database))
    if url.drivername not in POSTGRESQL:
        raise ValueError(location)
    return PostgresDatabase(url.set(drivername="postgresql+psycopg"))


class Database:
    """What both kinds of databases have in common. Any number of threads may use one.

    Attributes:
        name: Its name in messages.
        engine: The engine of SQLAlchemy.
        insert: An INSERT of events that leaves out those that are stored already.
    """

    def __init__(self, name: str, engine: sa.Engine, insert: Any) -> None:
        """Connect to nothing yet."""
        self.name = name
        self.engine = engine
        self.insert = insert(events).on_conflict_do_nothing()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection for reading.

        Raises:
            SpoolError: In place of any error of the database.
        """
        try:
            with self.engine.connect() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise self.error(_first_line(error)) from None

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Give a connection whose work is on the disk when the block ends.

        Raises:
            SpoolError: In place of any error of the database; nothing was written, or
                nobody knows whether it was.
        """
        engine = self.engine.execution_options(writes=True)
        try:
            with engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise self.error(_first_line(error)) from None

    def error(self, reason: str) -> SpoolError:
        """Return the error that names this spool, and what is wrong with it."""
        return SpoolError(f"spool {self.name}: {reason}")

    def make(self) -> None:
        """Create what has to exist before the first connection."""

    def check(self) -> None:
        """Check that this can hold a spool, before the tables are looked at."""

    def check_pages(self) -> None:
        """Read everything, and check that nothing is damaged."""

    def lock_schema(self, connection: sa.Connection) -> None:
        """Let nobody else create the tables until the transaction ends."""

    def tables(self, connection: sa.Connection) -> set[str]:
        """Return the names of tables; if others are there, this is not a spool."""
        found = sa.inspect(connection)
        return {name for name in metadata.tables if found.has_table(name)}

    def adopt(self) -> None:
        """Apply lasting settings, now that this is known to be a spool."""


class SqliteDatabase(Database):
    """A file, written ahead (WAL), and flushed to the disk at each commit."""

    def __init__(self, path: Path) -> None:
        """Know the path."""
        engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path)),
            connect_args={"timeout": BUSY_SECONDS},
        )
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        super().__init__(str(path), engine, sqlite.insert)
        self._path = path
        self._file: tuple[int, int] | None = None

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Give a connection, and see that the next process will find what is written.

        Raises:
            SpoolError: Also if the file was moved or removed while it was open.
        """
        with super().transaction() as connection:
            yield connection
        if self._file not in {None, self._identity()}:
            self._file = None
            self.engine.dispose()
            raise self.error("the file was moved or removed while it was open")

    def make(self) -> None:
        """Make an empty file that only its owner may read."""
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise self.error(str(error.strerror)) from None

    def check(self) -> None:
        """Check that there is a file, since SQLite would create an empty one."""
        try:
            mode = self._path.stat().st_mode
        except OSError as error:
            raise self.error(f"{error.strerror}; {ADVICE}") from None
        if not stat.S_ISREG(mode):
            raise self.error("this is not a file")

    def check_pages(self) -> None:
        """Look for pages that are damaged or missing."""
        with self.reading() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if found != "ok":
            raise self.error(f"the file is damaged ({' '.join(found.split())})")

    def tables(self, connection: sa.Connection) -> set[str]:
        """Return all tables: a file holds a spool or something else."""
        return set(sa.inspect(connection).get_table_names())

    def adopt(self) -> None:
        """Write ahead from now on, and remember which file this is."""
        deadline = time.monotonic() + BUSY_SECONDS
        while not self._writes_ahead():
            if time.monotonic() > deadline:
                raise self.error(LOCKED)
            time.sleep(BUSY_PAUSE)
        self._file = self._identity()

    def _writes_ahead(self) -> bool:
        """Change the mode if need be; false while another process writes.

        SQLite waits for the lock in any statement but this one.
        """
        try:
            with self.reading() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except SpoolError as error:
            if LOCKED not in str(error):
                raise
            return False
        return True

    def _identity(self) -> tuple[int, int] | None:
        """Return which file the path leads to."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Turn off automatic transactions, and flush at each commit."""
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: sa.Connection) -> None:
    """Take the write lock at once: later, SQLite would refuse to wait for it."""
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class PostgresDatabase(Database):
    """A database that several receivers write to, and the tap reads from anywhere."""

    def __init__(self, url: sa.URL) -> None:
        """Know the address."""
        options: dict[str, Any] = {
            "connect_timeout": CONNECT_SECONDS,
            # a server that is gone without a word must not hold a delivery for long
            "tcp_user_timeout": STATEMENT_SECONDS * 1000,
        }
        engine = sa.create_engine(
            url,
            # who waited for a lock has to see what was done under it
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            connect_args={n: v for n, v in options.items() if n not in url.query},
        )
        sa.event.listen(engine, "connect", _set_up_postgres)
        # a query may hold a password as well
        shown = sa.URL.create(
            url.drivername, host=url.host, port=url.port, database=url.database
        )
        super().__init__(str(shown), engine, postgresql.insert)

    def check(self) -> None:
        """Check that every text can be stored as it is."""
        with self.reading() as connection:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise self.error(f"the database's encoding is {encoding}, not UTF8")

    def lock_schema(self, connection: sa.Connection) -> None:
        """Take a lock that ends with the transaction."""
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(SCHEMA_LOCK)))


def _set_up_postgres(connection: Any, _record: Any) -> None:
    """Limit every statement in time, and acknowledge only what is on the disk."""
    autocommit, connection.autocommit = connection.autocommit, True
    milliseconds = STATEMENT_SECONDS * 1000
    connection.execute(
        f"SET statement_timeout = {milliseconds};"
        f"SET idle_in_transaction_session_timeout = {milliseconds};"
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.autocommit = autocommit


def _first_line(error: sa.exc.SQLAlchemyError) -> str:
    """Return what the database says, without the statement and its values."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__

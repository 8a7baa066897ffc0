"""Where each account's state is between two runs."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from datetime import datetime, timezone
from typing import Any

import fsspec
import sqlalchemy as sa

State = dict[str, Any]


class States(ABC):
    """The last state of each account."""

    @abstractmethod
    def load(self, account: str) -> State | None:
        """Return the account's last state, if it has one."""

    @abstractmethod
    def save(self, account: str, state: State) -> None:
        """Keep a state in place of the last one."""

    @staticmethod
    def at(url: str) -> States:
        """Return the states at an address.

        Args:
            url: Of a database, such as `postgresql+psycopg://…`, or of a folder that
                fsspec knows: a path, or `s3://bucket/folder`.
        """
        scheme = url.partition(":")[0].partition("+")[0]
        return DatabaseStates(url) if scheme in DIALECTS else FolderStates(url)


DIALECTS = {"postgresql", "sqlite"}


class DatabaseStates(States):
    """States in one table of a database."""

    TABLE = sa.Table(
        "moco_states",
        sa.MetaData(),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
    )

    def __init__(self, url: str) -> None:
        """Make the table, if it is not there."""
        # Each run is a process of its own, which asks twice: no pool.
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)
        with self._engine.begin() as connection:
            # Runs begin at the same moment, and only one can make the table.
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(20180617)"))
            self.TABLE.create(connection, checkfirst=True)

    def load(self, account: str) -> State | None:
        """Return the account's last state, if it has one."""
        query = sa.select(self.TABLE.c.state).where(self.TABLE.c.account == account)
        with self._engine.connect() as connection:
            text = connection.scalar(query)
        return json.loads(text) if text else None

    def save(self, account: str, state: State) -> None:
        """Keep a state in place of the last one."""
        row = {"state": json.dumps(state), "saved_at": datetime.now(timezone.utc)}
        mine = self.TABLE.c.account == account
        with self._engine.begin() as connection:
            changed = connection.execute(self.TABLE.update().where(mine).values(row))
            if not changed.rowcount:
                connection.execute(self.TABLE.insert().values(account=account, **row))


class FolderStates(States):
    """States in a folder, or in object storage: one file per account."""

    def __init__(self, url: str) -> None:
        """Make the folder, if it is not there."""
        self._files, self._folder = fsspec.core.url_to_fs(url)
        self._files.makedirs(self._folder, exist_ok=True)

    def load(self, account: str) -> State | None:
        """Return the account's last state, if it has one."""
        try:
            state: State = json.loads(self._files.cat_file(self._path(account)))
        except FileNotFoundError:
            return None
        return state

    def save(self, account: str, state: State) -> None:
        """Keep a state in place of the last one."""
        # Within a transaction, a file appears whole or not at all.
        with self._files.transaction, self._files.open(self._path(account), "w") as out:
            json.dump(state, out)

    def _path(self, account: str) -> str:
        return f"{self._folder}/{account}.json"

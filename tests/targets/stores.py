"""Each target: how to install it, set it up, and read what it has stored."""

from __future__ import annotations

import csv
import json
import sqlite3
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import sqlalchemy as sa

from tests.support.environments import Environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .recordings import Row

SCHEMA = "moco"
SEPARATOR = "__"


@dataclass
class Store(ABC):
    """A target's configuration, and the place where it has put the rows.

    Attributes:
        folder: A folder of its own, for files and configuration.
        database: The address of a PostgreSQL server.
        name: A name that no other store of the same run has.
        hard: Rows are to be removed, where the target can do that.
        environment: Where the target is installed.
        title: Its name on PyPI.
        setup: A user's configuration, as YAML.
        notes: What a user has to know besides what the trials show.
        can_delete: It has a setting that removes rows.
        is_warned_of: It is tried once, to see that it still fails.
    """

    folder: Path
    database: str
    name: str
    hard: bool = False
    environment: ClassVar[Environment]
    title: ClassVar[str]
    setup: ClassVar[str]
    notes: ClassVar[str] = ""
    can_delete: ClassVar[bool] = False
    is_warned_of: ClassVar[bool] = False

    def command(self) -> list[str]:
        """Return the command that loads what comes by standard input."""
        path = self.folder / f"{self.name}.json"
        path.write_text(json.dumps(self.config()), encoding="utf-8")
        return [*self.program(), "--config", str(path)]

    def program(self) -> list[str]:
        """Return the command without its arguments."""
        return [self.environment.command(self.environment.name)]

    @abstractmethod
    def config(self) -> Row:
        """Return the target's configuration."""

    @abstractmethod
    def rows(self, stream: str) -> list[Row]:
        """Return what a stream's table holds, as it is stored."""

    @abstractmethod
    def column_types(self, stream: str) -> Mapping[str, str]:
        """Return the database's own names of the columns' types."""


class Files(Store):
    """A target that writes one file of text per stream."""

    suffix: ClassVar[str]
    kind: ClassVar[str]

    @property
    def output(self) -> Path:
        """The folder of the files; a target need not make it."""
        output = self.folder / self.name
        output.mkdir(exist_ok=True)
        return output

    def file(self, stream: str) -> Path:
        """Return a stream's file."""
        return self.output / f"{stream}.{self.suffix}"

    def rows(self, stream: str) -> list[Row]:
        """Return the rows of a stream's file, if it has one."""
        file = self.file(stream)
        return self.read(file) if file.exists() else []

    @abstractmethod
    def read(self, file: Path) -> list[Row]:
        """Return the rows of a file."""

    def column_types(self, stream: str) -> Mapping[str, str]:
        """Return what all values of such a file are."""
        return {name: self.kind for row in self.rows(stream)[:1] for name in row}


class Csv(Files):
    """meltanolabs-target-csv."""

    title = "meltanolabs-target-csv"
    environment = Environment("target-csv", ("meltanolabs-target-csv==0.5.0",))
    suffix, kind = "csv", "text"
    setup = """\
output_path: output/csv
file_naming_scheme: "{stream_name}.csv"
overwrite_behavior: replace_file"""
    notes = """
    With `flattening_enabled: true` and `flattening_max_depth: 3` in the **tap**, every
    file is right: nested fields become columns, and lists become JSON.
    """

    def config(self) -> Row:
        """Return the folder, and that a run replaces the files."""
        return {
            "output_path": str(self.output),
            "file_naming_scheme": "{stream_name}.csv",
            "overwrite_behavior": "replace_file",
        }

    def read(self, file: Path) -> list[Row]:
        """Return the rows of a file."""
        with file.open(encoding="utf-8", newline="") as rows:
            return list(csv.DictReader(rows))


class Jsonl(Files):
    """target-jsonl."""

    title = "target-jsonl"
    environment = Environment("target-jsonl", ("target-jsonl==0.1.4",))
    suffix, kind = "jsonl", "JSON"
    setup = """\
destination_path: output/jsonl
do_timestamp_file: false"""

    def config(self) -> Row:
        """Return the folder, and that a run adds to the files."""
        return {"destination_path": str(self.output), "do_timestamp_file": False}

    def read(self, file: Path) -> list[Row]:
        """Return the rows of a file."""
        text = file.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.split("\n") if line]


class Postgres(Store):
    """meltanolabs-target-postgres."""

    title = "meltanolabs-target-postgres"
    environment = Environment(
        "target-postgres", ("meltanolabs-target-postgres==0.8.1",)
    )
    can_delete = True
    setup = """\
host: localhost
port: 5432
user: loader
password: …
database: warehouse
default_target_schema: moco
add_record_metadata: true  # needed for deletes
activate_version: true
hard_delete: false  # true removes deleted rows, false marks them"""

    def config(self) -> Row:
        """Return the server, and what is needed for deletes."""
        return {
            "sqlalchemy_url": self.database,
            "default_target_schema": self.name,
            "add_record_metadata": True,
            "activate_version": True,
            "hard_delete": self.hard,
        }

    def rows(self, stream: str) -> list[Row]:
        """Return the rows of a table."""
        table = sa.table(stream, schema=self.name)
        return self._query(sa.select(sa.text("*")).select_from(table))

    def column_types(self, stream: str) -> Mapping[str, str]:
        """Return what PostgreSQL says."""
        query = sa.text(
            "SELECT attname AS name, format_type(atttypid, NULL) AS type"
            " FROM pg_attribute WHERE attrelid = CAST(:name AS regclass)"
            " AND attnum > 0"
        ).bindparams(name=f'{self.name}."{stream}"')
        return {row["name"]: row["type"] for row in self._query(query)}

    def _query(self, query: sa.Executable) -> list[Row]:
        engine = sa.create_engine(self.database, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


class PipelinewisePostgres(Postgres):
    """pipelinewise-target-postgres."""

    title = "pipelinewise-target-postgres"
    notes = """
    Its `hard_delete` acts on a field `_sdc_deleted_at` in the rows, and ignores the
    tap's `ACTIVATE_VERSION` messages.
    """
    environment = Environment(
        "pipelinewise-target-postgres", ("pipelinewise-target-postgres==2.1.2",)
    )
    setup = """\
host: localhost
port: 5432
user: loader
password: …
dbname: warehouse
default_target_schema: moco"""

    def program(self) -> list[str]:
        """Return the command, which is called as the other target's is."""
        return [self.environment.command("target-postgres")]

    def config(self) -> Row:
        """Return the server."""
        url = sa.make_url(self.database)
        return {
            "host": url.query["host"],
            "port": url.port or 5432,
            "user": url.username,
            "password": url.password or "none",
            "dbname": url.database,
            "default_target_schema": self.name,
            "hard_delete": self.hard,
        }


class DuckDB(Store):
    """target-duckdb."""

    title = "target-duckdb"
    environment = Environment(
        "target-duckdb", ("target-duckdb==0.8.0", "duckdb>=1.2,<1.3")
    )
    setup = """\
path: moco.duckdb
default_target_schema: tap_moco  # another name than the file's"""
    notes = """
    Install both packages in one command. Otherwise pip installs a newer duckdb, with
    which this target loses rows without an error (see below).
    """

    @property
    def path(self) -> Path:
        """The database's file."""
        return self.folder / f"{self.name}.duckdb"

    def config(self) -> Row:
        """Return the file."""
        return {"path": str(self.path), "default_target_schema": SCHEMA}

    def rows(self, stream: str) -> list[Row]:
        """Return the rows of a table."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            found = connection.execute(f'SELECT * FROM {SCHEMA}."{stream}"')  # noqa: S608
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def column_types(self, stream: str) -> Mapping[str, str]:
        """Return what DuckDB says."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            query = f'DESCRIBE {SCHEMA}."{stream}"'
            found = connection.execute(query).fetchall()
        return {row[0]: row[1].lower() for row in found}


SHIM = """
import collections, collections.abc
for name in ("Mapping", "MutableMapping", "Iterable"):
    setattr(collections, name, getattr(collections.abc, name))
from target_sqlite import main
main()
"""
"""target-sqlite uses names that Python 3.10 has removed."""


class Sqlite(Store):
    """target-sqlite."""

    title = "target-sqlite"
    environment = Environment(
        "target-sqlite", ("target-sqlite==0.2.0", "setuptools<81")
    )
    setup = "database: moco.db"
    notes = """
    This target dates from 2019. It starts on Python 3.10 and later only if names that
    Python has removed are put back, as the test does. Prefer target-duckdb.
    """

    @property
    def path(self) -> Path:
        """The database's file."""
        return self.folder / f"{self.name}.db"

    def program(self) -> list[str]:
        """Return Python with what this target needs to start."""
        return [self.environment.command("python"), "-c", SHIM]

    def config(self) -> Row:
        """Return the file."""
        return {"database": str(self.path)}

    def rows(self, stream: str) -> list[Row]:
        """Return the rows of a table, and the objects put together again."""
        with sqlite3.connect(self.path) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute(f'SELECT * FROM "{stream}"')  # noqa: S608
            return [{**row, **_nested(dict(row))} for row in found]

    def column_types(self, stream: str) -> Mapping[str, str]:
        """Return what SQLite says."""
        with sqlite3.connect(self.path) as connection:
            found = connection.execute(f'PRAGMA table_info("{stream}")').fetchall()
        return {row[1]: row[2].lower() for row in found}


def _nested(row: Row) -> Row:
    """Return a row with an object in place of its columns `a__b` and `a__c`."""
    whole: dict[str, Any] = {}
    for name, value in row.items():
        parent, _, child = name.partition(SEPARATOR)
        if child and value is not None:
            whole.setdefault(parent, {})[child] = value
        elif not child:
            whole[name] = value
    return {
        name: _nested(value) if isinstance(value, dict) else value
        for name, value in whole.items()
    }


class NewerDuckDB(DuckDB):
    """target-duckdb with a later duckdb than it was made for."""

    title = "target-duckdb with duckdb 1.3 or later"
    environment = Environment(
        "target-duckdb-newer", ("target-duckdb==0.8.0", "duckdb==1.4.1")
    )
    is_warned_of = True

    def program(self) -> list[str]:
        """Return the command of this environment."""
        return [self.environment.command("target-duckdb")]


class SingerCsv(Csv):
    """The target-csv of singer-io, which users find first by name."""

    title = "target-csv of singer-io"
    environment = Environment(
        "target-csv-singer", ("target-csv==0.3.0", "setuptools<81")
    )
    is_warned_of = True

    def program(self) -> list[str]:
        """Return the command, which is called as the other target's is."""
        return [self.environment.command("target-csv")]

    def config(self) -> Row:
        """Return the folder."""
        return {"destination_path": str(self.output), "disable_collection": True}


STORES: tuple[type[Store], ...] = (
    Postgres,
    PipelinewisePostgres,
    DuckDB,
    Csv,
    Jsonl,
    Sqlite,
    NewerDuckDB,
    SingerCsv,
)

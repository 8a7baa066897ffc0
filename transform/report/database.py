"""DuckDB or PostgreSQL, whichever holds the marts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import psycopg2
from psycopg2 import sql as pg

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = dict[str, Any]


class DatabaseError(Exception):
    """The database cannot be asked; the text says why, in one line."""


class Database(Protocol):
    """Answers queries about one schema of marts."""

    def query(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        """Return the rows of a query.

        Args:
            sql: A query; `{schema}` stands for the schema of the marts, and the name
                of a value in braces for the value.
            values: The values by name.

        Raises:
            DatabaseError: The query failed.
        """


def open_database(address: str, schema: str) -> Database:
    """Open a PostgreSQL by its URL, or a DuckDB by its file.

    Raises:
        DatabaseError: It cannot be opened.
    """
    if address.startswith(("postgresql://", "postgres://")):
        return _Postgres(address, schema)
    return _DuckDB(address, schema)


class _DuckDB:
    def __init__(self, path: str, schema: str) -> None:
        self._schema = schema
        try:
            self._connection = duckdb.connect(path, read_only=True)
        except duckdb.Error as error:
            raise DatabaseError(_first_line(error)) from error

    def query(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        schema = '"' + self._schema.replace('"', '""') + '"'
        text = sql.format(schema=schema, **{name: f"${name}" for name in values})
        used = {name: value for name, value in values.items() if f"${name}" in text}
        try:
            found = self._connection.execute(text, used)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        except duckdb.Error as error:
            raise DatabaseError(_first_line(error)) from error


class _Postgres:
    def __init__(self, url: str, schema: str) -> None:
        self._schema = schema
        try:
            self._connection = psycopg2.connect(url)
        except psycopg2.Error as error:
            raise DatabaseError(_first_line(error)) from error
        self._connection.set_session(readonly=True, autocommit=True)

    def query(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        text = pg.SQL(sql).format(
            schema=pg.Identifier(self._schema),
            **{name: pg.Placeholder(name) for name in values},
        )
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(text, dict(values))
                names = [column.name for column in cursor.description or ()]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except psycopg2.Error as error:
            raise DatabaseError(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]

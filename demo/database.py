"""The demo's DuckDB: what is in it, and the deletes that its target leaves undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

SCHEMA = "tap_moco"

BY_CUSTOMER = f"""
WITH hours AS (
    SELECT CAST(customer->>'id' AS BIGINT) AS id,
           sum(hours) AS hours,
           sum(hours) FILTER (billable) AS billable
    FROM {SCHEMA}.activities GROUP BY 1
), revenue AS (
    SELECT customer_id AS id, sum(net_total) AS revenue
    FROM {SCHEMA}.invoices WHERE status NOT IN ('draft', 'disregarded') GROUP BY 1
)
SELECT name, coalesce(hours, 0), coalesce(billable, 0), coalesce(revenue, 0)
FROM {SCHEMA}.companies LEFT JOIN hours USING (id) LEFT JOIN revenue USING (id)
WHERE hours > 0 OR revenue > 0
ORDER BY 2 DESC, 1
"""  # noqa: S608 - the schema is a constant


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Ask the database."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def count_rows(path: Path) -> dict[str, int]:
    """Count the rows of each table."""
    sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = "
    tables = query(path, f"{sql}'{SCHEMA}' ORDER BY 1")
    return {
        name: query(path, f'SELECT count(*) FROM {SCHEMA}."{name}"')[0][0]  # noqa: S608
        for (name,) in tables
    }


def take_away(path: Path, streams: Iterable[str], begin: datetime) -> dict[str, int]:
    """Delete the rows that the tap has declared deleted; return how many of each list.

    target-postgres does that by itself; target-duckdb ignores ACTIVATE_VERSION.

    Args:
        path: The database's file.
        streams: Those whose ACTIVATE_VERSION came: all their rows were written again.
        begin: When that run began, UTC: what is older was not.
    """
    done: dict[str, int] = {}
    with duckdb.connect(str(path)) as connection:
        for name in streams:
            old = "CAST(_sdc_extracted_at AS TIMESTAMP) < ?"
            sql = f'DELETE FROM {SCHEMA}."{name}" WHERE {old} RETURNING 1'  # noqa: S608
            gone = connection.execute(sql, [begin.replace(tzinfo=None)]).fetchall()
            if gone:
                done[name] = len(gone)
    return done

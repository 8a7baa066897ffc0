"""The command: `python -m report`, in the folder `transform`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from report.database import DatabaseError, open_database
from report.figures import values_of
from report.page import Load, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from report.database import Database

ACCOUNTS = "select distinct source_relation from {schema}.moco__tiles order by 1"


def main(given: Sequence[str] | None = None) -> int:
    """Write the page; return the exit status."""
    options = _arguments(given)
    try:
        database = open_database(options.database, options.schema)
        account = _account(database, options.schema, options.account)
        values = values_of(account, options.today)
        page = render(database, values, _load(options.load))
    except (DatabaseError, OSError, ValueError) as error:
        print(f"report: {error}", file=sys.stderr)
        return 1
    options.output.write_text(page, encoding="utf-8")
    print(f"Wrote {options.output}")
    return 0


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="report", description="Write the marts as a page to look at."
    )
    add = parser.add_argument
    add(
        "--database",
        default=os.environ.get("DBT_DUCKDB_PATH", "../moco.duckdb"),
        help="a DuckDB file, or a postgresql:// URL; default: %(default)s",
    )
    add("--schema", default="analytics", help="of the marts; default: %(default)s")
    add("--account", help="the schema that the tap loads into, if there are several")
    add(
        "--today",
        type=date.fromisoformat,
        default=date.today(),  # noqa: DTZ011 - the day here, as for dbt
        help="the day that the marts were built at; default: today",
    )
    add("--load", type=Path, help="a file that describes the load, as the demo writes")
    add("--output", type=Path, default=Path("report.html"), help="the page's file")
    return parser.parse_args(given)


def _account(database: Database, schema: str, wanted: str | None) -> str:
    """Return the account of the page.

    Raises:
        ValueError: There are several, and none is named; or it is not there.
    """
    try:
        rows = database.query(ACCOUNTS, {})
    except DatabaseError as error:
        raise ValueError(f"the schema {schema} has no marts: {error}") from error
    found = [str(row["source_relation"]) for row in rows]
    if wanted is None and len(found) == 1:
        return found[0]
    if wanted in found and wanted is not None:
        return wanted
    raise ValueError(
        "name one of the accounts by --account: " + ", ".join(found)
        if found
        else "the marts hold no account; run dbt build first"
    )


def _load(path: Path | None) -> Load:
    """Return what a file says of the load.

    Raises:
        ValueError: It is not such a file.
    """
    if path is None:
        return Load()
    try:
        return Load(**json.loads(path.read_text(encoding="utf-8")))
    except TypeError as error:
        raise ValueError(f"{path}: {error}") from error


if __name__ == "__main__":
    sys.exit(main())

"""A made-up account with a clock that stands still, and its way into two databases."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import sqlalchemy as sa

from tests.support.process import environment
from tests.support.runs import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_moco.sandbox import Server

BIN = Path(sys.executable).parent
NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
TODAY = NOW.date().isoformat()
TIMEOUT = 180
SCHEMA = "tap_moco"
OPTIONAL = (
    "account_internal_hourly_rates", "deal_categories", "deals", "invoice_details",
    "invoice_payments", "planning_entries", "project_expenses",
    "project_payment_schedules", "purchase_payments", "purchases", "report_absences",
    "report_planned_vs_tracked", "report_utilization", "schedules", "sync_runs",
    "user_employments", "user_holidays",
)  # fmt: skip


def read_account(server: Server, folder: Path) -> bytes:
    """Read a sandbox whole; return the tap's messages."""
    return _run("tap-moco", settings(server), folder, b"")


def without(messages: bytes, streams: Iterable[str]) -> bytes:
    """Return the messages less those of streams that the key is denied."""
    left_out = set(streams)
    return b"".join(
        line
        for line in messages.splitlines(keepends=True)
        if json.loads(line).get("stream") not in left_out
    )


def empty(messages: bytes, streams: Iterable[str]) -> bytes:
    """Return the messages less the records of some streams, as if they had none."""
    left_out = set(streams)
    return b"".join(
        line
        for line in messages.splitlines(keepends=True)
        if (message := json.loads(line)).get("stream") not in left_out
        or message["type"] != "RECORD"
    )


def load_duckdb(messages: bytes, path: Path, schema: str = SCHEMA) -> None:
    """Load messages into a DuckDB file by target-duckdb."""
    config = {"path": str(path), "default_target_schema": schema}
    _run("target-duckdb", config, path.parent, messages)


def load_postgres(messages: bytes, url: str, folder: Path, schema: str) -> None:
    """Load messages into a PostgreSQL by target-postgres."""
    config = {
        "sqlalchemy_url": url,
        "default_target_schema": schema,
        "add_record_metadata": True,
        "activate_version": True,
    }
    _run("target-postgres", config, folder, messages)


def _run(name: str, config: object, folder: Path, given: bytes) -> bytes:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(config))
    done = subprocess.run(
        [str(BIN / name), "--config", str(path)],
        input=given,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return done.stdout


def ask_duckdb(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def change_duckdb(path: Path, statements: Sequence[str]) -> None:
    """Change the database by hand."""
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def ask_postgres(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(sql))]

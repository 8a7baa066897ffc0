"""The demo: a made-up MOCO account, read into DuckDB and CSV, changed, read again.

In the end, the dbt project of `transform/` makes figures of it, and a page of these.

Run it by `make demo`. All that it writes is in `.demo`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from commands import (
    DATABASE,
    HOME,
    LIMIT,
    MESSAGES,
    ROOT,
    SECONDS,
    STATE,
    DemoError,
    account,
    run,
    sandbox,
    shown,
    title,
    write_configs,
)
from database import BY_CUSTOMER, SCHEMA, count_rows, query, take_away
from webhooks import free_address, receiving, wait_for_delete

if TYPE_CHECKING:
    from commands import Stream

PAGE = HOME / "report.html"
SPOOL = HOME / "webhooks.db"
DBT_BIN = ROOT / ".venv-dbt" / "bin"
CHANGES = 100
BY_YEAR = {"account_fixed_costs", "purchase_budgets"}
"""Lists that the tap reads by year, so that their rows are other ones than MOCO's."""


@dataclass
class Load:
    """How the database was loaded, for the page."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    lists: list[dict[str, Any]] = field(default_factory=list)
    deletes: list[dict[str, Any]] = field(default_factory=list)


def main() -> int:
    """Run the demo; return the exit status."""
    begin, load = time.monotonic(), Load()
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    try:
        hooks = free_address()
        with receiving(hooks, SPOOL, HOME / "webhooks.log"), sandbox(hooks) as url:
            write_configs(url)
            first_read(url, load)
            look()
            read_again(url, load)
            read_all_again(url, load)
            see_a_delete(url, load)
        make_page(load)
    except DemoError as error:
        print(f"The demo failed: {error}", file=sys.stderr)
        return 1
    print(f"\nDone in {time.monotonic() - begin:.0f} s. To look at:")
    for path in (PAGE, DATABASE, HOME / "csv", HOME / "tap.log"):
        print(f"  {path.relative_to(HOME.parent)}")
    return 0


# ---- the steps


def first_read(url: str, load: Load) -> None:
    """Read the whole account into both targets, and compare with the account."""
    title("1. Read the whole account into DuckDB, and into CSV files")
    streams = run(["duckdb", "csv"])
    requests = account(url, "GET", "stats")["requests"]
    note(url, load, "the whole account", requests, streams)
    records = total(streams)
    print(f"\n  {len(streams)} streams, {records:,} records, {requests:,} requests.")
    entries = account(url, "GET", "rows/activities")
    there = len(entries), sum(entry["hours"] for entry in entries)
    sql = f"SELECT count(*), sum(hours) FROM {SCHEMA}.activities"  # noqa: S608
    here = query(DATABASE, sql)[0]
    print(f"  The account has {there[0]:,} time entries with {there[1]:,.2f} hours;")
    print(f"  the database has {here[0]:,} time entries with {here[1]:,.2f} hours.")
    if here != there:
        raise DemoError("these should be the same")


def look() -> None:
    """Show hours and revenue by customer."""
    title("2. Look at it: hours and revenue by customer, from DuckDB")
    rows = query(DATABASE, BY_CUSTOMER)
    width = max(len(name) for name, *_ in rows)
    print(f"  {'customer':<{width}}{'hours':>10}{'billable':>10}{'revenue EUR':>14}")
    for name, hours, billable, revenue in rows:
        print(f"  {name:<{width}}{hours:>10,.2f}{billable:>10,.2f}{revenue:>14,.2f}")


def read_again(url: str, load: Load) -> None:
    """Change the account and read what changed."""
    title(f"3. Change the account {CHANGES} times, and read again with the state")
    time.sleep(SECONDS)  # a run cannot know how much of the limit the last one took
    before = account(url, "GET", "stats")
    done = account(url, "POST", "evolve", {"changes": CHANGES})
    print("  " + ", ".join(f"{count} {kind}" for kind, count in done.items()) + "\n")
    streams = run(["duckdb"])
    after = account(url, "GET", "stats")
    requests = after["requests"] - before["requests"]
    note(url, load, "what changed", requests, streams)
    changed = [stream for stream in streams if stream.is_increment]
    postponed = [stream for stream in streams if stream.is_postponed]
    whole = [stream for stream in streams if stream not in (*changed, *postponed)]
    unchanged = [stream for stream in whole if not stream.records]
    print(
        f"\n  The increment took {requests:,} requests;"
        f" the whole account took {before['requests']:,}."
        f"\n  {total(changed):,} records came from {len(changed)} lists of which only"
        " the changes were read."
        f"\n  {total(whole):,} records came from {len(whole)} lists that were read"
        " whole, most of them in one request."
        f"\n  {len(unchanged)} of these had not changed, so none of their records was"
        " written."
        f"\n  {len(postponed)} reports and yearly lists were read less than a day ago."
        f"\n  The account refused {after['rejected']} requests because of its limit of"
        f" {LIMIT} in {SECONDS} s."
    )


def read_all_again(url: str, load: Load) -> None:
    """Read the whole account once more, so that deletes show."""
    title("4. Read the whole account once more, and remove deleted rows")
    STATE.unlink()
    before, begin = account(url, "GET", "stats"), datetime.now(timezone.utc)
    streams = run(["duckdb"], is_quiet=True)
    gone = take_away(DATABASE, declared(), begin)
    after = account(url, "GET", "stats")
    note(url, load, "all of it again", after["requests"] - before["requests"], streams)
    load.deletes = [{"list": name, "rows": rows} for name, rows in gone.items()]
    for name, rows in gone.items():
        print(f"  {name}: {rows} deleted")
    wrong = [row["list"] for row in load.lists if row["moco"] != row["loaded"]]
    if wrong:
        raise DemoError(f"MOCO and the database differ in {', '.join(wrong)}")
    print(f"\n  {len(load.lists)} lists have as many rows in MOCO as in the database.")


def see_a_delete(url: str, load: Load) -> None:
    """Delete a time entry, whose webhook comes at once, and read again."""
    title("5. Delete a time entry: a webhook reports it, and the next run acts on it")
    entry = account(url, "GET", "rows/activities")[0]
    number = entry["id"]
    account(url, "POST", "delete", {"collection": "activities", "id": number})
    seconds = wait_for_delete(SPOOL, number)
    if seconds is None:
        raise DemoError("the webhook never came")
    print(
        f"  Time entry {number} was deleted; its webhook came within {seconds:.1f} s."
    )
    write_configs(url, webhook_spool=str(SPOOL))
    before, begin = account(url, "GET", "stats"), datetime.now(timezone.utc)
    streams = run(["duckdb"], is_quiet=True)
    take_away(DATABASE, declared(), begin)
    after = account(url, "GET", "stats")
    requests = after["requests"] - before["requests"]
    note(url, load, "the delete that arrived", requests, streams)
    load.deletes.append({"list": "activities, by a webhook", "rows": 1})
    confirmed, left = (
        query(DATABASE, f"SELECT count(*) FROM {SCHEMA}.{condition}")[0][0]  # noqa: S608
        for condition in (
            f"deleted_records WHERE stream = 'activities' AND id = {number}",
            f"activities WHERE id = {number}",
        )
    )
    print(f"  Rows in deleted_records: {confirmed}. Rows left in activities: {left}.")
    if (confirmed, left) != (1, 0):
        raise DemoError("the delete did not arrive")


def make_page(load: Load) -> None:
    """Turn the rows into figures with dbt, and the figures into a page.

    Raises:
        DemoError: dbt, or the page, failed.
    """
    title("6. Figures for an agency, made by dbt, and a page to look at")
    (HOME / "load.json").write_text(json.dumps(asdict(load)), encoding="utf-8")
    report = ["-m", "report", "--load", str(HOME / "load.json"), "--output", str(PAGE)]
    build = ["run", "--no-use-colors"]
    env = {
        **os.environ,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_TARGET": "duckdb",
        "DBT_SCHEMA": "analytics",
        "DBT_DUCKDB_PATH": str(DATABASE),
    }
    for command in (["dbt", *build], ["python", *report]):
        print(f"  $ {shown(command)}", flush=True)
        path = str(DBT_BIN / command[0])
        with (HOME / "dbt.log").open("a", encoding="utf-8") as log:
            done = subprocess.run(
                [path, *command[1:]],
                cwd=ROOT / "transform",
                env=env,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise DemoError(f"{command[0]} failed; see {HOME / 'dbt.log'}")


def note(url: str, load: Load, name: str, requests: int, streams: list[Stream]) -> None:
    """Compare each list's rows in MOCO and in the database, for the page."""
    there = account(url, "GET", "stats")["collections"]
    here = count_rows(DATABASE)
    load.lists = [
        {"list": name, "moco": there[name], "loaded": rows}
        for name, rows in here.items()
        if name in there and name not in BY_YEAR
    ]
    load.lists.sort(key=lambda row: (-row["moco"], row["list"]))
    gone = sum(max(row["loaded"] - row["moco"], 0) for row in load.lists)
    load.runs.append(
        {"title": name, "requests": requests, "records": total(streams), "gone": gone}
    )


def declared() -> list[str]:
    """Return the streams whose deletes the last run has declared."""
    lines = MESSAGES.read_bytes().splitlines()
    found = [line for line in lines if line.startswith(b'{"type":"ACTIVATE_VERSION"')]
    return [json.loads(line)["stream"] for line in found]


def total(streams: list[Stream]) -> int:
    """Count the records of some streams."""
    return sum(stream.records for stream in streams)


if __name__ == "__main__":
    sys.exit(main())

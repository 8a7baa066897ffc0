"""The demo: a made-up MOCO account, read into DuckDB and CSV, changed, read again.

Run it by `make demo`. All that it writes is in `.demo`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

import chart
import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(__file__).resolve().parent.parent / ".demo"
BIN = Path(sys.executable).parent
DATABASE = HOME / "moco.duckdb"
CHART = HOME / "hours_by_customer.png"
STATE = HOME / "state.json"
SCHEMA = "tap_moco"

LIMIT, SECONDS = 120, 6
"""The demo's account allows as many requests as MOCO, in a twentieth of the time."""
CHANGES = 100
CHUNK = 1 << 16

TOLD = re.compile(
    r"\| (?P<line>(?P<name>\w+): (?P<records>[\d,]+) records?, "
    r"[\d,]+ requests?, .*\((?P<reason>.*)\))"
)
"""What the tap logs of a stream that it has read."""

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
SELECT id, name, coalesce(hours, 0), coalesce(billable, 0), coalesce(revenue, 0)
FROM {SCHEMA}.companies LEFT JOIN hours USING (id) LEFT JOIN revenue USING (id)
WHERE hours > 0 OR revenue > 0
ORDER BY 3 DESC, 1
"""  # noqa: S608 - the schema is a constant


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


@dataclass
class Stream:
    """What the tap told of one stream."""

    name: str
    records: int
    is_increment: bool


def main() -> int:
    """Run the demo; return the exit status."""
    begin = time.monotonic()
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    try:
        with sandbox() as url:
            write_configs(url)
            first_read(url)
            look()
            reread(url)
    except DemoError as error:
        print(f"The demo failed: {error}", file=sys.stderr)
        return 1
    print(f"\nDone in {time.monotonic() - begin:.0f} s. To look at:")
    for path in (CHART, DATABASE, HOME / "csv", HOME / "tap.log"):
        print(f"  {path.relative_to(HOME.parent)}")
    return 0


# ---- the steps


def first_read(url: str) -> None:
    """Read the whole account into both targets, and compare with the account."""
    title("1. Read the whole account into DuckDB, and into CSV files")
    streams = run(["duckdb", "csv"])
    requests = account(url, "GET", "stats")["requests"]
    records = sum(stream.records for stream in streams)
    print(f"\n  {len(streams)} streams, {records:,} records, {requests:,} requests.")
    entries = account(url, "GET", "rows/activities")
    there = len(entries), sum(entry["hours"] for entry in entries)
    here = query(f"SELECT count(*), sum(hours) FROM {SCHEMA}.activities")[0]  # noqa: S608
    print(f"  The account has {there[0]:,} time entries with {there[1]:,.2f} hours;")
    print(f"  the database has {here[0]:,} time entries with {here[1]:,.2f} hours.")
    if here != there:
        raise DemoError("these should be the same")


def look() -> None:
    """Show hours and revenue by customer, as a table and a chart."""
    title("2. Look at it: hours and revenue by customer, from DuckDB")
    customers = [chart.Customer(*row) for row in query(BY_CUSTOMER)]
    print(f"  {'customer':<36}{'hours':>10}{'billable':>10}{'revenue EUR':>14}")
    for label, customer in zip(chart.labels(customers), customers, strict=True):
        print(
            f"  {label:<36}{customer.hours:>10,.2f}"
            f"{customer.billable:>10,.2f}{customer.revenue:>14,.2f}"
        )
    chart.draw(customers, CHART)
    print(f"\n  As a chart: {CHART.relative_to(HOME.parent)}")


def reread(url: str) -> None:
    """Change the account and read what changed."""
    title(f"3. Change the account {CHANGES} times, and read again with the state")
    before = account(url, "GET", "stats")
    done = account(url, "POST", "evolve", {"changes": CHANGES})
    print("  " + ", ".join(f"{count} {kind}" for kind, count in done.items()) + "\n")
    streams = run(["duckdb"])
    after = account(url, "GET", "stats")
    changed = [stream for stream in streams if stream.is_increment]
    whole = [stream for stream in streams if not stream.is_increment]
    print(
        f"\n  The increment took {after['requests'] - before['requests']:,} requests;"
        f" the whole account took {before['requests']:,}."
        f"\n  {total(changed):,} records came of {len(changed)} lists that MOCO"
        " filters by change; the newest of each comes once more."
        f"\n  {total(whole):,} records came of {len(whole)} lists and reports that"
        " are read whole every time."
        f"\n  The account had to refuse {after['rejected']} requests for its limit of"
        f" {LIMIT} in {SECONDS} s."
    )


def total(streams: list[Stream]) -> int:
    """Count the records of some streams."""
    return sum(stream.records for stream in streams)


# ---- the tap, the targets and the account


def write_configs(url: str) -> None:
    """Write a configuration for the tap and for each target."""
    limit = {"requests": LIMIT, "seconds": SECONDS}
    configs: dict[str, dict[str, Any]] = {
        "tap": {"api_url": url, "api_key": "sandbox-key", "rate_limit": limit},
        "duckdb": {"path": str(DATABASE), "default_target_schema": SCHEMA},
        "csv": {"output_path": str(HOME / "csv")},
    }
    for name, config in configs.items():
        text = json.dumps(config, indent=2) + "\n"
        (HOME / f"{name}.json").write_text(text, encoding="utf-8")


def run(targets: list[str]) -> list[Stream]:
    """Run `tap-moco | target-…`, with more than one target if need be.

    Raises:
        DemoError: The tap or a target failed.
    """
    given = ["--config", str(HOME / "tap.json")]
    given += ["--state", str(STATE)] if STATE.exists() else []
    print(
        f"  $ tap-moco {shown(given)} | " + " + ".join(f"target-{t}" for t in targets)
    )
    with ExitStack() as stack:
        tap = start("tap-moco", given, out=subprocess.PIPE, err=subprocess.PIPE)
        stack.enter_context(tap)
        loads = {name: start_target(name, stack) for name in targets}
        teller = threading.Thread(target=pour, args=(tap, list(loads.values())))
        teller.start()
        streams = tell(tap)
        teller.join()
    for name, process in {"tap-moco": tap, **loads}.items():
        if process.returncode:
            log = HOME / ("tap.log" if process is tap else f"{name}.log")
            raise DemoError(f"{name} ended with {process.returncode}; see {log}")
    keep_state()
    return streams


def start(
    name: str, given: list[str], *, out: int | IO[bytes], err: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a program of this environment, without settings of the user's own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("TAP_MOCO_")}
    return subprocess.Popen(
        [str(BIN / name), *given],
        stdin=subprocess.DEVNULL if name.startswith("tap") else subprocess.PIPE,
        stdout=out,
        stderr=err,
        env=env,
    )


def start_target(name: str, stack: ExitStack) -> subprocess.Popen[bytes]:
    """Start a target; it writes the state to a file, and its log to another."""
    out = stack.enter_context((HOME / f"{name}.state").open("wb"))
    err = stack.enter_context((HOME / f"{name}.log").open("ab"))
    given = ["--config", str(HOME / f"{name}.json")]
    return stack.enter_context(start(f"target-{name}", given, out=out, err=err))


def pour(tap: subprocess.Popen[bytes], loads: list[subprocess.Popen[bytes]]) -> None:
    """Give every target what the tap writes."""
    pipes = [load.stdin for load in loads if load.stdin]
    while chunk := tap.stdout.read1(CHUNK) if tap.stdout else b"":  # type: ignore[attr-defined]
        for pipe in list(pipes):
            try:
                pipe.write(chunk)
                pipe.flush()
            except BrokenPipeError:  # noqa: PERF203 - its exit status tells more
                pipes.remove(pipe)
    for pipe in pipes:
        pipe.close()


def tell(tap: subprocess.Popen[bytes]) -> list[Stream]:
    """Show what the tap logs of each stream; return it."""
    streams: list[Stream] = []
    with (HOME / "tap.log").open("ab") as log:
        for line in tap.stderr or ():
            log.write(line)
            text = line.decode(errors="replace").rstrip()
            if found := TOLD.search(text):
                print(f"  {found['line']}", flush=True)
                records = int(found["records"].replace(",", ""))
                is_increment = found["reason"].startswith("changes since")
                streams.append(Stream(found["name"], records, is_increment))
            elif "| WARNING" in text or "| ERROR" in text:
                print(f"  {text}", flush=True)
    return streams


def keep_state() -> None:
    """Keep the last state that the database's target confirmed."""
    lines = (HOME / "duckdb.state").read_text(encoding="utf-8").splitlines()
    STATE.write_text(lines[-1] + "\n", encoding="utf-8")


@contextmanager
def sandbox() -> Iterator[str]:
    """Serve a made-up account; yield the URL of its API.

    Raises:
        DemoError: It did not start.
    """
    given = ["--port", "0", "--limit", f"{LIMIT}/{SECONDS}"]
    title("A made-up MOCO account, on this machine alone")
    print(f"  $ tap-moco-sandbox {shown(given)}")
    with start("tap-moco-sandbox", given, out=subprocess.PIPE, err=2) as process:
        try:
            line = process.stdout.readline() if process.stdout else b""
            if not line:
                raise DemoError("tap-moco-sandbox did not start")
            print(f"  {line.decode().strip()}")
            yield line.decode().strip()
        finally:
            process.terminate()


def account(url: str, method: str, name: str, body: object = None) -> Any:
    """Ask the account itself, beside its API: what it holds, or to change."""
    request = Request(  # noqa: S310 - http, to this machine
        url.replace("/api/v1", f"/sandbox/{name}"),
        method=method,
        data=None if body is None else json.dumps(body).encode(),
    )
    with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
        return json.load(answer)


def query(sql: str) -> list[tuple[Any, ...]]:
    """Ask the database."""
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def title(text: str) -> None:
    """Print what comes next."""
    print(f"\n{text}\n", flush=True)


def shown(given: list[str]) -> str:
    """Write arguments as a person would."""
    return " ".join(word.replace(f"{HOME.parent}/", "") for word in given)


if __name__ == "__main__":
    sys.exit(main())

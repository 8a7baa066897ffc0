"""The demo: a made-up MOCO account, read into DuckDB and CSV, changed, read again.

In the end, the dbt project of `transform/` makes figures of it, and a page of these.

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
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

from database import BY_CUSTOMER, SCHEMA, count_rows, query, take_away
from webhooks import free_address, receiving, wait_for_delete

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".demo"
BIN = Path(sys.executable).parent
DBT_BIN = ROOT / ".venv-dbt" / "bin"
DATABASE = HOME / "moco.duckdb"
MESSAGES = HOME / "messages.jsonl"
PAGE = HOME / "report.html"
STATE = HOME / "state.json"
SPOOL = HOME / "webhooks.db"

LIMIT, SECONDS = 120, 6
"""The demo's account allows as many requests as MOCO, in a twentieth of the time."""
CHANGES = 100
BY_YEAR = {"account_fixed_costs", "purchase_budgets"}
"""Lists that the tap reads by year, so that their rows are other ones than MOCO's."""
CHUNK = 1 << 16

LOGGED = re.compile(
    r"\| (?P<line>(?P<name>\w+): (?P<records>[\d,]+) records?, "
    r"[\d,]+ requests?, .*\((?P<reason>.*)\))"
)
"""What the tap logs of a stream that it has read."""


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


@dataclass
class Load:
    """How the database was loaded, for the page."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    lists: list[dict[str, Any]] = field(default_factory=list)
    deletes: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Stream:
    """What the tap logged of one stream."""

    name: str
    records: int
    reason: str

    @property
    def is_increment(self) -> bool:
        """Only what changed was asked for."""
        return self.reason.startswith("changes since")

    @property
    def is_postponed(self) -> bool:
        """It was read a short time ago, and not again."""
        return self.reason.startswith("read ")


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
    print(f"  {'customer':<36}{'hours':>10}{'billable':>10}{'revenue EUR':>14}")
    for name, hours, billable, revenue in query(DATABASE, BY_CUSTOMER):
        print(f"  {name:<36}{hours:>10,.2f}{billable:>10,.2f}{revenue:>14,.2f}")


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


# ---- the tap, the targets and the account


def write_configs(url: str, **more: str) -> None:
    """Write a configuration for the tap, with more settings, and for each target."""
    limit = {"requests": LIMIT, "seconds": SECONDS}
    configs: dict[str, dict[str, Any]] = {
        "tap": {
            "api_url": url,
            "api_key": "sandbox-key",
            "rate_limit": limit,
            **more,
        },
        "duckdb": {
            "path": str(DATABASE),
            "default_target_schema": SCHEMA,
            "add_metadata_columns": True,
        },
        "csv": {"output_path": str(HOME / "csv")},
    }
    for name, config in configs.items():
        text = json.dumps(config, indent=2) + "\n"
        (HOME / f"{name}.json").write_text(text, encoding="utf-8")


def run(targets: list[str], *, is_quiet: bool = False) -> list[Stream]:
    """Run `tap-moco | target-…`, with more than one target if need be.

    Args:
        targets: Their names without `target-`.
        is_quiet: Do not show each stream.

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
        streams = follow(tap, is_quiet=is_quiet)
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
    """Give every target what the tap writes, and keep it in a file."""
    pipes = [load.stdin for load in loads if load.stdin]
    with MESSAGES.open("wb") as kept:
        while chunk := tap.stdout.read1(CHUNK) if tap.stdout else b"":  # type: ignore[attr-defined]
            kept.write(chunk)
            for pipe in list(pipes):
                try:
                    pipe.write(chunk)
                    pipe.flush()
                except BrokenPipeError:  # noqa: PERF203 - its exit status says more
                    pipes.remove(pipe)
    for pipe in pipes:
        pipe.close()


def follow(tap: subprocess.Popen[bytes], *, is_quiet: bool) -> list[Stream]:
    """Show what the tap logs of each stream; return it."""
    streams: list[Stream] = []
    with (HOME / "tap.log").open("ab") as log:
        for line in tap.stderr or ():
            log.write(line)
            text = line.decode(errors="replace").rstrip()
            if found := LOGGED.search(text):
                if not is_quiet:
                    print(f"  {found['line']}", flush=True)
                records = int(found["records"].replace(",", ""))
                streams.append(Stream(found["name"], records, found["reason"]))
            elif "| WARNING" in text or "| ERROR" in text:
                print(f"  {text}", flush=True)
    return streams


def keep_state() -> None:
    """Keep the last state that the database's target confirmed."""
    states = (HOME / "duckdb.state").read_bytes().splitlines(keepends=True)
    STATE.write_bytes(states[-1])


@contextmanager
def sandbox(hooks: str) -> Iterator[str]:
    """Serve a made-up account; yield the URL of its API.

    Args:
        hooks: Where it sends its webhooks.

    Raises:
        DemoError: It did not start.
    """
    given = ["--port", "0", "--limit", f"{LIMIT}/{SECONDS}", "--webhooks", hooks]
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


def title(text: str) -> None:
    """Print what comes next."""
    print(f"\n{text}\n", flush=True)


def shown(given: list[str]) -> str:
    """Write arguments as a person would."""
    return " ".join(word.replace(f"{HOME.parent}/", "") for word in given)


if __name__ == "__main__":
    sys.exit(main())

"""CPU per record, and memory, with a server that costs the tap nothing."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tools.bench_pages import History
from tools.bench_run import TOOLS, Cost, Tap, measure, median, pages_server, table

if TYPE_CHECKING:
    from collections.abc import Callable

FEW = 100
"""Rows of a run that costs little but the start-up."""
MILLION = 1_000_000
MICRO = 1e6
OURS = "tap-moco"
OURS_ALONE = "tap-moco, `concurrency: 1`"
THEIRS = "SDK's defaults"


@dataclass
class Figure:
    """What reading costs a record, start-up apart, run by run."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)

    def add(self, few: Cost, many: Cost, rows: int) -> None:
        """Take a pair of runs."""
        self.cpu.append((many.cpu - few.cpu) / rows * MICRO)
        self.wall.append((many.wall - few.wall) / rows * MICRO)
        self.start.append(few.cpu)


def cpu(*, quick: bool) -> str:
    """Benchmark 3: CPU per record, against the SDK's defaults and a bare loop."""
    rows, runs = (5_000, 1) if quick else (100_000, 5)
    found = {name: Figure() for name in (OURS, OURS_ALONE, THEIRS)}
    bare = []
    with (
        tempfile.TemporaryDirectory() as folder,
        pages_server(FEW) as little,
        pages_server(rows) as much,
    ):
        ours, theirs = Path(folder, "ours"), Path(folder, "theirs")
        ours.mkdir()
        theirs.mkdir()
        for _ in range(runs):
            for name, more in ((OURS, {}), (OURS_ALONE, {"concurrency": 1})):
                few = _ours(ours, little, FEW, **more)
                found[name].add(few, _ours(ours, much, rows, **more), rows)
            few = _sdk(theirs, little, FEW)
            found[THEIRS].add(few, _sdk(theirs, much, rows), rows)
            bare.append(_bare())
    return f"{CPU_TEXT.format(rows=rows, runs=runs)}\n{_cpu_table(found, bare)}"


CPU_TEXT = """\
The process reads {rows:,} time entries of 1 kB, compressed, from a server with prebuilt
pages in another process. CPU is the user and system time of the reading process alone,
less that of a run of 100 rows (the start-up). It is the median of {runs} runs, in
turns. *SDK's defaults* is a `RESTStream` of singer-sdk with its default writer and
conformance over the same records (`tools/bench_sdk_tap.py`). It proves nothing, and has
one request under way at a time, as tap-moco has with `concurrency: 1`. With more,
threads compete for the interpreter, which pays off as soon as answers take a few
milliseconds. *Bare* is `orjson.dumps` over the same RECORD messages, in a loop that
does nothing else.
"""


def _cpu_table(found: dict[str, Figure], bare: list[float]) -> str:
    theirs = median(found[THEIRS].cpu)
    loop = median(bare)
    rows: list[tuple[str, ...]] = [
        (
            name,
            f"{median(figure.cpu):.1f} µs",
            f"{MICRO / median(figure.cpu):,.0f}",
            f"{MICRO / median(figure.wall):,.0f}",
            f"{theirs / median(figure.cpu):.2f}",
            f"{median(figure.cpu) / loop:.1f}",
            f"{median(figure.start):.2f} s",
        )
        for name, figure in found.items()
    ]
    rows.append(
        (
            "bare loop",
            f"{loop:.1f} µs",
            f"{MICRO / loop:,.0f}",
            "",
            f"{theirs / loop:.1f}",
            "1",
            "",
        )
    )
    head = (
        "what",
        "CPU per record",
        "records per second of CPU",
        "of wall time",
        "times the SDK's",
        "bare loops",
        "CPU to start",
    )
    return table(head, rows)


def _checked(cost: Cost, rows: int) -> Cost:
    if cost.records != rows:
        msg = f"{cost.records} records in place of {rows}"
        raise AssertionError(msg)
    return cost


def _ours(folder: Path, url: str, rows: int, **settings: Any) -> Cost:
    return _checked(Tap(folder, url, ["activities"], **settings).run(), rows)


def _sdk(folder: Path, url: str, rows: int) -> Cost:
    config = folder / "config.json"
    config.write_text(json.dumps({"api_url": url}))
    script = TOOLS / "bench_sdk_tap.py"
    command = [sys.executable, str(script), "--config", str(config)]
    return _checked(measure(command), rows)


def _bare(rows: int = 5_000) -> float:
    """Return the CPU of `orjson.dumps` a message, in microseconds."""
    history = History(rows)
    moment = datetime.now(timezone.utc).isoformat()
    messages: list[dict[str, Any]] = [
        {
            "type": "RECORD",
            "stream": "activities",
            "record": history.row(number),
            "version": 1,
            "time_extracted": moment,
        }
        for number in range(rows)
    ]
    dumps: Callable[[Any], bytes] = orjson.dumps
    began = time.process_time()
    for message in messages:
        dumps(message)
    return (time.process_time() - began) / rows * MICRO


def memory(*, quick: bool) -> str:
    """Benchmark 4: peak memory of ever longer lists."""
    sizes = (1_000, 5_000) if quick else (10_000, 100_000, MILLION)
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, pages_server(size) as url:
            cost = _ours(Path(folder), url, size)
        rows.append(
            (f"{size:,}", f"{cost.memory / MICRO:,.0f} MB", f"{cost.wall:.1f} s")
        )
    return f"{MEMORY_TEXT}\n{table(('records', 'peak memory', 'wall'), rows)}"


MEMORY_TEXT = """\
The largest resident set of the process during a first read of this many time entries of
1 kB.
"""

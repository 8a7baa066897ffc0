"""Write docs/stream-reference.md and docs/entities.md; `--check` only compares.

They say of each stream, besides its fields, what it costs, how deletes arrive, which
right it needs, and what it joins with. Costs and deletes come from a run against the
sandbox, joins from docs/relations.yml.
"""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tap_moco.sandbox import generate_account, serve
from tap_moco.spool.spool import Spool
from tap_moco.streams.registry import AREAS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
COMMAND = Path(sys.executable).with_name("tap-moco")
RELATIONS: dict[str, dict[str, str]] = yaml.safe_load(
    (DOCS / "relations.yml").read_text(encoding="utf-8")
)
PEOPLE = "users"
"""Nearly every stream refers to them, which would hide all else in a diagram."""
NOTE = "<!-- Written by `make reference`; changes here are lost. -->\n"

REFERENCE_INTRO = """\
# Stream reference

What each stream costs, how the tap reads it, and what it joins with. Its fields are in
[streams.md](streams.md), and the joins are drawn in [entities.md](entities.md).

**Requests** are those of a first read. MOCO's lists have at most 100 rows per page.
*None, with projects* means that the rows come from the list of projects.
After the first read, a stream that is read by *changes* takes two requests, one of
which counts its rows, or a single request if that returns all its rows. A *whole*
stream takes as many requests as at first; reports and yearly lists do so once in
`report_interval_hours`.

**Deletes**: *declared* means that the tap declares missing rows deleted after the next
proven whole read, with an `ACTIVATE_VERSION` message. For a *whole* stream, every read
is one. A stream that is read by *changes* is read whole when MOCO counts other rows
than the target must have, and at least once in `full_sweep_days`.
*Kept* means that the tap cannot prove that a row is gone, and declares nothing. The
column shows what a first read declares.

**Rights** are those of the user to whom the key belongs. MOCO does not document which
right a list needs, so the sections below go by the names of MOCO's roles. With too few
rights, MOCO mostly returns fewer rows, without an error.
"""
ENTITIES_INTRO = """\
# Entities

This page shows which field of a stream holds the key of which other stream. The tests
check each relation against the sandbox's account: every key resolves. A field such as
`project.id` is inside an object of the row; in PostgreSQL, write
`(project ->> 'id')::bigint`.

Some fields refer to records of several kinds, and a field beside them names the kind:
`comments.commentable_id`, `todos.todoable_id`, `taggings.taggable_id`, the `target` of
approvals, and `record_id` in `report_cashflow` and `report_finance`.

Nearly every stream refers to a person. The diagrams draw these lines only for streams
that refer to nothing else; the table has all of them.
"""


def main(given: Sequence[str]) -> int:
    """Write both pages; with `--check`, return 1 if one is stale."""
    pages = {
        "stream-reference.md": NOTE + "\n" + stream_page(),
        "entities.md": NOTE + "\n" + entity_page(),
    }
    stale = False
    for name, text in pages.items():
        path = DOCS / name
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if "--check" not in given:
            path.write_text(text, encoding="utf-8")
        elif old != text:
            stale = True
            lines = old.splitlines(), text.splitlines()
            print(f"docs/{name} is stale; run `make reference`")
            print("\n".join(difflib.unified_diff(*lines, "is", "ought", lineterm="")))
    return int(stale)


# ---- the stream reference


def stream_page() -> str:
    """Return the page of all streams, a table per area."""
    catalog, declared = seen()
    head = ("stream", "key", "read", "requests", "deletes", "joins")
    parts = [REFERENCE_INTRO]
    for area in AREAS:
        rows = [row(catalog[vars(one)["name"]], one, declared) for one in area.streams]
        right = "Needs no right, since the tap does not ask MOCO for it."
        if area.permission:
            right = f"Needs the right to see {area.permission}."
        parts.append(f"## {area.name.capitalize()}\n\n{right}\n\n{table(head, rows)}")
    return "\n".join(parts)


def seen() -> tuple[dict[str, Any], set[str]]:
    """Read all streams of a small account; return the catalog and what is declared."""
    with serve(generate_account(0.3)) as server, tempfile.TemporaryDirectory() as name:
        config, chosen = Path(name, "config.json"), Path(name, "catalog.json")
        limit = {"requests": 100_000, "seconds": 1}
        access = {"api_url": server.url, "api_key": "sandbox-key", "rate_limit": limit}
        spool = str(Path(name, "webhooks.db"))
        Spool(spool, may_create=True).close()
        access["webhook_spool"] = spool
        config.write_text(json.dumps(access), encoding="utf-8")
        catalog = json.loads(run(config, "--discover"))
        for stream in catalog["streams"]:
            stream["metadata"][-1]["metadata"]["selected"] = True
        chosen.write_text(json.dumps(catalog), encoding="utf-8")
        lines = run(config, "--catalog", str(chosen)).splitlines()
    messages = [json.loads(line) for line in lines if b"ACTIVATE_VERSION" in line]
    streams = {stream["tap_stream_id"]: stream for stream in catalog["streams"]}
    return streams, {m["stream"] for m in messages if m["type"] == "ACTIVATE_VERSION"}


def run(config: Path, *arguments: str) -> bytes:
    """Run the tap; return what it wrote."""
    command = [str(COMMAND), "--config", str(config), *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def row(entry: Mapping[str, Any], stream: Any, declared: set[str]) -> tuple[str, ...]:
    """Return a stream's line of the table."""
    name = entry["tap_stream_id"]
    metadata = entry["metadata"][-1]["metadata"]
    joins = RELATIONS.get(name, {})
    off = "" if metadata["selected-by-default"] else " (off)"
    return (
        f"[{name}](streams.md#{name}){off}",
        ", ".join(f"`{key}`" for key in entry["key_properties"]),
        "changes" if metadata.get("valid-replication-keys") else "whole",
        requests_of(stream, entry["key_properties"]),
        "declared" if name in declared else "kept",
        "<br>".join(f"`{path}` → {parent}" for path, parent in joins.items()),
    )


def requests_of(stream: Any, key: Sequence[str]) -> str:
    """Say what a first read of a stream costs."""
    if not stream.path:
        return "none"
    parent = stream.parent_stream_type
    if parent:
        of = vars(parent)["name"]
        is_embedded = of == "projects" and stream.selected_by_default
        return f"none, with {of}" if is_embedded else f"1 per row of {of}"
    if "{" in stream.path and "taggings" in stream.path:
        return "1 per row that can have tags"
    if "year" in key or stream.path.startswith("/report/"):
        return "1 per year and 100 rows"
    return "1 per 100 rows"


# ---- the entities


def entity_page() -> str:
    """Return the page of relations: per area a diagram, then a table of all."""
    parts = [ENTITIES_INTRO]
    for area in AREAS:
        names = [vars(one)["name"] for one in area.streams]
        if related := [name for name in names if name in RELATIONS]:
            parts.append(f"## {area.name.capitalize()}\n\n{diagram(related)}")
    rows = [
        (f"[{stream}](streams.md#{stream})", f"`{path}`", f"[{to}](streams.md#{to})")
        for stream, paths in RELATIONS.items()
        for path, to in paths.items()
    ]
    head = ("stream", "field", "refers to")
    return "\n".join([*parts, f"## All of them\n\n{table(head, rows)}"])


def diagram(names: Iterable[str]) -> str:
    """Return a mermaid diagram of what some streams refer to."""
    lines = [
        f'    {to} ||--o{{ {stream} : "{path}"'
        for stream in names
        for path, to in RELATIONS[stream].items()
        if to != PEOPLE or set(RELATIONS[stream].values()) == {PEOPLE}
    ]
    return "\n".join(["```mermaid", "erDiagram", *lines, "```", ""])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""docs/targets.md, written from what the trials found."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING

from .stores import STORES
from .warehouses import WAREHOUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .stores import Store
    from .trials import Findings
    from .warehouses import Warehouse

NOTE = "<!-- Written by `make targets` from what it measured; do not edit. -->"
BEGIN, END = "<!-- begin figures -->", "<!-- end figures -->"
FIGURES = re.compile(f"{BEGIN}.*{END}", re.DOTALL)
FIRST = "first load"
SAME = "as at the first load"

HEAD = f"""\
{NOTE}

# Targets

Any Singer target can load what tap-moco writes. Targets differ in what they do with
nested values, dates and deleted rows. This page shows what each one did with a whole
account of the sandbox. `make targets` installs each target in an environment of its
own, loads all streams that are on by default, and compares every stored value with the
account. The account has texts with line breaks, quotes and emoji, and very long ones.

The second run was an increment. *Deleted rows* shows what happened to them when
everything was read once more; targets that write files write the whole file again.
*Custom fields* had names as people give them, among them an emoji, an empty name, two
names of 200 characters, and two that differ only in signs
([Custom fields](custom-fields.md)). They were then renamed, removed and given other
kinds.
"""
CHOICE = """
## Which one to choose

- **PostgreSQL**: use `meltanolabs-target-postgres`. It is the only database target here
  that acts on deleted rows, and it stores dates as dates and nested values as `jsonb`.
- **A database in one file**: use `target-duckdb`, with the version of `duckdb` that is
  named below.
- **Files**: use `meltanolabs-target-csv` with `flattening_enabled: true` in the tap, or
  `target-jsonl`, and read everything in each run (`meltano run --full-refresh`), since
  an incremental run has only what changed.

A target that ignores deleted rows keeps them for ever. With such a target, load into an
empty schema from time to time, without a state. Or use
[webhooks](webhooks.md#what-deletes-do-in-targets) to mark deleted rows.
"""
WAREHOUSE_HEAD = """
## Warehouses

These need an account, which a test cannot have. The test passed the schemas of all
streams to the targets' own code, which returned the columns that it would create.
Nothing was loaded.
"""
ORDER = """
## The order of types in schemas

A field that may be null has two types in its schema, `["null", X]`. The order of the
two makes no difference to the targets above that load rows, but `target-bigquery`
understands only this one, as its table shows.
"""
WARNED = """
## Do not use

"""


@dataclass
class Page:
    """The page, from the findings of all targets by title."""

    findings: Mapping[str, Findings]

    def text(self, old: str) -> str:
        """Return the whole page.

        Args:
            old: The page as it stands, whose figures stay where none were measured.
        """
        stores = [store for store in STORES if not store.is_warned_of]
        parts = [
            HEAD,
            self._glance(stores),
            CHOICE,
            *(self._section(store) for store in stores),
            self._types(stores),
            self._figures(stores, old),
            WAREHOUSE_HEAD,
            self._warehouses(WAREHOUSES),
            ORDER,
            WARNED,
            *(self._warning(store) for store in STORES if store.is_warned_of),
        ]
        return "".join(parts)

    def _glance(self, stores: Iterable[type[Store]]) -> str:
        rows = [
            (
                f"[{store.title}](#{store.title})",
                _version(self.findings[store.title].requirements),
                *(
                    self.findings[store.title].answers.get(question, "").split(";")[0]
                    for question in (FIRST, "second run", "deleted rows")
                ),
            )
            for store in stores
        ]
        return "\n" + table(
            ("target", "version", "whole account", "second run", "deleted rows"), rows
        )

    def _section(self, store: type[Store]) -> str:
        found = self.findings[store.title]
        answers = dict(found.answers)
        first = answers[FIRST]
        rows = [
            (name, SAME if answer == first and name != FIRST else answer)
            for name, answer in answers.items()
        ]
        notes = f"\n{cleandoc(store.notes)}\n" if store.notes else ""
        install = " ".join(f"'{one}'" for one in found.requirements)
        return (
            f"\n## {store.title}\n\n```\npip install {install}\n```\n\nSettings:\n\n"
            f"```yaml\n{store.setup}\n```\n{notes}\n{table(('tried', 'result'), rows)}"
        )

    def _types(self, stores: Sequence[type[Store]]) -> str:
        kinds = self.findings[stores[0].title].types
        rows = [
            (
                kind,
                *(f"`{self.findings[s.title].types.get(kind, '?')}`" for s in stores),
            )
            for kind in kinds
        ]
        head = ("value", *(store.title for store in stores))
        return f"\n## Types of columns\n\n{table(head, rows)}"

    def _figures(self, stores: Iterable[type[Store]], old: str) -> str:
        rows = [
            (store.title, self.findings[store.title].figures)
            for store in stores
            if self.findings[store.title].figures
        ]
        kept = FIGURES.search(old)
        busy = f"Load average {os.getloadavg()[0]:.0f}, {os.cpu_count()} cores.\n\n"
        block = f"{BEGIN}\n{busy}{table(('target', 'large load'), rows)}{END}"
        text = block if rows or not kept else kept.group()
        return (
            "\n## A large table\n\nTime entries into an empty table, two targets at"
            f" once (`make targets ARGS='--rows 100000'`):\n\n{text}\n"
        )

    def _warehouses(self, warehouses: Iterable[Warehouse]) -> str:
        parts = []
        for warehouse in warehouses:
            found = self.findings[warehouse.title]
            rows = [*found.answers.items(), *_quoted(found.types)]
            parts.append(
                f"\n### {warehouse.title} {_version(found.requirements)}\n\n"
                f"```yaml\n{warehouse.setup}\n```\n\n{table(('given', 'result'), rows)}"
            )
        return "".join(parts)

    def _warning(self, store: type[Store]) -> str:
        found = self.findings[store.title]
        version = _version(found.requirements)
        return f"- **{store.title}** ({version}): {found.answers[FIRST]}.\n"


def without_figures(page: str) -> str:
    """Return a page without what differs from run to run."""
    return FIGURES.sub("", page)


def _quoted(types: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(kind, f"`{name}`") for kind, name in types.items()]


def _version(requirements: Sequence[str]) -> str:
    return requirements[0].rpartition("==")[2]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    cells = (" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines)
    return "".join(f"| {line} |\n" for line in cells)

"""Which part of the tap imports which, for `docs/architecture.md`."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "tap_moco"


def diagram() -> str:
    """Return which part of the tap imports which, as a mermaid graph."""
    arrows: dict[tuple[str, str], None] = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        importer = part(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for name in imports(path):
            imported = part(name)
            if importer != imported and PACKAGE not in (importer, imported):
                arrows[importer, imported] = None
    lines = [f"    {importer} --> {imported}" for importer, imported in sorted(arrows)]
    lines += ["    sandbox"] if not any("sandbox" in pair for pair in arrows) else []
    return "\n".join(["```mermaid", "graph TD", *lines, "```"])


def part(module: str) -> str:
    """Return the part of the tap that a module belongs to: its file or package."""
    _, _, inner = module.partition(".")
    return inner.partition(".")[0] or PACKAGE


def imports(path: Path) -> Iterator[str]:
    """Yield the modules of the tap that a module imports when it runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped or not isinstance(node, ast.ImportFrom):
            continue
        if node.module == PACKAGE:
            yield from (f"{PACKAGE}.{alias.name}" for alias in node.names)
        elif node.module and node.module.startswith(f"{PACKAGE}."):
            yield node.module

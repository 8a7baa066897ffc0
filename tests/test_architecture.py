"""The layers of the tap, drawn from its imports: arrows point down only."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "tap_moco"

LAYERS = (
    ("tap_moco.__main__",),
    ("tap_moco.tap",),
    ("tap_moco.inputs", "tap_moco.run"),
    ("tap_moco.streams",),
    ("tap_moco.completeness", "tap_moco.records"),
    ("tap_moco.context",),
    ("tap_moco.isolation", "tap_moco.config", "tap_moco.output", "tap_moco.progress"),
    ("tap_moco.redaction", "tap_moco.state", "tap_moco.stats"),
    ("tap_moco.api",),
    ("tap_moco.timestamps",),
)
"""From the top down; what stands side by side does not know each other."""

APART = ("tap_moco.sandbox",)
"""Shares no code with the tap: a mistake in one is not repeated in the other."""


def modules() -> dict[str, Path]:
    """Return every module of the package and its file."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imports(path: Path) -> set[str]:
    """Return what a file imports, for type checks too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: an import relative to the file"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
            found.add(node.module or "")
    return found


def arrows() -> dict[str, set[str]]:
    """Return which module imports which other ones of the package."""
    all_modules = modules()
    return {
        name: {found for found in imports(path) if found in all_modules} - {name}
        for name, path in all_modules.items()
    }


def layer_of(module: str) -> int | None:
    """Return the number of a module's layer, the top one is 0."""
    for number, names in enumerate(LAYERS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return number
    return None


def test_every_module_has_a_layer() -> None:
    apart = {name for name in modules() if name.startswith(APART)}
    without = {name for name in modules() if layer_of(name) is None} - apart
    assert without == {"tap_moco"}


def test_arrows_point_down() -> None:
    """Also between the rooms of one layer there is none."""
    for module, imported in arrows().items():
        own = layer_of(module)
        for other in imported - {"tap_moco"}:
            layer = layer_of(other)
            if own is None or layer is None:
                continue
            room, other_room = module.split(".")[1], other.split(".")[1]
            assert layer > own or room == other_room, f"{module} imports {other}"


def test_nothing_knows_the_sandbox_nor_the_other_way_round() -> None:
    for module, imported in arrows().items():
        is_apart = module.startswith(APART)
        for other in imported - {"tap_moco"}:
            assert other.startswith(APART) == is_apart, f"{module} imports {other}"


def test_no_module_is_in_a_circle() -> None:
    order = TopologicalSorter({m: others - {m} for m, others in arrows().items()})
    try:
        order.prepare()
    except CycleError as error:
        pytest.fail(f"in a circle: {' -> '.join(error.args[1])}")

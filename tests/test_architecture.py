"""Who imports whom, drawn from the code: arrows point down, those for types too."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
LAYERS = {
    "tap_moco": """
        __main__ webhooks
        tap
        command_line
        given inputs run
        streams
        completeness records
        context
        spool
        isolation metrics config output stream_maps environment signals progress
        plan redaction settings
        state stats
        api errors
        packing row timestamps text
    """,
    "tap_moco.sandbox": """
        __init__ cli
        server
        app webhooks
        api evolve generate
        generate.steps
        generate.maker
        generate.words
        objects
        reports
        lists
        question
        account
        collections
        collections.money
        collections.office
        fields
        model faults
    """,
}
"""Of each package its modules, those above on top. A module knows those of lower
lines, and none of its own. For the tap, a folder counts as one."""

APART = {"sandbox", "schemas"}
"""Folders of the tap's package that are no part of the tap."""


def modules(package: str) -> dict[str, list[Path]]:
    """Return the files of each module of a package by its name there."""
    folder = ROOT.joinpath(*package.split("."))
    found: dict[str, list[Path]] = {}
    for path in folder.rglob("*.py"):
        name = ".".join(path.relative_to(folder).with_suffix("").parts)
        name = name.removesuffix(".__init__")
        if package == "tap_moco":
            name = name.partition(".")[0]
        if name not in APART:
            found.setdefault(name, []).append(path)
    return found


def imported(path: Path) -> Iterator[str]:
    """Yield the full names of all that a file imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def arrows(package: str) -> set[tuple[str, str]]:
    """Return the pairs of modules of a package of which one imports the other."""
    known, found = modules(package), set()
    for name, paths in known.items():
        for target in (target for path in paths for target in imported(path)):
            parts = target.removeprefix(f"{package}.").split(".")
            inside = target.startswith(f"{package}.")
            for end in range(len(parts), 0, -1):
                other = ".".join(parts[:end])
                if inside and other in known:
                    found.add((name, other))
                    break
    return found


def layers(package: str) -> dict[str, int]:
    """Return how low each module of a package stands."""
    lines = LAYERS[package].split("\n")
    return {name: low for low, line in enumerate(lines) for name in line.split()}


@pytest.mark.parametrize("package", LAYERS)
def test_every_module_has_its_layer(package: str) -> None:
    assert layers(package).keys() | {"__init__"} == modules(package).keys() | {
        "__init__"
    }


@pytest.mark.parametrize("package", LAYERS)
def test_arrows_point_down(package: str) -> None:
    """No arrow runs up, or to the same layer, and so none runs in a circle."""
    low = layers(package)
    found = [(a, b) for a, b in sorted(arrows(package)) if a != b]
    assert [(a, b) for a, b in found if low[a] >= low[b]] == []


def test_no_file_is_in_a_circle() -> None:
    """Also inside the folders of the tap."""
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in (ROOT / "tap_moco").rglob("*.py")
        if path.name != "__init__.py"
    }
    graph = {
        name: {
            known
            for target in imported(path)
            for known in (target, target.rpartition(".")[0])
            if known in files and known != name
        }
        for name, path in files.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_arrows_are_found() -> None:
    """The test above means nothing without them."""
    found = arrows("tap_moco.sandbox")
    assert ("app", "api") in found, "an import at run time"
    assert ("api", "account") in found, "an import for types"
    assert ("server", "app") in found


def test_the_sandbox_and_the_tap_are_strangers() -> None:
    """A fault of the tap cannot hide behind the same fault of the sandbox."""
    for path in (ROOT / "tap_moco").rglob("*.py"):
        is_sandbox = "sandbox" in path.parts
        targets = [name for name in imported(path) if name.startswith("tap_moco.")]
        for target in targets:
            assert target.startswith("tap_moco.sandbox") is is_sandbox, (path, target)

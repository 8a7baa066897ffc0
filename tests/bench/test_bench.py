"""The benchmarks run, at a size at which their figures mean nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("section", "lines"), [("3", 6), ("6", 5)])
def test_sections_are_measured_and_written(
    tmp_path: Path, section: str, lines: int
) -> None:
    pytest.importorskip("orjson")
    page = tmp_path / "page.md"
    command = [sys.executable, "-m", "tools.bench", "--quick", "--only", section]
    command += ["--output", str(page)]
    subprocess.run(command, check=True, cwd=ROOT, timeout=120)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Benchmarks\n")
    assert f"\n## {section}. " in text
    assert "singer-sdk 0." in text
    assert text.count("\n| ") == lines

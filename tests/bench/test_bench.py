"""The benchmarks run, at a size at which their figures mean nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "bench.py"


def test_sections_are_measured_and_written(tmp_path: Path) -> None:
    pytest.importorskip("orjson")
    page = tmp_path / "page.md"
    command = [sys.executable, str(TOOL), "--quick", "--only", "3"]
    subprocess.run([*command, "--output", str(page)], check=True, timeout=120)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Benchmarks\n")
    assert "\n## 3. " in text
    assert "singer-sdk 0." in text
    assert text.count("\n| ") == 6

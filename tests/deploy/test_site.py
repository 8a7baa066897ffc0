"""The docs site: built without a warning, with a twin of each page."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.environments import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.installs

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site; a warning would end that."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        check=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    return folder


def test_each_page_is_there_for_people_and_for_language_models(site: Path) -> None:
    listed = (site / "llms.txt").read_text(encoding="utf-8")
    for page in DOCS.glob("*.md"):
        name = "index.html" if page.stem == "index" else f"{page.stem}/index.html"
        assert (site / name).exists()
        twin = (site / page.name).read_text(encoding="utf-8")
        assert twin.startswith("# ")
        last = page.read_text(encoding="utf-8").strip().splitlines()[-1]
        assert last in twin or last.startswith("<!--")
        assert f"({page.name}): " in listed


def test_nothing_is_asked_of_others_servers(site: Path) -> None:
    """No font, no tracker: who reads the pages is nobody's business."""
    text = (site / "index.html").read_text(encoding="utf-8")
    loaded = [part.split('"')[0] for part in text.split('src="')[1:]]
    loaded += [part.split('"')[0] for part in text.split('stylesheet" href="')[1:]]
    assert loaded
    assert not [address for address in loaded if "//" in address]

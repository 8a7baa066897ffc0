"""Hooks of MkDocs: each page as Markdown beside it, llms.txt that lists them.

Also: diagrams are drawn by a script of ours where `make site` could fetch one. Else
the theme fetches it from a server of others when a page is looked at.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page

COMMENT = re.compile(r"<!--.*?-->\n*", re.DOTALL)
MERMAID = "assets/mermaid.min.js"
_pages: list[Page] = []


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Use our own copy of mermaid, if there is one."""
    if Path(config.docs_dir, MERMAID).exists():
        config.extra_javascript.append(MERMAID)
    return config


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Remember the pages in the order of the navigation, and then the others."""
    del config
    in_nav = [page.file for page in nav.pages]
    others = [file for file in files.documentation_pages() if file not in in_nav]
    _pages[:] = [file.page for file in (*in_nav, *others) if file.page]
    return nav


def on_post_build(config: MkDocsConfig) -> None:
    """Write the Markdown of each page, and llms.txt."""
    site = Path(config.site_dir)
    lines = [f"# {config.site_name}", "", f"> {config.site_description}", ""]
    for page in _pages:
        text = COMMENT.sub("", page.markdown or "")
        (site / page.file.src_uri).write_text(text, encoding="utf-8")
        lines.append(f"- [{page.title}]({page.file.src_uri}): {_first_sentence(text)}")
    (site / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _first_sentence(text: str) -> str:
    """Return the first sentence after the heading."""
    paragraphs = [one.strip() for one in text.split("\n\n")]
    first = next((one for one in paragraphs if one and one[0] not in "#|-`"), "")
    return re.split(r"(?<=[.:])\s", " ".join(first.split()), maxsplit=1)[0]

"""The questions of docs/analytics.md, asked again."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from .dbt import PROJECT
from .loading import ask_duckdb, ask_postgres

if TYPE_CHECKING:
    import pytest

    from .conftest import Built

PAGE = PROJECT.parent / "docs" / "analytics.md"
QUESTION = re.compile(r"```sql\n(?P<sql>[^`]*)\n```\n(?:\n(?:\|.*\n)+)?")


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        short = value.normalize()
        return f"{short:,.4f}" if short.as_tuple().exponent < -2 else f"{short:,.2f}"  # type: ignore[operator]
    return str(value)


def _answer(names: list[str], rows: list[tuple[object, ...]]) -> str:
    """Return an answer as a table of Markdown."""
    lines = [names, ["---"] * len(names), *([_shown(v) for v in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def test_answers(
    built: Built, built_postgres: str, pytestconfig: pytest.Config
) -> None:
    text = PAGE.read_text(encoding="utf-8")

    def ask(found: re.Match[str]) -> str:
        sql = found["sql"]
        rows = ask_duckdb(built.path, sql)
        names = [name for (name, *_) in ask_duckdb(built.path, f"describe {sql}")]
        assert rows, sql
        there = ask_postgres(built_postgres, sql)
        assert _answer(names, there) == _answer(names, rows)
        return f"```sql\n{sql}\n```\n\n{_answer(names, rows)}"

    wanted = QUESTION.sub(ask, text)
    if pytestconfig.getoption("--write"):
        PAGE.write_text(wanted, encoding="utf-8")
    assert text == wanted or pytestconfig.getoption("--write")
    assert len(QUESTION.findall(text)) >= 14

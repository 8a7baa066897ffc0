"""Rows of a long history that do not say when they came or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_moco.completeness import windows
from tests.support.runs import NO_LIMIT, run, select
from tests.support.stub import Answer, paged, serving

if TYPE_CHECKING:
    import pytest

    from tests.support.runs import Params


class Bare:
    """A list of time entries, one of them without times of its own.

    Attributes:
        asked: What was asked for.
    """

    def __init__(self, rows: int) -> None:
        """Give two rows to each day."""
        stamp = "2025-01-01T00:00:00Z"
        self.rows: list[dict[str, Any]] = [
            {
                "id": n + 1,
                "date": f"2025-{n // 40 % 12 + 1:02}-{n // 2 % 20 + 1:02}",
                "created_at": stamp if n else None,
                "updated_at": stamp if n else None,
            }
            for n in range(rows)
        ]

    def answer(self, path: str, query: Params) -> Answer:
        """Answer the list."""
        rows = [
            r
            for r in self.rows
            if (r["updated_at"] or "") >= query.get("updated_after", "")
        ]
        if "from" in query:
            rows = [r for r in rows if query["from"] <= r["date"] <= query["to"]]
        size = str(min(int(query.get("per_page", "100")), 15))
        return paged(rows, {**query, "per_page": size}, path)


def test_a_row_without_times_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing says when it came: a part of less than a page proves it all the same."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 60)
    account = Bare(200)
    with serving(account.answer) as stub:
        config = {"api_url": stub.url, "api_key": "k" * 8, "rate_limit": NO_LIMIT}
        outcome = run(config, catalog=select("activities"))
    assert outcome.code == 0, outcome.err
    assert len({row["id"] for row in outcome.records("activities")}) == 200

"""Rows that do not say when they came or changed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.completeness import windows
from tests.support.quick import run_streams
from tests.support.runs import NO_LIMIT, run, select, settings
from tests.support.stub import Answer, paged, serving

if TYPE_CHECKING:
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


@pytest.mark.parametrize("rows", [7, 22])
def test_equal_rows_in_any_order(rows: int) -> None:
    """A row counts once it was seen before a total and after it, which takes luck."""
    for seed in range(100):
        chance = random.Random(seed)
        codes = [{"id": number, "tax": 19.0} for number in range(1, rows + 1)]

        def answer(
            path: str,
            query: Params,
            chance: random.Random = chance,
            codes: list[dict[str, Any]] = codes,
        ) -> Answer:
            size = min(int(query.get("per_page", "100")), 5)
            mixed = chance.sample(codes, len(codes))
            return paged(mixed, {**query, "per_page": str(size)}, path)

        with serving(answer) as stub:
            outcome = run_streams(settings(stub), ["vat_code_sales"])
        assert outcome.code == 0, outcome.err
        assert outcome.target.ids("vat_code_sales") == set(range(1, rows + 1))

"""Windows that come without a total: always where they are empty, or by a fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.completeness import windows
from tests.support.runs import NO_LIMIT, run, select
from tests.support.stub import Answer, paged, serving

if TYPE_CHECKING:
    from tests.support.outcome import Outcome
    from tests.support.runs import Params

STAMP = "2025-01-01T00:00:00Z"
MONTHS = ("2025-11", "2025-10", "2025-03", "2025-02")
"""Some months between them have no rows."""
ROWS = [
    {
        "id": number + 1,
        "date": f"{MONTHS[number // 30]}-{number % 28 + 1:02}",
        "created_at": STAMP,
        "updated_at": STAMP,
    }
    for number in range(120)
]


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a window of each month."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 20)


@dataclass
class Account:
    """Time entries of some months.

    Attributes:
        is_silent: No list without rows has a total.
        lost: A month that comes without rows and headers.
        gone: After so many requests, the oldest row is deleted.
    """

    is_silent: bool = False
    lost: str = "none"
    gone: int = 1_000
    asked: int = 0

    def answer(self, path: str, query: Params) -> Answer:
        """Answer the list."""
        self.asked += 1
        rows: list[dict[str, Any]] = ROWS[: -1 if self.asked > self.gone else None]
        rows = [r for r in rows if r["updated_at"] >= query.get("updated_after", "")]
        if "from" in query:
            rows = [r for r in rows if query["from"] <= r["date"] <= query["to"]]
            if query["from"].startswith(self.lost):
                return Answer([])
        if self.is_silent and not rows:
            return Answer([])
        return paged(rows, query, path)

    def run(self) -> Outcome:
        """Read it."""
        with serving(self.answer) as stub:
            config = {
                "api_url": stub.url,
                "api_key": "k" * 8,
                "rate_limit": NO_LIMIT,
                "concurrency": 1,
            }
            return run(config, catalog=select("activities"))


def resume_points(outcome: Outcome) -> set[str]:
    """Return the months that a next run would have gone on after."""
    sweeps = [
        state.get("bookmarks", {}).get("activities", {}).get("sweep", {})
        for state in outcome.target.states
    ]
    return {sweep["resume"]["window"] for sweep in sweeps if "resume" in sweep}


def test_no_list_without_rows_has_a_total() -> None:
    """One question for a day that no row has tells: that costs no resume point."""
    plain, silent = Account(), Account(is_silent=True)
    outcome = plain.run()
    assert outcome.code == 0, outcome.err
    usual = resume_points(outcome)
    assert len(usual) > 2
    outcome = silent.run()
    assert outcome.code == 0, outcome.err
    assert resume_points(outcome) == usual
    assert len({row["id"] for row in outcome.records("activities")}) == len(ROWS)


def test_a_window_that_lost_its_rows() -> None:
    """The list is read whole; totals do not show what an answer has lost."""
    for gone in (6, 1_000):
        outcome = Account(lost="2025-03", gone=gone).run()
        assert outcome.code == 0, outcome.err
        rows = {row["id"] for row in outcome.records("activities")}
        assert rows >= {row["id"] for row in ROWS[:-1]}
        assert "2025-03" not in resume_points(outcome)

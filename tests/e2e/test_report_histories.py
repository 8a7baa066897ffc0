"""Random histories of a report, its settings and its runs: 0 means equal."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.reports import YEAR, Desk, Report, day, money, reading
from tests.support.stub import Answer
from tests.support.target import Row, Target

if TYPE_CHECKING:
    from tests.support.outcome import Outcome
    from tests.support.runs import Params

HISTORIES = 25
RUNS = 5
FIELDS = {
    "report_cashflow": ("record_id", "kind", "date", "amount_in_account_currency"),
    "report_finance": ("record_id", "kind", "date", "net_amount_in_account_currency"),
    "report_utilization": ("user_id", "date", "target_hours"),
    "report_planned_vs_tracked": ("user_id", "project_id", "planned_hours"),
}


@dataclass
class History:
    """A report that is changed between runs and while they read it.

    Attributes:
        is_busy: It changes while it is read.
        refused: The year that the key may not read for now.
        oldest: The first year of which the target has, or is to have, the rows.
    """

    stream: str
    chance: random.Random
    report: Report
    numbers: count[int] = field(default_factory=count)
    is_busy: bool = False
    refused: int | None = None
    oldest: int = YEAR

    @classmethod
    def make(cls, seed: int) -> History:
        """Return the history of this number."""
        chance = random.Random(seed)
        stream = chance.choice(list(FIELDS))
        is_dated = stream != "report_planned_vs_tracked"
        report = Report(
            order=chance.choice(["shuffled", "fixed", "total"]),
            sort_by="date" if is_dated else "user_id",
            is_paged=stream != "report_utilization",
            sends_total=chance.random() < 0.8,
            heeds_per_page=chance.random() < 0.7,
            seed=seed,
        )
        history = cls(stream, chance, report)
        for _ in range(chance.choice([0, 5, 99, 100, 101, 230])):
            history.insert()
        report.before = history.on_request
        return history

    def answer(self, path: str, query: Params) -> Answer:
        """Answer as MOCO would now."""
        if self.refused and str(self.refused) in query.get("to", ""):
            return Answer({"errors": ["Access denied"]}, status=403)
        return self.report(path, query)

    def on_request(self, _: int) -> None:
        """Change something now and then."""
        if self.is_busy and self.chance.random() < 0.15:
            self.change()

    def insert(self) -> None:
        """Add a row."""
        number, chance = next(self.numbers), self.chance
        if self.stream == "report_planned_vs_tracked":
            hours = round(chance.random(), 3)
            row: Row = {"user_id": number // 3, "project_id": number}
            row["planned_hours"] = hours
        elif self.stream == "report_utilization":
            row = {"user_id": number, "date": self._date(), "target_hours": 8.0}
        else:
            kind = chance.choice(["invoices", "purchases", "expenses"])
            row = money(chance.choice([number, number // 2]), self._date(), kind)
        self.report.rows.append(row)

    def _date(self) -> str:
        days = [3, *range(0, 365, 11)]
        text = day(self.chance.choice(days))
        return text.replace(str(YEAR), str(YEAR - self.chance.choice([0, 0, 0, 1, 2])))

    def change(self) -> None:
        """Add, take away or edit a row."""
        rows, chance = self.report.rows, self.chance
        kind = chance.choice(["insert", "delete", "edit"])
        if kind == "insert" or not rows:
            self.insert()
        elif kind == "delete":
            del rows[chance.randrange(len(rows))]
        else:
            row = chance.choice(rows)
            row[FIELDS[self.stream][-1]] = round(chance.random() * 1000, 4)

    def run(self, desk: Desk, state: Any) -> Outcome:
        """Run the tap with some settings."""
        how = {
            "report_years": self.chance.choice([0, 1, 2]),
            "full_sweep_days": self.chance.choice([0, 7]),
            "concurrency": self.chance.choice([1, 4]),
        }
        return desk.read(state, **how)

    def covers(self, target: Target) -> None:
        """Take note of the years that a target has rows of: it is to keep them."""
        years = map(year_of, target.of(self.stream))
        self.oldest = min(self.oldest, *years, YEAR)

    def expected(self) -> Counter[Any]:
        """Return what the target should hold."""
        rows = self.report.rows
        return self.rows([row for row in rows if self.oldest <= year_of(row)])

    def rows(self, rows: list[Row]) -> Counter[Any]:
        """Return rows so that they can be compared, those of MOCO or of a target."""
        return Counter(tuple(row[name] for name in FIELDS[self.stream]) for row in rows)


def year_of(row: Row) -> int:
    """Return the year of a row; without a date it is this one."""
    return int(row.get("date", str(YEAR))[:4])


def load(target: Target, outcome: Outcome, chance: random.Random) -> None:
    """Let the target take all of a run, or what came before it was killed."""
    lines = outcome.out.splitlines()
    end = len(lines) if chance.random() < 0.7 else chance.randrange(len(lines) + 1)
    target.load("\n".join(lines[:end]))


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_target_equals_the_report_in_the_end(seed: int) -> None:
    """Whatever happened before: a run over a report that stands still puts it right."""
    history, target, state = History.make(seed), Target(), None
    chance = history.chance
    with reading(history.stream, history.answer) as desk:
        for _ in range(RUNS):
            for _ in range(chance.randrange(4)):
                history.change()
            history.is_busy = chance.random() < 0.4
            is_refused = chance.random() < 0.2
            history.refused = chance.choice([YEAR, YEAR - 1]) if is_refused else None
            load(target, history.run(desk, state), chance)
            state = target.states[-1] if target.states else None
            history.covers(target)
        history.is_busy, history.refused = False, None
        last = history.run(desk, state)
        assert last.code == 0, last.err
        history.covers(target.load(last.out))
        assert history.rows(target.of(history.stream)) == history.expected()
        idle = desk.read(last.state, report_years=0)
    assert '"RECORD"' not in idle.out

"""A report of MOCO as nobody knows it: in whatever order, with or without totals."""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from .runs import run, select, settings
from .stub import Answer, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .outcome import Outcome
    from .runs import Params
    from .stub import Stub
    from .target import Row

YEAR = datetime.now(timezone.utc).year
PAGE = 100


def day(number: int) -> str:
    """Return the n-th day of this year, counted from 0."""
    start = datetime(YEAR, 1, 1, tzinfo=timezone.utc)
    return (start + timedelta(days=number)).date().isoformat()


def money(number: int, date: str, kind: str = "invoices", **more: Any) -> Row:
    """Return a row of a report on money."""
    return {
        "record_id": number,
        "kind": kind,
        "date": date,
        "company_id": number % 7,
        "amount_in_account_currency": float(number),
        "net_amount_in_account_currency": float(number),
        **more,
    }


@dataclass
class Report:
    """What is served, and how.

    Attributes:
        rows: Of this year; other years are empty.
        order: Of equal rows: `shuffled` at each request, or `fixed` by page and size;
            or `total`: none are equal.
        is_paged: There are paging headers, with the total if it `sends_total`.
        extra_total: So many rows more are counted than there are.
        in_no_part: So many rows of the year are counted that no day has.
        heeds: The filters that are understood.
        before: Called before each answer with the number of requests so far.
    """

    rows: list[Row] = field(default_factory=list)
    order: str = "shuffled"
    sort_by: str = "date"
    is_paged: bool = True
    sends_total: bool = True
    heeds_per_page: bool = True
    extra_total: int = 0
    in_no_part: int = 0
    heeds: frozenset[str] = frozenset({"kinds", "company_id", "user_ids"})
    before: Callable[[int], object] = lambda _: None
    seed: int = 0
    asked: list[Params] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with a fixed chance."""
        self._chance = random.Random(self.seed)

    def __call__(self, path: str, query: Params) -> Answer:
        """Answer a page."""
        self.asked.append(query)
        self.before(len(self.asked))
        size = int(query.get("per_page", PAGE)) if self.heeds_per_page else PAGE
        number = int(query.get("page", 1))
        found = self._ordered(list(filter(self._test(query), self.rows)), number, size)
        if not self.is_paged:
            return Answer(found)
        headers = {"X-Page": str(number)}
        if self.sends_total:
            is_whole_year = query["from"][5:] + query["to"][5:] == "01-0112-31"
            extra = self.extra_total + self.in_no_part * is_whole_year
            headers["X-Total"] = str(len(found) + extra)
        if number * size < len(found):
            more = "&".join(f"{k}={v}" for k, v in query.items() if k != "page")
            link = f"{{base}}{path}?{more}&page={number + 1}"
            headers["Link"] = f'<{link}>; rel="next"'
        return Answer(found[(number - 1) * size : number * size], headers)

    def _test(self, query: Params) -> Callable[[Row], bool]:
        fields = {
            "kinds": "kind",
            "company_id": "company_id",
            "user_ids": "user_id",
        }
        wanted = {
            fields[name]: query[name].split(",")
            for name in fields.keys() & query.keys() & self.heeds
        }
        first, last = query.get("from", ""), query.get("to", "9")
        is_this_year = str(YEAR) in query.get("year", query.get("years", last))

        def test(row: Row) -> bool:
            is_in = first <= row["date"] <= last if "date" in row else is_this_year
            return is_in and all(str(row[n]) in w for n, w in wanted.items())

        return test

    def _ordered(self, rows: list[Row], page: int, size: int) -> list[Row]:
        chance = self._chance
        if self.order == "fixed":
            chance = random.Random(f"{self.seed} {page} {size}")
        chance.shuffle(rows)
        if self.order == "total":
            rows.sort(key=repr)
        return sorted(rows, key=lambda row: str(row.get(self.sort_by)))


@dataclass
class Desk:
    """Reads a report that is served, again and again."""

    stub: Stub
    stream: str

    def read(self, state: Any = None, **config: Any) -> Outcome:
        """Run the tap, whenever the last read was."""
        often = {"report_years": 0, "report_interval_hours": 0, "max_retries": 0}
        given = settings(self.stub, **{**often, **config})
        return run(given, catalog=select(self.stream), state=state)


@contextmanager
def reading(stream: str, answer: Callable[[str, Params], Answer]) -> Iterator[Desk]:
    """Serve a report, to be read as a stream."""
    with serving(answer) as stub:
        yield Desk(stub, stream)


def types(out: str, stream: str) -> list[str]:
    """Return the kinds of messages of a stream in order, each run of one kind once."""
    found: list[str] = []
    for line in out.splitlines():
        kind = line.split('"')[3]
        is_own = f'"stream":"{stream}"' in line or kind == "STATE"
        if is_own and found[-1:] != [kind]:
            found.append(kind)
    return found

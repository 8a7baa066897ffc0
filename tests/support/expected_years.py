"""What a target should hold of lists and reports that are asked for year by year."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.objects import PAGED
from tap_moco.sandbox.question import Question

from .asking import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_moco.sandbox import Server

    from .target import Row


@dataclass(frozen=True)
class ExpectedYears:
    """Rows of this year and the last one, which the tap reads by default."""

    server: Server

    @property
    def years(self) -> tuple[int, int]:
        """The last year, and this one."""
        this = datetime.now(timezone.utc).year
        return this - 1, this

    def performance(self) -> Iterator[Row]:
        """Yield a report of each person and year."""
        for number in self.server.account.ids("users"):
            for year in self.years:
                row = get(self.server, f"/users/{number}/performance_report", year=year)
                yield {**row, "user_id": number, "year": year}

    def internal_rates(self) -> Iterator[Row]:
        """Yield the internal rates of each person and year."""
        for year in self.years:
            path = "/account/internal_hourly_rates"
            for row in get(self.server, path, years=year, include_archived="true"):
                for rate in row["rates"]:
                    yield {"id": row["id"], "full_name": row["full_name"], **rate}

    def yearly(self, path: str) -> Iterator[Row]:
        """Yield the rows of a list that has to be asked for a year."""
        for year in self.years:
            for row in get(self.server, path, year=year):
                yield {**row, "year": year}

    def absences(self) -> Iterator[Row]:
        """Yield the absences of each person and year."""
        for row in self.yearly("/report/absences"):
            yield {**row, "user_id": row["user"]["id"]}

    def spans(self, path: str) -> Iterator[Row]:
        """Yield the rows of a report, from each year's first day to its last."""
        for year in self.years:
            days = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
            yield from get(self.server, path, **days)

    def money(self, path: str) -> Iterator[Row]:
        """Yield rows of money, of which equal ones are counted."""
        seen: Counter[tuple[Any, ...]] = Counter()
        for row in self._whole(path):
            key = (row["kind"], row["record_id"], row["date"])
            seen[key] += 1
            yield {**row, "occurrence": seen[key]}

    def planned(self) -> Iterator[Row]:
        """Yield what was planned and tracked in each year."""
        for year in self.years:
            for row in self._whole("/report/planned_vs_tracked", [year]):
                yield {**row, "year": year}

    def _whole(self, path: str, years: Iterable[int] = ()) -> Iterator[Row]:
        """Ask beside HTTP: pages of a report have equal rows in any order."""
        account, chance = self.server.account, random.Random(0)
        for year in years or self.years:
            days = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
            yield from PAGED[path](Question(account, days, chance))

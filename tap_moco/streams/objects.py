"""Streams that are one object, or one answer a year."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.api.errors import ForbiddenError, RefusedError
from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.verified_list import ListTraits, VerifiedList
from tap_moco.streams.base import MocoStream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.row import Row


class ObjectStream(MocoStream):
    """One object of the account, without a page or a date."""

    replication_key = None
    can_detect_deletes = False

    def read(self) -> None:
        """Read the object and write what it holds."""
        self.write_schema()
        page = self.run_context.fetcher.get(
            self.run_context.fetcher.url(self.path, self.params), kind=dict
        )
        self.stats.requests += 1
        self.write(self.rows_of(page.body))

    def rows_of(self, body: Row) -> Iterable[Row]:
        """Return the rows that the object holds."""
        return [body]


class YearlyStream(MocoStream):
    """A report or a rate of one year after the other, `report_years` back.

    Rows of years that are out of reach stay in the target: that they are not
    read does not say that they are gone.

    Attributes:
        params: May hold `{year}`.
    """

    replication_key = None
    can_detect_deletes = False
    params: ClassVar[dict[str, str]] = {"year": "{year}"}

    def entry_urls(self) -> list[str]:
        """Return the first page of every year."""
        return [self._report(year).url for year in self.run_context.years]

    def read(self) -> None:
        """Read the years, the oldest first, each for itself.

        Raises:
            ForbiddenError: The key may read none of the years.
            RefusedError: It may read some of them.
        """
        self.write_schema()
        years = self.run_context.years
        self.run_context.fetcher.prefetch(self.entry_urls())
        errors = [error for year in years if (error := self._refusal_of(year))]
        if not errors:
            return
        denials = [error for error in errors if isinstance(error, ForbiddenError)]
        if len(denials) in {0, len(years)}:
            raise errors[0]
        raise RefusedError(denials[0], self.path)

    def _refusal_of(self, year: int) -> ForbiddenError | RefusedError | None:
        """Read one year; return how MOCO refused it, if it did."""
        try:
            self._read_year(year)
        except (ForbiddenError, RefusedError) as error:
            return error
        return None

    def _read_year(self, year: int) -> None:
        """Read and write one year."""
        rows: list[Row] = []
        report = self._report(year)
        for page in islice(report, self.run_context.record_limit):
            if report.is_new_pass:
                rows = []
            rows += page
            self.stats.requests += 1
        self.write(self.rows_of(rows, year))
        self.run_context.writer.flush()

    def rows_of(self, rows: list[Row], year: int) -> Iterable[Row]:
        """Return the rows of a year, with the year."""
        return ({**row, "year": year} for row in rows)

    def _report(self, year: int) -> VerifiedList:
        first = max(f"{year}-01-01", self.run_context.first_day)
        values: dict[str, Any] = {"year": year, "first": first}
        params = {name: value.format(**values) for name, value in self.params.items()}
        return VerifiedList(
            self.run_context.fetcher,
            self.run_context.fetcher.url(
                self.path, {"per_page": str(PER_PAGE), **params}
            ),
            ListTraits(key=None, timestamp_field=None),
        )

"""Streams that are read whole and written where they differ: objects, yearly lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.api.errors import (
    FatalError,
    ForbiddenError,
    IncompleteReadError,
    MocoError,
    RefusedError,
)
from tap_moco.completeness.report_answers import ReportAnswers
from tap_moco.completeness.report_read import ReportRead
from tap_moco.records.snapshot import Snapshot, shape_of
from tap_moco.state import Extent, ReadPlan
from tap_moco.streams.base import MocoStream
from tap_moco.text import counted
from tap_moco.timestamps import UTC, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_moco.completeness.report_read import Cut
    from tap_moco.completeness.verified_list import Row

MAX_JITTER = timedelta(minutes=30)
"""By so much the same hour of two days may differ for a schedule."""


class SnapshotStream(MocoStream):
    """What is read whole; its records are written if any of them has changed.

    Deletes are declared in the same run.
    """

    replication_key = None

    @property
    def covered_from(self) -> str | None:
        """The first day that the read covers, where it covers days."""
        return None

    def publish(self, snapshot: Snapshot, *, has_total: bool = False) -> None:
        """Write what was read, and declare deletes, unless the target has just that.

        Args:
            snapshot: All there is.
            has_total: MOCO told how many rows there are.
        """
        now = datetime.now(UTC)
        every = self.run_context.settings.sync.sweep_every
        if self.rejected or self._version is None:
            self.write_snapshot(snapshot)
            return
        if self.state.has_snapshot(snapshot.digest, every, now):
            self.state.keep_snapshot(snapshot.digest, now)
            return
        self.write_snapshot(snapshot)
        self.pipeline.activate_version(self._version)
        if not snapshot:
            self.warn_if_emptied(self._version)
        extent = Extent(len(snapshot), has_total)
        self.state.complete_sweep(self._version, now, extent=extent)
        self.state.keep_snapshot(snapshot.digest, now)

    def write_snapshot(self, snapshot: Snapshot) -> None:
        """Write what was read, and declare nothing.

        The state forgets the digest first: a run that is killed meanwhile leaves a
        target that has neither the old records nor the new.
        """
        self.state.begin_snapshot(self._version, self.covered_from)
        self.run_context.write_state()
        snapshot.write(self._version)

    def new_snapshot(self, rows: Iterable[Row] = ()) -> Snapshot:
        """Return the records of some rows."""
        snapshot = Snapshot(self.pipeline, self.primary_keys)
        snapshot.add(map(self.add_fields, rows))
        return snapshot


class ObjectStream(SnapshotStream):
    """One object of the account, without a page or a date."""

    def read(self) -> None:
        """Read the object, and write what it holds if that is news."""
        self.write_schema()
        self.start_sync(datetime.now(UTC))
        fetcher = self.run_context.fetcher
        page = fetcher.get(fetcher.url(self.path, self.params), kind=dict)
        self.stats.requests += 1
        rows = self.rows_of(page.body)
        if self.run_context.record_limit is None:
            self.publish(self.new_snapshot(rows))
        else:
            self.write(rows)

    def rows_of(self, body: Row) -> Iterable[Row]:
        """Return the rows that the object holds."""
        return [body]


class YearlyStream(SnapshotStream):
    """A report or a list of rates, year by year, `report_years` back.

    Days that were covered once go on being covered, whatever the settings say later:
    one version holds for all rows, and rows that were not read would be declared
    deleted although MOCO has them.

    Attributes:
        params: May hold `{year}` and `{first}`, its first day that is covered.
        cuts: How a year is cut where one answer does not hold it, the first way first.
        row_key: Fields of MOCO's rows that tell them apart; none where nothing does.
    """

    params: ClassVar[dict[str, str]] = {"year": "{year}"}
    cuts: ClassVar[Sequence[Cut]] = ()
    row_key: ClassVar[Sequence[str]] = ("id",)

    @cached_property
    def covered_from(self) -> str:
        """The first day: that of the settings, or an earlier one of runs before."""
        context = self.run_context
        wanted = max(context.first_day, f"{context.years[0]:04}-01-01")
        return min(wanted, self.state.last_sweep.covered_from or wanted)

    @property
    def years(self) -> range:
        """The years that are read."""
        return range(int(self.covered_from[:4]), self.run_context.today.year + 1)

    @cached_property
    def plan(self) -> ReadPlan:
        """Read nothing where the last read is younger than `report_interval_hours`."""
        if age := self._age_if_not_due():
            hours = counted(int(age.total_seconds() / 3600), "hour")
            return ReadPlan(None, is_sweep=False, reason=f"read {hours} ago")
        return super().plan

    def _age_if_not_due(self) -> timedelta | None:
        """Return how old the last read is, where it is young enough.

        It is due at once where it was not finished, or would not be the same: with
        other columns, or an earlier first day.
        """
        last, every = self.state.last_sweep, self.run_context.settings.report_interval
        completed_at = parse_timestamp(last.completed_at)
        if completed_at is None or self.run_context.record_limit is not None:
            return None
        age = abs(datetime.now(UTC) - completed_at)
        is_young = age < every - min(MAX_JITTER, every / 4)
        is_same = (last.digest or "").startswith(shape_of(self.pipeline))
        return age if is_young and is_same and self._covers_as_before else None

    @property
    def _covers_as_before(self) -> bool:
        return self.covered_from == self.state.last_sweep.covered_from

    def entry_urls(self) -> list[str]:
        """Return the first answer of every year that is read in this run."""
        if not self.plan.is_sweep:
            return []
        answers = self._answers()
        return [answers.url(self._params(year)) for year in self.years]

    def read(self) -> None:
        """Read all years, and write them if anything differs.

        Raises:
            ForbiddenError: The key may read none of the years.
            MocoError: Some years could not be read; the others were written.
        """
        self.write_schema()
        if not self.plan.is_sweep:
            return
        self.start_sync(datetime.now(UTC))
        if self.run_context.record_limit is not None:
            self._try_out()
            return
        self.run_context.fetcher.prefetch(self.entry_urls())
        answers = self._answers()
        snapshot, errors = self._read_years(answers)
        if not (snapshot or errors) and self.state.last_sweep.had_rows:
            snapshot, errors = self._read_years(answers)  # too odd to be believed
        if not (snapshot or errors):
            answers.check_emptiness()
        self._judge(snapshot, errors)
        self.publish(snapshot, has_total=answers.told_total)

    def _read_years(self, answers: ReportAnswers) -> tuple[Snapshot, list[MocoError]]:
        """Return the records of all years, and why some could not be read."""
        read = ReportRead(answers, self.cuts, self.row_key)
        snapshot, asked = self.new_snapshot(), answers.requests
        tried = [self._try_year(read, year, snapshot) for year in self.years]
        self.stats.requests += answers.requests - asked
        return snapshot, [error for error in tried if error]

    def _try_year(
        self, read: ReportRead, year: int, snapshot: Snapshot
    ) -> MocoError | None:
        """Add the records of a year, or return why it could not be read."""
        try:
            rows = self.rows_of(read.rows(self._params(year)), year)
        except FatalError:
            raise
        except MocoError as error:
            return error
        snapshot.add(map(self.add_fields, rows))
        return None

    def _judge(self, snapshot: Snapshot, errors: list[MocoError]) -> None:
        """Write what there is of a report that is not whole, and say what is wrong.

        Raises:
            ForbiddenError: The key may read none of the years.
            MocoError: Some years could not be read, or two rows have one key.
        """
        denials = [error for error in errors if isinstance(error, ForbiddenError)]
        if len(denials) == len(self.years):
            raise denials[0]
        if len(snapshot) and (errors or snapshot.repeated):
            self.write_snapshot(snapshot)
            self.run_context.writer.flush()
        others = [error for error in errors if error not in denials]
        if others:
            raise others[0]
        if denials:
            raise RefusedError(denials[0], self.path)
        if snapshot.repeated:
            key = dict(zip(self.primary_keys, snapshot.repeated, strict=True))
            raise IncompleteReadError(
                f"MOCO sent more than one row of {self.path} for {key}: only the last "
                "one was written. Nothing was declared deleted"
            )

    def _try_out(self) -> None:
        """Write some rows of the newest year."""
        year = self.years[-1]
        page = self._answers().first(self._params(year))
        self.stats.requests += 1
        self.write(self.rows_of(page.body, year))

    def rows_of(self, rows: list[Row], year: int) -> Iterable[Row]:
        """Return the rows of a year, with the year."""
        return ({**row, "year": year} for row in rows)

    def _params(self, year: int) -> dict[str, str]:
        first = max(f"{year}-01-01", self.covered_from)
        values: dict[str, Any] = {"year": year, "first": first}
        return {name: text.format(**values) for name, text in self.params.items()}

    def _answers(self) -> ReportAnswers:
        return ReportAnswers(
            self.run_context.fetcher,
            self.path,
            sends_total=bool(self.state.last_sweep.has_total),
        )

"""Streams that are read whole and written if they differ: objects, yearly lists."""

from __future__ import annotations

from collections import Counter
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
from tap_moco.plan import ReadPlan
from tap_moco.state.sweep import Extent
from tap_moco.streams.base import MocoStream
from tap_moco.streams.comparison import Comparison
from tap_moco.text import counted
from tap_moco.timestamps import UTC, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_moco.completeness.report_read import Cut
    from tap_moco.row import Row

MAX_JITTER = timedelta(minutes=30)
"""How much a daily schedule may differ from day to day."""


class SnapshotStream(MocoStream):
    """A stream that is read whole, and written if any of its records has changed.

    Deletes are declared in the same run.
    """

    replication_key = None

    def new_comparison(self) -> Comparison:
        """Compare the stream with its last read."""
        return self.comparison

    def start_sync(self, started_at: datetime) -> None:
        """Choose the version; note it in the state if records are written at once."""
        super().start_sync(started_at)
        if not self.is_holding:
            self.state.begin_writing(self.sync_read.version)
            self.run_context.write_state()

    @cached_property
    def comparison(self) -> Comparison:
        """What holds the records back until it is known whether they differ."""
        return Comparison(self.state, self.pipeline, self.run_context.write_state)


class ObjectStream(SnapshotStream):
    """One object of the account, without pages or dates."""

    def read(self) -> None:
        """Read the object, and write its rows if they differ from the last read."""
        self.write_schema()
        fetcher = self.run_context.fetcher
        page = fetcher.get(fetcher.url(self.path, self.params), kind=dict)
        rows = list(self.rows_of(page.body))
        is_trial = self.run_context.record_limit is not None
        if not is_trial:
            self.start_sync(datetime.now(UTC))
        self.write(rows)
        if not is_trial:
            self.commit(self.started_at, Extent(len(rows), has_total=False))

    def rows_of(self, body: Row) -> Iterable[Row]:
        """Return the rows that the object holds."""
        return [body]


class YearlyStream(SnapshotStream):
    """A report or a list of rates, read year by year, `report_years` back.

    Days that were covered once stay covered, whatever the settings say later: one
    version covers all rows, and rows that were not read would be declared deleted
    although MOCO has them.

    Attributes:
        params: May contain `{year}` and `{first}`, the first day of it that is covered.
        cuts: The ways to cut a year that one answer does not hold, in this order.
        row_key: Fields that distinguish MOCO's rows; empty if no fields do.
    """

    params: ClassVar[dict[str, str]] = {"year": "{year}"}
    cuts: ClassVar[Sequence[Cut]] = ()
    row_key: ClassVar[Sequence[str]] = ("id",)

    @cached_property
    def covered_from(self) -> str:
        """The first day: that of the settings, or an earlier one from older runs."""
        context = self.run_context
        wanted = max(context.first_day, f"{context.years[0]:04}-01-01")
        return min(wanted, self.state.last_sweep.covered_from or wanted)

    @property
    def years(self) -> range:
        """The years that are read."""
        return range(int(self.covered_from[:4]), self.run_context.today.year + 1)

    def follow(self, plan: ReadPlan) -> None:
        """Read nothing if the last read is younger than `report_interval_hours`."""
        if age := self._age_if_not_due():
            hours = counted(int(age.total_seconds() / 3600), "hour")
            plan = ReadPlan(None, is_sweep=False, reason=f"read {hours} ago")
        super().follow(plan)

    def _age_if_not_due(self) -> timedelta | None:
        """Return how old the last read is, if it is young enough; otherwise None.

        A read is due at once if the last one was not finished, or would be different
        now, because of other columns or an earlier first day.
        """
        last, every = self.state.last_sweep, self.run_context.settings.report_interval
        completed_at = parse_timestamp(last.completed_at)
        if completed_at is None or self.run_context.record_limit is not None:
            return None
        age = abs(datetime.now(UTC) - completed_at)
        is_young = age < every - min(MAX_JITTER, every / 4)
        is_same = self.comparison.nothing.is_of_form(last.digest or "")
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
        if self.run_context.record_limit is not None:
            self._try_out()
            return
        if not self._covers_as_before:
            self.state.cover_from(self.covered_from)
        self.start_sync(datetime.now(UTC))
        try:
            self._read_all()
        finally:
            self.pipeline.sink.drop()  # what a read that failed has held

    def _read_all(self) -> None:
        """Read all years, and commit what was read."""
        self.run_context.fetcher.prefetch(self.entry_urls())
        answers, keys = self._answers(), Counter[tuple[str, ...]]()
        errors = self._read_years(answers, keys)
        if not (keys or errors) and self.state.last_sweep.had_rows:
            errors = self._read_years(answers, keys)  # too odd to be believed
        if not (keys or errors):
            answers.check_emptiness()
        error = self._refusal(errors) or _repetition(self, keys)
        if error:
            if keys:
                self.sync_read.abandon()
            raise error
        self.commit(self.started_at, Extent(len(keys), answers.sent_total))

    def _read_years(
        self, answers: ReportAnswers, keys: Counter[tuple[str, ...]]
    ) -> list[MocoError]:
        """Write the records of all years; return why some could not be read."""
        read = ReportRead(answers, self.cuts, self.row_key)
        tried = [self._try_year(read, year, keys) for year in self.years]
        return [error for error in tried if error]

    def _try_year(
        self, read: ReportRead, year: int, keys: Counter[tuple[str, ...]]
    ) -> MocoError | None:
        """Write the records of a year, or return why it could not be read."""
        try:
            rows = list(self.rows_of(read.rows(self._params(year)), year))
        except FatalError:
            raise
        except MocoError as error:
            return error
        keys.update(tuple(str(row.get(n)) for n in self.primary_keys) for row in rows)
        self.write(rows)
        self.run_context.writer.flush()
        return None

    def _refusal(self, errors: list[MocoError]) -> MocoError | None:
        """Return why years could not be read, if some could not."""
        denials = [error for error in errors if isinstance(error, ForbiddenError)]
        others = [error for error in errors if error not in denials]
        if denials and not others and len(denials) < len(self.years):
            return RefusedError(denials[0], self.path)
        return next(iter(others or denials), None)

    def _try_out(self) -> None:
        """Write some rows of the newest year."""
        year = self.years[-1]
        page = self._answers().first(self._params(year))
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


def _repetition(
    stream: YearlyStream, keys: Counter[tuple[str, ...]]
) -> IncompleteReadError | None:
    """Return an error if two rows have the same key."""
    key, count = next(iter(keys.most_common(1)), ((), 1))
    if count == 1:
        return None
    named = dict(zip(stream.primary_keys, key, strict=True))
    return IncompleteReadError(
        f"MOCO sent {count} rows of {stream.path} for {named}: only the last one was "
        "written. Nothing was declared deleted"
    )

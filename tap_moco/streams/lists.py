"""Streams that are one list of MOCO."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.api.errors import ForbiddenError
from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.endpoint import ListEndpoint
from tap_moco.completeness.list_read import ListRead
from tap_moco.completeness.period_read import PeriodRead
from tap_moco.streams.base import MocoStream, changed_at
from tap_moco.streams.details import DetailStream
from tap_moco.timestamps import UTC

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_moco.completeness.list_read import ListConsumer
    from tap_moco.completeness.verified_list import VerifiedList
    from tap_moco.completeness.windows import DateFilter
    from tap_moco.context import RunContext
    from tap_moco.state import Extent, SweepState
    from tap_moco.streams.base import Row

MAX_REJECTED = 1_000
"""More records that do not fit are a fault of the schema."""


class ListStream(MocoStream):
    """A list, read by what changed or whole, for itself and its children.

    Attributes:
        takes_updated_after: MOCO filters the list by it.
        has_timestamps: Its rows have `created_at` and `updated_at`.
        archived_param: The parameter that shows what is hidden otherwise.
        date_filter: How a long history is cut, and how a period is asked for.
        period_filter: The latter, where no history is so long that it is cut.
        sort_by: Sent where MOCO documents sorting; ignored where it knows better.
        takes_ids: MOCO documents the filter `ids`.
        embedding_stream: A stream whose records hold these rows but do not change
            with them, and the key of such a record in a row.
    """

    takes_updated_after: ClassVar[bool] = True
    takes_ids: ClassVar[bool] = True
    has_timestamps: ClassVar[bool] = True
    archived_param: ClassVar[str | None] = None
    date_filter: ClassVar[DateFilter | None] = None
    period_filter: ClassVar[DateFilter | None] = None
    sort_by: ClassVar[str | None] = None
    embedding_stream: ClassVar[tuple[str, str] | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let those whose rows are embedded here have records read again."""
        super().__init__(*args, **kwargs)
        self.run_context.rereads[self.name] = self.reread

    @property
    def has_dates(self) -> bool:  # type: ignore[override]
        """Where MOCO documents a filter by the rows' own date."""
        return bool(self.period_filter or self.date_filter)

    @property
    def max_rejected(self) -> int:  # type: ignore[override]
        """None where the list cannot be asked for some ids."""
        return MAX_REJECTED if self.takes_ids else 0

    @classmethod
    def endpoint(
        cls, context: RunContext, last_sweeps: Sequence[SweepState] = ()
    ) -> ListEndpoint:
        """Return the list as the account's settings show it.

        Args:
            context: Of the run.
            last_sweeps: What the states of its streams say of the last sweep.
        """
        params = dict(cls.params)
        includes_archived = context.settings.include_archived
        if cls.archived_param and includes_archived:
            params[cls.archived_param] = "true"
        if cls.sort_by:
            params["sort_by"] = cls.sort_by
        return ListEndpoint(
            cls.path,
            context.fetcher,
            context.sleep,
            params=params,
            hides_rows=bool(cls.archived_param) and not includes_archived,
            has_timestamps=cls.has_timestamps,
            takes_updated_after=cls.takes_updated_after,
            date_filter=cls.date_filter,
            last_sweeps=last_sweeps,
        )

    @property
    def declares_deletes(self) -> bool:
        """Not where rows may only be hidden."""
        hides_rows = self.endpoint(self.run_context).hides_rows
        return super().declares_deletes and not hides_rows

    def entry_urls(self) -> list[str]:
        """Return the first page of the list, or of the rest of its history."""
        return [self._list_read().entry_url]

    def read(self) -> None:
        """Read the list for this stream and its children, as selected."""
        self._list_read().run()

    def _list_read(self) -> ListRead:
        consumers: list[ListConsumer] = [
            stream
            for stream in (self, *self.children)
            if stream.selected and isinstance(stream, ListStream | DetailStream)
        ]
        sweeps = [consumer.state.last_sweep for consumer in consumers]
        endpoint = self.endpoint(self.run_context, sweeps)
        if not self.run_context.settings.period:
            return ListRead(endpoint, consumers, self.run_context)
        dated = replace(endpoint, date_filter=self.period_filter or self.date_filter)
        return PeriodRead(dated, consumers, self.run_context)

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Also note how many rows the list has, where all of it was read."""
        if self.plan.is_sweep and self.plan.since is None and extent.has_total:
            self.stats.rows_in_moco = extent.rows
        super().commit(started_at, extent)

    # As a consumer of its own list

    def process_page(self, rows: list[Row]) -> None:
        """Write a page, all of it where the list is read whole for others.

        What a row embeds may have changed although the row has not.
        """
        self.write(rows)
        if self.embedding_stream and not self.plan.is_sweep:
            self._reread_embedding(rows, *self.embedding_stream)

    def prefetch_details(self) -> None:
        """Do nothing: the list tells all."""

    def fetch_details(self, *, list_is_verified: bool) -> None:
        """Do nothing: the list tells all."""

    def _reread_embedding(self, rows: list[Row], stream: str, key: str) -> None:
        """Read again the records that hold rows which are new since the bookmark."""
        bookmark = self.state.bookmark
        ids = {
            row[key]["id"]
            for row in rows
            if row.get(key) and bookmark and (changed_at(row) or bookmark) > bookmark
        }
        if ids and (reread := self.run_context.rereads.get(stream)):
            with suppress(ForbiddenError):  # the stream itself will be skipped for it
                reread(ids)

    def reread(self, ids: set[int]) -> None:
        """Write some records, where the plan does not read all of them anyway."""
        if self.plan.is_sweep or not self.selected:
            return
        self.write_schema()
        self.start_sync(datetime.now(UTC))
        for _, records in self._by_ids(sorted(ids)):
            for rows in records:
                self.write(rows)

    def fetch_leftovers(self) -> None:
        """Ask by their ids for the records that earlier runs had to reject."""
        for ids, records in self._by_ids(self.rejected.unmet):
            if records.total > len(ids):
                self.logger.warning(
                    "%s: MOCO does not heed ids=; rejected records wait for their "
                    "next change or sweep",
                    self.name,
                )
                return
            shown = [row for rows in records for row in rows]
            self.write(shown)
            for number in set(ids).difference(row["id"] for row in shown):
                self.rejected.discard(number)  # it was deleted

    def rejected_key(self, row: Row) -> Any:
        """Return the id, which the list can be asked for."""
        return row["id"]

    def _by_ids(self, ids: list[int]) -> Iterator[tuple[list[int], VerifiedList]]:
        """Yield reads of records by their ids, each with the ids that it asks for."""
        endpoint = self.endpoint(self.run_context, [self.state.last_sweep])
        for start in range(0, len(ids), PER_PAGE):
            some = ids[start : start + PER_PAGE]
            yield some, endpoint.verified({"ids": ",".join(map(str, some))})

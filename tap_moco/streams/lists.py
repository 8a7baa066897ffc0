"""Streams that are one list of MOCO."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from functools import cached_property, partial
from itertools import islice, zip_longest
from operator import methodcaller
from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.api.errors import ForbiddenError
from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.totals import Part, TotalCheck
from tap_moco.completeness.verified_list import (
    VISIBILITY_MARGIN,
    ListTraits,
    VerifiedList,
    row_id,
)
from tap_moco.completeness.windows import (
    WINDOW_ROWS,
    Coverage,
    DateFilter,
    WindowCursor,
)
from tap_moco.state import Extent, ReadPlan, format_timestamp, parse_timestamp
from tap_moco.streams.base import MocoStream, changed_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_moco.completeness.verified_list import Row

ROOM_FOR_REJECTED = 1_000
"""More records that do not fit are a fault of the schema."""
OLDEST_YEAR = 1900
"""No window begins before; what is older is read with the last one."""


class ListStream(MocoStream):
    """A list, read by what changed or whole, for itself and its followers.

    Attributes:
        takes_updated_after: MOCO filters the list by it.
        has_timestamps: Its rows have `created_at` and `updated_at`.
        archived: The parameter that shows what is hidden otherwise.
        windows: How a long history is cut.
        sort_by: Sent where MOCO documents sorting; ignored where it knows better.
        takes_ids: MOCO documents the filter `ids`.
        embedding_stream: A stream whose records hold these rows but do not change
            with them, and the key of such a record in a row.
    """

    takes_updated_after: ClassVar[bool] = True
    takes_ids: ClassVar[bool] = True
    has_timestamps: ClassVar[bool] = True
    archived: ClassVar[str | None] = None
    windows: ClassVar[DateFilter | None] = None
    sort_by: ClassVar[str | None] = None
    embedding_stream: ClassVar[tuple[str, str] | None] = None

    @property
    def room_for_rejected(self) -> int:  # type: ignore[override]
        """None where the list cannot be asked for some ids."""
        return ROOM_FOR_REJECTED if self.takes_ids else 0

    @property
    def _hides_rows(self) -> bool:
        """Archived rows are left out, so that archiving looks like deleting."""
        return bool(self.archived) and not self.config["include_archived"]

    @property
    def declares_deletes(self) -> bool:
        """Not where rows may only be hidden."""
        return super().declares_deletes and not self._hides_rows

    @cached_property
    def members(self) -> list[MocoStream]:
        """This stream and those that come out of its rows, as selected."""
        children = [c for c in self.child_streams if isinstance(c, MocoStream)]
        return [stream for stream in (self, *children) if stream.selected]

    @property
    def _children(self) -> list[MocoStream]:
        """The members but this stream."""
        return [member for member in self.members if member is not self]

    @cached_property
    def reading(self) -> ReadPlan:
        """What has to be read for all members: the widest of their plans."""
        plans = [member.plan for member in self.members]
        first = plans[0]
        since = [plan.since for plan in plans]
        agree = all(
            (plan.resume, plan.started_at) == (first.resume, first.started_at)
            for plan in plans
        )
        return ReadPlan(
            since=min((s for s in since if s), default=None) if all(since) else None,
            is_sweep=any(plan.is_sweep for plan in plans),
            reason=first.reason,
            resume=first.resume if agree else None,
            started_at=first.started_at if agree else None,
            rows=first.rows if agree else 0,
            total=first.total if agree else 0,
        )

    def entry_urls(self) -> list[str]:
        """Return the first page of the list, or of the rest of its history."""
        return [self._rest(WindowCursor(self.reading.resume, self.moco.today)).url]

    def read(self) -> None:
        """Read the list, whole histories in windows, and hand its rows on."""
        self._each(self._children, methodcaller("announce"))
        cursor = WindowCursor(self.reading.resume, self.moco.today)
        rest = self._rest(cursor)
        started_at = self.reading.started_at or rest.started_at
        rows = self.reading.total or rest.total
        self._each(self.members, methodcaller("begin", started_at))
        if self.windows and self.reading.is_sweep and not self.is_dry_run:
            rest = self._read_windows(self.windows, cursor, rest, started_at)
        if cursor.end is None:
            self._hand_on(rest)
        extent = Extent(rows, self._totals.tells_total)
        self._finish(started_at, extent, alone=not cursor.end)

    def take(self, rows: list[Row]) -> None:
        """Write a page, all of it where the list is read whole for others.

        What a row embeds may have changed although the row has not.
        """
        self.write(rows)
        if self.embedding_stream and not self.plan.is_sweep:
            self._refresh(rows, *self.embedding_stream)

    def _refresh(self, rows: list[Row], name: str, key: str) -> None:
        """Read again the records that hold rows which are new since the bookmark."""
        holder = self.moco.streams[name]
        bookmark = parse_timestamp(self.stream_state["replication_key_value"])
        ids = {
            row[key]["id"]
            for row in rows
            if row.get(key) and bookmark and (changed_at(row) or bookmark) > bookmark
        }
        if ids and holder.selected and isinstance(holder, ListStream):
            with suppress(ForbiddenError):  # it is told when the holder is read itself
                holder.reread(ids)

    def reread(self, ids: set[int]) -> None:
        """Write some records, where the plan does not read all of them anyway."""
        if self.plan.is_sweep:
            return
        self.announce()
        self.begin(datetime.now(timezone.utc))
        for _, sweep in self._by_ids(sorted(ids)):
            for rows in sweep:
                self.write(rows)

    def _by_ids(self, ids: list[int]) -> Iterator[tuple[list[int], VerifiedList]]:
        """Yield reads of records by their ids, each with the ids that it asks for."""
        for start in range(0, len(ids), PER_PAGE):
            some = ids[start : start + PER_PAGE]
            yield some, self.sweep({"ids": ",".join(map(str, some))})

    def ask_again(self) -> None:
        """Ask by their ids for the records that earlier runs had to put aside."""
        for ids, sweep in self._by_ids(self.rejected.unmet):
            if sweep.total > len(ids):
                self.logger.warning(
                    "%s: MOCO does not heed ids=; records that were put aside wait "
                    "for their next change or sweep",
                    self.name,
                )
                return
            shown = [row for rows in sweep for row in rows]
            self.write(shown)
            for number in set(ids).difference(row["id"] for row in shown):
                self.rejected.discard(number)  # it was deleted

    def rejected_as(self, row: Row) -> Any:
        """Return the id, which the list can be asked for."""
        return row["id"]

    @property
    def _since(self) -> dict[str, str]:
        """The filter for what changed, if not all is read."""
        since = self.reading.since
        return {"updated_after": format_timestamp(since)} if since else {}

    def _rest(self, cursor: WindowCursor) -> VerifiedList:
        """Return all of the list that the cursor has not reached yet."""
        dates = self.windows.params(None, cursor.end) if self.windows else {}
        return self.sweep(self._since | dates)

    def _read_windows(
        self,
        windows: DateFilter,
        cursor: WindowCursor,
        rest: VerifiedList,
        started_at: datetime,
    ) -> VerifiedList:
        """Read a long history window by window; return a short one unread."""
        coverage = Coverage(
            self.reading.total or rest.total,
            started_at,
            self.reading.rows,
            has_timestamps=self.has_timestamps,
        )
        remaining = rest.total
        goes_on = _is_long(remaining, cursor)
        while goes_on and self.members:
            window, label = self._window(windows, cursor), cursor.label
            remaining -= window.total
            cursor.advance(window.total)
            rest = self._rest(cursor)
            goes_on = _is_long(remaining, cursor)
            following = self._window(windows, cursor) if goes_on else rest
            self.moco.reader.follow(following.url)
            self._hand_on(window, coverage.window)
            self._finish_window(label, started_at, coverage)
        if cursor.end:
            self._hand_on(rest, coverage.window)
            self._finish_history(started_at, coverage)
        return rest

    def _window(self, windows: DateFilter, cursor: WindowCursor) -> VerifiedList:
        """Return the window that the cursor has come to."""
        return self.sweep(self._since | windows.params(cursor.start, cursor.end))

    def sweep(self, params: dict[str, str]) -> VerifiedList:
        """Return a proven read of the list with these filters."""
        is_filtered = bool(params) or self._hides_rows
        moves_by = "updated_at" if is_filtered else "created_at"
        is_by_time = params.keys() <= {"updated_after"}
        part = Part.WHOLE if not params else Part.CHANGES
        if not params.keys() <= {"updated_after", "ids"}:
            part = Part.WINDOW
        return VerifiedList(
            self.moco.reader,
            self._url(params),
            ListTraits(
                key=row_id,
                timestamp_field=moves_by if self.has_timestamps else None,
                leaves_only_by_delete=not self._hides_rows and is_by_time,
                unchanged_since=self._is_unchanged_since
                if self.takes_updated_after
                else None,
                first_page=partial(self._totals.first_page, part=part),
            ),
            sleep=self.moco.sleep,
        )

    def _url(self, params: dict[str, str]) -> str:
        """Return the address of the list's first page with these filters."""
        fixed = {"per_page": str(PER_PAGE), **self.params}
        if self.archived and self.config["include_archived"]:
            fixed[self.archived] = "true"
        if self.sort_by:
            fixed["sort_by"] = self.sort_by
        return self.moco.reader.url(self.path, fixed | params)

    @cached_property
    def _totals(self) -> TotalCheck:
        """Doubts pages without a total, by what the members' states know."""
        sweeps = [member.stream_state.get("sweep", {}) for member in self.members]
        one_row = self._url({"per_page": "1"})
        return TotalCheck(self.moco.reader, one_row, sweeps)

    def _is_unchanged_since(self, since: datetime) -> bool:
        """Ask whether nothing was changed or added since then."""
        params = {"updated_after": format_timestamp(since - VISIBILITY_MARGIN)}
        url = self.moco.reader.url(self.path, params)
        return not self._totals.first_page(url, Part.CHANGES).body

    def _hand_on(
        self, sweep: VerifiedList, note: Callable[[list[Row]], None] = lambda _: None
    ) -> None:
        """Give every page to every member, and to who takes note of it."""
        for rows in islice(sweep, self.pages_to_read if self.members else 0):
            note(rows)
            self.moco.show_progress(self, len(rows), sweep.total)
            self.members[0].report.pages += 1
            self._each(self.members, methodcaller("take", rows))
            self.moco.flush()
            if not self.members:
                return

    def _finish_window(
        self, window: str, started_at: datetime, coverage: Coverage
    ) -> None:
        """Have the members catch up, and make the window a point to resume at.

        Only where all of them sweep, and every row is in the target under this
        version, or remembered.
        """
        self._catch_up(alone=False)
        members = self.members
        if all(m.plan.is_sweep and not m.unplaced_since for m in members):
            for member in members:
                member.checkpoint(window, started_at, coverage)
            self.moco.write_state()

    def _finish_history(self, started_at: datetime, coverage: Coverage) -> None:
        """Read what changed meanwhile, and what no window may have shown."""
        meanwhile = {"updated_after": format_timestamp(started_at - VISIBILITY_MARGIN)}
        self._hand_on(self.sweep(meanwhile), coverage.closing)
        if not coverage.is_all:
            self.logger.info("%s: some rows may be in no window", self.name)
            self._hand_on(self.sweep(self._since))

    def _finish(self, started_at: datetime, extent: Extent, *, alone: bool) -> None:
        """Commit all members that got everything."""
        if self in self.members:
            self._each([self], partial(_commit, started_at, extent))
        self._catch_up(alone=alone)
        self._each(self._children, partial(_commit, started_at, extent))

    def _each(
        self, members: Iterable[MocoStream], do: Callable[[MocoStream], object]
    ) -> None:
        """Do something for some members; one that fails at it is no member any more."""
        for member in list(members):
            if not self.moco.isolated(member, partial(do, member)):
                self.members.remove(member)

    def _catch_up(self, *, alone: bool) -> None:
        """Let the members read what they need beside the list."""
        kept = []
        for member, following in zip_longest(self.members, self.members[1:]):
            if following:
                following.prefetch_details()
            if member is self or self.moco.isolated(
                member, partial(member.catch_up, alone=alone)
            ):
                kept.append(member)
        self.members = kept


def _commit(started_at: datetime, extent: Extent, member: MocoStream) -> None:
    """Have a member ask for what is left, and move its state."""
    if not member.is_dry_run:
        member.ask_again()
        member.commit(started_at, extent)


def _is_long(rows: int, cursor: WindowCursor) -> bool:
    """Tell whether a history of so many rows is to be cut once more."""
    return rows > WINDOW_ROWS and cursor.start.year > OLDEST_YEAR

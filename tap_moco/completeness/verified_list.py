"""Read a list to its end and prove that no row was passed over.

The argument is in docs/completeness.md. In short: a row that is known to have
been in the list when the first page was answered is *known*. When the known
rows are as many as that page's `X-Total`, they are all of them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_moco.api.errors import IncompleteReadError, MissingKeyError, PaginationError
from tap_moco.api.pagination import PER_PAGE, with_page_size
from tap_moco.timestamps import Cutoff, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from tap_moco.api.fetcher import Fetcher
    from tap_moco.api.pagination import Page

logger = logging.getLogger("tap-moco.completeness")

Row = dict[str, Any]

MIN_PASSES = 3
"""Fewer are no reason to give up; more are read unless two brought no new rows."""
MAX_PASSES = 10
PAGE_SIZES = (PER_PAGE, 83, 91, 77)
"""Rows a page, pass by pass. Equal rows come in any order (docs/moco-api.md, Pages), so
that some hide where two pages meet: those of the next pass meet elsewhere."""
RETRY_PAUSE = 6.0
"""Seconds before another pass, more than `VISIBILITY_MARGIN`: what just changed is
old enough then."""
VISIBILITY_MARGIN = timedelta(seconds=5)
"""Stamps are cut to seconds, and a row shows only when its transaction ends:
only an older stamp is surely of a row that was in the list at the start."""
MUCH_MORE = 100
"""No list grows by so much and its own length while it is read."""
NO_DATE_MARGIN = timedelta(minutes=5)
"""A server that sends no `Date` is taken to be this much behind our clock."""


@dataclass
class ListTraits:
    """What is known of a list's rows.

    Attributes:
        key: What makes a row one, out of its payload; None where MOCO's rows
            have no key, so that they can only be counted.
        timestamp_field: `created_at` where rows enter the list by being created only;
            `updated_at` where a filter lets changed rows in and out.
        leaves_only_by_delete: A row that was seen twice was there in between.
        unchanged_since: Asks whether nothing changed since a time; None where MOCO
            cannot say.
        first_page: Asks for a first page; None for the reader.
        max_passes: How often the list is read before it fails.
    """

    key: Callable[[Row], Hashable] | None
    timestamp_field: str | None
    leaves_only_by_delete: bool = True
    unchanged_since: Callable[[datetime], bool] | None = None
    first_page: Callable[[str], Page] | None = None
    max_passes: int = MAX_PASSES


@dataclass
class _Pass:
    """One read from the first page to the last.

    Attributes:
        start: The server's clock at the first page.
        total: `X-Total` there.
        known: Keys that surely were in the list at that moment.
        own: The keys that this very pass has shown.
        found: How many rows it has shown that no pass before had.
        is_constant: All its pages told the same total.
        is_cut: A later page was empty, or lacked the paging headers of the first.
    """

    start: datetime
    total: int | None
    confirmed: set[Hashable] = field(default_factory=set)
    seen: set[Hashable] = field(default_factory=set)
    rows: int = 0
    new_rows: int = 0
    pages: int = 0
    is_constant: bool = True
    is_cut: bool = False

    def __post_init__(self) -> None:
        """Set the limit for stamps that are surely older than the pass."""
        self.cutoff = Cutoff(self.start - VISIBILITY_MARGIN)


class VerifiedList:
    """A list, read until it is proven; iterate it for the rows to emit.

    Args:
        reader: Asks for the pages.
        url: The first page.
        traits: What is known of the rows.
        sleep: Waits between passes; a test brings its own.
        first: The first page, where somebody has asked for it already.

    Attributes:
        passes: The reads so far, the current one last.
    """

    def __init__(
        self,
        reader: Fetcher,
        url: str,
        traits: ListTraits,
        *,
        sleep: Callable[[float], None],
        first: Page | None = None,
    ) -> None:
        """Ask for nothing yet."""
        if first:
            self._first = first
        self._reader = reader
        self._ask = traits.first_page or reader.get
        self.url = url
        self._traits = traits
        self._sleep = sleep
        self.passes: list[_Pass] = []
        self.pages = 0

    @cached_property
    def _first(self) -> Page:
        """The first page of the first pass."""
        return self._ask(self.url)

    @property
    def started_at(self) -> datetime:
        """The server's clock when the first page was answered."""
        return _moment(self._first)

    @property
    def total(self) -> int:
        """Rows of the list, by its first page."""
        total = self._first.total
        return len(self._first.body) if total is None else total

    @property
    def is_one_answer(self) -> bool:
        """The first page is the whole list, and so its own proof."""
        return self._first.is_whole_list

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of page after page.

        Raises:
            IncompleteReadError: The list kept moving, pass after pass.
            MissingKeyError: A row has no key.
        """
        for number in range(self._traits.max_passes):
            if number:
                self._pause_before_retry()
            yield from self._read()
            if self._is_proven():
                return
            if number + 1 >= MIN_PASSES and not any(
                p.new_rows for p in self.passes[-2:]
            ):
                break
        last = self.passes[-1]
        msg = (
            f"{self._path} could not be proven complete in {len(self.passes)} passes: "
            f"{len(last.confirmed)} of {'all' if last.total is None else last.total} "
            "rows are certain. "
            "Its rows were written; no bookmark was moved and nothing deleted"
        )
        raise IncompleteReadError(msg)

    @property
    def is_new_pass(self) -> bool:
        """The page at hand is the first of another pass over the list."""
        return self.passes[-1].pages == 1

    def _pause_before_retry(self) -> None:
        """Before another pass, wait until what is too new to tell is older."""
        logger.info("%s moved while it was read; once more", self._path)
        if len(self.passes[-1].confirmed) < len(self.passes[-1].seen):
            self._sleep(RETRY_PAUSE)

    @property
    def _path(self) -> str:
        return self._reader.path(self.url)

    def _read(self) -> Iterator[list[Row]]:
        """Read all pages once."""
        first = self._first_again() if self.passes else self._first
        current = _Pass(_moment(first), first.total)
        self.passes.append(current)
        for page in self._reader.pages(first):
            self.pages += 1
            current.pages += 1
            current.rows += len(page.body)
            current.is_constant &= page.total == current.total
            is_bare = first.is_paged and not page.is_paged
            current.is_cut |= is_bare or (page is not first and not page.body)
            yield self._rows_to_emit(page.body, current)
            if page.next_url and not self._may_go_on(page, current):
                msg = f"{self._path} names a next page after all its rows were read"
                raise PaginationError(msg)

    def _first_again(self) -> Page:
        """Ask for the first page of another pass."""
        if not self._first.is_paged:
            return self._ask(self.url)
        size = PAGE_SIZES[len(self.passes) % len(PAGE_SIZES)]
        return self._ask(with_page_size(self.url, size))

    def _may_go_on(self, page: Page, current: _Pass) -> bool:
        """Tell a list that grows from links that never end."""
        if current.total is None:
            return bool(page.body)
        return bool(page.body) and current.rows <= 2 * current.total + MUCH_MORE

    def _rows_to_emit(self, rows: list[Row], current: _Pass) -> list[Row]:
        """Take note of a page; return the rows that are news to the target."""
        if self._traits.key is None:
            return rows
        keys = self._keys(rows)
        current.seen.update(keys)
        if current is not self.passes[0]:
            return [
                r
                for r, k in zip(rows, keys, strict=True)
                if self._record_sighting(r, k)
            ]
        stamp, is_old = (
            self._traits.timestamp_field or "",
            current.cutoff.is_before_cutoff,
        )
        pairs = zip(rows, keys, strict=True)
        current.confirmed.update([k for row, k in pairs if is_old(row.get(stamp))])
        current.new_rows += len(rows)
        return rows

    def _record_sighting(self, row: Row, key: Hashable) -> bool:
        """Take note of a row in a later pass; return whether it is news."""
        current = self.passes[-1]
        touched = row.get(self._traits.timestamp_field or "")
        seen_before = False
        for one in self.passes:
            had = key in one.seen
            was_there = seen_before and self._traits.leaves_only_by_delete
            if was_there or one.cutoff.is_before_cutoff(touched):
                one.confirmed.add(key)
            seen_before |= had and one is not current
        if not seen_before:
            current.new_rows += 1
            return True
        changed = parse_timestamp(row.get("updated_at"))
        return not changed or changed >= self.started_at - VISIBILITY_MARGIN

    def _keys(self, rows: list[Row]) -> list[Hashable]:
        keys = [self._traits.key(row) for row in rows] if self._traits.key else []
        if None in keys:
            msg = f"{self._path} answered a row without its primary key"
            raise MissingKeyError(msg)
        return keys

    def _is_proven(self) -> bool:
        """Tell whether some first page's total is reached by known rows."""
        last = self.passes[-1]
        if last.pages == 1 and (last.total is None or last.rows >= last.total):
            return True  # one answer is one moment
        if any(len(p.confirmed) == p.total for p in self.passes):
            return True
        if last.total is None or len(last.confirmed) > last.total:
            return self._repeated()
        return self._traits.timestamp_field is None and self._stood_still(last)

    def _repeated(self) -> bool:
        """Without true totals: two passes saw the very same rows, each once.

        A row that moves past the reader pushes another one before it again.
        """
        if len(self.passes) == 1:
            return False
        before, last = self.passes[-2:]
        if before.is_cut or last.is_cut:
            return False
        once = before.rows == len(before.seen) and last.rows == len(last.seen)
        return once and before.seen == last.seen

    def _stood_still(self, last: _Pass) -> bool:
        """Without stamps: every page told the same total, and it was reached."""
        reached = len(last.seen) if self._traits.key else last.rows
        if not last.is_constant or reached != last.total:
            return False
        return self._traits.unchanged_since is None or self._traits.unchanged_since(
            last.start
        )


def row_id(row: Row) -> Hashable:
    """Return the id that a list's rows are told apart by."""
    number: Hashable = row.get("id")
    return number


def _moment(page: Page) -> datetime:
    """Return the server's clock at a page."""
    return page.moment or datetime.now(timezone.utc) - NO_DATE_MARGIN

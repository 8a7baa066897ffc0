"""Whether everything that a list has shown proves that no row was skipped.

The argument is in docs/completeness.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tap_moco.api.errors import IncompleteReadError
from tap_moco.completeness.evidence import Evidence
from tap_moco.completeness.passes import Passes
from tap_moco.completeness.references import Response
from tap_moco.timestamps import UTC

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tap_moco.api.pagination import Page

NO_DATE_MARGIN = timedelta(minutes=5)
"""A server that sends no `Date` is assumed to be this much behind our clock."""


class Proof:
    """Takes note of the pages of a list, pass after pass, and says when it is proven.

    Args:
        started_at: The server's clock when the first page was requested.
        leaves_only_by_delete: A row that was seen twice was there in between.

    Attributes:
        passes: The passes so far.
        totals_are_true: No total was smaller than the number of its confirmed rows.
    """

    def __init__(self, started_at: datetime, *, leaves_only_by_delete: bool) -> None:
        """Have seen nothing yet."""
        self.passes = Passes()
        self.totals_are_true = True
        self._evidence = Evidence(
            started_at, leaves_only_by_delete=leaves_only_by_delete
        )

    def unseen(self, keys: list[Hashable]) -> set[Hashable]:
        """Return the rows that no response has shown so far."""
        return {key for key in keys if key not in self._evidence}

    def add(
        self, page: Page, rows: list[tuple[Hashable, str | None]], total: int | None
    ) -> None:
        """Take note of some rows of the list.

        Args:
            page: The response that shows them.
            rows: The key of each, and its timestamp if it has one.
            total: How many rows the whole list had then, if the response says so.
        """
        if total is not None and total < len(rows):
            self.totals_are_true = False
        moment = moment_of(page).timestamp()
        self._evidence.add(Response(page.sent, page.answered, moment, total), rows)

    @property
    def is_complete(self) -> bool:
        """All rows were read that the list had at some moment since the start."""
        last = self.passes.current
        if last.is_one_answer or self.is_counted():
            return True
        is_told = last.first.total is not None and self.totals_are_true
        return not is_told and self.passes.are_repeated

    def is_counted(self) -> bool:
        """Return whether the confirmed rows of some page are as many as its total."""
        if not self.totals_are_true or not self._evidence.may_suffice:
            return False
        counts = self._evidence.counts()
        self.totals_are_true = all(known <= total for known, total in counts)
        return self.totals_are_true and any(known == total for known, total in counts)

    @property
    def may_settle(self) -> bool:
        """As many rows were seen as there are; some may be too new to be confirmed."""
        return self._evidence.may_suffice

    def reason_to_end(self, max_passes: int | None) -> str | None:
        """Return why more requests would not help; None if they may.

        Args:
            max_passes: End after this many passes; None sets no limit of this kind.
        """
        reason = self.passes.reason_to_end
        if not reason and max_passes and len(self.passes) >= max_passes:
            reason = "no more passes were allowed"
        return reason

    def failure(self, path: str, reason: str) -> IncompleteReadError:
        """Return the error for a read that ends for this reason."""
        passes = self.passes
        return IncompleteReadError(
            f"{path} could not be proven complete in {len(passes)} passes of "
            f"{passes.pages} pages: {reason}; {self._shortfall}. "
            "Its rows were written; no bookmark moved, and nothing was declared deleted"
        )

    @property
    def _shortfall(self) -> str:
        """How many rows are confirmed, and how many there are."""
        counts = self._evidence.counts() if self.totals_are_true else []
        known, total = max(counts, key=lambda one: one[0] - one[1], default=(0, None))
        if total is None:
            return "MOCO does not say how many rows there are"
        return f"{known} of {total} rows are certain"


def moment_of(page: Page) -> datetime:
    """Return the server's clock at a page."""
    return page.moment or datetime.now(UTC) - NO_DATE_MARGIN

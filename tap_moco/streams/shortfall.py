"""What a detail stream did not get: records that are denied, rejected or gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.api.errors import ForbiddenError
from tap_moco.api.pagination import PER_PAGE
from tap_moco.isolation import missing_permission
from tap_moco.text import counted
from tap_moco.timestamps import changed_at

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from tap_moco.completeness.leftovers import Leftovers
    from tap_moco.row import Row
    from tap_moco.stats import StreamStats
    from tap_moco.streams.parent_list import ParentList

ENOUGH_DENIALS = 10
"""If this many records are denied and none is answered, the key may read none."""


class Shortfall:
    """Notes the outcome of one record after the other, and what it says of the key.

    Args:
        rejected: Records whose details do not fit the schema, from run to run.
        denied: Records whose details the key may not read, from run to run.
        parent: The list that shows which records exist.
        has_got_none: Says whether no run has got any details yet.
        stats: The stats of the stream.
        may_skip: What the key may not read is left out (`on_forbidden: skip`).
    """

    def __init__(  # noqa: PLR0913 - all that a missing record is judged by
        self,
        rejected: Leftovers,
        denied: Leftovers,
        parent: ParentList,
        has_got_none: Callable[[], bool],
        stats: StreamStats,
        *,
        may_skip: bool,
    ) -> None:
        """Note nothing yet."""
        self._rejected = rejected
        self._denied = denied
        self._parent = parent
        self._has_got_none = has_got_none
        self._stats = stats
        self._may_skip = may_skip
        self._not_found: list[Row] = []
        self._denials = 0
        self._denial: ForbiddenError | None = None
        self._record: Row = {}
        self._is_settled = True

    def begin(self, record: Row) -> None:
        """Turn to the next record that was requested."""
        self._record = record
        self._is_settled = True

    def deny(self, denial: ForbiddenError | None = None) -> None:
        """Remember the record, to request it again.

        Args:
            denial: MOCO's answer; None if it was 404.

        Raises:
            ForbiddenError: It seems that the key may not read any details.
        """
        self._is_settled = False
        self._denials += 1
        self._denial = self._denial or denial
        self._denied.add(self._record["id"], changed_at(self._record))
        if self._denials == ENOUGH_DENIALS:
            self._raise_if_it_got_none()

    def miss(self) -> None:
        """Set the record aside until it is known whether the list still has it."""
        self._is_settled = False
        self._not_found.append(self._record)

    def reject(self) -> None:
        """Remember the record, one of whose rows does not fit the schema."""
        self._is_settled = False
        self._denied.discard(self._record["id"])
        self._rejected.add(self._record["id"], changed_at(self._record))

    def end(self) -> None:
        """Forget the record, unless it was just denied, missed or rejected."""
        if self._is_settled:
            self._rejected.discard(self._record["id"])
            self._denied.discard(self._record["id"])
        self._stats.forbidden = len(self._denied)

    @property
    def is_to_be_cleared(self) -> bool:
        """So many records were answered with 404 that the list should be asked."""
        most = ENOUGH_DENIALS if self._has_got_none() else PER_PAGE
        return len(self._not_found) >= most

    def clear_up(self) -> set[int]:
        """Request from the list the records that were answered with 404.

        MOCO also answers 404 if a module is off (docs/moco-api.md, Errors).

        Returns:
            The records that are gone.

        Raises:
            ForbiddenError: It seems that the key may not read any details.
        """
        records, self._not_found = self._not_found, []
        alive = self._parent.rows({record["id"] for record in records})
        for record in records:
            self.begin(record)
            if record["id"] in alive:
                self.deny()
            self.end()
        gone = {record["id"] for record in records}.difference(alive)
        self._stats.not_found += len(gone)
        return gone

    def judge(self) -> None:
        """End the stream if all records were denied, or if a denied one has to end it.

        Raises:
            ForbiddenError: All were denied, or `on_forbidden` is `fail`.
        """
        if self._denial and not self._may_skip:
            raise self._denial
        if self._denials:
            self._raise_if_it_got_none()

    def log(self, logger: logging.Logger) -> None:
        """Warn of records that the next runs will request again."""
        if self._denials and self._denied:
            logger.warning(
                "%s: %s denied; the next runs ask again; %s (%s)",
                self._stats.name,
                counted(len(self._denied), "record"),
                missing_permission(self._stats),
                self._denial or "404 for records that the list shows",
            )

    def _raise_if_it_got_none(self) -> None:
        """End the stream if no run has got any details yet.

        Raises:
            ForbiddenError: MOCO's answer.
        """
        if self._has_got_none():
            raise self._denial or ForbiddenError("MOCO answered 404 for every record")

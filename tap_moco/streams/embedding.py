"""Lists whose records embed rows of other lists, and do not change with them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from tap_moco.api.errors import ForbiddenError, IncompleteReadError
from tap_moco.completeness.embedded import Embedded, Holders
from tap_moco.completeness.endpoint import changed_after
from tap_moco.plan import ReadPlan
from tap_moco.streams.lists import ListStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from tap_moco.row import Row
    from tap_moco.state.sweep import Extent, ResumePoint


class EmbeddingStream(ListStream):
    """A list whose records are read again when the rows that they hold change.

    The embedded list comes before this one in the order of reading.

    Attributes:
        embeds: For each stream of such rows: the field of a record that holds them, and
            the field of a row that names the record.
    """

    embeds: ClassVar[dict[type[ListStream], tuple[str, str]]] = {}

    @cached_property
    def holders(self) -> dict[str, Holders]:
        """Which records hold changed rows, by the name of the rows' stream."""
        overlap = self.sync_settings.overlap
        return {
            name: Holders(Embedded(name, field, key), self.state, overlap)
            for stream, (field, key) in self.embeds.items()
            for name in [vars(stream)["name"]]
        }

    @cached_property
    def _remembered(self) -> set[int]:
        """Records that fit, as far as is known, but have to be read again."""
        return set()

    def prepare(self) -> None:
        """Look at the embedded rows, where their own stream has not.

        A sweep shows all of them; one that goes on does not read again what it has
        read before it was interrupted.
        """
        is_new_sweep = self.plan.is_sweep and not self.plan.resume
        if is_new_sweep or self.run_context.record_limit is not None:
            return
        for stream in self.embeds:
            name = vars(stream)["name"]
            try:
                self._look_at(stream, self.holders[name])
            except (ForbiddenError, IncompleteReadError) as error:
                reason = f"what changed in {name} cannot be read: {error}"
                self.follow(ReadPlan(None, is_sweep=True, reason=reason))

    def _look_at(self, stream: type[ListStream], holders: Holders) -> None:
        """Find out which embedded rows have changed.

        Raises:
            ForbiddenError: The key may not read them.
            IncompleteReadError: Some may be missing.
        """
        if holders.are_known or holders.since is None:
            return
        endpoint = stream.endpoint(self.run_context)
        changes = endpoint.verified(changed_after(holders.since))
        for rows in changes:
            holders.take(rows)
        holders.finish(changes.started_at, is_whole=False)

    def write(self, rows: Iterable[Row]) -> None:
        """Also note which rows the records hold."""
        given = list(rows)
        for holders in self.holders.values():
            holders.hold(given)
        super().write(given)

    def fetch_leftovers(self) -> None:
        """Also read the records again that hold changed rows, or rows of others."""
        if not self.plan.is_sweep or self.plan.resume:
            takers = self._of_holders(lambda one: one.takers)
            if takers:
                self._remember(takers)
                self.run_context.write_state()
            self._reread(self._of_holders(lambda one: one.stale))
        for holders in self.holders.values():
            for moved in holders.moved():
                self._reread(moved)
        super().fetch_leftovers()

    def _remember(self, records: set[int]) -> None:
        """Let the next run read records again, if this one ends before it has.

        A row may be in two of them in the target by then, and in a third in MOCO: what
        the next run sees of the row would not lead to all of them.
        """
        for number in records:
            if number not in self.rejected:
                self._remembered.add(number)
                self.rejected.add(number, None)

    def _reread(self, records: set[int]) -> None:
        """Read records again, and remember those no more that are gone."""
        shown = self.by_ids.reread(sorted(records))
        for number in records & self._remembered - shown:
            self.rejected.discard(number)

    def _of_holders(self, records: Callable[[Holders], set[int]]) -> set[int]:
        return {number for one in self.holders.values() for number in records(one)}

    def checkpoint(self, resume: ResumePoint) -> None:
        """Also keep which rows the records hold that were read so far."""
        super().checkpoint(resume)
        self._remember(self._of_holders(lambda one: one.doubled))
        for holders in self.holders.values():
            holders.save(self.state)

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Also note when the embedded rows were read."""
        super().commit(started_at, extent)
        swept_at = self.started_at if self.plan.is_sweep else None
        for holders in self.holders.values():
            holders.added_to(self.state, swept_at)

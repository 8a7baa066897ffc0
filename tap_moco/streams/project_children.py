"""What every project embeds: its tasks and its contracts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from tap_moco.api.errors import MocoError
from tap_moco.completeness.leftovers import Leftovers
from tap_moco.streams.base import MocoStream
from tap_moco.streams.comparison import Comparison
from tap_moco.streams.details import DetailStream
from tap_moco.streams.held_children import HeldChildren

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from tap_moco.api.pagination import Page
    from tap_moco.plan import ReadPlan
    from tap_moco.row import Row
    from tap_moco.state.sweep import Extent


class ProjectChildStream(DetailStream):
    """Tasks or contracts: every project's row has them, and one request each has more.

    A project does not change with them (docs/moco-api.md, Incremental reading). So
    active projects are read in every run, archived ones when they changed, and all of
    them in sweeps.

    Attributes:
        field: The field of a project's row that holds them.
    """

    kind = list
    parent_key = "project_id"
    replication_key = None
    max_rejected = 0
    heeds_start_date = False
    field: ClassVar[str]
    rejected_key = MocoStream.rejected_key
    rejections = MocoStream.rejections

    @property
    def can_detect_deletes(self) -> bool:  # type: ignore[override]
        """Not if archived projects, and so their children, are left out."""
        return self.run_context.settings.include_archived

    @property
    def is_incremental(self) -> bool:
        """The bookmark is that of the projects; without sweeps, every run reads all."""
        return bool(self.run_context.settings.sync.sweep_every)

    @cached_property
    def denied(self) -> Leftovers:
        """Projects whose children the key may not read; the next run asks again."""
        return Leftovers([], 0)

    def join_sweep(self, plan: ReadPlan) -> None:
        """Join a sweep, since its rows hold all children."""
        MocoStream.join_sweep(self, plan)

    def new_comparison(self) -> Comparison:
        """Compare a sweep with the last one."""
        return Comparison(self.state, self.pipeline, self.run_context.write_state)

    def start_sync(self, started_at: datetime) -> None:
        """Also begin to note what the projects hold."""
        super().start_sync(started_at)
        overlap, is_sweep = self.sync_settings.overlap, self.plan.is_sweep
        self._held_children = HeldChildren(
            self.state, overlap, self.run_context.write_state, forgets=is_sweep
        )

    def process_page(self, rows: list[Row]) -> None:
        """Write what the projects hold, or remember it until it is completed."""
        self.pipeline.note_changes(rows)
        for row in rows:
            if row.get(self.field) is None:
                self.denied.add(f"{self.field} of {row['id']}", None)
                self.stats.forbidden = len(self.denied)
            items = self._children_in(row)
            held = [{**item, "project_id": row["id"]} for item in items]
            if self.run_context.settings.project_children == "detail":
                request = {"id": row["id"], "updated_at": None}
                self.due.add([{**request, "held": held, "project": row}])
            elif self._held_children.are_new(row, held):
                self.write(held)

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Also note what the projects hold, and whether something is gone."""
        MocoStream.commit(self, started_at, extent)
        self._held_children.save(self.state)
        if self._held_children.has_lost_some and self.can_detect_deletes:
            self.state.require_sweep(f"some {self.field} are gone", started_at)

    def save_held(self) -> None:
        """Do nothing: `HeldChildren` notes what the projects hold."""

    def _children_in(self, row: Row) -> list[Row]:
        """Return the children that a project's row holds.

        Raises:
            MocoError: They are in a form that nobody has seen.
        """
        items = row.get(self.field) or []
        if isinstance(items, list) and all(isinstance(item, dict) for item in items):
            return items
        raise MocoError(
            f"the {self.field} of project {row['id']} are not a list of rows"
        )

    def _rows_of(self, row: Row, response: Future[Page]) -> Iterator[Row]:
        """Yield a project's children in full, the others as its row held them.

        The list of contracts has active people only (docs/moco-api.md).
        """
        full = {inner["id"]: inner for inner in super()._rows_of(row, response)}
        held = [{**held, **full.pop(held.get("id"), {})} for held in row["held"]]
        children = [*held, *full.values()]
        if self._held_children.are_new(row["project"], children):
            yield from children

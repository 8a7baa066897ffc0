"""What every project holds: its tasks, its contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_moco.api.errors import MocoError
from tap_moco.streams.base import MocoStream
from tap_moco.streams.details import DetailStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from tap_moco.api.pagination import Page
    from tap_moco.streams.base import Row


class ProjectChildStream(DetailStream):
    """Tasks or contracts: in every project's row, and in full one request each.

    A project does not change with them (docs/moco-api.md, Incremental reading), so
    all projects are read in every run.

    Attributes:
        field: Where a project's row holds them.
    """

    kind = list
    parent_key = "project_id"
    replication_key = None
    field: ClassVar[str]
    rejected_key = MocoStream.rejected_key
    reject = MocoStream.reject
    accept = MocoStream.accept

    @property
    def can_detect_deletes(self) -> bool:  # type: ignore[override]
        """Not where archived projects, and so their children, are left out."""
        return self.run_context.settings.include_archived

    def process_page(self, rows: list[Row]) -> None:
        """Write what the projects hold, or remember it until it is completed."""
        for row in rows:
            if row.get(self.field) is None:
                self.denied.add(f"{self.field} of {row['id']}", None)
                self.stats.forbidden = len(self.denied)
            items = self._children_in(row)
            held = [{**item, "project_id": row["id"]} for item in items]
            if self.run_context.settings.project_children == "embedded":
                self.write(held)
            else:
                self.due.add([{"id": row["id"], "updated_at": None, "held": held}])

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
        for held in row["held"]:
            yield {**held, **full.pop(held.get("id"), {})}
        yield from full.values()

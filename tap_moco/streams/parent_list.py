"""The list from which the records of a detail stream come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_moco.api.pagination import PER_PAGE
from tap_moco.completeness.endpoint import changed_after
from tap_moco.streams.schema import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.context import RunContext
    from tap_moco.row import Row


class ParentList:
    """What a detail stream has to know of its parent.

    Args:
        stream: The class of the parent.
        context: The context of the run.
    """

    def __init__(self, stream: Any, context: RunContext) -> None:
        """Send no request yet."""
        self._stream = stream
        self._context = context

    @property
    def fields(self) -> Collection[str]:
        """The fields of its rows, by its schema."""
        name = vars(self._stream)["name"]
        properties: dict[str, Any] = SCHEMAS.fetch_schema(name)["properties"]
        return properties

    @property
    def hides_rows(self) -> bool:
        """Archived records are left out, and so are their details."""
        return self._endpoint.hides_rows

    def rows(self, numbers: set[int], since: datetime | None = None) -> dict[int, Row]:
        """Request some records of the list; return those that it has, by id.

        Args:
            numbers: Their ids.
            since: Leave out records that have not changed since.
        """
        wanted = sorted(numbers)
        found: dict[int, Row] = {}
        for start in range(0, len(wanted), PER_PAGE):
            ids = ",".join(map(str, wanted[start : start + PER_PAGE]))
            for page in self._endpoint.verified({"ids": ids, **changed_after(since)}):
                found |= {row["id"]: row for row in page if row["id"] in numbers}
        return found

    @property
    def _endpoint(self) -> ListEndpoint:
        endpoint: ListEndpoint = self._stream.endpoint(self._context)
        return endpoint

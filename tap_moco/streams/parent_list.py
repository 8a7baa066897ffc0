"""The list that the records of a stream of details come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_moco.streams.base import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.context import RunContext


class ParentList:
    """Answers what a stream of details has to know of its parent.

    Args:
        stream: The class of the parent.
        context: Of the run.
    """

    def __init__(self, stream: Any, context: RunContext) -> None:
        """Ask for nothing yet."""
        self._stream = stream
        self._context = context

    @property
    def fields(self) -> Collection[str]:
        """The fields of its rows, by its schema."""
        name = vars(self._stream)["name"]
        properties: dict[str, Any] = SCHEMAS.fetch_schema(name)["properties"]
        return properties

    def has(self, number: int) -> bool:
        """Ask the list for one of its records."""
        pages = self._endpoint.verified({"ids": str(number)})
        return any(row["id"] == number for page in pages for row in page)

    @property
    def _endpoint(self) -> ListEndpoint:
        endpoint: ListEndpoint = self._stream.endpoint(self._context)
        return endpoint

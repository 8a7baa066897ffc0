"""The lists that random histories are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class World:
    """What is read, and how its rows can be changed.

    Attributes:
        streams: Selected; the first one's list is read.
        text: A field that is edited.
        name: The field that orders the list, if it can be edited.
        date: The field that windows and orders go by.
        archive: Fields that hide a row, and those that show it again.
        room: How many rows more than elsewhere a page has: rows without stamps of one
            person and day are proven only if they fit one.
    """

    streams: tuple[str, ...]
    text: str
    name: str | None = None
    date: str | None = None
    archive: tuple[dict[str, Any], dict[str, Any]] | None = None
    room: int = 0

    @property
    def collection(self) -> str:
        """The collection of the list."""
        return self.streams[0]


ACTIVE = ({"active": False}, {"active": True})
WORLDS = (
    World(("activities",), "description", date="date"),
    World(("purchases",), "title", date="date"),
    World(("receipts",), "title", date="date", room=5),
    World(("project_expenses",), "title", date="date"),
    World(
        ("invoices",),
        "title",
        date="date",
        archive=({"status": "disregarded"}, {"status": "sent"}),
    ),
    World(("offers",), "title", date="date"),
    World(("projects", "project_tasks"), "info", name="name", archive=ACTIVE),
    World(("companies",), "website", name="name", archive=ACTIVE),
    World(("contacts",), "job_position", name="lastname"),
    World(("deals",), "info", name="name"),
    World(("comments",), "text"),
)

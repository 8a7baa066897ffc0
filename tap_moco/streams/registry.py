"""All streams, by the area of MOCO that they belong to."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from tap_moco.streams import (
    account,
    contacts,
    people,
    projects,
    purchasing,
    reports,
    sales,
    time,
)
from tap_moco.streams.base import MocoStream

if TYPE_CHECKING:
    from types import ModuleType

AREAS: dict[ModuleType, str] = {
    time: "time tracking and planning",
    projects: "projects",
    sales: "sales and invoicing",
    purchasing: "purchases",
    people: "people",
    contacts: "companies and contacts",
    account: "settings",
    reports: "reports",
}
"""The modules of the streams, and the right that MOCO asks for there."""


def stream_classes() -> list[type[MocoStream]]:
    """Return the class of every stream, area by area, in the order of its file."""
    return [
        found
        for area in AREAS
        for found in vars(area).values()
        if inspect.isclass(found)
        and issubclass(found, MocoStream)
        and found.__module__ == area.__name__
        and "name" in vars(found)
    ]


def stream_names() -> set[str]:
    """Return the names of all streams."""
    return {vars(stream_class)["name"] for stream_class in stream_classes()}

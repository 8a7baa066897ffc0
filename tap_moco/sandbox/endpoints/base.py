"""What a list of the API is, and the words to describe its filters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_moco.sandbox.filters import Since, Until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.filters import Filter


@dataclass(frozen=True)
class Endpoint:
    """A list, and the single records below its path."""

    path: str
    """`{}` stands for an id."""
    collection: str
    order: str = "id"
    """The default order; a minus in front makes it descending."""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    sortable: bool = False
    paged: bool = True
    single: bool = False
    """Whether a stream asks for single records."""
    updated_after: bool = True
    by_ids: bool = True
    """Whether `ids` is understood."""
    shows: str = ""
    """The parameter that shows what is hidden: archived or disregarded records."""
    parent: str = ""
    """The foreign key of the record that the path's id names."""
    only: Mapping[str, object] = field(default_factory=dict)
    """Values that each record of the list has."""
    together: tuple[str, ...] = ()
    """Parameters that are ignored unless all are given."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """Parameters that MOCO assumes; `{year}` is the present one."""


def dates(path: str, since: str = "from", until: str = "to") -> dict[str, Filter]:
    """Return the two filters that bound a date."""
    return {since: Since(path), until: Until(path)}


ARCHIVED = "include_archived"

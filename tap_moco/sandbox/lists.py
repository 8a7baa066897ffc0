"""Which records a list holds, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tap_moco.sandbox.filters import FROM_TO, changed_after, is_shown, one_of
from tap_moco.sandbox.model import STAMP_FIELDS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.endpoints import Endpoint
    from tap_moco.sandbox.filters import Test
    from tap_moco.sandbox.model import Record


@dataclass(frozen=True)
class Behaviour:
    """What nobody knows of MOCO's lists, so that both ways can be had."""

    sort_fields: str = "documented"
    """Whether `id` and the times can be sorted by: `all`, `documented` (id of
    activities only), or `none`: `sort_by` is ignored everywhere."""
    inclusive: bool = False
    """Whether `updated_after` gives what was changed at that very time."""
    refuses_lone_dates: bool = True
    """Whether one of two dates that belong together gets 422, or is ignored."""


@dataclass(frozen=True)
class ListRequest:
    """A list that is asked for.

    Attributes:
        query: The parameters, each with its last value.
        parent: The id in the path.
    """

    endpoint: Endpoint
    query: Mapping[str, str]
    behaviour: Behaviour
    parent: int = 0

    @property
    def has_lone_date(self) -> bool:
        """Whether one of two dates is given that belong together."""
        is_lone = ("from" in self.query) != ("to" in self.query)
        return self.endpoint.pairs_dates and is_lone

    def records(self, account: Account, chance: random.Random) -> list[Record]:
        """Return the whole list in its order; equal records come in any order."""
        found = list(account.records[self.endpoint.collection].values())
        for test in self._tests(account):
            found = list(filter(test, found))
        order = self._order()
        if (name := order.lstrip("-")) != "id":
            chance.shuffle(found)
            found.sort(key=lambda record: _comparable(record[name]))
        return found[::-1] if order.startswith("-") else found

    def _tests(self, account: Account) -> Iterator[Test]:
        endpoint, asked = self.endpoint, dict(self.query)
        if endpoint.parent:
            yield lambda record: bool(record[endpoint.parent] == self.parent)
        if endpoint.shows and asked.get(endpoint.shows) != "true":
            yield is_shown
        filters = dict(endpoint.filters)
        if endpoint.by_ids:
            filters["ids"] = one_of("id")
        if endpoint.updated_after:
            filters["updated_after"] = changed_after(inclusive=self.behaviour.inclusive)
        if endpoint.this_year:
            asked.setdefault("year", str(account.today().year))
        ignored = FROM_TO.keys() if self.has_lone_date else ()
        for name, known in filters.items():
            is_asked = asked.get(name) and name not in ignored
            if is_asked and (test := known(asked[name])):
                yield test
        if endpoint.only:
            yield partial(endpoint.only, account)

    def _order(self) -> str:
        """Return what the list is sorted by."""
        name, fields = self.query.get("sort_by", ""), self.behaviour.sort_fields
        documented = name == "id" and self.endpoint.path == "/activities"
        known = name in {"id", *STAMP_FIELDS} if fields == "all" else documented
        is_heeded = self.endpoint.sortable and known and fields != "none"
        return name if is_heeded else self.endpoint.order


def _comparable(value: object) -> tuple[bool, object]:
    return value is None, value.casefold() if isinstance(value, str) else value

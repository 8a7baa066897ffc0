"""Which records a list holds, and in which order."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tap_moco.sandbox.filters import FROM_TO, changed_after, is_shown, one_of
from tap_moco.sandbox.model import STAMP_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox.endpoints import Endpoint
    from tap_moco.sandbox.filters import Test
    from tap_moco.sandbox.model import Record
    from tap_moco.sandbox.question import Question


@dataclass(frozen=True)
class Behaviour:
    """What nobody knows of MOCO's lists, so that both ways can be had."""

    sort_fields: str = "documented"
    """Whether `id` and the times can be sorted by: `all`, `documented` (id of
    activities only), or `none`: `sort_by` is ignored everywhere."""
    inclusive: bool = False
    """Whether `updated_after` gives what was changed at that very time."""
    has_fixed_ties: bool = False
    """Whether equal rows come in the same order each time that a page is asked for;
    the next page may still have another one."""
    heeds_per_page: bool = True


@dataclass(frozen=True)
class ListRequest:
    """A list that is asked for."""

    endpoint: Endpoint
    question: Question
    behaviour: Behaviour

    @property
    def has_lone_date(self) -> bool:
        """Whether one of two dates is given that belong together."""
        given = FROM_TO.keys() & self.question.query.keys()
        return self.endpoint.pairs_dates and len(given) == 1

    def records(self, chance: random.Random) -> list[Record]:
        """Return the whole list in its order; equal records come in any order."""
        found = list(self.question.account.records[self.endpoint.collection].values())
        for test in self._tests():
            found = list(filter(test, found))
        order = self._order()
        if (name := order.lstrip("-")) != "id":
            if self.behaviour.has_fixed_ties:
                chance = random.Random(str(sorted(self.question.query.items())))
            chance.shuffle(found)
            found.sort(key=lambda record: _comparable(record[name]))
        return found[::-1] if order.startswith("-") else found

    def _tests(self) -> Iterator[Test]:
        endpoint, question = self.endpoint, self.question
        asked, filters = dict(question.query), dict(endpoint.filters)
        if endpoint.parent:
            yield lambda record: bool(record[endpoint.parent] == question.id)
        if endpoint.only:
            yield partial(endpoint.only, question.account)
        if endpoint.shows and asked.get(endpoint.shows) != "true":
            yield is_shown
        if endpoint.by_ids and not endpoint.parent:
            filters["ids"] = one_of("id")
        if endpoint.by_change:
            filters["updated_after"] = changed_after(inclusive=self.behaviour.inclusive)
        if endpoint.this_year:
            asked.setdefault("year", str(question.account.today().year))
        for name in filters.keys() & asked.keys():
            with suppress(ValueError):
                yield filters[name](asked[name])

    def _order(self) -> str:
        """Return what the list is sorted by."""
        name, fields = (
            self.question.query.get("sort_by", ""),
            self.behaviour.sort_fields,
        )
        documented = name == "id" and self.endpoint.path == "/activities"
        known = name in {"id", *STAMP_FIELDS} if fields == "all" else documented
        is_heeded = self.endpoint.sortable and known and fields != "none"
        return name if is_heeded else self.endpoint.order


def _comparable(value: object) -> tuple[int, object]:
    """Order numbers, texts, whatever a test put there, and nothing, which is last."""
    if value is None:
        return 3, ""
    if isinstance(value, str):
        return 1, value.casefold()
    return (0, value) if isinstance(value, int | float) else (2, str(value))

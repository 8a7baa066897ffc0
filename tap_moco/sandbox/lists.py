"""Which records a list holds, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.account import STAMP_FIELDS
from tap_moco.sandbox.filters import After, Equal
from tap_moco.sandbox.sources import Binder

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.endpoints.base import Endpoint
    from tap_moco.sandbox.filters import Filter, Test
    from tap_moco.sandbox.sources import Reader, Record

PAGING = frozenset({"page", "per_page"})
IDS = Equal("id", several=True)


@dataclass(frozen=True)
class Behaviour:
    """What nobody knows of MOCO's lists, so that both ways can be had."""

    sort_fields: str = "documented"
    """Whether `id` and the times can be sorted by: `all`, `documented` (id of
    activities only), or `none`: `sort_by` is ignored everywhere."""
    inclusive: bool = False
    """Whether `updated_after` gives what was changed at that very time."""


@dataclass
class Listing:
    """The ids of a list in order, and what they were ordered by."""

    ids: list[int]
    keys: list[Any] | None = None
    """None where ties cannot be."""

    def page(self, start: int, count: int, shuffler: random.Random) -> list[int]:
        """Return a part of the list; equal records come in any order."""
        stop = min(start + count, len(self.ids))
        if self.keys is None or start >= stop:
            return self.ids[start:stop]
        low, high, keys = start, stop, self.keys
        while low and keys[low - 1] == keys[start]:
            low -= 1
        while high < len(keys) and keys[high] == keys[stop - 1]:
            high += 1
        mixed: list[int] = []
        for _, places in groupby(range(low, high), key=keys.__getitem__):
            equals = [self.ids[place] for place in places]
            if len(equals) > 1:
                shuffler.shuffle(equals)
            mixed += equals
        return mixed[start - low : stop - low]


class Lists:
    """Every list of an account."""

    def __init__(self, account: Account, behaviour: Behaviour) -> None:
        """Prepare to list an account's records."""
        self._account = account
        self._behaviour = behaviour

    def get(
        self, endpoint: Endpoint, parents: tuple[int, ...], query: Mapping[str, str]
    ) -> Listing:
        """Return the records that a query asks for."""
        asked = {name: text for name, text in query.items() if name not in PAGING}
        asked = {**self._assumed(endpoint), **asked}
        return self._make(endpoint, parents, asked)

    def _assumed(self, endpoint: Endpoint) -> dict[str, str]:
        year = self._account.today().year
        return {n: text.format(year=year) for n, text in endpoint.defaults.items()}

    def _make(
        self, endpoint: Endpoint, parents: tuple[int, ...], asked: dict[str, str]
    ) -> Listing:
        account, collection = self._account, endpoint.collection
        binder = Binder(collection, account.shapes)
        tests = self._tests(endpoint, binder, asked)
        records = account.records[collection]
        ids = account.ids(collection)
        if endpoint.parent:
            children = account.index(collection, endpoint.parent).get(parents[0], ())
            ids = sorted(children)
        elif endpoint.by_ids and "ids" in asked:  # spares looking at all the others
            ids = sorted(_numbers(asked["ids"]) & records.keys())
        found = [
            records[number]
            for number in ids
            if all(test(account, records[number]) for test in tests)
        ]
        return self._ordered(endpoint, binder, found, asked.get("sort_by", ""))

    def _tests(
        self, endpoint: Endpoint, binder: Binder, asked: dict[str, str]
    ) -> list[Test]:
        ignored = set()
        if not all(name in asked for name in endpoint.together):
            ignored = set(endpoint.together)
        tests = [
            known.test(binder, text)
            for name, text in asked.items()
            if text and name not in ignored and (known := self._filter(endpoint, name))
        ]
        tests += [
            _holds(binder.value(path), wanted) for path, wanted in endpoint.only.items()
        ]
        if endpoint.shows and asked.get(endpoint.shows) != "true":
            tests.append(_is_shown)
        return [test for test in tests if test is not None]

    def _filter(self, endpoint: Endpoint, name: str) -> Filter | None:
        if name == "ids":
            return IDS if endpoint.by_ids else None
        if name == "updated_after" and endpoint.updated_after:
            return After(self._behaviour.inclusive)
        return endpoint.filters.get(name)

    def _ordered(
        self, endpoint: Endpoint, binder: Binder, found: list[Record], sort_by: str
    ) -> Listing:
        name, descending = sort_by, False
        if not self._sorts(endpoint, name):
            name = endpoint.order.lstrip("-")
            descending = endpoint.order.startswith("-")
        if name == "id":
            if descending:
                found.reverse()
            return Listing([record["id"] for record in found])
        key = _sort_key(name, binder)
        decorated = [(key(self._account, record), record["id"]) for record in found]
        decorated.sort(reverse=descending)
        return Listing(
            [number for _, number in decorated],
            [value for value, _ in decorated],
        )

    def _sorts(self, endpoint: Endpoint, name: str) -> bool:
        wanted = self._behaviour.sort_fields
        if not endpoint.sortable or wanted == "none":
            return False
        documented = name == "id" and endpoint.path == "/activities"
        return documented or (wanted == "all" and name in {"id", *STAMP_FIELDS})


def _numbers(text: str) -> set[int]:
    return {int(word) for word in text.split(",") if word.isdecimal()}


def _holds(value: Reader, wanted: object) -> Test:
    return lambda account, record: bool(value(account, record) == wanted)


def _is_shown(_account: Account, record: Record) -> bool:
    return record.get("active", True) and record.get("status") != "disregarded"


def _sort_key(name: str, binder: Binder) -> Callable[[Account, Record], Any]:
    if name in STAMP_FIELDS:  # finer than payloads show
        return lambda _account, record: record[name]
    read = binder.value(name)

    def key(account: Account, record: Record) -> tuple[bool, Any]:
        value = read(account, record)
        comparable = value if isinstance(value, (int, float)) else str(value).casefold()
        return (value is None, comparable)

    return key

"""What a collection of records is: its keys, its fields, and how each is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
STAMP_FIELDS = ("created_at", "updated_at")
FIRST_IDS = 10_000_000
"""Each collection has its own range of ids, so that no id fits two of them."""

Fields = dict[str, object]
Fresh = Callable[[date, int], object]
"""Makes a value of the day and the id of a new record."""
Row = dict[str, Any]
"""Fields by name: of a record, or as a payload shows them."""
Trim = Callable[[Row], Row]
"""Takes away what some payloads do not have, not even as null."""


def micros(moment: datetime | str | int) -> int:
    """Return the microseconds since the epoch of a time, an ISO text, or just that."""
    if isinstance(moment, int):
        return moment
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return (aware - EPOCH) // timedelta(microseconds=1)


class Record(Row):
    """Every stored field of a record, both times and its keys, in sight of the others.

    It never changes in place, so that whoever holds an old version sees it.
    """

    __slots__ = ("kind", "store")

    def __init__(self, store: Store, kind: Collection, fields: Row) -> None:
        """Take the fields, and know where the others are."""
        super().__init__(fields)
        self.store, self.kind = store, kind

    def shown(self, name: str) -> Any:
        """Return a field as a payload shows it."""
        reader = self.kind.readers.get(name)
        return reader(self) if reader else self[name]

    def follow(self, path: str) -> Record | None:
        """Return what lies at the end of some foreign keys, joined by dots."""
        name, _, rest = path.partition(".")
        found = self.store.records[self.kind.keys[name].target].get(self[name])
        return found.follow(rest) if found and rest else found

    def children(self, collection: str) -> list[Record]:
        """Return the records of a collection whose first such key names this one."""
        keys = self.store.collections[collection].keys.items()
        name = next(name for name, key in keys if key.target == self.kind.name)
        return [one for one in self.store.all(collection) if one[name] == self["id"]]

    def pick(self, names: str, **more: Reader) -> Row:
        """Return some fields, separated by spaces, and what else is derived."""
        picked = {name: self.shown(name) for name in names.split()}
        return picked | {name: read(self) for name, read in more.items()}

    def payload(self, *, single: bool = False) -> Row:
        """Return the representation in lists, or the single one."""
        names = self.kind.single_names if single else self.kind.list_names
        row = {name: self.shown(name) for name in names}
        row |= self.store.added[self.kind.name]
        return self.kind.trim(row) if self.kind.trim else row


Reader = Callable[[Record], Any]


@dataclass(frozen=True)
class Key:
    """A foreign key: where it leads, how it is shown, and what becomes of it."""

    target: str
    names: str = ""
    """The fields of the target that a payload shows, `*` for all."""
    more: Mapping[str, Reader] = field(default_factory=dict)
    """What else is derived from the target."""
    absent: object = None
    """What is shown where the key leads nowhere."""
    filled: bool = False
    """An insert that leaves it out gets some record of the target."""
    cascades: bool = False
    """The record is deleted with its target; otherwise the key becomes null."""

    def show(self, record: Record, path: str) -> object:
        """Show some fields of what lies at the end of a path of foreign keys."""
        end = record.follow(path)
        if end is None:
            return self.absent
        return end.payload() if self.names == "*" else end.pick(self.names, **self.more)


@dataclass(frozen=True)
class Stored:
    """A field that a record stores, and that is special in some way."""

    default: object = None
    fresh: Fresh | None = None
    """Makes the value at insert."""
    show: Callable[[str], Reader] | None = None
    """Makes what shows the field of a name, where that is not what is stored."""
    is_hidden: bool = False


class Collection:
    """Records of one kind: what they store, and how it is shown."""

    def __init__(
        self, name: str, fields: Fields, single_only: str = "", trim: Trim | None = None
    ) -> None:
        """Take the fields apart.

        A field is a `Key`, which is shown as an id if its name says so; a function
        that derives what is shown; `Stored`; or else the default of what is stored.
        """
        self.name, self.trim = name, trim
        self.keys: dict[str, Key] = {}
        self.defaults: Row = {}
        self.fresh: dict[str, Fresh] = {}
        self.readers: dict[str, Reader] = {}
        self.single_names = ["id"]
        for field_name, given in fields.items():
            is_shown = True
            if isinstance(given, Key):
                stored = f"{field_name.removesuffix('_id')}_id"
                self.keys[stored], self.defaults[stored] = given, None
                is_shown = bool(given.names) or field_name == stored
                if given.names:
                    self.readers[field_name] = partial(given.show, path=stored)
            elif callable(given):
                self.readers[field_name] = given
            elif isinstance(given, Stored):
                self.defaults[field_name] = given.default
                is_shown = not given.is_hidden
                if given.fresh:
                    self.fresh[field_name] = given.fresh
                if given.show:
                    self.readers[field_name] = given.show(field_name)
            else:
                self.defaults[field_name] = given
            if is_shown:
                self.single_names.append(field_name)
        left_out = single_only.split()
        self.list_names = [n for n in self.single_names if n not in left_out]


class Store:
    """The records of all collections, in the order of their ids.

    Watchers are told each change: the collection, create, update or delete, and the
    record in its single representation, or its id alone.
    """

    def __init__(self, collections: Mapping[str, Collection]) -> None:
        """Start without records."""
        self.collections = collections
        self.records: dict[str, dict[int, Record]] = {name: {} for name in collections}
        self.added: dict[str, Row] = {name: {} for name in collections}
        """Fields that all records of a collection got later, with their values."""
        self.last_ids = {n: FIRST_IDS * i for i, n in enumerate(collections, 1)}
        self.watchers: list[Callable[[str, str, Row], None]] = []

    def snapshot(self) -> Callable[[], None]:
        """Return what brings all of this back."""
        records = {name: dict(table) for name, table in self.records.items()}
        added = {name: dict(fields) for name, fields in self.added.items()}
        last_ids = dict(self.last_ids)

        def restore() -> None:
            self.records = {name: dict(table) for name, table in records.items()}
            self.added = {name: dict(fields) for name, fields in added.items()}
            self.last_ids = dict(last_ids)

        return restore

    def ids(self, collection: str) -> list[int]:
        """Return the ids of a collection, in order."""
        return list(self.records[collection])

    def all(self, collection: str) -> list[Record]:
        """Return the records of a collection, in the order of their ids."""
        return list(self.records[collection].values())

    def get(self, collection: str, number: int) -> Record:
        """Return a record, or raise KeyError."""
        record = self.records[collection].get(number)
        if record is None:
            raise KeyError(f"{collection} has no record {number}")
        return record

    def put(self, collection: str, fields: Row) -> Record:
        """Write a record in place of what has its id; every change comes here."""
        number = fields["id"]
        event = "update" if number in self.records[collection] else "create"
        record = Record(self, self.collections[collection], fields)
        self.records[collection][number] = record
        for watcher in self.watchers:
            watcher(collection, event, record.payload(single=True))
        return record

    def drop(self, collection: str, number: int) -> None:
        """Remove a record; every removal comes here."""
        del self.records[collection][number]
        for watcher in self.watchers:
            watcher(collection, "delete", {"id": number})

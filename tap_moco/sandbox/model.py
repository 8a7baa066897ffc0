"""What a collection of records is: its keys, its fields, and how each is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import Any, NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
STAMP_FIELDS = ("created_at", "updated_at")
FIRST_IDS = 10_000_000
"""Each collection has its own range of ids, so that no id fits two of them."""

Fields = dict[str, object]
Fresh = Callable[[date, int], object]
"""Makes a value of the day and the id of a new record."""
Record = dict[str, Any]
"""Holds every stored field of its collection, the foreign keys and both times."""


def micros(moment: datetime) -> int:
    """Return the microseconds since the epoch."""
    return (moment - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Key:
    """A foreign key: where it leads, how it is shown, and what becomes of it."""

    target: str
    shown: str = ""
    """The fields of the target that a payload shows."""
    more: Mapping[str, Reader] = field(default_factory=dict)
    """What else is derived from the target."""
    absent: object = None
    """What is shown where the key leads nowhere."""
    filled: bool = False
    """An insert that leaves it out gets some record of the target."""
    cascades: bool = False
    """The record is deleted with its target; otherwise the key becomes null."""


may_have = Key
"""Names what a record has only where an insert says so."""
has = partial(Key, filled=True)
"""Names what a record has, unless that gets deleted."""
part_of = partial(Key, filled=True, cascades=True)
"""Names what a record belongs to, and is deleted with."""


@dataclass(frozen=True)
class Stored:
    """A field that a record stores, and that is special in some way."""

    default: object = None
    fresh: Fresh | None = None
    """Makes the value at insert."""
    show: Reader | None = None
    """Makes what is shown, where that is not what is stored."""
    is_hidden: bool = False


class Collection:
    """Records of one kind.

    Attributes:
        name: As the stream's that reads them.
        keys: The foreign keys, by the names under which records store them.
        defaults: What a record stores unless given otherwise.
        fresh: Makes what it stores otherwise of the day and the id.
        readers: Make the fields that are not shown as they are stored.
        single_names: The fields of the single representation.
        list_names: The fields of the representation in lists.
        trim: Takes away what some payloads do not have, not even as null.
    """

    def __init__(
        self,
        name: str,
        fields: Fields,
        *,
        single_only: str = "",
        trim: Callable[[Record], Record] | None = None,
    ) -> None:
        """Take the fields apart.

        A field is a `Key`, which is shown as an id if its name says so; a function
        that derives what is shown; `Stored`; or else the default of what is stored.
        """
        self.name, self.trim = name, trim
        self.keys: dict[str, Key] = {}
        self.defaults: Record = {}
        self.fresh: dict[str, Fresh] = {}
        self.readers: dict[str, Reader] = {}
        self.single_names = ["id"]
        for field_name, given in fields.items():
            if isinstance(given, Key):
                self._add_key(field_name, given)
            elif callable(given):
                self.readers[field_name] = given
                self.single_names.append(field_name)
            else:
                stored = given if isinstance(given, Stored) else Stored(given)
                self._add_stored(field_name, stored)
        left_out = single_only.split()
        self.list_names = [n for n in self.single_names if n not in left_out]

    def _add_key(self, name: str, key: Key) -> None:
        stored = f"{name.removesuffix('_id')}_id"
        self.keys[stored], self.defaults[stored] = key, None
        if key.shown:
            self.readers[name] = ref(key.shown, stored, key.absent, **key.more)
        if key.shown or name == stored:
            self.single_names.append(name)

    def _add_stored(self, name: str, stored: Stored) -> None:
        self.defaults[name] = stored.default
        if stored.fresh:
            self.fresh[name] = stored.fresh
        if stored.show:
            self.readers[name] = stored.show
        if not stored.is_hidden:
            self.single_names.append(name)


class Store:
    """The records of all collections.

    Attributes:
        records: By collection and id, in the order of their ids.
        added: Fields that all records of a collection got later, with their values.
        last_ids: Of each collection; no id is used twice.
        watchers: Are told each change: the collection, create, update or delete, and
            the record in its single representation, or its id alone.
    """

    def __init__(self, collections: Mapping[str, Collection]) -> None:
        """Start without records."""
        self.collections = collections
        self.records: dict[str, dict[int, Record]] = {name: {} for name in collections}
        self.added: dict[str, Record] = {name: {} for name in collections}
        self.last_ids = {n: FIRST_IDS * i for i, n in enumerate(collections, 1)}
        self.watchers: list[Callable[[str, str, Record], None]] = []

    def snapshot(self) -> Callable[[], None]:
        """Return what brings all of this back; records never change in place."""
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

    def get(self, collection: str, number: int) -> Record:
        """Return a record, or raise KeyError."""
        record = self.records[collection].get(number)
        if record is None:
            raise KeyError(f"{collection} has no record {number}")
        return record

    def put(self, collection: str, record: Record) -> None:
        """Write a record in place of what has its id; every change comes here."""
        event = "update" if record["id"] in self.records[collection] else "create"
        self.records[collection][record["id"]] = record
        for watcher in self.watchers:
            whole = self.entity(collection, record["id"]).payload(single=True)
            watcher(collection, event, whole)

    def drop(self, collection: str, number: int) -> None:
        """Remove a record; every removal comes here."""
        del self.records[collection][number]
        for watcher in self.watchers:
            watcher(collection, "delete", {"id": number})

    def entities(
        self, collection: str, key: str = "", value: object = None
    ) -> list[Entity]:
        """Return the records of a collection, or those whose key has a value."""
        kind, records = self.collections[collection], self.records[collection].values()
        return [
            Entity(self, kind, record)
            for record in records
            if not key or record[key] == value
        ]

    def payloads(
        self, collection: str, records: Iterable[Record], *, single: bool = False
    ) -> list[Record]:
        """Return how some records of a collection are shown."""
        kind = self.collections[collection]
        return [Entity(self, kind, record).payload(single=single) for record in records]

    def entity(self, collection: str, number: int) -> Entity:
        """Return a record, or raise KeyError."""
        return Entity(self, self.collections[collection], self.get(collection, number))

    def find(self, collection: str, number: int | None) -> Entity | None:
        """Return a record, if there is one."""
        known = number in self.records[collection]
        return self.entity(collection, number) if number and known else None


class Entity(NamedTuple):
    """A record in sight of all the others."""

    store: Store
    kind: Collection
    record: Record

    def field(self, name: str) -> Any:
        """Return a field as a payload shows it."""
        reader = self.kind.readers.get(name)
        return reader(self) if reader else self.record[name]

    def follow(self, path: str) -> Entity | None:
        """Return what lies at the end of some foreign keys, joined by dots."""
        entity: Entity | None = self
        for key in path.split("."):
            if entity is None:
                return None
            target = entity.kind.keys[key].target
            entity = self.store.find(target, entity.record[key])
        return entity

    def children(self, collection: str, key: str) -> list[Entity]:
        """Return the records of a collection whose key names this one."""
        return self.store.entities(collection, key, self.record["id"])

    def pick(self, names: str, **more: Reader) -> Record:
        """Return some fields, separated by spaces, and what else is derived."""
        picked = {name: self.field(name) for name in names.split()}
        return {**picked, **{name: reader(self) for name, reader in more.items()}}

    def payload(self, *, single: bool = False) -> Record:
        """Return the representation in lists, or the single one."""
        names = self.kind.single_names if single else self.kind.list_names
        row = {name: self.field(name) for name in names}
        row.update(self.store.added[self.kind.name])
        return self.kind.trim(row) if self.kind.trim else row


Reader = Callable[[Entity], Any]


def ref(shown: str, path: str, absent: object = None, **more: Reader) -> Reader:
    """Show some fields of what lies at the end of a path of foreign keys."""

    def read(entity: Entity) -> object:
        end = entity.follow(path)
        return absent if end is None else end.pick(shown, **more)

    return read

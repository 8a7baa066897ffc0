"""What a collection of records is: its keys, its fields, and how each is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple, TypeVar

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
STAMP_FIELDS = ("created_at", "updated_at")
FIRST_IDS = 10_000_000
"""Each collection has its own range of ids, so that no id fits two of them."""

T = TypeVar("T")
Fields = dict[str, object]
Record = dict[str, Any]
"""Holds every stored field of its collection, the foreign keys and both times."""


def micros(moment: datetime) -> int:
    """Return the microseconds since the epoch."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """Return the time that is so many microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


RAW = "raw"
"""Shows a foreign key as the id that it is, under its own name."""


@dataclass(frozen=True)
class Key:
    """A foreign key: where it leads, how it is shown, and what becomes of it."""

    target: str
    shown: str = ""
    """The fields of the target that a payload shows; `RAW`, or nothing at all."""
    more: Mapping[str, Reader] = field(default_factory=dict)
    absent: object = None
    """What is shown where the key leads nowhere."""
    filled: bool = False
    """An insert that leaves it out gets some record of the target."""
    cascades: bool = False
    """The record is deleted with its target; otherwise the key becomes null."""


@dataclass(frozen=True)
class Stored:
    """A field that a record stores, and that is special in some way."""

    default: object = None
    fresh: Callable[[date, int], object] | None = None
    """Makes the value at insert, of the day and the id."""
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

        A field is a `Key`, stored under its name and `_id`; a function that derives
        what is shown; `Stored`; or else the default of what is stored.
        """
        self.name, self.trim = name, trim
        self.keys = {f"{n}_id": f for n, f in fields.items() if isinstance(f, Key)}
        self.defaults: Record = dict.fromkeys(self.keys)
        self.fresh: dict[str, Callable[[date, int], object]] = {}
        self.readers: dict[str, Reader] = {}
        self.single_names = ["id"]
        for field_name, given in fields.items():
            if isinstance(given, Key):
                self._add_key(field_name, given)
            else:
                self._add(field_name, given)
        left_out = single_only.split()
        self.list_names = [n for n in self.single_names if n not in left_out]

    def _add_key(self, name: str, key: Key) -> None:
        if key.shown == RAW:
            self.single_names.append(f"{name}_id")
        elif key.shown:
            self.readers[name] = _reader(name, key)
            self.single_names.append(name)

    def _add(self, name: str, given: object) -> None:
        if callable(given):
            self.readers[name] = given
        else:
            stored = given if isinstance(given, Stored) else Stored(given)
            self.defaults[name] = stored.default
            if stored.fresh:
                self.fresh[name] = stored.fresh
            if stored.show:
                self.readers[name] = stored.show
            if stored.is_hidden:
                return
        self.single_names.append(name)


def _reader(name: str, key: Key) -> Reader:
    def read(entity: Entity) -> object:
        end = entity.follow(f"{name}_id")
        return key.absent if end is None else end.pick(key.shown, **key.more)

    return read


class Store:
    """The records of all collections.

    Attributes:
        records: By collection and id, in the order of their ids.
        added: Fields that all records of a collection got later, with their values.
        watchers: Are told each change: the collection, create, update or delete, and
            the record in its single representation, or its id alone.
    """

    def __init__(self, collections: Mapping[str, Collection]) -> None:
        """Start without records."""
        self.collections = collections
        self.records: dict[str, dict[int, Record]] = {name: {} for name in collections}
        self.added: dict[str, Record] = {name: {} for name in collections}
        self.watchers: list[Callable[[str, str, Record], None]] = []
        self._last_ids = {
            name: FIRST_IDS * number for number, name in enumerate(collections, 1)
        }

    def snapshot(self) -> Snapshot:
        """Return what `restore` brings back; records are never changed in place."""
        return (_copy(self.records), _copy(self.added), dict(self._last_ids))

    def restore(self, snapshot: Snapshot) -> None:
        """Hold what a snapshot holds, and nothing else."""
        records, added, last_ids = snapshot
        self.records, self.added = _copy(records), _copy(added)
        self._last_ids = dict(last_ids)

    def add_field(self, collection: str, name: str, default: object) -> None:
        """Let every record of a collection have one more field from now on."""
        self.added[collection][name] = default

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
            watcher(
                collection, event, self.payloads(collection, [record], single=True)[0]
            )

    def drop(self, collection: str, number: int) -> None:
        """Remove a record; every removal comes here."""
        del self.records[collection][number]
        for watcher in self.watchers:
            watcher(collection, "delete", {"id": number})

    def next_id(self, collection: str) -> int:
        """Return an id that was never used."""
        self._last_ids[collection] += 1
        return self._last_ids[collection]

    def entities(self, collection: str, key: str = "", parent: int = 0) -> list[Entity]:
        """Return a collection, or what of it belongs to a parent."""
        kind = self.collections[collection]
        records: Iterable[Record] = self.records[collection].values()
        if key:
            records = [record for record in records if record[key] == parent]
        return [Entity(self, kind, record) for record in records]

    def payloads(
        self, collection: str, records: Iterable[Record], *, single: bool = False
    ) -> list[Record]:
        """Return how some records of a collection are shown."""
        kind = self.collections[collection]
        return [Entity(self, kind, record).payload(single=single) for record in records]

    def references(self, collection: str) -> Iterator[tuple[str, str, bool]]:
        """Yield the keys that lead here: collection, field, whether it cascades."""
        for child, kind in self.collections.items():
            for name, key in kind.keys.items():
                if key.target == collection:
                    yield child, name, key.cascades

    def entity(self, collection: str, number: int) -> Entity:
        """Return a record, or raise KeyError."""
        return Entity(self, self.collections[collection], self.get(collection, number))

    def find(self, collection: str, number: int | None) -> Entity | None:
        """Return a record, if there is one."""
        known = number in self.records[collection]
        return self.entity(collection, number) if number and known else None


Snapshot = tuple[dict[str, dict[int, Record]], dict[str, Record], dict[str, int]]


def _copy(tables: dict[str, dict[T, Any]]) -> dict[str, dict[T, Any]]:
    return {name: dict(table) for name, table in tables.items()}


class Entity(NamedTuple):
    """A record in sight of all the others."""

    store: Store
    kind: Collection
    record: Record

    def field(self, name: str) -> Any:
        """Return a field as a payload shows it."""
        reader = self.kind.readers.get(name)
        return reader(self) if reader else self.record[name]

    def parent(self, key: str) -> Entity:
        """Return what a key names that always leads somewhere."""
        return self.store.entity(self.kind.keys[key].target, self.record[key])

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
        row.update(self.store.added.get(self.kind.name, {}))
        return self.kind.trim(row) if self.kind.trim else row


Reader = Callable[[Entity], Any]


def part_of(target: str, shown: str = "", **more: Reader) -> Key:
    """Name what a record belongs to, and is deleted with."""
    return Key(target, shown, more, filled=True, cascades=True)


def has(target: str, shown: str = "", **more: Reader) -> Key:
    """Name what a record has, unless that gets deleted."""
    return Key(target, shown, more, filled=True)


def may_have(
    target: str, shown: str = "", *, absent: object = None, **more: Reader
) -> Key:
    """Name what a record has only where an insert says so."""
    return Key(target, shown, more, absent)

"""What a collection of records is: its keys, its fields, and how each is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from typing import Any, NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
STAMP_FIELDS = ("created_at", "updated_at")
FIRST_IDS = 10_000_000
"""Each collection has its own range of ids, so that no id fits two of them."""

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


TYPES = {
    "Assignment": "projects",
    "Company": "companies",
    "Contact": "contacts",
    "Deal": "deals",
    "Invoice": "invoices",
    "Offer": "offers",
    "Project": "projects",
    "ProjectGroup": "project_groups",
    "Purchase": "purchases",
    "PurchaseDraft": "purchase_drafts",
    "User": "users",
    "invoice": "invoices",
    "purchase": "purchases",
}
"""The collection of each type that a polymorphic key names."""


@dataclass(frozen=True)
class Fresh:
    """A stored field whose value at insert depends on the day and the id."""

    make: Callable[[date, int], object]


@dataclass(frozen=True)
class Stored:
    """A stored field that a payload shows in another form, or not at all."""

    default: object = None
    show: Reader | None = None


@dataclass(frozen=True, eq=False)
class Collection:
    """Records of one kind.

    A field is a `Key`, which a record stores under its name and `_id`; the default
    of what a record stores; `Fresh` or `Stored`; or a function that derives what is
    shown.
    """

    name: str
    fields: Fields
    polymorphic: str = ""
    """`X`, where the fields `X_type` and `X_id` name a record of any collection."""
    single_only: frozenset[str] = frozenset()
    """Fields that a list leaves out."""
    trim: Callable[[Record], Record] | None = None
    """Takes away fields that some payloads do not have, not even as null."""

    @cached_property
    def keys(self) -> dict[str, Key]:
        """The foreign keys, by the names under which records store them."""
        return {f"{n}_id": f for n, f in self.fields.items() if isinstance(f, Key)}

    @cached_property
    def fresh(self) -> dict[str, Fresh]:
        """The fields that get their value at insert."""
        return {n: f for n, f in self.fields.items() if isinstance(f, Fresh)}

    @cached_property
    def defaults(self) -> Record:
        """What a record stores unless told otherwise."""
        found: Record = dict.fromkeys(self.keys)
        for name, given in self.fields.items():
            if isinstance(given, Stored):
                found[name] = given.default
            elif not callable(given) and not isinstance(given, (Key, Fresh)):
                found[name] = given
        return found

    @cached_property
    def readers(self) -> dict[str, Reader]:
        """The fields that are not shown as they are stored."""
        found: dict[str, Reader] = {}
        for name, given in self.fields.items():
            if isinstance(given, Key):
                found[name] = _reader(name, given)
            elif isinstance(given, Stored) and given.show:
                found[name] = given.show
            elif callable(given):
                found[name] = given
        return found

    @cached_property
    def single_names(self) -> list[str]:
        """The fields of the single representation."""
        names = ["id"]
        for name, given in self.fields.items():
            if isinstance(given, Key) and given.shown:
                names.append(f"{name}_id" if given.shown == RAW else name)
            elif not isinstance(given, (Key, Stored)) or getattr(given, "show", None):
                names.append(name)
        return names

    @cached_property
    def list_names(self) -> list[str]:
        """The fields of the representation in lists."""
        return [name for name in self.single_names if name not in self.single_only]


def _reader(name: str, key: Key) -> Reader:
    def read(entity: Entity) -> object:
        end = entity.follow(f"{name}_id")
        return key.absent if end is None else end.short(key.shown, key.more)

    return read


class Snapshot(NamedTuple):
    """What a store holds; records themselves are never changed in place."""

    records: dict[str, dict[int, Record]]
    added: dict[str, Record]
    last_ids: dict[str, int]

    def copy(self) -> Snapshot:
        """Return one that later changes leave alone."""
        return Snapshot(
            {name: dict(found) for name, found in self.records.items()},
            {name: dict(fields) for name, fields in self.added.items()},
            dict(self.last_ids),
        )


class Store:
    """The records of all collections.

    Attributes:
        records: By collection and id, in the order of their ids.
        added: Fields that all records of a collection got later, with their values.
    """

    def __init__(self, collections: Mapping[str, Collection]) -> None:
        """Start without records."""
        self.collections = collections
        ids = {name: FIRST_IDS * n for n, name in enumerate(collections, 1)}
        self.restore(
            Snapshot({name: {} for name in ids}, {name: {} for name in ids}, ids)
        )

    def snapshot(self) -> Snapshot:
        """Return what `restore` brings back."""
        return Snapshot(self.records, self.added, self._last_ids).copy()

    def restore(self, snapshot: Snapshot) -> None:
        """Hold what a snapshot holds, and nothing else."""
        self.records, self.added, self._last_ids = snapshot.copy()

    def ids(self, collection: str) -> list[int]:
        """Return the ids of a collection, in order."""
        return list(self.records[collection])

    def get(self, collection: str, number: int) -> Record:
        """Return a record.

        Raises:
            KeyError: There is none.
        """
        record = self.records[collection].get(number)
        if record is None:
            raise KeyError(f"{collection} has no record {number}")
        return record

    def put(self, collection: str, record: Record) -> None:
        """Write a record in place of what has its id; every change comes here."""
        self.records[collection][record["id"]] = record

    def drop(self, collection: str, number: int) -> None:
        """Remove a record; every removal comes here."""
        del self.records[collection][number]

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
            if kind.polymorphic and collection in TYPES.values():
                yield child, f"{kind.polymorphic}_id", True

    def find(self, collection: str, number: int | None) -> Entity | None:
        """Return a record, if there is one."""
        record = self.records[collection].get(number or 0)
        return Entity(self, self.collections[collection], record) if record else None


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

    def target(self) -> Entity | None:
        """Return the record that the polymorphic key names."""
        name = self.kind.polymorphic
        collection = TYPES[self.record[f"{name}_type"]]
        return self.store.find(collection, self.record[f"{name}_id"])

    def children(self, collection: str, key: str) -> list[Entity]:
        """Return the records of a collection whose key names this one."""
        return self.store.entities(collection, key, self.record["id"])

    def pick(self, names: str) -> Record:
        """Return some fields; their names are separated by spaces."""
        return {name: self.field(name) for name in names.split()}

    def short(self, names: str, more: Mapping[str, Reader]) -> Record:
        """Return some fields, and what others derive from this record."""
        return {**self.pick(names), **{n: reader(self) for n, reader in more.items()}}

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

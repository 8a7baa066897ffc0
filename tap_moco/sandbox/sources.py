"""What a field of a payload is made of where the record does not simply hold it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from tap_moco.sandbox.keys import KEYS, NESTED_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_moco.sandbox.account import Account

    Record = dict[str, Any]
    Reader = Callable[[Account, Record], Any]
    Shape = Mapping[str, object]

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SIGNATURE = "@@signature@@"
"""Stands in every signed URL until the moment a response is sent."""


def micros(moment: datetime) -> int:
    """Return the microseconds since the epoch."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """Return the time that is so many microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


class Source:
    """A field that is derived; `bind` gives the function that derives it."""

    own: ClassVar[bool] = False
    """The record holds the value itself, under the field's name."""

    def bind(self, binder: Binder, name: str) -> Reader:
        """Return the function that reads this field out of a record."""
        raise NotImplementedError


@dataclass(frozen=True)
class Binder:
    """Turns shapes and paths of one collection into functions."""

    collection: str
    shapes: Mapping[str, Shape]

    def at(self, collection: str) -> Binder:
        """Return the binder of another collection."""
        return replace(self, collection=collection)

    def pick(self, names: tuple[str, ...]) -> Shape:
        """Return the part of this collection's shape that has these names."""
        shape = self.shapes.get(self.collection, {})
        sources = {name: shape.get(name) for name in names}
        return {
            name: source.default if isinstance(source, Hidden) else source
            for name, source in sources.items()
        }

    def row(self, shape: Shape) -> Reader:
        """Return the function that makes a payload of this shape."""
        plain = [(n, d) for n, d in shape.items() if not isinstance(d, Source)]
        derived = [
            (name, source.bind(self, name))
            for name, source in shape.items()
            if isinstance(source, Source) and not isinstance(source, Hidden)
        ]

        def read(account: Account, record: Record) -> Record:
            row = {name: record.get(name, default) for name, default in plain}
            for name, reader in derived:
                row[name] = reader(account, record)
            return row

        return read

    def value(self, path: str) -> Reader:
        """Return the function that reads `key_id.key_id.field` of a record."""
        *keys, name = path.split(".")
        if keys:
            return self.through(keys, lambda end: end.value(name))
        default = self.pick((name,))[name]
        if isinstance(default, Source):
            return default.bind(self, name)
        return lambda _account, record: record.get(name, default)

    def through(
        self,
        keys: list[str],
        make: Callable[[Binder], Reader],
        empty: object = None,
    ) -> Reader:
        """Return a function that follows foreign keys and reads at their end."""
        binder, hops = self, []
        for key in keys:
            known = KEYS.get(binder.collection, {})
            target = known[key].target if key in known else NESTED_KEYS[key]
            hops.append((key, target))
            binder = binder.at(target)
        reader = make(binder)

        def read(account: Account, record: Record) -> object:
            at: Record | None = record
            for key, target in hops:
                at = account.records[target].get(record.get(key, 0))
                if at is None:
                    return empty
                record = at
            return reader(account, record)

        return read


@dataclass(frozen=True)
class Nested(Source):
    """An object made of the same record."""

    shape: Shape

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Shape the record."""
        return binder.row(self.shape)


@dataclass(frozen=True)
class Fresh(Source):
    """A plain field whose value at insert depends on the account or the id."""

    own = True
    make: Callable[[Account, int], object]

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Read the field as it is."""
        return lambda _account, record: record.get(name)


@dataclass(frozen=True)
class Hidden(Source):
    """A field that the account knows and no payload of its own shows."""

    own = True
    default: object = None

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Read the field as it is."""
        return lambda _account, record: record.get(name, self.default)


@dataclass(frozen=True)
class Ref(Source):
    """A short form of the record that a foreign key names."""

    names: tuple[str, ...] = ("id", "name")
    path: str = ""
    """Foreign keys, joined by dots; where empty, the field's name and `_id`."""
    extra: Mapping[str, object] = field(default_factory=dict)
    empty: object = None

    def bind(self, binder: Binder, name: str) -> Reader:
        """Follow the path and pick the names there."""
        keys = (self.path or f"{name}_id").split(".")
        return binder.through(
            keys,
            lambda end: end.row({**end.pick(self.names), **self.extra}),
            self.empty,
        )


@dataclass(frozen=True)
class Follow(Source):
    """A single value at the end of some foreign keys."""

    path: str

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Follow the path."""
        return binder.value(self.path)


@dataclass(frozen=True)
class Children(Source):
    """The records of another collection that point to this one."""

    collection: str
    key: str
    names: tuple[str, ...]
    extra: Mapping[str, object] = field(default_factory=dict)
    only_active: bool = False

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Look the children up in the index of their foreign key."""
        end = binder.at(self.collection)
        reader = end.row({**end.pick(self.names), **self.extra})

        def read(account: Account, record: Record) -> list[object]:
            records = account.records[self.collection]
            children = account.index(self.collection, self.key).get(record["id"], ())
            return [
                reader(account, records[child])
                for child in children
                if not self.only_active or records[child].get("active", True)
            ]

        return read


@dataclass(frozen=True)
class FirstChild(Children):
    """The first record that points to this one, or null."""

    def bind(self, binder: Binder, name: str) -> Reader:
        """Take the first of the children."""
        children = super().bind(binder, name)
        return lambda account, record: next(iter(children(account, record)), None)


@dataclass(frozen=True)
class Items(Source):
    """Rows that lie inside the record."""

    own = True
    shape: Shape

    def bind(self, binder: Binder, name: str) -> Reader:
        """Shape every row."""
        reader = replace(binder, collection=f"{binder.collection}.{name}").row(
            self.shape
        )
        return lambda account, record: [
            reader(account, item) for item in record.get(name, ())
        ]


@dataclass(frozen=True)
class Ids(Source):
    """A list of ids, without those that are gone."""

    own = True
    collection: str

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Keep the ids that the collection still has."""
        return lambda account, record: [
            number
            for number in record.get(name, ())
            if number in account.records[self.collection]
        ]


@dataclass(frozen=True)
class Computed(Source):
    """Anything else."""

    compute: Callable[[Account, Record], object]

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Call the function."""
        return self.compute


@dataclass(frozen=True)
class Stamp(Source):
    """A time as MOCO prints it: `…Z`, cut to the second or the millisecond."""

    name: str
    precision: str = "seconds"

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Print the record's microseconds."""

        def read(_account: Account, record: Record) -> str:
            time = moment(record[self.name])
            return time.isoformat(timespec=self.precision)[:-6] + "Z"

        return read


@dataclass(frozen=True)
class Day(Source):
    """The day of a time."""

    name: str

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Print the record's microseconds."""
        return lambda _account, record: moment(record[self.name]).date().isoformat()


@dataclass(frozen=True)
class Text(Source):
    """A decimal that MOCO prints as a string."""

    own = True
    default: float = 0.0

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Print two digits."""
        return lambda _account, record: f"{float(record.get(name, self.default)):.2f}"


@dataclass(frozen=True)
class Signed(Source):
    """A URL of a file, good for minutes and different at each read."""

    path: str

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Give the URL, or null where the record says that it has no file."""
        url = f"https://files.sandbox.invalid/{self.path}?{SIGNATURE}"

        def read(_account: Account, record: Record) -> str | None:
            return url.format(**record) if record.get("has_file", True) else None

        return read


@dataclass(frozen=True)
class Link(Source):
    """A URL inside the account."""

    path: str

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Fill the record's id in."""
        url = f"https://sandbox.mocoapp.com/{self.path}"
        return lambda _account, record: url.format(**record)


@dataclass(frozen=True)
class Same(Source):
    """A second name of another field."""

    name: str

    def bind(self, binder: Binder, name: str) -> Reader:  # noqa: ARG002
        """Read the other field."""
        default = binder.pick((self.name,))[self.name]
        fallback = None if isinstance(default, Source) else default
        return lambda _account, record: record.get(self.name, fallback)


STAMPS: Shape = {"created_at": Stamp("created_at"), "updated_at": Stamp("updated_at")}
MILLISECOND_STAMPS: Shape = {
    "created_at": Stamp("created_at", "milliseconds"),
    "updated_at": Stamp("updated_at", "milliseconds"),
}
DAYS: Shape = {"created_on": Day("created_at"), "updated_on": Day("updated_at")}
PERSON = Ref(("id", "firstname", "lastname"))
NAMED = Ref()
TODAY = Fresh(lambda account, _id: account.today().isoformat())


def named(path: str) -> Ref:
    """Return the id and name of what is at the end of a path."""
    return Ref(NAMED.names, path)


def numbered(pattern: str) -> Fresh:
    """Return a field that carries the record's id, such as a number on paper."""
    return Fresh(lambda _account, number: pattern.format(number))

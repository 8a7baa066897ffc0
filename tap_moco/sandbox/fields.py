"""Words to declare fields with, and parts that many payloads are made of."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from tap_moco.sandbox.model import EPOCH, STAMP_FIELDS, Collection, Key, Record, Stored

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Fields, Fresh, Reader, Row

SIGNATURE = "@@signature@@"
"""Stands in every signed URL until the moment a response is sent."""
may_have = Key
"""Names what a record has only where an insert says so."""
has = partial(Key, filled=True)
"""Names what a record has, unless that gets deleted."""
part_of = partial(Key, filled=True, cascades=True)
"""Names what a record belongs to, and is deleted with."""


def ref(shown: str, path: str) -> Reader:
    """Show some fields of what lies at the end of a path of foreign keys."""
    return lambda record: (end := record.follow(path)) and end.pick(shown)


def null(names: str) -> Fields:
    """Declare fields, separated by spaces, that are null unless given otherwise."""
    return dict.fromkeys(names.split())


def hidden(default: object = None) -> Stored:
    """Declare a field that the account knows and no payload of its own shows."""
    return Stored(default, is_hidden=True)


def fresh(make: Fresh) -> Stored:
    """Declare a field whose value is made of the day and the record's id."""
    return Stored(fresh=make)


def numbered(pattern: str) -> Stored:
    """Declare a field that carries the record's id, such as a number on paper."""
    return fresh(lambda _today, number: pattern.format(number))


def text(default: float = 0.0) -> Stored:
    """Declare a decimal that MOCO prints as a string."""
    return Stored(default, show=lambda name: lambda one: f"{float(one[name]):.2f}")


def items(fields: Fields) -> Stored:
    """Declare rows that lie inside the record."""
    kind, names = Collection("", fields), " ".join(fields)

    def read(record: Record, name: str) -> list[Row]:
        rows = (Record(record.store, kind, kind.defaults | it) for it in record[name])
        return [row.pick(names) for row in rows]

    return Stored((), show=lambda name: partial(read, name=name))


def follow(path: str) -> Reader:
    """Show a single field at the end of a path: `key_id.key_id.field`."""
    keys, _, name = path.rpartition(".")
    return lambda record: (end := record.follow(keys)) and end.shown(name)


def children(collection: str, shown: str, **more: Reader) -> Reader:
    """Show the records of another collection that point to this one."""
    return lambda one: [it.pick(shown, **more) for it in one.children(collection)]


def first_child(collection: str, shown: str, **more: Reader) -> Reader:
    """Show the first record that points to this one, or null."""
    every = children(collection, shown, **more)
    return lambda record: next(iter(every(record)), None)


def same(name: str) -> Reader:
    """Show another field under a second name."""
    return lambda record: record.shown(name)


def whole_name(person: Record) -> str:
    """Show the name of a user or contact in a single field."""
    return f"{person['firstname']} {person['lastname']}"


def signed(path: str) -> Reader:
    """Show the URL of a file: good for minutes, and different at each read."""
    url = f"https://files.sandbox.invalid/{path}?{SIGNATURE}"
    return lambda one: url.format(**one) if one.get("has_file", True) else None


def link(path: str) -> Reader:
    """Show a URL inside the account."""
    return lambda record: f"https://sandbox.mocoapp.com/{path}".format(**record)


def stamp(name: str, precision: str = "seconds", length: int | None = None) -> Reader:
    """Show a time as MOCO prints it, or the day alone."""

    def read(record: Record) -> str:
        time = EPOCH + timedelta(microseconds=record[name])
        return (time.isoformat(timespec=precision)[:-6] + "Z")[:length]

    return read


NAMED, NUMBERED, PERSON = "id name", "id identifier title", "id firstname lastname"
USER, MAYBE_USER = has("users", PERSON), may_have("users", PERSON)
OWNER = part_of("users", PERSON)
"""The user to whom a record belongs, and with whom it is deleted."""
STAMPS = {name: stamp(name) for name in STAMP_FIELDS}
MILLISECOND_STAMPS = {name: stamp(name, "milliseconds") for name in STAMP_FIELDS}
DAYS = {f"{name[:-3]}_on": stamp(name, length=10) for name in STAMP_FIELDS}
TAGGED: Fields = {"tags": [], "custom_properties": {}}
TODAY = fresh(lambda today, _number: today.isoformat())

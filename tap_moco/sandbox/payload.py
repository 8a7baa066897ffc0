"""The parts that payloads are made of, and words to declare them with."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tap_moco.sandbox.model import (
    EPOCH,
    STAMP_FIELDS,
    Collection,
    Entity,
    Stored,
    has,
    may_have,
    part_of,
)

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Fields, Reader, Record

SIGNATURE = "@@signature@@"
"""Stands in every signed URL until the moment a response is sent."""
NAMED = "id name"
PERSON = "id firstname lastname"
NUMBERED = "id identifier title"
USER, MAYBE_USER = has("users", PERSON), may_have("users", PERSON)
OWNER = part_of("users", PERSON)
"""The user to whom a record belongs, and with whom it is deleted."""


def null(names: str) -> Fields:
    """Declare fields, separated by spaces, that are null unless given otherwise."""
    return dict.fromkeys(names.split())


def hidden(default: object = None) -> Stored:
    """Declare a field that the account knows and no payload of its own shows."""
    return Stored(default, is_hidden=True)


def numbered(pattern: str) -> Stored:
    """Declare a field that carries the record's id, such as a number on paper."""
    return Stored(fresh=lambda _today, number: pattern.format(number))


def text(name: str, default: float = 0.0) -> Stored:
    """Declare a decimal that MOCO prints as a string."""
    return Stored(default, show=lambda entity: f"{float(entity.record[name]):.2f}")


def items(name: str, fields: Fields) -> Stored:
    """Declare rows that lie inside the record."""
    kind = Collection(name, fields)
    names = [field for field in kind.single_names if field in fields]

    def read(entity: Entity) -> list[Record]:
        rows = (
            Entity(entity.store, kind, {**kind.defaults, **row})
            for row in entity.record[name]
        )
        return [{field: row.field(field) for field in names} for row in rows]

    return Stored((), show=read)


def follow(path: str) -> Reader:
    """Show a single field at the end of a path: `key_id.key_id.field`."""
    keys, _, name = path.rpartition(".")

    def read(entity: Entity) -> object:
        end = entity.follow(keys)
        return None if end is None else end.field(name)

    return read


def children(collection: str, key: str, shown: str, **more: Reader) -> Reader:
    """Show the records of another collection that point to this one."""
    return lambda entity: [
        child.pick(shown, **more) for child in entity.children(collection, key)
    ]


def first_child(collection: str, key: str, shown: str, **more: Reader) -> Reader:
    """Show the first record that points to this one, or null."""
    every = children(collection, key, shown, **more)
    return lambda entity: next(iter(every(entity)), None)


def same(name: str) -> Reader:
    """Show another field under a second name."""
    return lambda entity: entity.field(name)


def whole_name(person: Entity) -> str:
    """Show the name of a user or contact in a single field."""
    return f"{person.record['firstname']} {person.record['lastname']}"


def signed(path: str) -> Reader:
    """Show the URL of a file: good for minutes, and different at each read."""
    url = f"https://files.sandbox.invalid/{path}?{SIGNATURE}"
    return lambda entity: (
        url.format(**entity.record) if entity.record.get("has_file", True) else None
    )


def link(path: str) -> Reader:
    """Show a URL inside the account."""
    return lambda entity: f"https://sandbox.mocoapp.com/{path}".format(**entity.record)


def stamp(name: str, precision: str = "seconds", length: int | None = None) -> Reader:
    """Show a time as MOCO prints it, or the day alone."""

    def read(entity: Entity) -> str:
        time = EPOCH + timedelta(microseconds=entity.record[name])
        return (time.isoformat(timespec=precision)[:-6] + "Z")[:length]

    return read


STAMPS = {name: stamp(name) for name in STAMP_FIELDS}
MILLISECOND_STAMPS = {name: stamp(name, "milliseconds") for name in STAMP_FIELDS}
DAYS = {
    f"{event}_on": stamp(f"{event}_at", length=len("2026-01-31"))
    for event in ("created", "updated")
}
TAGGED: Fields = {"tags": [], "custom_properties": {}}
TODAY = Stored(fresh=lambda today, _number: today.isoformat())

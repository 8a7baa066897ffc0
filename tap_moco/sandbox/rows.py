"""Records as MOCO prints them, and as bytes, each made once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.shapes import (
    DISREGARDED,
    ONLY_FOR_TYPE,
    SINGLE_ONLY,
    STAFF_HIDDEN,
)
from tap_moco.sandbox.sources import Binder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.sources import Reader, Record, Shape


def dump(value: object) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class View:
    """Which of a record's representations is meant."""

    single: bool = False
    staff: bool = False
    """For somebody who has Staff rights only."""


LIST = View()


class _Maker:
    """Makes one representation of the records of one collection."""

    def __init__(self, account: Account, collection: str, view: View) -> None:
        self.shape = account.shapes[collection]
        self._account = account
        self._collection = collection
        self._view = view
        self._read = self._bind(self.shape)

    def _bind(self, shape: Shape) -> Reader:
        left_out = () if self._view.single else SINGLE_ONLY.get(self._collection, ())
        shape = {
            "id": None,
            **{name: source for name, source in shape.items() if name not in left_out},
        }
        return Binder(self._collection, self._account.shapes).row(shape)

    def row(self, record: Record) -> Record:
        """Return a record's payload."""
        row: dict[str, Any] = self._read(self._account, record)
        if self._collection == "companies":
            absent = ONLY_FOR_TYPE[row["type"]]
            row = {name: value for name, value in row.items() if name not in absent}
        elif row.get("status") == "disregarded":
            row = {name: value for name, value in row.items() if name in DISREGARDED}
        return without_secrets(row) if self._view.staff else row

    def encoded(self, numbers: Iterable[int]) -> list[bytes]:
        """Return the payloads of some records as JSON."""
        records = self._account.records[self._collection]
        return [dump(self.row(records[number])) for number in numbers]


def without_secrets(value: Any) -> Any:
    """Return a payload without what only higher rights may see."""
    if isinstance(value, dict):
        return {
            name: without_secrets(inner)
            for name, inner in value.items()
            if name not in STAFF_HIDDEN
        }
    return (
        [without_secrets(inner) for inner in value]
        if isinstance(value, list)
        else value
    )


class Rows:
    """All representations of an account's records."""

    def __init__(self, account: Account) -> None:
        """Prepare to print an account's records."""
        self._account = account
        self._makers: dict[tuple[str, View], _Maker] = {}

    def _maker(self, collection: str, view: View) -> _Maker:
        maker = self._makers.get((collection, view))
        if maker is None or maker.shape is not self._account.shapes[collection]:
            maker = _Maker(self._account, collection, view)
            self._makers[collection, view] = maker
        return maker

    def row(self, collection: str, record: Record, view: View = LIST) -> Record:
        """Return the payload of a record."""
        return self._maker(collection, view).row(record)

    def all(self, collection: str, view: View = LIST) -> list[Record]:
        """Return the payloads of all records, hidden ones too, by id."""
        maker, account = self._maker(collection, view), self._account
        with account.lock:
            records = account.records[collection]
            return [maker.row(records[number]) for number in account.ids(collection)]

    def encoded(
        self, collection: str, numbers: Iterable[int], view: View = LIST
    ) -> list[bytes]:
        """Return the payloads of some records as JSON."""
        return self._maker(collection, view).encoded(numbers)

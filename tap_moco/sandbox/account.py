"""The data of a MOCO account, and every way to change it."""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.keys import KEYS, POLYMORPHIC, TYPES, Key
from tap_moco.sandbox.rows import LIST, Rows, View
from tap_moco.sandbox.shapes import SHAPES, own_fields
from tap_moco.sandbox.sources import Fresh, Ref, Source, micros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_moco.sandbox.sources import Record, Shape

    Snapshot = tuple[dict[str, dict[int, Record]], dict[str, Shape], dict[str, int]]

STAMP_FIELDS = ("created_at", "updated_at")
FIRST_IDS = 10_000_000
"""Each collection has its own range of ids, so that no id fits two of them."""
DRAWS = 20


def utc_now() -> datetime:
    """Return the present time."""
    return datetime.now(timezone.utc)


class Account:
    """Collections of records by id.

    A record is a sparse dictionary: a field that it lacks has the default of
    its collection's shape. A change replaces the record, so that whoever holds
    the old one can tell. Times are microseconds since the epoch.
    """

    def __init__(
        self, clock: Callable[[], datetime] = utc_now, *, seed: int = 0
    ) -> None:
        """Start an empty account whose times come from the clock."""
        self.clock = clock
        self.lock = threading.RLock()
        self.records: dict[str, dict[int, Record]] = {name: {} for name in KEYS}
        self.shapes: dict[str, Shape] = dict(SHAPES)
        self._fresh = {
            name: [(n, s.make) for n, s in shape.items() if isinstance(s, Fresh)]
            for name, shape in SHAPES.items()
        }
        self._random = random.Random(seed)
        self._last_ids = {
            name: FIRST_IDS * number for number, name in enumerate(KEYS, 1)
        }
        self.payloads = Rows(self)

    # ---- looking

    def rows(self, collection: str, view: View = LIST) -> list[Record]:
        """Return every record as a list shows it, the hidden ones too, by id."""
        return self.payloads.all(collection, view)

    def today(self) -> date:
        """Return the account's present day."""
        return self.clock().date()

    def get(self, collection: str, number: int) -> Record:
        """Return a record."""
        record = self.records[collection].get(number)
        if record is None:
            message = f"{collection} has no record {number}"
            raise KeyError(message)
        return record

    def ids(self, collection: str) -> list[int]:
        """Return the ids of a collection, in order."""
        return sorted(self.records[collection])

    def index(self, collection: str, key: str) -> dict[int, list[int]]:
        """Return the ids of a collection's records, by a foreign key."""
        index: dict[int, list[int]] = defaultdict(list)
        for number, record in self.records[collection].items():
            if (parent := record.get(key)) is not None:
                index[parent].append(number)
        return dict(index)

    def pick(
        self, collection: str, accept: Callable[[Record], bool] = lambda _: True
    ) -> Record | None:
        """Return some acceptable record, an active one where there is any."""
        ids, records = self.ids(collection), self.records[collection]
        for _ in range(DRAWS if ids else 0):
            record = records[self._random.choice(ids)]
            if record.get("active", True) and accept(record):
                return record
        found = [records[number] for number in ids if accept(records[number])]
        active = [record for record in found if record.get("active", True)]
        return self._random.choice(active or found) if found else None

    # ---- changing

    def insert(self, collection: str, **fields: Any) -> Record:
        """Create a record; what is not said gets a default, keys included.

        Returns:
            The payload that a list shows of it.
        """
        with self.lock:
            record = self._insert(collection, fields)
            return self.payloads.row(collection, record)

    def update(self, collection: str, number: int, **fields: Any) -> Record:
        """Change a record, and nothing but the record; return its payload."""
        with self.lock:
            record = self._update(collection, number, fields)
            return self.payloads.row(collection, record)

    def archive(self, collection: str, number: int) -> Record:
        """Hide a company, project or user, or take an invoice out of the books."""
        if collection == "invoices":
            return self.update(collection, number, status="disregarded")
        known = own_fields(self.shapes[collection])
        fields = {"active": False, "archived_on": self.today().isoformat()}
        return self.update(
            collection, number, **{k: v for k, v in fields.items() if k in known}
        )

    def delete(self, collection: str, number: int) -> None:
        """Remove a record and what is part of it; forget it wherever it is named."""
        with self.lock:
            record = self.get(collection, number)
            self._remove(collection, {number})
            if collection == "invoice_payments":
                self._settled(collection, record)

    def load(self, collection: str, fields: Record) -> Record:
        """Add a record in bulk: unchecked, and only as full as it must be."""
        number = self.next_id(collection)
        record = {"id": number, **fields}
        for name, make in self._fresh[collection]:
            if name not in record:
                record[name] = make(self, number)
        self.records[collection][number] = record
        return record

    def snapshot(self) -> Snapshot:
        """Return what `restore` brings back; records are never changed in place."""
        with self.lock:
            records = {name: dict(found) for name, found in self.records.items()}
            return records, dict(self.shapes), dict(self._last_ids)

    def restore(self, snapshot: Snapshot) -> None:
        """Make the account what it was."""
        records, shapes, last_ids = snapshot
        with self.lock:
            self.shapes = dict(shapes)
            self._last_ids = dict(last_ids)
            for name, found in records.items():
                self.records[name] = dict(found)

    def add_field(self, collection: str, name: str, default: object) -> None:
        """Let every record of a collection have one more field from now on."""
        with self.lock:
            self.shapes[collection] = {**self.shapes[collection], name: default}

    def next_id(self, collection: str) -> int:
        """Return an id that was never used."""
        self._last_ids[collection] += 1
        return self._last_ids[collection]

    # ---- inside

    def _insert(self, collection: str, fields: Record) -> Record:
        fields = self._check(collection, fields, self._distant(collection))
        self._fill_keys(collection, fields)
        number = fields.setdefault("id", self.next_id(collection))
        self._last_ids[collection] = max(self._last_ids[collection], number)
        now = micros(self.clock())
        record = {"id": number, **self._defaults(collection, number), **fields}
        record.setdefault("created_at", now)
        record.setdefault("updated_at", record["created_at"])
        self._put(collection, record)
        return self._settled(collection, record)

    def _update(self, collection: str, number: int, fields: Record) -> Record:
        old = self.get(collection, number)
        fields = self._check(collection, fields)
        self._check_keys(collection, fields)
        stamp = {"updated_at": micros(self.clock())}
        record = {**old, **stamp, **fields, "id": number}
        self._put(collection, record)
        return self._settled(collection, record)

    def _put(self, collection: str, record: Record) -> None:
        self.records[collection][record["id"]] = record

    def _check(
        self, collection: str, fields: Record, distant: Iterable[str] = ()
    ) -> Record:
        known = {"id", *STAMP_FIELDS, *KEYS[collection], *distant}
        unknown = fields.keys() - known - own_fields(self.shapes[collection])
        if unknown:
            message = f"{collection} has no field {', '.join(sorted(unknown))}"
            raise ValueError(message)
        return {
            name: _stamp(value) if name in STAMP_FIELDS else value
            for name, value in fields.items()
        }

    def _defaults(self, collection: str, number: int) -> Record:
        return {
            name: source.make(self, number)
            if isinstance(source, Fresh)
            else getattr(source, "default", source)
            for name, source in self.shapes[collection].items()
            if not isinstance(source, Source)
            or (
                source.own and (isinstance(source, Fresh) or hasattr(source, "default"))
            )
        }

    def _distant(self, collection: str) -> dict[str, list[str]]:
        """Return the references that lead over more than one key."""
        return {
            f"{name}_id": source.path.split(".")
            for name, source in SHAPES[collection].items()
            if isinstance(source, Ref) and "." in source.path
        }

    def _fill_keys(self, collection: str, fields: Record) -> None:
        wanted: dict[str, dict[str, int]] = defaultdict(dict)
        for name, (first, *rest) in self._distant(collection).items():
            if name in fields:
                wanted[first][".".join(rest)] = fields.pop(name)
        self._check_keys(collection, fields)
        for name, key in KEYS[collection].items():
            if name not in fields and key.filled:
                fields[name] = self._find(key, wanted[name])
        if collection in POLYMORPHIC:
            poly = POLYMORPHIC[collection]
            kind = fields.setdefault(poly.type_field, poly.default)
            if poly.id_field not in fields:
                fields[poly.id_field] = self._find(Key(TYPES[kind]), {})

    def _find(self, key: Key, wanted: dict[str, int]) -> int:
        def fits(record: Record) -> bool:
            return all(self._end(key.target, record, p) == v for p, v in wanted.items())

        found = self.pick(key.target, fits) or self._insert(key.target, dict(wanted))
        number: int = found["id"]
        return number

    def _end(self, collection: str, record: Record, path: str) -> object:
        name, _, rest = path.partition(".")
        if not rest:
            return record.get(name)
        target = KEYS[collection][name].target
        return self._end(target, self.records[target][record[name]], rest)

    def _check_keys(self, collection: str, fields: Record) -> None:
        for name, key in KEYS[collection].items():
            value = fields.get(name)
            known = value in self.records[key.target]
            if name in fields and not known and (key.cascades or value is not None):
                message = f"{collection}.{name}: {key.target} has no record {value}"
                raise ValueError(message)

    def _settled(self, collection: str, record: Record) -> Record:
        """Let a payment touch its invoice: the one child that does."""
        if collection == "invoice_payments":
            invoice = self.get("invoices", record["invoice_id"])
            payments = self.index(collection, "invoice_id").get(invoice["id"], ())
            paid = sum(
                float(self.records[collection][n]["paid_total"]) for n in payments
            )
            due = invoice.get("net_total", 0) * (1 + invoice.get("tax", 0) / 100)
            status = "paid" if paid >= due else "partially_paid" if paid else "sent"
            self._update("invoices", invoice["id"], {"status": status})
        return record

    def _remove(self, collection: str, numbers: set[int]) -> None:
        for number in numbers:
            del self.records[collection][number]
        for child, keys in KEYS.items():
            for name, key in keys.items():
                if key.target == collection:
                    self._orphan(child, name, numbers, cascades=key.cascades)
        for child, poly in POLYMORPHIC.items():
            if collection in TYPES.values():
                self._orphan(child, poly.id_field, numbers, cascades=True)

    def _orphan(
        self, collection: str, key: str, parents: set[int], *, cascades: bool
    ) -> None:
        records = self.records[collection]
        orphans = {n for n, record in records.items() if record.get(key) in parents}
        if cascades and orphans:
            self._remove(collection, orphans)
        elif orphans:
            stamp = micros(self.clock())
            for number in orphans:
                self._put(
                    collection, {**records[number], key: None, "updated_at": stamp}
                )


def _stamp(value: datetime | str | int) -> int:
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return micros(value) if isinstance(value, datetime) else value

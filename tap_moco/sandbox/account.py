"""The data of a MOCO account, and every way to change it."""

from __future__ import annotations

import random
import threading
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.collections import COLLECTIONS
from tap_moco.sandbox.model import STAMP_FIELDS, Key, Store, micros

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.sandbox.model import Record


def utc_now() -> datetime:
    """Return the present time."""
    return datetime.now(timezone.utc)


class Account(Store):
    """Collections of records by id, and their history.

    A change replaces the record, so that whoever holds the old one sees it. Times
    are microseconds since the epoch.

    Attributes:
        clock: Returns the account's time.
        lock: Held while the account is changed or looked at from two threads.
    """

    def __init__(
        self, clock: Callable[[], datetime] = utc_now, *, seed: int = 0
    ) -> None:
        """Start an empty account whose times come from the clock."""
        super().__init__(COLLECTIONS)
        self.clock = clock
        self.lock = threading.RLock()
        self._random = random.Random(seed)

    # ---- looking

    def today(self) -> date:
        """Return the account's present day."""
        return self.clock().date()

    def rows(self, collection: str, *, single: bool = False) -> list[Record]:
        """Return every record as a list shows it, the hidden ones too, by id."""
        with self.lock:
            records = self.records[collection].values()
            return self.payloads(collection, records, single=single)

    # ---- changing

    def insert(self, collection: str, **fields: Any) -> Record:
        """Create a record; what is not said gets a default, keys included.

        Returns:
            The payload that a list shows of it.

        Raises:
            ValueError: The collection has no such field, or a key leads nowhere.
        """
        with self.lock:
            self._check(collection, fields)
            record = self._insert(collection, fields)
            return self.payloads(collection, [record])[0]

    def update(self, collection: str, number: int, **fields: Any) -> Record:
        """Change a record, and nothing but the record; return its payload."""
        with self.lock:
            old = self.get(collection, number)
            self._check(collection, fields)
            now = {"updated_at": micros(self.clock())}
            record = {**old, **now, **_with_micros(fields)}
            self.put(collection, record)
            self._settle(collection, record)
            return self.payloads(collection, [record])[0]

    def archive(self, collection: str, number: int) -> Record:
        """Hide a company, project or user, or take an invoice out of the books."""
        if collection == "invoices":
            return self.update(collection, number, status="disregarded")
        today = self.today().isoformat()
        return self.update(collection, number, active=False, archived_on=today)

    def delete(self, collection: str, number: int) -> None:
        """Remove a record and what is part of it; forget it wherever it is named."""
        with self.lock:
            record = self.get(collection, number)
            self._remove(collection, {number})
            self._settle(collection, record)

    def load(self, collection: str, fields: Record) -> Record:
        """Add a record in bulk, unchecked; return it."""
        kind = self.collections[collection]
        number = self.next_id(collection)
        record = {"id": number, **kind.defaults, **fields}
        today = self.today() if kind.fresh else date.min
        for name, make in kind.fresh.items():
            if name not in fields:
                record[name] = make(today, number)
        self.put(collection, record)
        return record

    # ---- inside

    def _insert(self, collection: str, fields: Record) -> Record:
        now = micros(self.clock())
        created = _with_micros(fields).get("created_at", now)
        stamps = {"created_at": created, "updated_at": created}
        keys = self._missing_keys(collection, fields)
        record = self.load(collection, {**stamps, **keys, **_with_micros(fields)})
        self._settle(collection, record)
        return record

    def _check(self, collection: str, fields: Record) -> None:
        kind = self.collections[collection]
        known = {*kind.defaults, *STAMP_FIELDS}
        if unknown := fields.keys() - known:
            raise ValueError(f"{collection} has no field {', '.join(sorted(unknown))}")
        for name in kind.keys.keys() & fields.keys():
            key, value = kind.keys[name], fields[name]
            if value not in self.records[key.target] and (
                key.cascades or value is not None
            ):
                raise ValueError(
                    f"{collection}.{name}: {key.target} has no record {value}"
                )

    def _missing_keys(self, collection: str, fields: Record) -> Record:
        """Return some record for every key that must lead somewhere."""
        kind = self.collections[collection]
        return {
            name: self._any(key)
            for name, key in kind.keys.items()
            if key.filled and name not in fields
        }

    def _any(self, key: Key) -> int:
        """Return a record of the key's target, an active one where there is any."""
        records = self.records[key.target].values()
        active = [record for record in records if record.get("active", True)]
        found = active or list(records) or [self._insert(key.target, {})]
        number: int = self._random.choice(found)["id"]
        return number

    def _settle(self, collection: str, payment: Record) -> None:
        """Let a payment touch its invoice: the one child that does."""
        invoice = self.records["invoices"].get(payment.get("invoice_id") or 0)
        if collection != "invoice_payments" or invoice is None:
            return
        payments = self.entities(collection, "invoice_id", invoice["id"])
        paid = sum(float(entity.record["paid_total"]) for entity in payments)
        due = invoice["net_total"] * (1 + invoice["tax"] / 100)
        status = "paid" if paid >= due else "partially_paid" if paid else "sent"
        self.update("invoices", invoice["id"], status=status)

    def _remove(self, collection: str, numbers: set[int]) -> None:
        for number in numbers:
            self.drop(collection, number)
        for child, key, cascades in self.references(collection):
            records = self.records[child].values()
            orphans = [record for record in records if record[key] in numbers]
            if cascades and orphans:
                self._remove(child, {record["id"] for record in orphans})
                continue
            now = micros(self.clock()) if orphans else 0
            for record in orphans:
                self.put(child, {**record, key: None, "updated_at": now})


def _with_micros(fields: Record) -> Record:
    return {
        name: _micros(value) if name in STAMP_FIELDS else value
        for name, value in fields.items()
    }


def _micros(value: datetime | str | int) -> int:
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return micros(value) if isinstance(value, datetime) else value

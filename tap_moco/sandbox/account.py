"""The data of a MOCO account, and every way to change it."""

from __future__ import annotations

import random
import threading
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.collections import COLLECTIONS
from tap_moco.sandbox.model import STAMP_FIELDS, Store, micros

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.sandbox.model import Key, Record


def utc_now() -> datetime:
    """Return the present time."""
    return datetime.now(timezone.utc)


class Account(Store):
    """Collections of records by id, and their history.

    A change replaces the record, so that whoever holds the old one sees it. Times
    are microseconds since the epoch; a change may also name them as datetime or text.

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

    def today(self) -> date:
        """Return the account's present day."""
        return self.clock().date()

    def rows(self, collection: str, *, single: bool = False) -> list[Record]:
        """Return every record as a list shows it, the hidden ones too, by id."""
        with self.lock:
            records = self.records[collection].values()
            return self.payloads(collection, records, single=single)

    def insert(self, collection: str, **fields: Any) -> Record:
        """Create a record; what is not said gets a default, keys included.

        Returns:
            The payload that a list shows of it.

        Raises:
            ValueError: The collection has no such field, or a key leads nowhere.
        """
        with self.lock:
            given = self._checked(collection, fields)
            created = given.get("created_at", micros(self.clock()))
            missing = {
                name: self._any(key)
                for name, key in self.collections[collection].keys.items()
                if key.filled and name not in given
            }
            stamps = dict.fromkeys(STAMP_FIELDS, created)
            record = self.load(collection, {**stamps, **missing, **given})
            self._settle(collection, record)
            return self.payloads(collection, [record])[0]

    def update(self, collection: str, number: int, **fields: Any) -> Record:
        """Change a record, and nothing but the record; return its payload."""
        with self.lock:
            now = {"updated_at": micros(self.clock())}
            given = self._checked(collection, fields)
            record = {**self.get(collection, number), **now, **given}
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
        self.last_ids[collection] += 1
        number = self.last_ids[collection]
        record = {"id": number, **kind.defaults, **fields}
        today = self.today() if kind.fresh else date.min
        for name, make in kind.fresh.items():
            if name not in fields:
                record[name] = make(today, number)
        self.put(collection, record)
        return record

    def _checked(self, collection: str, fields: Record) -> Record:
        """Return fields as they are stored, if there are such."""
        kind = self.collections[collection]
        if unknown := fields.keys() - {*kind.defaults, *STAMP_FIELDS}:
            raise ValueError(f"{collection} has no field {', '.join(sorted(unknown))}")
        for name in kind.keys.keys() & fields.keys():
            key, value = kind.keys[name], fields[name]
            if value not in self.records[key.target] and (
                key.cascades or value is not None
            ):
                raise ValueError(
                    f"{collection}.{name}: {key.target} has no record {value}"
                )
        stamps = {n: _micros(fields[n]) for n in STAMP_FIELDS if n in fields}
        return {**fields, **stamps}

    def _any(self, key: Key) -> int:
        """Return a record of the key's target, an active one where there is any."""
        records = list(self.records[key.target].values())
        active = [record for record in records if record.get("active", True)]
        found = active or records or [self.insert(key.target)]
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
        for child, kind in self.collections.items():
            for name, key in kind.keys.items():
                if key.target == collection:
                    self._forget(child, name, numbers, cascades=key.cascades)

    def _forget(
        self, collection: str, key: str, numbers: set[int], *, cascades: bool
    ) -> None:
        """Remove the records whose key names what is gone, or empty their key."""
        records = self.records[collection].values()
        orphans = [record for record in records if record[key] in numbers]
        if cascades and orphans:
            self._remove(collection, {record["id"] for record in orphans})
            return
        now = micros(self.clock()) if orphans else 0
        for record in orphans:
            self.put(collection, {**record, key: None, "updated_at": now})


def _micros(value: datetime | str | int) -> int:
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return micros(value) if isinstance(value, datetime) else value

"""The data of a MOCO account, and every way to change it."""

from __future__ import annotations

import random
import threading
from datetime import date, datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.collections import COLLECTIONS
from tap_moco.sandbox.model import STAMP_FIELDS, Key, Record, Row, Store, micros

if TYPE_CHECKING:
    from collections.abc import Callable

utc_now = partial(datetime.now, timezone.utc)
"""Returns the present time."""


class Account(Store):
    """Records that change, each at the time that a clock tells."""

    def __init__(
        self, clock: Callable[[], datetime] = utc_now, *, seed: int = 0
    ) -> None:
        """Start an empty account whose times come from the clock."""
        super().__init__(COLLECTIONS)
        self.clock = clock
        self.lock = threading.RLock()  # for who changes it, or looks at it meanwhile
        self._random = random.Random(seed)

    def today(self) -> date:
        """Return the account's present day."""
        return self.clock().date()

    def rows(self, collection: str, *, single: bool = False) -> list[Row]:
        """Return every record as a list shows it, the hidden ones too, by id."""
        with self.lock:
            return [one.payload(single=single) for one in self.all(collection)]

    def insert(self, collection: str, **fields: Any) -> Row:
        """Create a record, all of it filled; return the payload that a list shows."""
        with self.lock:
            given = self._checked(collection, fields)
            for name, key in self.collections[collection].keys.items():
                if key.filled and name not in given:
                    given[name] = self._any(key)
            created = given.get("created_at", micros(self.clock()))
            stamps = dict.fromkeys(STAMP_FIELDS, created)
            record = self.load(collection, stamps | given)
            self._settle(collection, record)
            return record.payload()

    def update(self, collection: str, number: int, **fields: Any) -> Row:
        """Change a record, and nothing but the record; return its payload."""
        with self.lock:
            given = self._checked(collection, fields)
            now = {"updated_at": micros(self.clock())}
            record = self.put(collection, self.get(collection, number) | now | given)
            self._settle(collection, record)
            return record.payload()

    def archive(self, collection: str, number: int) -> Row:
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

    def load(self, collection: str, fields: Row) -> Record:
        """Add a record in bulk, unchecked; return it."""
        kind = self.collections[collection]
        self.last_ids[collection] = number = self.last_ids[collection] + 1
        today = self.today()
        fresh = {name: make(today, number) for name, make in kind.fresh.items()}
        return self.put(collection, {"id": number} | kind.defaults | fresh | fields)

    def _checked(self, collection: str, fields: Row) -> Row:
        """Return fields as they are stored, or raise ValueError if there are none."""
        kind = self.collections[collection]
        if unknown := fields.keys() - {*kind.defaults, *STAMP_FIELDS}:
            raise ValueError(f"{collection} has no field {', '.join(sorted(unknown))}")
        for name in kind.keys.keys() & fields.keys():
            key, value = kind.keys[name], fields[name]
            is_emptied = value is None and not key.cascades
            if not is_emptied and value not in self.records[key.target]:
                raise ValueError(f"{name}: {key.target} has no record {value}")
        return fields | {n: micros(fields[n]) for n in STAMP_FIELDS if n in fields}

    def _any(self, key: Key) -> int:
        """Return a record of the key's target, an active one where there is any."""
        records: list[Row] = list(self.all(key.target))
        active = [record for record in records if record.get("active", True)]
        found = active or records or [self.insert(key.target)]
        return int(self._random.choice(found)["id"])

    def _settle(self, collection: str, payment: Record) -> None:
        """Let a payment touch its invoice: the one child that does."""
        invoice = collection == "invoice_payments" and payment.follow("invoice_id")
        if not invoice:
            return
        payments = invoice.children(collection)
        paid = sum(float(payment["paid_total"]) for payment in payments)
        is_paid = paid >= invoice.shown("gross_total")
        status = "paid" if is_paid else "partially_paid" if paid else "sent"
        self.update("invoices", invoice["id"], status=status)

    def _remove(self, collection: str, numbers: set[int]) -> None:
        """Remove records and what is part of them; empty all other keys to them."""
        for number in numbers:
            self.drop(collection, number)
        keys = [
            (child, name, key.cascades)
            for child, kind in self.collections.items()
            for name, key in kind.keys.items()
            if key.target == collection
        ]
        for child, name, cascades in keys:
            orphans = [one for one in self.all(child) if one[name] in numbers]
            if cascades and orphans:
                self._remove(child, {record["id"] for record in orphans})
            elif orphans:
                emptied = {name: None, "updated_at": micros(self.clock())}
                for record in orphans:
                    self.put(child, record | emptied)

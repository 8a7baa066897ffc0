"""Recognize records that the target has already, byte for byte.

docs/completeness.md, "An idle run", argues why whole records are compared, and never
only their timestamps.
"""

from __future__ import annotations

from base64 import b85encode
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from msgspec.json import Encoder

from tap_moco.records.signatures import without_signatures
from tap_moco.timestamps import Cutoff, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime, timedelta

    from tap_moco.row import Row

MOST_SEEN = 2_000
"""The most digests in the state; if the overlap has more records, all are written."""

_encoder = Encoder(order="sorted", enc_hook=str)


def record_bytes(record: Any) -> bytes:
    """Return the bytes by which records are compared, without expiring signatures."""
    return _encoder.encode(without_signatures(record))


class SeenRecords:
    """The records of the overlap, which the next increment will show again.

    Args:
        seen: Digests from the state, by id.
        overlap: How far before the bookmark the next increment starts.
        alive: Parts of digests of the rows that are read in every run, by id; None
            if the stream has no such rows.
        before_change: Called once, before the first of these records is written in
            another form.

    Attributes:
        alive: The same for the rows that this run has read.
    """

    def __init__(
        self,
        seen: Mapping[str, str],
        overlap: timedelta,
        alive: Mapping[int, int] | None = None,
        before_change: Callable[[], None] | None = None,
    ) -> None:
        """Take what the state knows."""
        self._before_change = before_change
        self._seen = seen
        self._alive = alive
        self.alive: dict[int, int] = {}
        self._overlap = overlap
        self._recent: dict[str, tuple[object, str]] = {}
        self._kept: set[str] = set()

    def keep(self, rows: Iterable[Row]) -> None:
        """Keep the digests of rows, however old: they may be read again soon."""
        self._kept.update(str(row["id"]) for row in rows)

    def unseen(self, records: list[Row], newest: datetime | None) -> list[Row]:
        """Return the records that the target does not have in exactly this form.

        Args:
            records: In the form in which they would be written.
            newest: The largest `updated_at` so far. Records that are older than this
                minus the overlap will not be shown again.
        """
        cutoff = Cutoff(newest - self._overlap) if newest else None
        looked_at = records
        if self._alive is None and not (self._seen or self._kept):
            # a whole read: most rows are old, and nothing is known of them
            is_old = cutoff.is_before_cutoff if cutoff else bool
            looked_at = [r for r in records if not is_old(r.get("updated_at"))]
        known = {id(record) for record in looked_at if self._is_known(record, cutoff)}
        if len(self._recent) > 2 * MOST_SEEN and cutoff:
            self._forget(cutoff)
        fresh = [r for r in records if id(r) not in known] if known else records
        if self._before_change and any(map(self._is_another, fresh)):
            self._before_change()
            self._before_change = None
        return fresh

    def _is_another(self, record: Row) -> bool:
        """Return whether the state knows another form of a record."""
        number = record["id"]
        return str(number) in self._seen or number in (self._alive or ())

    def _is_known(self, record: Row, cutoff: Cutoff | None) -> bool:
        """Return whether the target has a record; remember it if it may come again."""
        key, changed = str(record["id"]), record.get("updated_at")
        is_old = cutoff is None or cutoff.is_before_cutoff(changed)
        is_recent = not is_old or key in self._seen or key in self._kept
        is_alive = self._alive is not None and record.get("active") is not False
        digest = short_digest(record) if is_recent or is_alive else b""
        is_known = bool(digest) and self._has(record["id"], digest)
        self._recent.pop(key, None)
        if is_recent:
            self._recent[key] = (changed, b85encode(digest).decode())
        if is_alive:
            self.alive[record["id"]] = _part(digest)
        return is_known

    def _has(self, number: int, digest: bytes) -> bool:
        """Return whether the target has the record in this form."""
        text = b85encode(digest).decode()
        _, written = self._recent.get(str(number), (None, self._seen.get(str(number))))
        return written == text or (self._alive or {}).get(number) == _part(digest)

    def since(self, bookmark: datetime | None) -> dict[str, str]:
        """Return the digests that the next increment will need."""
        if bookmark:
            oldest = bookmark - self._overlap
            self._recent = {
                key: (changed, digest)
                for key, (changed, digest) in self._recent.items()
                if key in self._kept
                or ((moment := parse_timestamp(changed)) and moment >= oldest)
            }
        digests = {key: digest for key, (_, digest) in self._recent.items()}
        return digests if len(digests) <= MOST_SEEN else {}

    def _forget(self, cutoff: Cutoff) -> None:
        """Forget the digests that the next increment will not need."""
        self._recent = {
            key: known
            for key, known in self._recent.items()
            if key in self._kept or not cutoff.is_before_cutoff(known[0])
        }


class RecordsDigest:
    """A digest of all records of a whole read, whatever their order.

    Args:
        form: What decides the form of the records, such as the schema: in another form,
            the same rows are different records.
    """

    def __init__(self, form: object) -> None:
        """Begin with no record."""
        self._form = b85encode(short_digest(form)).decode()
        self._numbers: set[int] = set()

    def add(self, records: Iterable[Row]) -> None:
        """Add records as they are written; one that comes twice counts once.

        A row can be on both of two neighbouring pages.
        """
        self._numbers.update(map(_number, records))

    def __str__(self) -> str:
        """Return the digest, which begins with that of the form."""
        total = sum(self._numbers) % 2**128
        rows = b85encode(total.to_bytes(16, "big")).decode()
        return self._form + rows

    def is_of_form(self, digest: str) -> bool:
        """Return whether a digest is of records in this form."""
        return digest.startswith(self._form)


def _number(value: object) -> int:
    digest = blake2b(record_bytes(value), digest_size=16).digest()
    return int.from_bytes(digest, "big")


def short_digest(record: object) -> bytes:
    """Return eight bytes that two different records hardly ever have in common."""
    return blake2b(record_bytes(record), digest_size=8).digest()


def part_of_digest(record: object) -> int:
    """Return the 32 bits of a digest that the state remembers for many records."""
    return _part(short_digest(record))


def _part(digest: bytes) -> int:
    return int.from_bytes(digest[:4], "big")

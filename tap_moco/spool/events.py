"""One delivery as an event: what its headers and its body say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from tap_moco.config import subdomain

if TYPE_CHECKING:
    from collections.abc import Iterable

    Headers = Iterable[tuple[bytes, bytes]]

MAX_INTEGER = 2**63 - 1
MAX_DEPTH = 100
"""Levels of a body; MOCO's records have less than ten."""
MAX_HEADER = 255
"""Characters of one header; the unique key of the spool contains several headers."""

HEADERS = {
    f"x-moco-{name}".encode(): f"X-Moco-{name.title()}"
    for name in ("account-url", "event", "origin", "target", "timestamp", "user-id")
}
"""MOCO's headers except the signature, and their names in messages."""

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
LAST_MILLISECOND = 253_402_300_799_999
"""The end of the year 9999, which is the last one that Python and databases know."""

DELETE = "delete"
EVENTS = frozenset({"create", "update", DELETE})


class MalformedError(Exception):
    """A delivery that is not an event; the text says why."""


@dataclass(frozen=True)
class Event:
    """What happened to one record of MOCO.

    Attributes:
        account: The account's subdomain; empty where MOCO does not say it.
        target: The kind of record, such as `Activity`.
        event: `create`, `update`, `delete`, or another word that MOCO sends.
        entity_id: The record's id.
        occurred_at: When it happened, by MOCO's clock, to the millisecond.
        received_at: When the delivery came.
        user_id: The user who did it.
        origin: `api`, or None.
        payload: The body, as JSON text, exactly as it was signed.
    """

    account: str
    target: str
    event: str
    entity_id: int
    occurred_at: datetime
    received_at: datetime
    user_id: int | None
    origin: str | None
    payload: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the body: equal bodies are the same delivery."""
        return hashlib.sha256(self.payload.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class StoredEvent(Event):
    """An event in the spool.

    Attributes:
        id: Its row, which stays the same.
        sequence: Its place in the order of reading; None until somebody reads it.
        read_at: When the tap had read it.
    """

    id: int
    sequence: int | None
    read_at: datetime | None


_EntityId = Annotated[int, msgspec.Meta(ge=1, le=MAX_INTEGER)]
_decoder = msgspec.json.Decoder(dict[str, Any])


def parse_event(headers: Headers, body: bytes, received_at: datetime) -> Event:
    """Read a delivery.

    Args:
        headers: Names in lower case, as ASGI gives them, and values.
        body: The raw body.
        received_at: When it came, in UTC.

    Raises:
        MalformedError: A header is missing, repeated or unreadable, or the body is
            not a JSON object with an `id`.
    """
    given = _moco_headers(headers)
    entity_id, payload = _read_body(body)
    return Event(
        # the name of the header speaks of a URL, and its value has been a subdomain
        account=subdomain(given.get("X-Moco-Account-Url", "")),
        target=_required(given, "X-Moco-Target"),
        event=_required(given, "X-Moco-Event"),
        entity_id=entity_id,
        occurred_at=_read_timestamp(_required(given, "X-Moco-Timestamp")),
        received_at=received_at,
        user_id=_read_integer(given.get("X-Moco-User-Id", ""), MAX_INTEGER),
        origin=given.get("X-Moco-Origin") or None,
        payload=payload,
    )


def _moco_headers(headers: Headers) -> dict[str, str]:
    """Return the values of MOCO's headers, by their names in messages."""
    found: dict[str, str] = {}
    for key, value in headers:
        name = HEADERS.get(key)
        if name is None:
            continue
        if name in found:
            raise MalformedError(f"the header {name} came twice")
        text = value.decode("latin-1").strip()
        if len(text) > MAX_HEADER or not text.isprintable():
            raise MalformedError(f"the header {name} is too long or not printable")
        found[name] = text
    return found


def _required(headers: dict[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise MalformedError(f"the header {name} is missing")
    return value


def _read_timestamp(text: str) -> datetime:
    """Return the time of so many milliseconds since the epoch."""
    milliseconds = _read_integer(text, LAST_MILLISECOND)
    if not milliseconds:
        raise MalformedError("X-Moco-Timestamp is not a time in milliseconds")
    return EPOCH + timedelta(milliseconds=milliseconds)


def _read_integer(text: str, largest: int) -> int | None:
    """Return a whole number from 0 on; None for anything else."""
    # the length is looked at first: Python refuses to read very long numbers
    if text.isascii() and text.isdigit() and len(text) <= len(str(largest)):
        number = int(text)
        return number if number <= largest else None
    return None


def _read_body(body: bytes) -> tuple[int, str]:
    """Return the record's id, and the body as text.

    All of it is decoded, so that whoever reads what is stored can do so too.
    """
    try:
        record = _decoder.decode(body)
        entity_id = msgspec.convert(record.get("id"), _EntityId)
        text = body.decode()
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise MalformedError("the body is not a JSON object with an id") from None
    if _is_too_deep(record):
        raise MalformedError(f"the body is nested more than {MAX_DEPTH} deep")
    return entity_id, text


def _is_too_deep(record: dict[str, Any]) -> bool:
    """Return whether another Python, with less room for recursion, fails to read it."""
    level: list[Any] = [record]
    for _ in range(MAX_DEPTH):
        objects = [value.values() for value in level if isinstance(value, dict)]
        lists = [value for value in level if isinstance(value, list)]
        level = [*chain.from_iterable(objects), *chain.from_iterable(lists)]
    return bool(level)

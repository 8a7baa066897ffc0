"""The state: what it may hold, and whose it is.

`{"account": {...}, "bookmarks": {stream: {...}}}`. Times are ISO 8601.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from tap_moco.config import InvalidInputError, base_url
from tap_moco.state import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

State = dict[str, Any]
Count = Annotated[int, Meta(ge=0, le=2**53)]


class Timestamp(str):
    """A text that is a date or a time."""

    __slots__ = ()


class Month(str):
    """A text such as 2024-03."""

    __slots__ = ()


class Account(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Whose rows a state tells of.

    Attributes:
        address: Host and path of the API.
        filters: The settings that narrow what MOCO shows.
    """

    address: str
    filters: dict[str, Any] = {}

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Account:
        """Return the account that checked settings name."""
        filters: dict[str, Any] = {}
        if start := parse_timestamp(config.get("start_date")):
            filters["start_date"] = format_timestamp(start)
        if not config["include_archived"]:
            filters["include_archived"] = False
        if user := config.get("impersonate_user_id"):
            filters["impersonate_user_id"] = user
        return cls(address=_address(base_url(config)), filters=filters)


class Resume(Struct, forbid_unknown_fields=True):
    """Where a sweep by windows goes on."""

    window: Month
    started_at: Timestamp
    filters: str = ""
    rows: Count = 0
    total: Count = 0


class VerifiedList(Struct, forbid_unknown_fields=True):
    """The last read that was proven whole, and the one under way."""

    version: Count = 0
    completed_at: Timestamp | None = None
    waits_since: Timestamp | None = None
    rows: Count = 0
    has_total: bool = False
    deletes_pending: bool = False
    resume: Resume | UnsetType = UNSET


class Partition(Struct):
    """What other taps of the Singer SDK keep for each parent's record."""

    progress_markers: State = {}


class StreamState(Struct, forbid_unknown_fields=True):
    """Everything that this tap and the Singer SDK write for a stream."""

    replication_key: str | None = None
    replication_key_value: Timestamp | None = None
    sweep: VerifiedList | UnsetType = UNSET
    known: dict[str, Timestamp] = {}
    rejected: list[int | str] = []
    denied: list[int | str] = []
    partitions: list[Partition] = []
    progress_markers: State = {}
    replication_key_signpost: Any = None
    starting_replication_value: Any = None


class WholeState(Struct, forbid_unknown_fields=True):
    """A state, its streams unchecked: see `checked_state`."""

    account: Account | None = None
    bookmarks: dict[str, Any] = {}
    currently_syncing: Any = None


def checked_state(state: Any) -> State:
    """Return a state that a run can go on from.

    Raises:
        InvalidInputError: It is none; says where and why.
    """
    if state is None:
        return {}
    bookmarks = _fits(state, WholeState, "").bookmarks
    for name, of_stream in bookmarks.items():
        _fits(of_stream, StreamState, f"bookmarks.{name}")
    return dict(state)


def taken_over(state: State, account: Account) -> State:
    """Return what of a checked state holds for an account.

    Under other filters, each stream is read whole once more: its versions only
    rise. A state of an older version has no mark, and is taken as it is.

    Raises:
        InvalidInputError: It is of another account.
    """
    bookmarks = state.get("bookmarks", {})
    if mark := state.get("account"):
        before = msgspec.convert(mark, Account)
        if before.address != account.address:
            msg = (
                f"state: it is of {before.address}, but the settings name "
                f"{account.address}. Give the state of this account, or none to read "
                'it whole; if it is the same account, delete "account" in the state'
            )
            raise InvalidInputError(msg)
        if before.filters != account.filters:
            bookmarks = {name: _versions(bookmarks[name]) for name in bookmarks}
    return {"bookmarks": bookmarks}


def _versions(of_stream: State) -> State:
    """Return of a stream's state only the version that the next one exceeds."""
    version = of_stream.get("sweep", {}).get("version")
    return {"sweep": {"version": version}} if version else {}


def _fits(value: Any, kind: type[Struct], where: str) -> Any:
    """Return a part of the state as a struct.

    Raises:
        InvalidInputError: It does not fit.
    """
    try:
        return msgspec.convert(value, kind, dec_hook=_text)
    except msgspec.ValidationError as error:
        what, _, inner = str(error).partition(" - at `$")
        path = f"{where}{inner.rstrip('`')}".lstrip(".") or "the whole"
        told = what.replace("`", "")
        msg = (
            f'state: {path}: {told}. Wanted is an object with "bookmarks": the last '
            "state that the target wrote, and not of a newer version of the tap"
        )
        raise InvalidInputError(msg) from None


def _text(kind: type[str], value: Any) -> str:
    """Return a text of one of the kinds above.

    Raises:
        ValueError: It is another one.
    """
    text = f"{value}-01" if kind is Month else value
    if parse_timestamp(text) is None:
        raise ValueError(f"{value!r} is no {'month' if kind is Month else 'time'}")
    return kind(value)


def _address(url: str) -> str:
    """Return an address as one text, however it was written: host and path."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".")
    try:
        host = ipaddress.ip_address(host).compressed
    except ValueError:
        host = _ascii(host)
    usual = {"http": 80, "https": 443}[parts.scheme]
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    return f"{host}{port}{parts.path.rstrip('/')}"


def _ascii(host: str) -> str:
    """Return a host name as it goes into the net; umlauts have a form of their own."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host

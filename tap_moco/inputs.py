"""The files that a run is given: configuration, catalog and state."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from singer_sdk.singerlib import Catalog

from tap_moco.errors import InvalidInputError
from tap_moco.state.account import Account
from tap_moco.state.stream import StreamState
from tap_moco.state.tap import TapState
from tap_moco.streams.registry import spool_streams, stream_names

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger("tap-moco")

USUAL_NAME = re.compile(r"[\w./~+@(), -]{1,255}")
"""Of a file. Whoever gives the content in its place would find a key in the log."""

NO_PARTS: tuple[dict[str, Any], ...] = ({}, {"partial": {}}, {"partial": None})
"""What Meltano keeps beside a state that is complete."""


def read_config(names: tuple[str, ...]) -> dict[str, Any]:
    """Read the files of `--config`; in a later one settings replace earlier ones.

    Args:
        names: `ENV`, by which the Singer SDK asks for the environment, is no file.

    Raises:
        InvalidInputError: One is missing, or holds no JSON object.
    """
    config: dict[str, Any] = {}
    for name in names:
        if name != "ENV":
            content = read_json("config", name)
            if not isinstance(content, dict):
                raise InvalidInputError(f"config: {name} is no JSON object")
            config |= content
    return config


def read_json(option: str, name: str) -> Any:
    """Read the file of an option.

    Raises:
        InvalidInputError: It cannot be read, or holds no JSON.
    """
    return _parsed(option, name, _read(option, name))


def read_state(name: str | None) -> Any:
    """Read the file of `--state`, a state bare or wrapped, or its last line.

    Raises:
        InvalidInputError: It holds something else.
    """
    if name is None:
        return None
    text = _read("state", name)
    if not text.strip():
        msg = f"state: {name} is empty. For a first read, leave --state out"
        raise InvalidInputError(msg)
    lines = text.strip().splitlines()
    try:
        msgspec.json.decode(lines[0])
    except (msgspec.MsgspecError, RecursionError):
        return _unwrapped(_parsed("state", name, text))  # one object on many lines
    return _unwrapped(_parsed("state", f"the last line of {name}", lines[-1]))


def checked_state(state: Any) -> TapState:
    """Return a state that a run can go on from.

    Raises:
        InvalidInputError: It is not one; says where and why.
    """
    if state is None:
        return TapState()
    given = _converted(state, _GivenState, "")
    for name in sorted(given.bookmarks.keys() - stream_names()):
        logger.warning("state: there is no stream %s; its bookmark is not used", name)
    bookmarks = {
        name: _converted(of_stream, StreamState, f"bookmarks.{name}")
        for name, of_stream in given.bookmarks.items()
    }
    return TapState(given.account, bookmarks, given.currently_syncing)


def state_of_account(state: TapState, account: Account) -> TapState:
    """Return what of a checked state holds for an account.

    Under other filters, each stream is read whole once more: its versions only
    rise. A state of an older version has no mark, and is taken as it is.

    Raises:
        InvalidInputError: It is of another account.
    """
    before = state.account
    if before is None or before == account:
        return state
    if before.address != account.address:
        msg = (
            f"state: it is of {before.address}, but the settings name "
            f"{account.address}. Give the state of this account, or none to read "
            'it whole; if it is the same account, delete "account" in the state'
        )
        raise InvalidInputError(msg)
    return state.versions_only()


class _GivenState(msgspec.Struct, forbid_unknown_fields=True):
    """A state whose streams are not checked yet, so that an error can name them."""

    account: Account | None = None
    bookmarks: dict[str, Any] = msgspec.field(default_factory=dict)
    currently_syncing: Any = None


_Part = TypeVar("_Part")


def _converted(value: Any, kind: type[_Part], where: str) -> _Part:
    """Return a part of the state as a struct.

    Raises:
        InvalidInputError: It does not fit.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what, _, inner = str(error).partition(" - at `$")
        path = f"{where}{inner.rstrip('`')}".lstrip(".") or "the whole"
        problem = what.replace("`", "")
        msg = (
            f'state: {path}: {problem}. Wanted is an object with "bookmarks": the last '
            "state that the target wrote, and not of a newer version of the tap"
        )
        raise InvalidInputError(msg) from None


def checked_catalog(catalog: Any) -> Catalog | None:
    """Return the catalog, if all its streams are here.

    Raises:
        InvalidInputError: It is none, or has a stream that there is not.
    """
    if catalog is None or isinstance(catalog, Catalog):
        return catalog
    known = stream_names()
    try:
        catalog["streams"][:0]  # a list
        parsed = Catalog.from_dict(catalog)
        strange = [name for name in parsed if name not in known]
    except (AttributeError, KeyError, TypeError, ValueError):
        msg = "catalog: it is no list of streams; make one by --discover"
        raise InvalidInputError(msg) from None
    if strange:
        msg = f"catalog: there is no stream {strange[0]!r}; --discover lists all"
        raise InvalidInputError(msg)
    return parsed


def refuse_spool_streams(catalog: Catalog | None, config: Mapping[str, Any]) -> None:
    """Refuse a catalog with streams that only a spool has, where there is none.

    Raises:
        InvalidInputError: It has one.
    """
    if catalog and not config.get("webhook_spool"):
        for name in sorted(spool_streams() & catalog.keys()):
            raise InvalidInputError(
                f"catalog: the stream {name} needs the setting webhook_spool; set it, "
                "or make a catalog without the stream by --discover"
            )


def _read(option: str, name: str) -> str:
    """Return a file's text: UTF-8, or what Windows writes, with or without a mark.

    Raises:
        InvalidInputError: It cannot be read.
    """
    shown = name if USUAL_NAME.fullmatch(name) else "what was given"
    try:
        content = Path("/dev/stdin" if name == "-" else name).read_bytes()
        return content.decode(json.detect_encoding(content))
    except OSError as error:
        cause = error.strerror  # the error itself repeats what was given
        msg = f"{option}: {shown} cannot be read as a file ({cause})"
        raise InvalidInputError(msg) from None
    except ValueError as error:
        msg = f"{option}: {shown} cannot be read as JSON text ({error})"
        raise InvalidInputError(msg) from None


def _parsed(option: str, name: str, text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (RecursionError, UnicodeEncodeError, msgspec.MsgspecError) as error:
        msg = f"{option}: {name} is not valid JSON ({error})"
        raise InvalidInputError(msg) from None


def _unwrapped(state: Any) -> Any:
    """Take a state out of the STATE message, or out of what Meltano keeps.

    Raises:
        InvalidInputError: Meltano has not put two parts of it together yet.
    """
    match state:
        case {"type": "STATE", "value": inner} if len(state) == 2:  # noqa: PLR2004
            return _unwrapped(inner)
        case {"singer_state": inner} if len(state) == 1:
            return _unwrapped(inner)
        case {"completed": inner, **rest} if rest in NO_PARTS:
            return _unwrapped(inner)
        case {"completed": _, "partial": _} if len(state) == 2:  # noqa: PLR2004
            msg = "state: it has two parts; `meltano state get` puts them together"
            raise InvalidInputError(msg)
    return state

"""The files that a run is given: configuration, catalog and state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from singer_sdk.singerlib import Catalog

from tap_moco.reading.bookmarks import check_state
from tap_moco.settings import BadInputError
from tap_moco.streams.areas import stream_classes


def check_config_file(name: str) -> None:
    """See that a file holds a JSON object, before the SDK reads it.

    Raises:
        BadInputError: It is missing, or holds something else.
    """
    try:
        content = json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        msg = f"config: {name} cannot be read as a JSON object ({error})"
        raise BadInputError(msg) from None
    if not isinstance(content, dict):
        raise BadInputError(f"config: {name} is no JSON object")


def read_json(name: str, file: Any) -> Any:
    """Read an option's file.

    Raises:
        BadInputError: It holds no JSON.
    """
    if file is None:
        return None
    try:
        return json.load(file)
    except (RecursionError, ValueError) as error:
        msg = f"{name}: {file.name} is not valid JSON ({error})"
        raise BadInputError(msg) from None


def checked_state(state: Any) -> Any:
    """Return the state, if a run can go on from it."""
    if problem := check_state(state):
        raise BadInputError(f"state: {problem}")
    return state


def checked_catalog(catalog: Any) -> Catalog | None:
    """Return the catalog, if all its streams are here.

    Raises:
        BadInputError: It is none, or has a stream that there is not.
    """
    if catalog is None or isinstance(catalog, Catalog):
        return catalog
    known = {vars(stream_class)["name"] for stream_class in stream_classes()}
    try:
        catalog["streams"][:0]  # a list
        parsed = Catalog.from_dict(catalog)
        strange = [name for name in parsed if name not in known]
    except (AttributeError, KeyError, TypeError, ValueError):
        msg = "catalog: it is no list of streams; make one by --discover"
        raise BadInputError(msg) from None
    if strange:
        msg = f"catalog: there is no stream {strange[0]!r}; --discover lists all"
        raise BadInputError(msg)
    return parsed

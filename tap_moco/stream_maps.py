"""Stream maps: checks and errors that the Singer SDK's mapper lacks."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from fnmatch import fnmatchcase
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MapExpressionError, StreamMapConfigError
from singer_sdk.mapper import PluginMapper

from tap_moco.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from logging import Logger

    from singer_sdk.mapper import StreamMap
    from singer_sdk.singerlib import Catalog

NULLS = (None, "__NULL__")
FAKE = re.compile(r"\bfake\.")
"""How an expression uses the package Faker."""


def check_stream_maps(config: Mapping[str, Any], streams: Collection[str]) -> None:
    """Check that every map is for a stream that exists, selected or not.

    Args:
        config: Settings whose types were checked.
        streams: The names of all streams.

    Raises:
        InvalidInputError: A map would never apply, and so would not hide what it is
            meant to hide; or it cannot be used.
    """
    maps = config.get("stream_maps", {})
    for name, mapped in maps.items():
        options = mapped if isinstance(mapped, dict) else {}
        if name == "__else__" and mapped not in NULLS:
            raise InvalidInputError("stream_maps: __else__ may only be null")
        if options.get("__else__") not in NULLS:
            raise InvalidInputError(f"stream_maps: {name}: __else__ may only be null")
        source = options.get("__source__", name)
        if not isinstance(source, str):
            raise InvalidInputError(
                f"stream_maps: {name}: __source__ is not the name of a stream"
            )
        if not (name.startswith("__") or any(fnmatchcase(s, source) for s in streams)):
            msg = f"stream_maps: there is no stream {source!r}; --discover lists all"
            raise InvalidInputError(msg)
    uses_faker = config.get("faker_config") or FAKE.search(json.dumps(maps))
    if uses_faker and not find_spec("faker"):
        name = "faker_config" if config.get("faker_config") else "stream_maps"
        msg = f"{name}: needs the package Faker: pip install 'singer-sdk[faker]'"
        raise InvalidInputError(msg)


def maps_of(name: str, maps: Mapping[str, Any]) -> dict[str, Any]:
    """Return the maps that may apply to a stream; its own map replaces a pattern's.

    The SDK makes both, and fails if the pattern's map does not fit the stream.
    """
    patterns = [key for key in maps if key != name and fnmatchcase(name, key)]
    beaten = patterns if name in maps else []
    return {key: maps[key] for key in maps if key not in beaten}


def made_maps(
    name: str, catalog: Catalog, config: Mapping[str, Any], logger: Logger
) -> list[StreamMap]:
    """Return a stream's maps as the SDK makes them.

    Args:
        name: Of the stream.
        catalog: With its entry alone.
        config: All settings.
        logger: For the SDK.

    Raises:
        InvalidInputError: One of them cannot be used.
    """
    maps = maps_of(name, config.get("stream_maps", {}))
    with map_errors_named():
        mapper = PluginMapper({**config, "stream_maps": maps}, logger)
        mapper.register_raw_streams_from_catalog(catalog)
    made: list[StreamMap] = mapper.stream_maps[name]
    return made


@contextmanager
def map_errors_named() -> Iterator[None]:
    """Report in one line what is wrong with a map.

    Raises:
        InvalidInputError: In place of whatever the mapper raises.
    """
    try:
        yield
    except (MapExpressionError, StreamMapConfigError) as error:
        raise InvalidInputError(f"stream_maps: {error}") from error
    except Exception as error:
        msg = f"stream_maps: {type(error).__name__}: {error}"
        raise InvalidInputError(msg) from error

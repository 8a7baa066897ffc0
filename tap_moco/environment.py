"""Settings from environment variables, which hold only text."""

from __future__ import annotations

import logging
import os
import re
from typing import TYPE_CHECKING, Any

import msgspec
from dotenv import find_dotenv, load_dotenv

from tap_moco.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "TAP_MOCO_"
BOOLEANS = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}
OTHERS = re.compile(r"LOGLEVEL|WEBHOOKS_.*|_.*")
"""What else may follow the prefix: the Singer SDK's log level, the options of the
webhook receiver, and what Meltano adds."""

logger = logging.getLogger("tap-moco")


def load_dotenv_file() -> None:
    """Add the variables of a file `.env`, here or in a folder above, to the others.

    The Singer SDK promises this for every tap. Variables that are set already stay.

    Raises:
        InvalidInputError: The file cannot be read.
    """
    name = find_dotenv(usecwd=True)
    try:
        if name:
            load_dotenv(name)
    except (OSError, ValueError) as error:
        raise InvalidInputError(f".env: {name} cannot be read ({error})") from None


def read_environment(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings from the environment; an empty variable counts as not set.

    Args:
        properties: The JSON schema of each setting, by name.

    Returns:
        Values of the types that the schemas name. A text that cannot be converted stays
        a text, so that the check of all settings refuses it.
    """
    given = {
        name.removeprefix(PREFIX): text
        for name, text in os.environ.items()
        if name.startswith(PREFIX) and text.strip()
    }
    known = {name.upper(): name for name in properties}
    # Meltano gives the parts of an object beside it
    objects = [n for n in properties if "object" in properties[n]["type"]]
    parts = tuple(f"{name.upper()}_" for name in objects)
    for name in sorted(given.keys() - known.keys()):
        if not OTHERS.fullmatch(name) and not name.startswith(parts):
            logger.warning("%s%s is not a setting; the tap ignores it", PREFIX, name)
    return {
        known[name]: parse_text(given[name], properties[known[name]])
        for name in sorted(given.keys() & known.keys())
    }


def parse_text(text: str, schema: Mapping[str, Any]) -> Any:
    """Return the value that a text means for a setting; the text if it means none."""
    kinds = schema["type"]
    if "string" in kinds:
        return text
    if "boolean" in kinds:
        return BOOLEANS.get(text.strip().lower(), text)
    try:
        return msgspec.json.decode(text)
    except (RecursionError, UnicodeEncodeError, msgspec.MsgspecError):
        return text

"""Decode JSON: fast where it is valid, tolerantly where it is not."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from email.message import Message
from typing import Any

import msgspec

logger = logging.getLogger("tap-moco.api")

EXACT_DIGITS = 15
"""How many significant digits survive a binary float."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
REPLACEMENT_BYTES = REPLACEMENT.encode()
NUL_ESCAPED = re.compile(rb"\\u0000")
"""The only way to write a NUL in JSON, which no SQL text can hold."""

UNFIT = re.compile("[\0\ud800-\udfff]")
"""NUL, and lone surrogates: targets cannot store them."""

TOLD_PATHS = 5


def parse_number(text: str) -> float | Decimal:
    """Read a JSON number as a float, or as a Decimal if a float would lose digits."""
    if len(text) <= EXACT_DIGITS and "e" not in text and "E" not in text:
        return float(text)
    number, decimal = float(text), Decimal(text)
    return number if decimal == Decimal(repr(number)) else decimal


_decoder = msgspec.json.Decoder(float_hook=parse_number)


@dataclass
class Repairs:
    """What had to be replaced in a body.

    Attributes:
        characters: NULs, lone surrogates and invalid bytes, now U+FFFD.
        numbers: NaN and Infinity, now null.
    """

    characters: int = 0
    numbers: int = 0

    def __str__(self) -> str:
        """Say what was replaced, and why."""
        characters = (
            f"{_counted(self.characters, 'character')} that no text can hold (NUL, a "
            "lone surrogate, invalid UTF-8) by U+FFFD"
        )
        numbers = (
            f"{_counted(self.numbers, 'number')} that JSON does not have (NaN, "
            "Infinity) by null"
        )
        counts = [characters] * bool(self.characters) + [numbers] * bool(self.numbers)
        return " and ".join(counts)


def decode_json(body: bytes, content_type: str = "") -> tuple[Any, Repairs]:
    """Read JSON; what cannot be text becomes U+FFFD, and NaN and Infinity become null.

    Args:
        body: UTF-8 as a rule, or UTF-16 or UTF-32.
        content_type: The header, whose charset counts if the body is none of these.

    Raises:
        ValueError: The body is not JSON.
        RecursionError: It is nested too deeply.
    """
    if not NUL_ESCAPED.search(body):
        try:
            return _decoder.decode(body), Repairs()
        except (msgspec.DecodeError, ValueError):
            pass  # the tolerant way finds out whether it is JSON at all
    repairs = Repairs()
    text = _text(body, content_type, repairs)

    def null(_: str) -> None:
        repairs.numbers += 1

    parsed = json.loads(
        text, parse_float=parse_number, parse_constant=null, strict=False
    )
    return _as_text(parsed, repairs), repairs


def _text(body: bytes, content_type: str, repairs: Repairs) -> str:
    """Decode the bytes, going by what they are rather than by what the header says."""
    encoding = json.detect_encoding(body)
    header = Message()
    header["Content-Type"] = content_type
    declared = header.get_content_charset(encoding)
    if declared.startswith("utf"):
        declared = encoding  # which tells one of these from another
    for name in (encoding, declared):
        with suppress(ValueError, LookupError):
            return body.decode(name)
    text = body.decode(encoding, "replace")
    repairs.characters += text.count(REPLACEMENT) - body.count(REPLACEMENT_BYTES)
    return text


def _as_text(value: Any, repairs: Repairs) -> Any:
    """Return a JSON value whose texts and keys any target can hold."""
    if isinstance(value, str):
        fit, count = UNFIT.subn(REPLACEMENT, value)
        repairs.characters += count
        return fit
    if isinstance(value, list):
        return [_as_text(item, repairs) for item in value]
    if isinstance(value, dict):
        return {
            _as_text(name, repairs): _as_text(item, repairs)
            for name, item in value.items()
        }
    return value


class RepairLog:
    """Counts what had to be replaced in a run, and logs it once."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._total = Repairs()
        self._paths: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, path: str, repairs: Repairs) -> None:
        """Count what one answer needed."""
        if not (repairs.characters or repairs.numbers):
            return
        with self._lock:
            self._total.characters += repairs.characters
            self._total.numbers += repairs.numbers
            self._paths[path] += 1

    def log(self) -> None:
        """Log all of it in one line, if there is anything."""
        if not self._paths:
            return
        names = list(self._paths)
        more = f" and {len(names) - TOLD_PATHS} more" if names[TOLD_PATHS:] else ""
        answers = _counted(self._paths.total(), "answer")
        where = f"{answers} of {', '.join(names[:TOLD_PATHS])}{more}"
        logger.warning("in %s, the tap replaced %s", where, self._total)
        self._paths.clear()


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"

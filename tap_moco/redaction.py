"""Keep secrets out of the log, and every log record on a line of its own."""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import sys
from textwrap import indent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Span = tuple[int, int]

MASK = "****"
SHORTEST_SECRET = 4
"""Characters; masking shorter ones would garble the log and hide nothing."""
MOST_READINGS = 40
"""How many readings of a text to search, since escapes can be nested."""

CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
BASE64_WORD = re.compile(r"[A-Za-z0-9+/_-]+=*")
STANDARD_BASE64 = str.maketrans("-_", "+/")


class SecretRedactor:
    """Replaces secrets by value in every log record, whoever logs it.

    It finds a secret in all spellings in which a server may repeat it: escaped for
    JSON, HTML, Python or an address, or for one within another; in base64, in
    hexadecimal, in upper or lower case, and with line breaks inside.
    """

    def __init__(self) -> None:
        """Know no secret yet."""
        self._folded: frozenset[str] = frozenset()
        self._in_base64: frozenset[str] = frozenset()
        self._make = logging.getLogRecordFactory()

    def install(self) -> None:
        """Take over the making of log records."""
        logging.setLogRecordFactory(self.record)

    def add(self, secret: object) -> None:
        """Mask this value from now on."""
        text = str(secret or "").strip()
        if len(text) < SHORTEST_SECRET:
            return
        encoded = [text.encode(name, "replace") for name in ("utf-8", "latin-1")]
        parts = [part for data in encoded for part in _base64_parts(data)]
        # new sets, since other threads may be at the old ones
        self._folded |= {_folded(text), *(data.hex() for data in encoded)}
        self._in_base64 = self._in_base64.union(parts)

    def redact(self, text: str) -> str:
        """Return the text without secrets."""
        first = _Reading(text, range(len(text)), range(1, len(text) + 1))
        readings, seen, spans = [first], {text}, list[Span]()
        for reading in readings:  # which grows on the way
            spans += reading.find(self._folded)
            spans += reading.find_in_base64(self._in_base64)
            for escape in ESCAPES if len(readings) < MOST_READINGS else ():
                deeper = reading.unescaped(escape)
                if deeper.text not in seen:
                    seen.add(deeper.text)
                    readings.append(deeper)
        return _without(text, spans)

    def record(self, *args: object, **kwargs: object) -> logging.LogRecord:
        """Make a log record of one line that contains no secret.

        The lines of a traceback are indented, so that none of them can be mistaken for
        a line of the log.
        """
        record = self._make(*args, **kwargs)
        record.msg, record.args = printable(self.redact(_message(record))), None
        if record.exc_info:
            trace = self.redact(logging.Formatter().formatException(record.exc_info))
            lines = "\n".join(map(printable, trace.split("\n")))
            # some formatters would format the exception anew, with its secrets
            record.exc_info, record.exc_text = None, indent(lines, "  ")
        return record


def printable(text: str) -> str:
    """Return a text with control characters, and similar ones, escaped."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        for sign in text
    )


def _message(record: logging.LogRecord) -> str:
    """Return the message of a record, even if its arguments do not fit its text."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args!r}"


class _Reading:
    """A text with some of its escapes undone.

    Args:
        text: The text after unescaping.
        starts, ends: Where each of its characters begins and ends in the first text.
    """

    def __init__(self, text: str, starts: Sequence[int], ends: Sequence[int]) -> None:
        self.text = text
        self._starts = starts
        self._ends = ends

    def unescaped(self, escape: re.Pattern[str]) -> _Reading:
        """Return the text with escapes of one kind undone."""
        parts, starts, ends = list[str](), list[int](), list[int]()
        at = 0
        for found in escape.finditer(self.text):
            first, last = found.span()
            plain = ESCAPES[escape](found[0])
            parts += [self.text[at:first], plain]
            starts += [*self._starts[at:first], *[self._starts[first]] * len(plain)]
            ends += [*self._ends[at:first], *[self._ends[last - 1]] * len(plain)]
            at = last
        parts.append(self.text[at:])
        starts += self._starts[at:]
        ends += self._ends[at:]
        return _Reading("".join(parts), starts, ends)

    def find(self, folded: Iterable[str]) -> Iterator[Span]:
        """Yield where the first text contains one of these, in upper or lower case."""
        text = _folded(self.text)
        places: Sequence[int] = range(len(text))
        if len(text) != len(self.text):  # as that of a German sharp s
            places = [n for n, sign in enumerate(self.text) for _ in sign.casefold()]
        for needle in folded:
            at = text.find(needle)
            while at >= 0:
                last = places[at + len(needle) - 1]
                yield self._starts[places[at]], self._ends[last]
                at = text.find(needle, at + 1)

    def find_in_base64(self, parts: Iterable[str]) -> Iterator[Span]:
        """Yield where the first text has a word that contains one of these."""
        text = self.text.translate(STANDARD_BASE64)
        if not any(part in text for part in parts):
            return
        for word in BASE64_WORD.finditer(text):
            if any(part in word[0] for part in parts):
                yield self._starts[word.start()], self._ends[word.end() - 1]


def _folded(text: str) -> str:
    """Return a text for comparison: in one case, with plus signs of forms as spaces."""
    return text.casefold().replace("+", " ")


def _from_bytes(escape: str) -> str:
    """Return the text that hexadecimal bytes encode."""
    data = bytes.fromhex(re.sub(r"%|\\[xX]", "", escape))
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _from_backslash(escape: str) -> str:
    """Return the character that an escape of JSON or Python encodes."""
    kind = escape[1]
    if kind in "xX":
        return _from_bytes(escape)
    if LONG_ESCAPE.fullmatch(escape):
        number = int(escape.lstrip("\\U"), 16)
        return chr(number) if number <= sys.maxunicode else ""
    if kind in "uU":
        return str(json.loads(f'"{escape.lower()}"'))
    return CONTROLS.get(kind, kind)


LONG_ESCAPE = re.compile(r"\\U[0-9a-fA-F]{8}")
ADDRESS = r"(?:%[0-9a-fA-F]{2})+"
BACKSLASH = (
    rf"{LONG_ESCAPE.pattern}|(?:\\[uU][0-9a-fA-F]{{4}})+|(?:\\[xX][0-9a-fA-F]{{2}})+"
    r"|\\[^uUxX]"
)
ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});?"
BREAK = r"[\n\v\f\r\x85\u2028\u2029]\s*"
"""A line break, and what the next line is indented by."""
ESCAPES: dict[re.Pattern[str], Callable[[str], str]] = {
    re.compile(ADDRESS): _from_bytes,
    re.compile(BACKSLASH): _from_backslash,
    re.compile(ENTITY): html.unescape,
    re.compile(BREAK): lambda _: "",
    re.compile(f"(?:{BREAK})"): lambda _: " ",
}
"""The kinds of escapes: of addresses, of JSON and Python, of HTML; and line breaks
that were put into a text, or in the place of a space."""


def _without(text: str, spans: Iterable[Span]) -> str:
    """Return the text with a mask in place of each span; some may overlap."""
    parts, at = [], 0
    for start, end in sorted(spans):
        if start >= at:
            parts += [text[at:start], MASK]
        at = max(at, end)
    return "".join([*parts, text[at:]])


def _base64_parts(data: bytes) -> Iterator[str]:
    """Yield how base64 encodes the data, whatever comes before and after it.

    Three bytes become four characters. Characters that hold bits of a neighbour are
    left out. There is one form for each position within a group of three.
    """
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data).decode()
        whole = (before + len(data)) * 8 // 6
        part = coded[-(-before * 8 // 6) : whole]
        if len(part) >= SHORTEST_SECRET:
            yield part


redactor = SecretRedactor()
"""The redactor of the process, since log records do not belong to a run."""

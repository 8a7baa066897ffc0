"""Pack sets of ids, and numbers that belong to ids, into short texts for the state."""

from __future__ import annotations

import base64
import zlib
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MAX_BYTES = 2**24
"""No text that the tap has packed is larger once it is unpacked."""
_MORE = 0x80
"""The bit of a byte that says that the number continues."""


def pack_ids(ids: Iterable[int]) -> str:
    """Return a set of ids as text, about one byte per id if they lie close together."""
    return _to_text(_varints(_gaps(sorted(set(ids)))))


def unpack_ids(text: str) -> list[int]:
    """Return the ids in order.

    Raises:
        ValueError: The text was not made by `pack_ids`.
    """
    return list(accumulate(_read_varints(_from_text(text))))


def pack_map(values: Mapping[int, int]) -> str:
    """Return a number for each id as text: the ids as above, then the numbers."""
    ids = sorted(values)
    numbers = (len(ids), *_gaps(ids), *(values[number] for number in ids))
    return _to_text(_varints(numbers)) if ids else ""


def unpack_map(text: str) -> dict[int, int]:
    """Return the number of each id.

    Raises:
        ValueError: The text was not made by `pack_map`.
    """
    if not text:
        return {}
    count, *numbers = _read_varints(_from_text(text))
    if len(numbers) != 2 * count:
        raise ValueError("it is incomplete")
    return dict(zip(accumulate(numbers[:count]), numbers[count:], strict=True))


def _gaps(ids: list[int]) -> Iterator[int]:
    """Yield the first id, and the distance of each other id from the one before."""
    before = 0
    for number in ids:
        yield number - before
        before = number


def _varints(numbers: Iterable[int]) -> bytes:
    """Return numbers as varints: seven bits per byte, as in protocol buffers."""
    packed = bytearray()
    for number in numbers:
        rest = number
        while rest >= _MORE:
            packed.append(rest % _MORE | _MORE)
            rest >>= 7
        packed.append(rest)
    return bytes(packed)


def _read_varints(packed: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in packed:
        number |= (byte % _MORE) << shift
        shift += 7
        if byte < _MORE:
            yield number
            number = shift = 0
    if shift:
        raise ValueError("it is incomplete")


def _to_text(packed: bytes) -> str:
    return base64.b85encode(zlib.compress(packed, 9)).decode() if packed else ""


def _from_text(text: str) -> bytes:
    """Return the bytes.

    Raises:
        ValueError: The tap has not packed them.
    """
    if not text:
        return b""
    inflate = zlib.decompressobj()
    try:
        packed = inflate.decompress(base64.b85decode(text), _MAX_BYTES)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not inflate.eof:
        raise ValueError("it is incomplete")
    return packed

"""An answer is bounded as a whole: in time, and in size when it is unpacked."""

from __future__ import annotations

import time
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.support.stub import Request, raw, row_of, stub

from .running import plain_config, run_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.stub import Part

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
STEP = 0.05
"""Seconds between bytes, far less than read_timeout."""
MB = 1_000_000


def trickle(start: bytes, piece: bytes) -> Iterator[Part]:
    """Send pieces for as long as somebody listens."""
    yield start
    while True:
        yield piece
        yield STEP


TRICKLES: dict[str, Callable[[], Iterator[Part]]] = {
    "status": lambda: trickle(b"HTTP/1.1 200 ", b"O"),
    "headers": lambda: trickle(HEAD, b"X: y\r\n"),
    "header": lambda: trickle(HEAD + b"X: ", b"x"),
    "interim": lambda: trickle(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "body": lambda: trickle(HEAD + b"Content-Length: 99999\r\n\r\n[", b" "),
    "body to the end": lambda: trickle(HEAD + b"\r\n[", b" "),
    "chunks": lambda: trickle(CHUNKED, b"1\r\n \r\n"),
    "a chunk": lambda: trickle(CHUNKED + b"99\r\n[", b" "),
    "a chunk's size": lambda: trickle(CHUNKED, b"0"),
}


@pytest.mark.parametrize("start", TRICKLES.values(), ids=TRICKLES.keys())
def test_answer_that_never_ends(start: Callable[[], Iterator[Part]]) -> None:
    """A byte now and then keeps nobody waiting; the other streams are read."""

    def script(request: Request) -> Iterator[Part]:
        if request.path == "/units":
            yield from start()
        yield raw([row_of(request.path)], X_Total=1)

    began = time.monotonic()
    with stub(script) as server:
        config = plain_config(server.url, max_response_seconds=1)
        outcome = run_here(config, ("units", "tags"))
    assert 0.9 < time.monotonic() - began < 8
    assert outcome.code == 1
    (line,) = outcome.lines("ERROR")
    assert "units failed: /units: the answer was not complete after 1 s" in line
    assert "max_response_seconds" in line
    assert len(server.of("/units")) == 1, "it was asked for again"
    assert outcome.target.rows["tags"]


def test_slow_but_in_time() -> None:
    """The clock starts with the first byte: a server may think for read_timeout."""

    def script(request: Request) -> Iterator[Part]:
        data = raw([row_of(request.path)], X_Total=1)
        yield 1.2
        yield data[:20]
        yield 0.3
        yield data[20:]

    with stub(script) as server:
        outcome = run_here(plain_config(server.url, max_response_seconds=1), ("units",))
    assert outcome.code == 0, outcome.err


def packed(size: int) -> bytes:
    """Return so many spaces after a bracket, as gzip has them."""
    packer = zlib.compressobj(wbits=31)
    blank = b" " * MB
    parts = [packer.compress(b"[")]
    parts += [packer.compress(blank) for _ in range(size // MB)]
    return b"".join([*parts, packer.flush()])


def endless() -> Iterator[Part]:
    yield CHUNKED
    chunk = b"%x\r\n%s\r\n" % (MB, b" " * MB)
    for _ in range(100):
        yield chunk


LARGE: dict[str, Callable[[], Iterator[Part]]] = {
    "gzip": lambda: iter([raw(packed(100 * MB), Content_Encoding="gzip")]),
    "gzip in chunks": lambda: iter(
        [
            CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"),
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(data := packed(100 * MB)), data),
        ]
    ),
    "plain": lambda: iter(
        [HEAD + b"Content-Length: 100000000\r\n\r\n[", b" " * MB * 5]
    ),
    "chunks": endless,
    "no length": lambda: iter([HEAD + b"\r\n[", *[b" " * MB] * 5, None]),
}


@pytest.mark.parametrize("status", ["200 OK", "500 Oh", "403 No"])
@pytest.mark.parametrize("start", LARGE.values(), ids=LARGE.keys())
def test_answer_that_is_too_large(
    start: Callable[[], Iterator[Part]], status: str
) -> None:
    """No more than the bound is held, however small it was on the wire."""
    made = [
        part.replace(b"200 OK", status.encode()) if isinstance(part, bytes) else part
        for part in start()
    ]

    def script(request: Request) -> Iterator[Part]:
        yield from made if request.path == "/units" else [raw([], X_Total=0)]

    with stub(script) as server:
        config = plain_config(server.url, max_response_bytes=2 * MB, concurrency=1)
        tracemalloc.start()
        outcome = run_here(config, ("units", "tags"))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert outcome.code == 1
    (line,) = outcome.lines("ERROR")
    assert "units failed: /units: the answer is larger than 2,000,000 bytes" in line
    assert "max_response_bytes" in line
    assert len(server.of("/units")) == 1, "it was asked for again"
    assert peak < 30 * MB

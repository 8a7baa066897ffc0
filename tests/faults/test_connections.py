"""Connections: each request gets its own answer, whatever else is on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.stub import Request, raw, row_of, stub

from .running import plain_config, run_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.outcome import Outcome
    from tests.support.stub import Part

STREAMS = ("tags", "units", "deal_categories")
INTERIMS = {
    "103": b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n",
    "102": b"HTTP/1.1 102 Processing\r\n\r\n",
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "100, 103": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n",
    "103, 103": b"HTTP/1.1 103 A\r\nA: b\r\n\r\nHTTP/1.1 103 B\r\nX-Total: 9\r\n\r\n",
    "199": b"HTTP/1.1 199 Whatever\r\nContent-Length: 7\r\n\r\n",
}


def good(request: Request) -> bytes:
    """Return the one row of the list that was asked for."""
    return raw([row_of(request.path)], X_Total=1, X_Page=1)


def check_rows(outcome: Outcome) -> None:
    """Every stream holds its own row and no other's."""
    assert outcome.code == 0, outcome.err
    names = {name: rows[1,]["name"] for name, rows in outcome.target.rows.items()}
    assert names == {name: f"of /{name}" for name in STREAMS}


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("pause", [0.0, 0.02])
@pytest.mark.parametrize("interim", INTERIMS.values(), ids=INTERIMS.keys())
def test_interim_answers(interim: bytes, pause: float, concurrency: int) -> None:
    """What comes before the answer is not the answer, nor that of the next request."""

    def script(request: Request) -> Iterator[Part]:
        yield interim
        yield pause
        yield good(request)

    with stub(script) as server:
        outcome = run_here(plain_config(server.url, concurrency=concurrency), STREAMS)
    check_rows(outcome)
    assert "; try 2" not in outcome.err
    assert server.connections <= concurrency


def test_one_interim_answer_to_one_request() -> None:
    """A single one, in the midst, puts nothing out of step."""

    def script(request: Request) -> Iterator[Part]:
        if request.number == 2:
            yield INTERIMS["103"]
        yield good(request)

    with stub(script) as server:
        check_rows(run_here(plain_config(server.url, concurrency=1), STREAMS))


STALE = raw([row_of("/stale")], X_Total=1, X_Page=1)


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("surplus", [STALE, b"x", b"\r\n\r\n", STALE * 40])
def test_bytes_after_an_answer(surplus: bytes, concurrency: int) -> None:
    """A connection with more on it than the answer is not used again."""

    def script(request: Request) -> Iterator[Part]:
        yield good(request) + surplus

    with stub(script) as server:
        outcome = run_here(plain_config(server.url, concurrency=concurrency), STREAMS)
    check_rows(outcome)
    assert server.connections == len(server.requests)


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "101 Other"])
@pytest.mark.parametrize("pause", [0.0, 0.02])
def test_body_where_none_may_be(status: str, pause: float) -> None:
    """A body after such a status is nobody's answer, even if it comes late."""

    def script(request: Request) -> Iterator[Part]:
        if request.number == 1:
            yield raw(b"", status)
            yield pause
            yield STALE
        else:
            yield good(request)

    with stub(script) as server:
        outcome = run_here(plain_config(server.url, concurrency=1), STREAMS)
    check_rows(outcome)
    assert server.connections == 2


BAD = {
    "no status line": b"hello there\r\n\r\n",
    "status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\n[]",
    "another protocol": b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    "a line that is no header": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nwhat is this\r\nX-Total: 1\r\n\r\n[]"
    ),
    "a header too long": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n[]",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n[]",
    "two lengths": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\n[]  "
    ),
    "length too short": raw([row_of("/x")], length=20),
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n",
    "chunk cut off": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n[",
    "unknown packing": raw(b"[]", Content_Encoding="br, x-none"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_answer_that_is_not_understood(bad: bytes) -> None:
    """It is asked for again, on another connection."""

    def script(request: Request) -> Iterator[Part]:
        if request.number == 1:
            yield bad
            if b"chunked" in bad:
                yield None
        else:
            yield good(request)

    with stub(script) as server:
        outcome = run_here(plain_config(server.url, concurrency=1), STREAMS)
    check_rows(outcome)
    assert len(outcome.lines("; try 2 in ")) == 1
    assert "unexpected" not in outcome.err
    assert [one.connection for one in server.requests[:2]] == [1, 2]


def test_lost_paging_headers_are_no_end_of_a_list() -> None:
    """Where a broken header hides `Link`, the list is not taken for whole."""

    def script(request: Request) -> Iterator[Part]:
        data = raw([row_of(request.path)], X_Total=200)
        yield data.replace(b"X-Total", b"oh no\r\nX-Total")

    with stub(script) as server:
        outcome = run_here(plain_config(server.url), ("units",))
    assert outcome.code == 1
    (line,) = outcome.lines("ERROR")
    assert "no usable answer" in line
    assert "the answer's headers are malformed" in line
    assert "units" not in outcome.target.activated

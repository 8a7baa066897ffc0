"""Single answers: 401, 429, links, bodies, and connections that never stand."""

from __future__ import annotations

import gzip
import re
import socket
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from tap_moco.api import rate_limit
from tests.support.ports import free_port
from tests.support.secrets import EMAIL
from tests.support.stub import Answer, Request, stub

from .running import plain_config, run_here

if TYPE_CHECKING:
    from tap_moco.sandbox import Server

ROW = b'[{"id": 1, "name": "one", "created_at": "2020-01-01T00:00:00Z"}]'
WINDOW = {"requests": 1000, "seconds": 0.2}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Invalid API key.", "MOCO does not accept the credentials; check api_key"),
        (
            "Subdomain does not exist.",
            "MOCO knows no such subdomain; check the setting",
        ),
    ],
)
def test_401(message: str, words: str) -> None:
    """401 ends the run with the first answer, and says which setting is wrong."""
    body = f'{{"message":"{message}"}}'.encode()
    with stub(lambda _: Answer(body, status=401)) as server:
        config = plain_config(server.url, concurrency=1)
        outcome = run_here(config, ("units", "users", "tags"))
    assert outcome.code == 1
    assert len(server.requests) == 1
    assert outcome.lines("ERROR")[0].endswith(outcome.lines(words)[0][-20:])
    assert words in outcome.lines("ERROR")[0]
    assert len(outcome.lines("ERROR")) == 1
    assert outcome.target.state == {} or not outcome.target.bookmark("units")


def test_401_half_way(server: Server) -> None:
    """A key that is revoked in a run ends it, and what was done keeps its state."""
    server.faults.add("401", "^/users", times=None)
    outcome = run_here(
        plain_config(server.url, concurrency=1), ("deal_categories", "users", "tags")
    )
    assert outcome.code == 1
    assert "completed_at" in outcome.target.bookmark("deal_categories")["sweep"]
    assert not outcome.target.bookmark("users")
    assert not outcome.target.bookmark("tags")
    assert outcome.lines("failed users: 401")


def test_wrong_password(server: Server) -> None:
    """A wrong password is sent once: more would lock the user out."""
    config = plain_config(server.url, email=EMAIL, password="not-this-one")  # noqa: S106
    del config["api_key"]
    outcome = run_here(config, ("units", "users", "tags"))
    assert outcome.code == 1
    assert [(e.method, e.path) for e in server.requests] == [("POST", "/session")]
    assert "check api_key, or email and password" in outcome.err
    assert "not-this-one" not in outcome.debug


def test_login_is_retried_on_503(server: Server) -> None:
    """A login that fails for another reason is tried again."""
    server.faults.add("503", "/session", times=2)
    config = plain_config(server.url, email=EMAIL, password="wrong-now")  # noqa: S106
    del config["api_key"]
    assert run_here(config, ("units",)).code == 1
    assert [e.status for e in server.requests] == [503, 503, 401]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("1", 1.0),
        ("date", 5.0),
        ("naive", 5.0),
        (None, WINDOW["seconds"] * rate_limit.MARGIN),
        ("soon", WINDOW["seconds"] * rate_limit.MARGIN),
        ("0", WINDOW["seconds"] * rate_limit.MARGIN),
        ("-5", WINDOW["seconds"] * rate_limit.MARGIN),
    ],
)
def test_429_waits(header: str | None, seconds: float) -> None:
    """Every request waits for as long as MOCO asks, or else for a window."""
    now = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
    if header == "date":
        header = format_datetime(now + timedelta(seconds=5), usegmt=True)
    date = format_datetime(now, usegmt=True)
    if header == "naive":
        date = date.replace("GMT", "-0000")
        header = format_datetime(now + timedelta(seconds=5)).replace("+0000", "-0000")
    more = {"Date": date, **({"Retry-After": header} if header else {})}

    def script(request: Request) -> Answer:
        return Answer(b"slow down", more, 429) if request.number == 1 else Answer(ROW)

    pauses: list[float] = []

    def pause(_: object, seconds: float) -> bool:
        pauses.append(seconds)
        return True

    with (
        patch.object(rate_limit.RateLimiter, "pause", pause),
        stub(script) as server,
    ):
        outcome = run_here(plain_config(server.url, rate_limit=WINDOW), ("units",))
    assert outcome.code == 0, outcome.err
    assert pauses == [pytest.approx(seconds)]
    assert outcome.lines("MOCO's request limit is used up; waiting")


@pytest.mark.parametrize(
    "header", ["9" * 400, "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT"]
)
def test_429_for_ages(header: str) -> None:
    """A server that asks for years of max_wait does not get them."""
    more = {"Retry-After": header}
    with stub(lambda _: Answer(b"", more, 429)) as server:
        outcome = run_here(plain_config(server.url, max_wait_seconds=1), ("units",))
    assert outcome.code == 1
    assert "unexpected" not in outcome.err
    assert len(server.requests) == 1


def test_429_for_good() -> None:
    """429 is waited out as long as max_wait_seconds says, and no longer."""
    with stub(lambda _: Answer(b"", status=429)) as server:
        config = plain_config(server.url, rate_limit=WINDOW, max_wait_seconds=0.4)
        outcome = run_here(config, ("units",))
    assert outcome.code == 1
    assert 2 <= len(server.requests) <= 4
    assert "MOCO answered 429 for" in outcome.err


LINKS = [
    ('<{url}?page=1>; rel="next"', r"page 1 names page 1 as the next"),
    ('<{url}>; rel="next"', r"page 1 names page 1 as the next"),
    ('<{url}?page=0>; rel="next"', r"page 1 names page 0 as the next"),
    ('<https://evil.example/units?page=1>; rel="next"', r"page 1 names page 1"),
    ('<http://[/units?page=2>; rel="next"', r"the next page holds no valid address"),
]


@pytest.mark.parametrize(("link", "words"), LINKS)
def test_bad_links(link: str, words: str) -> None:
    """A list whose links lead nowhere ends with an error, not never."""

    def script(request: Request) -> Answer:
        url = f"http://{request.headers['host']}{request.target.partition('?')[0]}"
        return Answer(ROW, {"Link": link.format(url=url), "X-Total": "900"})

    with stub(script) as server:
        outcome = run_here(plain_config(server.url), ("units", "tags"))
    assert outcome.code == 1
    assert re.search(f"units failed: .*{words}", outcome.err), outcome.err
    assert "replication_key_value" not in outcome.target.bookmark("units")
    assert len(server.requests) < 10


def test_endless_list() -> None:
    """A list that always names one more page, with the same rows, ends."""

    def script(request: Request) -> Answer:
        link = f'<{{base}}/units?page={request.page + 1}>; rel="next"'
        return Answer(ROW, {"Link": link, "X-Total": "1"})

    def limited(request: Request) -> Answer:
        return (
            script(request) if request.number < 500 else Answer(b"enough", status=500)
        )

    with stub(limited) as server:
        outcome = run_here(plain_config(server.url, concurrency=1), ("units",))
    assert len(server.requests) < 500, "it would go on for ever"
    assert outcome.code == 1


BODIES = {
    "null": b"null",
    "number": b"7",
    "string": b'"x"',
    "nan": b"[NaN]",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "utf-16": "[".encode("utf-16"),
    "not utf-8": b'[{"id": 1, "name": "\xff\xfe}]',
    "two lists": b"[][]",
    "bom": b"\xef\xbb\xbf[",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_bodies_that_are_no_list(body: bytes) -> None:
    """Such a 200 is tried again, and then the stream fails in one line."""
    with stub(lambda _: Answer(body)) as server:
        outcome = run_here(plain_config(server.url), ("units",))
    assert outcome.code == 1
    assert len(server.requests) == 3
    (line,) = outcome.lines("units failed: /units: 200 with ")
    assert "after 3 tries" in line
    assert line.isprintable()


def test_rows_that_are_no_objects() -> None:
    """A list of anything else is no list of records."""
    with stub(lambda _: Answer(b'[1, null, "x"]')) as server:
        outcome = run_here(plain_config(server.url), ("units", "report_utilization"))
    assert outcome.code == 1
    assert "unexpected" not in outcome.err
    assert server.requests


def test_broken_gzip() -> None:
    """A body that cannot be unpacked is tried again."""
    broken = gzip.compress(ROW)[:-12]
    answers = {1: broken, 2: b"no gzip at all"}

    def script(request: Request) -> Answer:
        body = answers.get(request.number, gzip.compress(ROW))
        return Answer(body, {"Content-Encoding": "gzip"})

    with stub(script) as server:
        outcome = run_here(plain_config(server.url), ("units",))
    assert outcome.code == 0, outcome.err
    assert len(outcome.target.rows["units"]) == 1
    assert len(server.requests) == 3


@pytest.mark.parametrize("length", ["5", "-1", "abc", "1, 2"])
def test_wrong_content_length(length: str) -> None:
    """A length that is not the body's is an answer that broke off."""

    def script(request: Request) -> Answer:
        more = {"Content-Length": length, "Connection": "close"}
        return Answer(ROW, more if request.number == 1 else {})

    with stub(script) as server:
        outcome = run_here(plain_config(server.url), ("units",))
    assert outcome.code == 0, outcome.err
    assert len(outcome.target.rows["units"]) == 1
    assert server.requests


def test_connection_refused() -> None:
    """A port where nobody listens is named as such, once a try."""
    port = free_port()
    waits: list[float] = []
    config = plain_config(
        f"http://127.0.0.1:{port}/api/v1", max_retries=4, concurrency=1
    )
    outcome = run_here(config, ("units",), waits=waits)
    assert outcome.code == 1
    assert outcome.lines(
        f"no usable answer from 127.0.0.1:{port}: connection refused, after 5"
    )
    assert len(outcome.lines("; try ")) == 4
    assert all(wait <= 2**n for n, wait in enumerate(waits))
    assert all(wait >= 0.5 * 2**n for n, wait in enumerate(waits))


def test_connect_timeout() -> None:
    """A host that takes no connections is given up after connect_timeout."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        filling = [socket.socket() for _ in range(4)]
        for one in filling:
            one.setblocking(False)  # noqa: FBT003
            one.connect_ex(("127.0.0.1", port))
        config = plain_config(
            f"http://127.0.0.1:{port}/api/v1", connect_timeout=0.1, read_timeout=0.1
        )
        outcome = run_here(config, ("units",))
        for one in filling:
            one.close()
    assert outcome.code == 1
    assert "no connection in time, after 3 tries" in outcome.err


def test_only_get_and_session(server: Server) -> None:
    """Nothing but GET is ever sent, and POST /session for a password."""
    run_here(plain_config(server.url))
    assert {e.method for e in server.requests} == {"GET"}

"""A host that does not answer ends the run; one that does is asked for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.ports import free_port
from tests.support.secrets import EMAIL, PASSWORD
from tests.support.stub import Request, raw, row_of, stub

from .running import plain_config, run_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.outcome import Outcome
    from tests.support.stub import Part

STREAMS = ("tags", "units", "deal_categories", "users", "projects", "companies")
QUICK = {"read_timeout": 0.3, "connect_timeout": 0.3, "max_retries": 1}


def check_end(outcome: Outcome, words: str, tries: int) -> None:
    """One line names the cause, and no more than one stream was tried."""
    assert outcome.code == 1
    (line,) = outcome.lines("ERROR")
    assert line.endswith(
        f"{words}, after {'1 try' if tries == 1 else f'{tries} tries'}"
    )
    assert len(outcome.lines("| failed ")) == 1
    assert "unexpected" not in outcome.err


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("place", ["/api/v1", "/name/timed-out/refused/api/v1"])
def test_nobody_listens(concurrency: int, place: str) -> None:
    """The cause is the exception's, whatever words are in the address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}{place}"
    outcome = run_here(plain_config(url, concurrency=concurrency), STREAMS)
    check_end(outcome, f"from 127.0.0.1:{port}: connection refused", 3)
    assert outcome.requests <= 3 * 2 * concurrency + concurrency


def test_unknown_host() -> None:
    """A name that does not resolve is named as such."""
    config = plain_config("https://moco.invalid/api/v1", max_retries=0)
    outcome = run_here(config, STREAMS)
    check_end(outcome, "from moco.invalid: the host name cannot be resolved", 1)


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([None], "connection closed without an answer"),
        ([3.0, None], "no answer in time"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", None], "broke off"),
        ([b"220 mail.example ESMTP\r\n", None], "the answer is not valid HTTP"),
    ],
)
def test_no_answer_to_anything(parts: list[Part], words: str, concurrency: int) -> None:
    """Whatever is asked for, nothing comes of it."""
    with stub(lambda _: parts) as server:
        config = plain_config(server.url, concurrency=concurrency, **QUICK)
        outcome = run_here(config, STREAMS)
    check_end(outcome, words, 2)
    if concurrency == 1:
        assert {one.path for one in server.requests} <= {"/projects", "/session"}


@pytest.mark.parametrize("parts", [[None], [1.0, None]])
def test_no_answer_to_one_list(parts: list[Part]) -> None:
    """Where the host answers else, the stream alone fails, and all others are read."""

    def script(request: Request) -> Iterator[Part]:
        if request.path == "/tags":
            yield from parts
        else:
            yield raw([row_of(request.path)], X_Total=1)

    with stub(script) as server:
        outcome = run_here(plain_config(server.url, concurrency=1, **QUICK), STREAMS)
    assert outcome.code == 1
    assert "5 streams read, 1 failed" in outcome.err
    assert len(outcome.lines("failed tags: /tags: ")) == 1


@pytest.mark.parametrize("status", ["500 Oh", "502 No", "503 Wait", "302 Go"])
def test_unusable_answers_are_answers(status: str) -> None:
    """A host that answers 5xx is up: every stream is tried."""

    def script(request: Request) -> Iterator[Part]:
        yield raw(b"", status) if request.path != "/units" else raw([])

    with stub(script) as server:
        config = plain_config(server.url, max_retries=0, concurrency=1)
        outcome = run_here(config, ("tags", "units", "deal_categories"))
    assert outcome.code == 1
    assert "1 stream read, 2 failed" in outcome.err
    assert "/session" not in {one.path for one in server.requests}


def test_host_that_goes_down() -> None:
    """What was read before keeps its state, and the next run goes on from there."""

    def script(request: Request) -> Iterator[Part]:
        is_up = request.path == "/deal_categories"
        yield raw([row_of(request.path)], X_Total=1) if is_up else None

    def down(request: Request) -> Iterator[Part]:
        yield from [None] if request.path == "/session" else script(request)

    with stub(down) as server:
        config = plain_config(server.url, concurrency=1)
        outcome = run_here(config, ("deal_categories", "users", "tags"))
    assert outcome.code == 1
    assert "completed_at" in outcome.target.bookmark("deal_categories")["sweep"]
    assert outcome.target.rows["deal_categories"]
    assert not server.of("/tags")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([None], "no usable answer from 127.0.0.1"),
        ([raw(b"busy", "503 Busy")], "the login failed: /session: 503"),
    ],
)
def test_login_that_gets_no_answer(parts: list[Part], words: str) -> None:
    """Without a key nothing can be read: the run ends, in one line."""
    with stub(lambda _: parts) as server:
        config = plain_config(server.url, email=EMAIL, password=PASSWORD)
        del config["api_key"]
        outcome = run_here(config, STREAMS)
    assert outcome.code == 1
    (line,) = outcome.lines("ERROR")
    assert words in line
    assert {one.path for one in server.requests} == {"/session"}

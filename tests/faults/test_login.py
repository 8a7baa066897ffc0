"""`POST /session`: what is a key, what is none, and that no answer is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.secrets import EMAIL, PASSWORD, note
from tests.support.stub import Answer, Request, stub

from .running import plain_config, run_here

if TYPE_CHECKING:
    from tests.support.outcome import Outcome

NEW_KEY = "n3w-k3y-of-a-s3ssion"
SHOWN = "distinctive-words-of-the-answer"
STREAMS = ("units", "tags", "users")


def login(status: int, body: Any, **more: Any) -> tuple[Outcome, list[Request]]:
    """Run the tap with e-mail address and password; MOCO answers this to them."""

    def script(request: Request) -> Answer:
        if request.method == "POST":
            return Answer(body, status=status)
        return Answer([], {"X-Total": "0"})

    with stub(script) as server:
        config = plain_config(server.url, email=EMAIL, password=PASSWORD, **more)
        del config["api_key"]
        outcome = run_here(config, STREAMS)
    return outcome, server.requests


@pytest.mark.parametrize("status", [200, 201, 202, 203])
def test_any_success_with_a_key(status: int) -> None:
    """It is a login, and the key is masked from then on."""
    outcome, asked = login(status, {"id": 1, "api_key": NEW_KEY})
    assert outcome.code == 0, outcome.err
    keys = {one.headers.get("authorization") for one in asked[1:]}
    assert keys == {f"Token token={NEW_KEY}"}
    assert NEW_KEY not in outcome.debug


NO_KEY: dict[str, tuple[int, Any]] = {
    "422": (422, {"email": [SHOWN]}),
    "422 text": (422, SHOWN.encode()),
    "403": (403, {"errors": [SHOWN]}),
    "404": (404, b""),
    "400": (400, {"message": SHOWN}),
    "401": (401, {"message": SHOWN}),
    "405": (405, b""),
    "418": (418, b"tea"),
    "no key": (200, {"id": 1, "uuid": SHOWN}),
    "null": (200, {"api_key": None, "x": SHOWN}),
    "empty": (200, {"api_key": ""}),
    "number": (200, {"api_key": 7, "x": SHOWN}),
    "message": (200, {"message": SHOWN}),
    "list": (200, [SHOWN]),
    "html": (200, f"<html>{SHOWN}</html>".encode()),
    "cut": (200, f'{{"api_key": "{SHOWN}'.encode()),
    "nothing": (200, b""),
    "deep": (200, b"[" * 100_000),
    "204": (204, b""),
    "201": (201, {"key": SHOWN}),
}


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(("status", "body"), NO_KEY.values(), ids=NO_KEY.keys())
def test_anything_else(status: int, body: Any, concurrency: int) -> None:
    """The login is denied: asked once, reported in a line, and the run ends with 1."""
    outcome, asked = login(status, body, concurrency=concurrency)
    assert outcome.code == 1
    (line,) = outcome.lines("ERROR")
    assert "email and password" in line
    assert str(status) in line
    assert [one.method for one in asked] == ["POST"]
    assert not outcome.lines("skipped")
    assert SHOWN not in outcome.debug


@pytest.mark.parametrize("status", [500, 502, 503, 302])
def test_failures_that_may_pass(status: int) -> None:
    """They are asked again, and their answers are not shown either."""
    outcome, asked = login(status, {"api_key": NEW_KEY, "message": SHOWN})
    assert outcome.code == 1
    assert [one.method for one in asked] == ["POST"] * 3
    (line,) = outcome.lines("ERROR")
    assert f"the login failed: /session: {status}" in line
    assert SHOWN not in outcome.debug
    assert NEW_KEY not in outcome.debug


CUT = f'[{{"id": 1, "name": "{SHOWN}", "file_url": "https://x/?sign'
BODIES = {"cut": CUT, "object": f'{{"message": "{SHOWN}"}}', "text": SHOWN}


@pytest.mark.parametrize("status", [200, 201, 202, 206, 299])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_no_success_is_shown(status: int, body: str) -> None:
    """An answer that went well holds records, even where it cannot be read."""
    with stub(lambda _: Answer(body.encode(), status=status)) as server:
        outcome = run_here(plain_config(server.url), ("units", "account_profile"))
    note("log", outcome.debug)
    assert outcome.code == 1
    assert f"/units: {status}" in outcome.err
    assert SHOWN not in outcome.debug
    assert "https://x" not in outcome.debug

"""Secrets: never in any output, never to another host."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from .hostile import Asked, hostile
from .running import (
    API_KEY,
    COMMAND,
    EMAIL,
    OUTPUTS,
    PASSWORD,
    files,
    leaks,
    note,
    plain_config,
    run_command,
    run_here,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tap_moco.sandbox.server import Server

LOGIN = {"api_key": None, "email": EMAIL, "password": PASSWORD}
ROW = b'[{"id": 1, "name": "one", "created_at": "2020-01-01T00:00:00Z"}]'

pytest_plugins = ["pytester"]


def login_config(url: str) -> dict[str, object]:
    config = {**plain_config(url), **LOGIN}
    del config["api_key"]
    return config


@pytest.mark.parametrize("secret", [API_KEY, EMAIL, PASSWORD, "signature=00ff"])
def test_the_search_finds(secret: str) -> None:
    """The search of the fixture finds what it looks for, wherever it is."""
    note("log", f"at DEBUG: {{'Authorization': 'Token token={secret}'}}")
    assert len(leaks(OUTPUTS)) == 1
    OUTPUTS.clear()
    assert not leaks(OUTPUTS)


def test_the_search_is_run(
    pytester: pytest.Pytester, capfd: pytest.CaptureFixture[str]
) -> None:
    """A test whose output shows a secret fails by the fixture alone."""
    pytester.makeconftest("from faults.conftest import no_secret_shows  # noqa")
    pytester.makepyfile(
        f"""
        def test_clean():
            print("nothing to see")

        def test_leak():
            print({API_KEY!r})
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, errors=1)
    assert API_KEY in capfd.readouterr().out


def test_all_streams(server: Server) -> None:
    """A whole run writes no secret and no signature, down to DEBUG."""
    outcome = run_here(plain_config(server.url))
    assert outcome.status == 0, outcome.log
    assert b"file_url" in outcome.stdout
    assert "connectionpool" in outcome.debug, "the log was not at DEBUG"


def test_signatures_kept(server: Server) -> None:
    """The setting keeps the signatures: they were there to be taken off."""
    config = plain_config(server.url, keep_signatures=True)
    outcome = run_here(config, ("receipts", "purchases"))
    assert outcome.status == 0, outcome.log
    assert b"signature=" in outcome.stdout
    assert all("stdout" in found for found in leaks(OUTPUTS))
    OUTPUTS.clear()


def test_login(server: Server) -> None:
    """The key that a password was exchanged for is as secret as a given one."""
    outcome = run_here(login_config(server.url), ("users",))
    assert outcome.status == 0, outcome.log
    assert [e.method for e in server.requests][:2] == ["POST", "GET"]


@pytest.mark.parametrize(
    "body",
    [
        f"no key {API_KEY} here",
        json.dumps({"message": f"Token token={API_KEY} is bad"}),
        f"<html>{'x' * 100}{API_KEY}</html>",
        f"{'x' * 119}{API_KEY}",
    ],
)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 422, 500])
def test_server_that_repeats_the_key(status: int, body: str) -> None:
    """An error's excerpt of a body is masked, also where it cuts a secret in two."""
    with hostile(lambda _: (status, {}, body.encode())) as server:
        outcome = run_here(plain_config(server.url, max_retries=1), ("units",))
    assert outcome.status == (0 if status in {403, 422} else 1)
    for length in range(8, len(API_KEY)):
        assert f"{API_KEY[:length]}" not in outcome.debug, f"{length} characters of it"


def test_header_that_repeats_the_key() -> None:
    """Odd headers do not carry the key into the log either."""

    def script(_: Asked) -> tuple[int, dict[str, str], bytes]:
        headers = {"Location": f"http://127.0.0.1:9/?k={API_KEY}", "X-Total": API_KEY}
        return 302, {**headers, "Retry-After": API_KEY}, b""

    with hostile(script) as server:
        outcome = run_here(plain_config(server.url), ("units",))
    assert outcome.status == 1


def test_link_that_repeats_the_key() -> None:
    """A link with the key in its query is told without it."""

    def script(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        link = f'<http://{API_KEY}.example/api/v1/units?page=2&k={API_KEY}>; rel="next"'
        del asked
        return 200, {"Link": link, "X-Total": "200"}, ROW

    with hostile(script) as server:
        outcome = run_here(plain_config(server.url), ("units",))
    assert outcome.status == 1
    assert "another host" in outcome.log


def test_redirect_to_another_host() -> None:
    """A redirect is not followed; its target learns nothing."""
    with hostile(lambda _: (200, {}, b"[]")) as other:
        location = {"Location": f"{other.url}/units"}
        with hostile(lambda _: (302, location, b"")) as server:
            outcome = run_here(plain_config(server.url), ("units",))
            assert server.asked[0].headers["authorization"] == f"Token token={API_KEY}"
        assert not other.asked
    assert outcome.status == 1
    assert "redirect, not followed" in outcome.log


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_of_the_login(status: int) -> None:
    """Nor does a redirect take e-mail address and password along."""
    with hostile(lambda _: (200, {}, b'{"api_key":"x"}')) as other:
        location = {"Location": f"{other.url}/session"}
        with hostile(lambda _: (status, location, b"")) as server:
            outcome = run_here(login_config(server.url), ("units",))
        assert not other.asked
    assert outcome.status == 1


def test_next_link_to_another_host() -> None:
    """A link to another host is not followed, and its host is named."""
    with hostile(lambda _: (200, {}, b"[]")) as other:
        link = {"Link": f'<{other.url}/units?page=2>; rel="next"', "X-Total": "200"}
        with hostile(lambda _: (200, link, ROW)) as server:
            outcome = run_here(plain_config(server.url), ("units", "users"))
        assert not other.asked
    assert outcome.status == 1
    (line,) = outcome.lines("units failed")
    assert f"another host, 127.0.0.1:{other.port}" in line


def test_file_urls_are_not_asked_for(server: Server) -> None:
    """Files are never fetched: every request stays below the API."""
    run_here(plain_config(server.url), ("receipts", "purchases", "invoices"))
    assert {e.path for e in server.requests} == {"/receipts", "/purchases", "/invoices"}


@pytest.mark.parametrize("fault", ["403", "500", "html", "reset", "401"])
def test_command(tmp_path: Path, server: Server, fault: str) -> None:
    """The installed command at DEBUG shows no secret, whatever goes wrong."""
    server.faults.add(fault, "^/users", times=None)
    config = plain_config(server.url, max_retries=0)
    outcome = run_command(*files(tmp_path, config, ("users", "units", "receipts")))
    assert outcome.status == (0 if fault == "403" else 1), outcome.log
    assert "DEBUG" in outcome.log
    assert "Traceback" not in outcome.log
    encoded = base64.b64encode(API_KEY.encode()).rstrip(b"=").decode()
    assert encoded not in outcome.log


@pytest.mark.parametrize("options", [("--about",), ("--about", "--format=json")])
def test_about(options: tuple[str, ...]) -> None:
    """What the tap tells about itself does not hold what it was given."""
    outcome = run_command(
        *options, TAP_MOCO_API_KEY=API_KEY, TAP_MOCO_PASSWORD=PASSWORD
    )
    assert outcome.status == 0
    assert b"api_key" in outcome.stdout
    assert COMMAND


def test_environment(server: Server) -> None:
    """Secrets out of the environment are masked as those of a file."""
    server.faults.add("401", times=None)
    outcome = run_command(
        "--config=ENV", TAP_MOCO_API_URL=server.url, TAP_MOCO_API_KEY=API_KEY
    )
    assert outcome.status == 1
    assert "401: MOCO does not accept the credentials" in outcome.log

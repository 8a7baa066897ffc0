"""Secrets: never in any output, never to another host."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from tests.support.runs import COMMAND
from tests.support.secrets import API_KEY, EMAIL, OUTPUTS, PASSWORD, leaks, note
from tests.support.stub import Answer, Request, stub

from .running import files, plain_config, run_command, run_here

if TYPE_CHECKING:
    from pathlib import Path

    from tap_moco.sandbox import Server

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
    pytester.makeconftest("from tests.faults.conftest import no_secret_shows  # noqa")
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
    assert outcome.code == 0, outcome.err
    assert "file_url" in outcome.out
    assert "connectionpool" in outcome.debug, "the log was not at DEBUG"


def test_signatures_kept(server: Server) -> None:
    """The setting keeps the signatures: they were there to be taken off."""
    config = plain_config(server.url, keep_signatures=True)
    outcome = run_here(config, ("receipts", "purchases"))
    assert outcome.code == 0, outcome.err
    assert "signature=" in outcome.out
    assert all("stdout" in found for found in leaks(OUTPUTS))
    OUTPUTS.clear()


def test_login(server: Server) -> None:
    """The key that a password was exchanged for is as secret as a given one."""
    outcome = run_here(login_config(server.url), ("users",))
    assert outcome.code == 0, outcome.err
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
    with stub(lambda _: Answer(body.encode(), status=status)) as server:
        outcome = run_here(plain_config(server.url, max_retries=1), ("units",))
    assert outcome.code == 1
    for length in range(8, len(API_KEY)):
        assert f"{API_KEY[:length]}" not in outcome.debug, f"{length} characters of it"


def test_header_that_repeats_the_key() -> None:
    """Odd headers do not carry the key into the log either."""

    def script(_: Request) -> Answer:
        headers = {"Location": f"http://127.0.0.1:9/?k={API_KEY}", "X-Total": API_KEY}
        return Answer(b"", {**headers, "Retry-After": API_KEY}, 302)

    with stub(script) as server:
        outcome = run_here(plain_config(server.url), ("units",))
    assert outcome.code == 1


@pytest.mark.parametrize("page", [1, 2])
def test_link_that_repeats_the_key(page: int) -> None:
    """A link with the key in its host or query is logged without it."""
    address = f"http://{API_KEY}.example/api/v1/units?page={page}&k={API_KEY}"

    def script(request: Request) -> Answer:
        del request
        return Answer(ROW, {"Link": f'<{address}>; rel="next"', "X-Total": "200"})

    with stub(script) as server:
        outcome = run_here(plain_config(server.url), ("units",))
    assert outcome.code == 1
    assert f"names page {page} as the next" in outcome.err


def test_redirect_to_another_host() -> None:
    """A redirect is not followed; its target learns nothing."""
    with stub(lambda _: Answer(b"[]")) as other:
        location = {"Location": f"{other.url}/units"}
        with stub(lambda _: Answer(b"", location, 302)) as server:
            outcome = run_here(plain_config(server.url), ("units",))
            assert (
                server.requests[0].headers["authorization"] == f"Token token={API_KEY}"
            )
        assert not other.requests
    assert outcome.code == 1
    assert "redirect, not followed" in outcome.err


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_of_the_login(status: int) -> None:
    """Nor does a redirect take e-mail address and password along."""
    with stub(lambda _: Answer(b'{"api_key":"x"}')) as other:
        location = {"Location": f"{other.url}/session"}
        with stub(lambda _: Answer(b"", location, status)) as server:
            outcome = run_here(login_config(server.url), ("units",))
        assert not other.requests
    assert outcome.code == 1


def test_next_link_to_another_host() -> None:
    """The list goes on where it began; the host of the link learns nothing."""
    with stub(lambda _: Answer(b"[]")) as other:

        def script(request: Request) -> Answer:
            link = {"Link": f'<{other.url}/other?page=2>; rel="next"'}
            is_first = "page=2" not in request.target
            row = ROW if is_first else ROW.replace(b'"id": 1', b'"id": 2')
            return Answer(row, {"X-Total": "2", **(link if is_first else {})})

        with stub(script) as server:
            outcome = run_here(plain_config(server.url), ("units", "tags"))
        assert not other.requests
    assert outcome.code == 0, outcome.err
    assert len(outcome.target.rows["units"]) == 2
    assert len(outcome.target.rows["tags"]) == 2


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
    assert outcome.code == (0 if fault == "403" else 1), outcome.err
    assert "DEBUG" in outcome.err
    assert "Traceback" not in outcome.err
    encoded = base64.b64encode(API_KEY.encode()).rstrip(b"=").decode()
    assert encoded not in outcome.err


@pytest.mark.parametrize("options", [("--about",), ("--about", "--format=json")])
def test_about(options: tuple[str, ...]) -> None:
    """What the tap says about itself does not hold what it was given."""
    outcome = run_command(
        *options, TAP_MOCO_API_KEY=API_KEY, TAP_MOCO_PASSWORD=PASSWORD
    )
    assert outcome.code == 0
    assert "api_key" in outcome.out
    assert COMMAND


def test_environment(server: Server) -> None:
    """Secrets out of the environment are masked as those of a file."""
    server.faults.add("401", times=None)
    outcome = run_command(
        "--config=ENV", TAP_MOCO_API_URL=server.url, TAP_MOCO_API_KEY=API_KEY
    )
    assert outcome.code == 1
    assert "401: MOCO does not accept the credentials" in outcome.err


ESCAPED = {
    "json": json.dumps(API_KEY).replace("-", "\\u002d"),
    "address": API_KEY.replace("-", "%2D"),
    "upper case": API_KEY.upper(),
    "html": API_KEY.replace("-", "&#45;"),
    "base64": base64.b64encode(API_KEY.encode()).decode(),
    "header": base64.b64encode(f"Token token={API_KEY}".encode()).decode().rstrip("="),
    "login": base64.urlsafe_b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode(),
}


@pytest.mark.parametrize("status", [400, 403, 404, 422, 500])
@pytest.mark.parametrize("spelling", ESCAPED.values(), ids=ESCAPED.keys())
@pytest.mark.parametrize("before", [0, 100, 118])
def test_server_that_repeats_the_key_in_other_words(
    spelling: str, before: int, status: int
) -> None:
    """However a server spells it, and wherever the excerpt is cut."""
    body = f"{'x' * before} {spelling} in {spelling}".encode()
    login = {"email": EMAIL, "password": PASSWORD}
    with stub(lambda _: Answer(body, status=status)) as server:
        config = plain_config(server.url, max_retries=0)
        if spelling == ESCAPED["login"]:
            config = {**config, **login}
            del config["api_key"]
        outcome = run_here(config, ("units",))
    words = outcome.debug.replace("\\", "").lower()
    for length in range(8, len(spelling)):
        assert spelling.replace("\\", "").lower()[:length] not in words


STEERING = "\n\r\x1b[2J\x85\u2028\u202e"


def test_no_field_name_forges_a_line() -> None:
    """Names, texts and headers from outside stay within their line of the log."""
    forged = f"x{STEERING}ERROR | tap-moco | forged"
    row = {"id": 1, "name": "one", forged: 1, "tags": 5}
    body = json.dumps([row]).encode()

    def script(request: Request) -> Answer:
        if "/tags" in request.target:
            message = f'{{"message": "no{forged}"}}'
            return Answer(message.encode(), status=403)
        return Answer(body, {"Content-Type": "text/\x1b[2Jx", "Date": "\x1b[2J"})

    with stub(script) as server:
        outcome = run_here(plain_config(server.url), ("units", "tags"))
    assert outcome.lines("MOCO sends a field that the schema lacks")
    assert outcome.lines("tags skipped: 403")
    assert not [line for line in outcome.debug.split("\n") if not line.isprintable()]
    assert not [line for line in outcome.err.splitlines() if line.startswith("ERROR")]
    starts = ("DEBUG | ", "INFO | ", "WARNING | ", "ERROR | ")
    assert all(line.startswith(starts) for line in outcome.debug.split("\n"))


@pytest.mark.parametrize("setting", ["api_key", "email", "password"])
@pytest.mark.parametrize("length", [513, 100_000])
def test_secret_that_is_too_long(setting: str, length: int) -> None:
    """It is refused in one line, which does not repeat it."""
    config = plain_config("http://127.0.0.1:9/api/v1")
    if setting != "api_key":
        config = {**login_config("http://127.0.0.1:9/api/v1")}
    outcome = run_here({**config, setting: "s3cr3t" * (length // 6 + 1)})
    assert outcome.code == 1
    (line,) = outcome.err.splitlines()
    assert f"{setting}: what was given is not accepted" in line
    assert "at most 512 characters" in line
    assert "s3cr3t" not in outcome.debug


REFUSED = [("api_url", "https://me:s3cr3t#x@moco.example/api/v1")]
REFUSED += [("api_url", "https://s3cr3t?x@moco.example/api/v1")]
REFUSED += [
    (setting, address)
    for setting in ("api_url", "domain")
    for address in (
        "ftp://me:s3cr3t@moco.example/api/v1",
        "https://moco.example/api/v1?key=s3cr3t",
        "https://moco.example/api/v1#s3cr3t",
        "https://me:s3cr3t@moco.example/nothing?x=s3cr3t&y=a@b#s3cr3t",
        "http://s3cr3t@moco.example/api/v1",
        "me:s3cr3t@moco.example/!",
        "https://[s3cr3t@moco.example/api/v1?s3cr3t",
    )
]


@pytest.mark.parametrize(("setting", "address"), REFUSED)
def test_refused_address(setting: str, address: str) -> None:
    """Host and path are shown, and nothing else of it."""
    config = {"api_key": API_KEY, setting: address}
    outcome = run_here(config)
    assert outcome.code == 1
    (line,) = outcome.err.splitlines()
    assert setting in line
    assert "s3cr3t" not in outcome.debug


def test_refused_address_is_recognized() -> None:
    """What is shown is enough to find the mistake."""
    url = "https://me:s3cr3t@moco.example/wrong?x=1"
    outcome = run_here({"api_key": API_KEY, "api_url": url})
    assert "api_url: 'https://moco.example/wrong' is not accepted" in outcome.err

"""What a user gives wrong: files, settings, options."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.runs import COMMAND, TIMEOUT
from tests.support.secrets import API_KEY, note

from .running import environment, files, plain_config, run_command, run_here

if TYPE_CHECKING:
    from pathlib import Path

    from tap_moco.sandbox import Server

NO_JSON = {
    "broken": b'{"bookmarks": ',
    "empty": b"",
    "bytes": b"\xff\xfe\x00",
    "html": b"<html></html>",
    "deep": b"[" * 100_000,
}
NO_OBJECT = {"list": b"[]", "string": b'"x"', "number": b"7", "true": b"true"}


def error_lines(outcome_log: str) -> list[str]:
    """Return what was said at ERROR or by the parser of options."""
    lines = outcome_log.splitlines()
    return [line for line in lines if "| ERROR" in line or line.startswith("Error:")]


def check_one_clear_line(outcome: Any, option: str) -> None:
    assert outcome.code in {1, 2}
    assert not outcome.out
    assert "Traceback" not in outcome.err
    assert "unexpected" not in outcome.err
    (line,) = error_lines(outcome.err)
    assert option in line


@pytest.mark.parametrize("option", ["config", "state", "catalog"])
def test_missing_file(tmp_path: Path, option: str) -> None:
    """A file that is not there is named."""
    given = files(tmp_path, plain_config("http://127.0.0.1:9/api/v1"))
    outcome = run_command(*given, f"--{option}", str(tmp_path / "missing.json"))
    check_one_clear_line(outcome, option)
    assert "missing.json" in outcome.err


@pytest.mark.parametrize("option", ["config", "state", "catalog"])
@pytest.mark.parametrize("content", ["broken", "deep", "bytes", "list", "string"])
def test_broken_file(tmp_path: Path, option: str, content: str) -> None:
    """A file that holds something else is named, in one line."""
    config = plain_config("http://127.0.0.1:9/api/v1", max_retries=0)
    given = [] if option == "config" else files(tmp_path, config)
    path = tmp_path / "wrong.json"
    path.write_bytes({**NO_JSON, **NO_OBJECT}[content])
    outcome = run_command(*given, f"--{option}", str(path))
    check_one_clear_line(outcome, option)


CATALOGS: dict[str, Any] = {
    "no streams": {},
    "streams no list": {"streams": {}},
    "stream no object": {"streams": [1]},
    "no id": {"streams": [{"stream": "users"}]},
    "id a list": {"streams": [{"tap_stream_id": [1]}]},
    "another tap's": {"streams": [{"tap_stream_id": "orders", "schema": {}}]},
    "schema a number": {
        "streams": [{"tap_stream_id": "users", "schema": 5, "metadata": []}]
    },
    "metadata a number": {
        "streams": [{"tap_stream_id": "users", "schema": {}, "metadata": 7}]
    },
    "metadata of numbers": {
        "streams": [{"tap_stream_id": "users", "schema": {}, "metadata": [7]}]
    },
    "breadcrumb a number": {
        "streams": [
            {
                "tap_stream_id": "users",
                "schema": {},
                "metadata": [{"breadcrumb": 5, "metadata": {}}],
            }
        ]
    },
}


@pytest.mark.parametrize("given", CATALOGS.values(), ids=CATALOGS.keys())
def test_wrong_catalog(tmp_path: Path, given: dict[str, Any]) -> None:
    """A catalog that is none is reported in one line."""
    config = plain_config("http://127.0.0.1:9/api/v1", max_retries=0)
    options = files(tmp_path, config)
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps(given))
    check_one_clear_line(run_command(*options, "--catalog", str(path)), "catalog")


@pytest.mark.parametrize("options", [(), ("--test",), ("--test=schema",)])
def test_no_config(options: tuple[str, ...]) -> None:
    """Without any settings the required ones are named."""
    outcome = run_command(*options)
    check_one_clear_line(outcome, "domain")
    assert "api_key" in outcome.err


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/api/v1",
        "http://10.0.0.1/api/v1",
        "http://127.0.0.1.example.com/api/v1",
        "http://localhost.example.com/api/v1",
        "HTTP://EXAMPLE.COM/api/v1",
        "http://0x7f000001.example/api/v1",
    ],
)
def test_plain_http(url: str) -> None:
    """Plain http goes to this machine only, unless a setting allows it."""
    outcome = run_here({"api_url": url, "api_key": API_KEY})
    assert outcome.code == 1
    assert outcome.requests == 0
    assert "plain http" in outcome.err or "not accepted" in outcome.err
    (line,) = outcome.lines("ERROR")
    assert "api_url" in line


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LocalHost", "LOCALHOST"])
def test_plain_http_to_this_machine(server: Server, host: str) -> None:
    """The sandbox needs no certificate."""
    url = server.url.replace("127.0.0.1", host)
    assert run_here(plain_config(url), ("units",)).code == 0


NUMBERS: list[dict[str, Any]] = [
    {"rate_limit": {"requests": 100, "seconds": 0.25}},
    {"connect_timeout": 2.5},
    {"read_timeout": 2.5},
    {"max_wait_seconds": 2.5},
]


@pytest.mark.parametrize("given", NUMBERS, ids=lambda given: next(iter(given)))
def test_fractions_in_a_file(
    tmp_path: Path, server: Server, given: dict[str, Any]
) -> None:
    """A number with a fraction works out of a file, which reads it exactly."""
    server.faults.add("500", "^/units")
    config = plain_config(server.url, **given)
    outcome = run_command(*files(tmp_path, config, ("units",)))
    assert outcome.code == 0, outcome.err
    assert outcome.target.rows["units"]


# Files as Windows writes them


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_files_of_windows(tmp_path: Path, server: Server, encoding: str) -> None:
    """PowerShell writes UTF-16, its editors a mark before UTF-8."""
    state = {"bookmarks": {"users": {"replication_key_value": "2026-01-01"}}}
    given = files(tmp_path, plain_config(server.url), ("users",), state)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    outcome = run_command(*given)
    assert outcome.code == 0, outcome.err
    (entry,) = [entry for entry in server.requests if entry.path == "/users"]
    assert dict(entry.query)["updated_after"] == "2025-12-31T23:59:00Z"


# Content in the place of a file's name


@pytest.mark.parametrize(
    "given",
    [
        json.dumps({"domain": "acme", "api_key": API_KEY}),
        f"domain=acme,api_key={API_KEY}",
        f"domain: acme\napi_key: {API_KEY}",
        f'"{API_KEY}"',
        json.dumps({"api_key": API_KEY, "x": "y" * 5_000}),
    ],
)
@pytest.mark.parametrize("option", ["config", "state", "catalog"])
def test_content_in_place_of_a_file(tmp_path: Path, option: str, given: str) -> None:
    """What was given holds a key, and is not repeated."""
    good = files(tmp_path, plain_config("http://127.0.0.1:9/api/v1", max_retries=0))
    outcome = run_command(*good, f"--{option}", given)
    check_one_clear_line(outcome, option)
    assert "what was given cannot be read as a file" in outcome.err


@pytest.mark.parametrize("option", ["--test", "--discover"])
def test_catalog_where_none_is_needed(
    tmp_path: Path, server: Server, option: str
) -> None:
    """All streams are listed or tried, but a wrong catalog is a mistake even so."""
    config = plain_config(server.url)
    given = files(tmp_path, config, ("tags",))
    (tmp_path / "few.json").write_text('{"streams": []}')
    few = ("--catalog", str(tmp_path / "few.json"))
    outcome = run_command(*given, *few, option, TAP_MOCO_LOGLEVEL="INFO")
    assert outcome.code == 0, outcome.err
    (tmp_path / "few.json").write_text('{"streams": 5}')
    check_one_clear_line(run_command(*given, *few, option), "catalog")


def test_empty_name() -> None:
    check_one_clear_line(run_command("--config", ""), "config")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--stat", "x"], "--stat"),
        (["--state"], "--state"),
        (["--about", "--format", "yaml"], "yaml"),
    ],
)
def test_wrong_option(options: list[str], words: str) -> None:
    """It is reported as all else that is wrong: one line, and status 1."""
    outcome = run_command(*options)
    check_one_clear_line(outcome, words)
    assert outcome.code == 1
    assert "--help" in outcome.err


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_options_that_only_print(option: str) -> None:
    outcome = run_command(option)
    assert outcome.code == 0
    assert outcome.out
    assert not outcome.err


def test_state_from_standard_input(tmp_path: Path, server: Server) -> None:
    """A dash is a file's name, as for most commands."""
    given = files(tmp_path, plain_config(server.url), ("tags",))
    done = subprocess.run(
        [COMMAND, *given, "--state", "-"],
        input=b'{"bookmarks": {}}',
        capture_output=True,
        env=environment(),
        timeout=TIMEOUT,
        check=False,
    )
    note("stderr", done.stderr)
    assert done.returncode == 0

"""Settings out of environment variables, checked as those of the file are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.settings import ALL_SETTINGS, SECRETS
from tests.support.runs import KEY, NO_LIMIT, asked, run, select, settings

from .test_bad_input import SECRET, one_line

if TYPE_CHECKING:
    from pathlib import Path

    from tap_moco.sandbox import Server

LOGIN = {"TAP_MOCO_DOMAIN": "acme", "TAP_MOCO_API_KEY": SECRET}


def variable(name: str) -> str:
    """Return the variable of a setting."""
    return f"TAP_MOCO_{name.upper()}"


def reached(server: Server, **more: str) -> dict[str, str]:
    """Return variables that reach the server."""
    limit = json.dumps(NO_LIMIT)
    given = {"api_url": server.url, "api_key": KEY, "rate_limit": limit, **more}
    return {variable(name): text for name, text in given.items()}


@pytest.mark.parametrize("text", ["", " "])
def test_empty_is_not_given_for_any_setting(living: Server, text: str) -> None:
    empty = dict.fromkeys(map(variable, ALL_SETTINGS), text)
    env = {**empty, **reached(living)}
    outcome = run(None, catalog=select("users"), env=env)
    assert outcome.code == 0, outcome.err
    assert asked(living, "/users")[0]["include_archived"] == "true"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        *[(text, "true") for text in ("true", "TRUE", "1", "yes", "On", " true ")],
        *[(text, None) for text in ("false", "False", "0", "no", "OFF")],
    ],
)
def test_booleans_in_any_usual_word(
    living: Server, text: str, sent: str | None
) -> None:
    env = reached(living, include_archived=text)
    outcome = run(None, catalog=select("users"), env=env)
    assert outcome.code == 0, outcome.err
    assert asked(living, "/users")[0].get("include_archived") == sent


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[
            ("include_archived", text)
            for text in ("ja", "nein", "t", "2", "truee", "none", "null")
        ],
        ("allow_http", "nope"),
        ("keep_signatures", "-"),
        ("flattening_enabled", "ja"),
        *[
            ("concurrency", text)
            for text in ("four", "nan", "inf", "-inf", "1_0", "4.5", "0x4", "+4", "99")
        ],
        *[("concurrency", text) for text in ('"4"', "true", "null", "[4]", "\u0664")],
        ("impersonate_user_id", "me"),
        ("overlap_seconds", "1e400"),
        ("flattening_max_depth", "deep"),
        ("flattening_max_key_length", "1.5"),
        *[
            ("read_timeout", text)
            for text in ("NaN", "Infinity", "1_000", "1,5", "30s", "null", "0")
        ],
        *[
            ("rate_limit", text)
            for text in ("60", "60/120", "{", "[]", "null", '{"requests": 60}')
        ],
        ("rate_limit", '{"requests": 60, "seconds": NaN}'),
        ("rate_limit", '{"requests": "60", "seconds": 120}'),
        *[("stream_maps", text) for text in ("{users", "[]", "users", "1")],
        ("stream_map_config", "x"),
        ("faker_config", "de_DE"),
        ("plan", "gold"),
        ("start_date", "yesterday"),
        ("domain", "acme corp"),
    ],
)
def test_another_word_is_refused(name: str, text: str) -> None:
    line = one_line(run(None, env={**LOGIN, variable(name): text}))
    assert line.startswith(f"{name}: ")
    assert ALL_SETTINGS[name]["description"] in line


@pytest.mark.parametrize("options", [("--discover",), ("--test",)])
def test_it_is_checked_whatever_is_run(options: tuple[str, ...]) -> None:
    env = {**LOGIN, "TAP_MOCO_INCLUDE_ARCHIVED": "ja"}
    assert one_line(run(None, *options, env=env)).startswith("include_archived: 'ja'")


@pytest.mark.parametrize("text", ["4", " 4 ", "4.0", "4e0"])
def test_whole_numbers(living: Server, text: str) -> None:
    env = reached(living, concurrency=text, impersonate_user_id=text)
    outcome = run(None, catalog=select("tags"), env=env)
    assert outcome.code == 0, outcome.err
    (entry,) = [entry for entry in living.requests if entry.path == "/tags"]
    assert entry.headers["x-impersonate-user-id"] == "4"


def test_objects_are_json(living: Server) -> None:
    maps = json.dumps({"tags": {"account": "'acme'"}})
    outcome = run(None, catalog=select("tags"), env=reached(living, stream_maps=maps))
    assert outcome.code == 0, outcome.err
    assert {row["account"] for row in outcome.records("tags")} == {"acme"}


def test_misspelt_variable_is_logged(living: Server) -> None:
    others = {
        "TAP_MOCO_LOGLEVEL": "INFO",
        "TAP_MOCO__SELECT": "x",
        "TAP_MOCO_RATE_LIMIT_REQUESTS": "7",
        "TAP_MOCO_STREAM_MAPS_USERS_EMAIL": "x",
    }
    env = {**reached(living, include_archivd="false"), **others}
    outcome = run(None, catalog=select("tags"), env=env)
    assert outcome.code == 0
    warnings = [line for line in outcome.err.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert "TAP_MOCO_INCLUDE_ARCHIVD" in warnings[0]


def test_variable_beats_the_file(living: Server) -> None:
    config = settings(living, include_archived="ja", concurrency=-1)
    env = {"TAP_MOCO_INCLUDE_ARCHIVED": "0", "TAP_MOCO_CONCURRENCY": "2"}
    outcome = run(config, catalog=select("users"), env=env)
    assert outcome.code == 0, outcome.err
    assert "include_archived" not in asked(living, "/users")[0]


def test_no_secret_of_a_variable_is_shown() -> None:
    env = dict.fromkeys(map(variable, SECRETS), f"{SECRET} x")
    line = one_line(run(None, env={"TAP_MOCO_DOMAIN": "acme", **env}))
    assert "api_key" in line


# .env


def test_dotenv_file_is_checked_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.joinpath(".env").write_text("TAP_MOCO_INCLUDE_ARCHIVED=ja\n")
    monkeypatch.chdir(tmp_path)
    line = one_line(run(None, env=LOGIN))
    assert line.startswith("include_archived: 'ja'")


def test_dotenv_file_gives_what_the_environment_does_not(
    living: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["TAP_MOCO_API_KEY=wrong", "TAP_MOCO_INCLUDE_ARCHIVED=false"]
    tmp_path.joinpath(".env").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    outcome = run(None, catalog=select("users"), env=reached(living))
    assert outcome.code == 0, outcome.err
    assert "include_archived" not in asked(living, "/users")[0]


def test_dotenv_file_that_is_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.joinpath(".env").write_bytes(b"A=\xff\xfe")
    monkeypatch.chdir(tmp_path)
    assert one_line(run(None, env=LOGIN)).startswith(".env: ")


# The same in the file


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_nothing_in_the_file_is_not_given(living: Server, nothing: Any) -> None:
    more = dict.fromkeys(ALL_SETTINGS, nothing)
    outcome = run({**more, **settings(living)}, catalog=select("users"))
    assert outcome.code == 0, outcome.err
    assert asked(living, "/users")[0]["include_archived"] == "true"


@pytest.mark.parametrize(
    "config",
    [
        '{"domain": "acme", "api_key": "k", "read_timeout": NaN}',
        '{"domain": "acme", "api_key": "k", "read_timeout": 1e999}',
        '{"domain": "acme", "api_key": "k", "concurrency": "4"}',
        '{"domain": "acme", "api_key": "k", "connect_timeout": "4"}',
    ],
)
def test_numbers_of_the_file_are_numbers(config: str) -> None:
    line = one_line(run(config))  # type: ignore[arg-type]
    assert line.startswith(("config: ", "concurrency: ", "connect_timeout: "))


def test_whole_number_with_a_point_in_the_file(living: Server) -> None:
    outcome = run(settings(living, concurrency=2.0), catalog=select("tags"))
    assert outcome.code == 0, outcome.err

"""Every stream: all of its records, whole, valid, and each under one key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.expected import Expectation, normalized
from tests.support.runs import stream_names
from tests.support.target import Row

if TYPE_CHECKING:
    from tap_moco.sandbox import Server
    from tap_moco.sandbox.app import Entry
    from tests.support.outcome import Outcome
    from tests.support.target import Target

Keyed = dict[tuple[Any, ...], Row]

OF_THE_TAP = "sync_runs"
"""The stream that no answer of MOCO is in."""


@pytest.fixture(scope="session")
def expectation(still: Server) -> Expectation:
    """Return what is expected of the account that no test changes."""
    return Expectation(still)


@pytest.fixture(scope="session")
def loaded(everything: tuple[Outcome, list[Entry]]) -> Target:
    """Return the target after a run of all streams."""
    outcome, _ = everything
    assert outcome.code == 0, outcome.err
    return outcome.target


def _keyed(rows: list[Row], names: list[str]) -> Keyed:
    keyed = {tuple(row[name] for name in names): row for row in rows}
    assert len(keyed) == len(rows), "the expectation itself has a key twice"
    return keyed


def _differences(rows: Keyed, wanted: Keyed) -> list[tuple[object, ...]]:
    """Return key, field, and both values of whatever differs."""
    return [
        (key, name, rows[key].get(name, "absent"), row.get(name, "absent"))
        for key, row in wanted.items()
        for name in row.keys() | rows[key].keys()
        if rows[key].get(name, "absent") != row.get(name, "absent")
    ]


@pytest.mark.parametrize("stream", [n for n in stream_names() if n != OF_THE_TAP])
def test_rows_are_the_accounts(
    stream: str, loaded: Target, expectation: Expectation
) -> None:
    """None is lost, no field is dropped, and every value is as documented."""
    message = loaded.schemas[stream]
    expected = [normalized(row, message["schema"]) for row in expectation.rows(stream)]
    assert expected, "the sandbox has nothing to read here"
    wanted = _keyed(expected, message["key_properties"])
    assert loaded.rows[stream].keys() == wanted.keys()
    assert _differences(loaded.rows[stream], wanted) == []


@pytest.mark.parametrize("stream", stream_names())
def test_rows_are_valid(stream: str, loaded: Target) -> None:
    schema = loaded.schemas[stream]["schema"]
    validator = Draft202012Validator(
        schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    errors = [
        f"{error.json_path}: {error.message}"
        for row in loaded.of(stream)
        for error in validator.iter_errors(row)
    ]
    assert errors == []


@pytest.mark.parametrize("stream", stream_names())
def test_each_row_is_written_once_while_nothing_changes(
    stream: str, loaded: Target
) -> None:
    assert loaded.written[stream] == len(loaded.rows[stream])


@pytest.mark.parametrize("stream", stream_names())
def test_every_field_is_declared(stream: str, loaded: Target) -> None:
    declared = set(loaded.schemas[stream]["schema"]["properties"])
    seen = set().union(*loaded.of(stream))
    assert seen <= declared


def test_formats_are_checked() -> None:
    """The validity above means nothing without the checkers of both formats."""
    checker = Draft202012Validator.FORMAT_CHECKER
    assert {"date", "date-time"} <= set(checker.checkers)

"""The account's own fields: raw, typed, or as columns of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.runs import asked, run, select, settings

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server
    from tests.support.outcome import Outcome
    from tests.support.target import Row

FIELDS = {
    "Kostenstelle": "K-1",
    "Übergabe am": "2026-03-31",
    "Wartungsvertrag?": "1",
    "Kanäle / Medien": ["Web", "Print"],
    "Von früher": "no longer defined",
}


@pytest.fixture
def project(account: Account) -> int:
    number: int = account.insert("projects", custom_properties=FIELDS)["id"]
    return number


def read(server: Server, mode: str) -> Outcome:
    outcome = run(settings(server, custom_fields=mode), catalog=select("projects"))
    assert outcome.code == 0, outcome.err
    return outcome


def row_of(outcome: Outcome, number: int) -> Row:
    return next(row for row in outcome.records("projects") if row["id"] == number)


def schema_of(outcome: Outcome) -> Row:
    properties: Row = outcome.messages[0]["schema"]["properties"]
    return properties


def test_raw_is_as_moco_sends_it(living: Server, project: int) -> None:
    outcome = read(living, "raw")
    assert row_of(outcome, project)["custom_properties"] == FIELDS
    assert not asked(living, "/account/custom_properties")


def test_typed_has_types_and_keeps_what_is_not_defined(
    living: Server, project: int
) -> None:
    outcome = read(living, "typed")
    typed = row_of(outcome, project)["custom_properties"]
    assert typed == {**FIELDS, "Wartungsvertrag?": True}
    declared = schema_of(outcome)["custom_properties"]["properties"]
    assert declared["Wartungsvertrag?"]["type"] == ["null", "boolean"]
    assert declared["Übergabe am"]["format"] == "date"
    assert declared["Kanäle / Medien"]["type"] == ["null", "array"]


def test_columns_have_names_fit_for_a_table(living: Server, project: int) -> None:
    outcome = read(living, "columns")
    row = row_of(outcome, project)
    assert row["custom_kostenstelle"] == "K-1"
    assert row["custom_uebergabe_am"] == "2026-03-31"
    assert row["custom_wartungsvertrag"] is True
    assert row["custom_kanaele_medien"] == ["Web", "Print"]
    assert row["custom_properties"]["Von früher"] == "no longer defined"
    assert schema_of(outcome)["custom_wartungsvertrag"]["type"] == ["null", "boolean"]


def test_definitions_are_asked_for_once(living: Server, project: int) -> None:
    assert project
    read(living, "columns")
    assert len(asked(living, "/account/custom_properties")) == 1


@pytest.mark.parametrize("mode", ["raw", "typed", "columns"])
def test_a_name_may_hold_any_sign(living: Server, account: Account, mode: str) -> None:
    name = 'Maß "L\\B"\t'
    account.insert(
        "account_custom_properties", name=name, kind="String", entity="Project"
    )
    number = account.insert("projects", custom_properties={name: "12"})["id"]
    row = row_of(read(living, mode), number)
    assert row["custom_properties"] == {name: "12"}
    if mode == "columns":
        assert row["custom_mass_l_b"] == "12"


@pytest.mark.parametrize("kind", ["403", "404", "422"])
@pytest.mark.parametrize("mode", ["typed", "columns"])
def test_definitions_that_the_key_may_not_read(
    living: Server, project: int, kind: str, mode: str
) -> None:
    """Then the fields are raw, and all else is read as ever."""
    living.faults.add(kind, "^/account/custom_properties", times=None)
    outcome = read(living, mode)
    assert row_of(outcome, project)["custom_properties"] == FIELDS
    assert not [name for name in schema_of(outcome) if name.startswith("custom_k")]
    warnings = [line for line in outcome.err.splitlines() if "| WARNING" in line]
    assert len(warnings) == 1
    assert f"custom_fields: {mode} is not possible" in warnings[0]
    assert kind in warnings[0]
    assert "custom_fields: raw" in warnings[0]
    assert len(asked(living, "/account/custom_properties")) == 1


@pytest.mark.parametrize("option", ["--discover", "--test"])
def test_definitions_are_denied_to_other_commands(living: Server, option: str) -> None:
    living.faults.add("403", "^/account/custom_properties", times=None)
    outcome = run(settings(living, custom_fields="columns"), option)
    assert outcome.code == 0, outcome.err
    assert outcome.err.count("custom_fields: columns is not possible") == 1
    if option == "--discover":
        raw = run(settings(living), option)
        assert json.loads(outcome.out) == json.loads(raw.out)


def test_definitions_that_fail_are_no_lack_of_a_right(living: Server) -> None:
    """The schemas would change from run to run with the weather."""
    living.faults.add("500", "^/account/custom_properties", times=None)
    config = settings(living, custom_fields="typed", max_retries=0)
    outcome = run(config, catalog=select("projects"))
    assert outcome.code == 1
    assert "/account/custom_properties: 500" in outcome.err
    assert '"RECORD"' not in outcome.out


LINK = "https://files.example/plan.pdf?X-Amz-Expires=900&X-Amz-Signature=s3cr3t"


@pytest.mark.parametrize("mode", ["raw", "typed", "columns"])
def test_signed_link_loses_its_signature(
    living: Server, account: Account, mode: str
) -> None:
    """It is a secret while it is valid, and other on each read."""
    account.insert(
        "account_custom_properties", name="Plan?", kind="Link", entity="Project"
    )
    values = {
        "Plan?": LINK,
        "Von früher": LINK,
        "Wiki": "https://wiki.example/?p=1",
    }
    number = account.insert("projects", custom_properties=values)["id"]
    outcome = read(living, mode)
    assert "s3cr3t" not in outcome.out
    row = row_of(outcome, number)
    bare = "https://files.example/plan.pdf"
    assert row["custom_properties"]["Plan?"] == bare
    assert row["custom_properties"]["Wiki"] == values["Wiki"]
    if mode == "columns":
        assert row["custom_plan"] == bare
    config = settings(living, custom_fields=mode, keep_signatures=True)
    kept = row_of(run(config, catalog=select("projects")), number)
    assert kept["custom_properties"] == values

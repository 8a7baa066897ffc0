"""The account's own fields: raw, typed, or as columns of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .harness import asked, run, select, settings

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server

    from .harness import Outcome, Row

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
    properties: Row = json.loads(outcome.out.splitlines()[0])["schema"]["properties"]
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
    assert declared["Wartungsvertrag?"]["type"] == ["boolean", "null"]
    assert declared["Übergabe am"]["format"] == "date"
    assert declared["Kanäle / Medien"]["type"] == ["array", "null"]


def test_columns_have_names_fit_for_a_table(living: Server, project: int) -> None:
    outcome = read(living, "columns")
    row = row_of(outcome, project)
    assert row["custom_kostenstelle"] == "K-1"
    assert row["custom_uebergabe_am"] == "2026-03-31"
    assert row["custom_wartungsvertrag"] is True
    assert row["custom_kanaele_medien"] == ["Web", "Print"]
    assert row["custom_properties"]["Von früher"] == "no longer defined"
    assert schema_of(outcome)["custom_wartungsvertrag"]["type"] == ["boolean", "null"]


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

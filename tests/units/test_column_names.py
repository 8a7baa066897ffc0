"""Names of the columns that custom fields get, and who owns them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tap_moco.records.column_names import RESERVED, assign_columns
from tap_moco.records.definitions import ENTITIES, CustomField, custom_fields
from tap_moco.state.custom_fields import CustomColumn

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMAS = Path(__file__).parents[2] / "schemas"
KINDS = ("String", "Textarea", "Link", "Boolean", "Select", "MultiSelect", "Date", "?")
FIT = re.compile(r"custom_[a-z0-9]+(_[a-z0-9]+)*", re.ASCII)


def named(*names: str, kind: str = "String", first: int = 1) -> list[CustomField]:
    """Return fields of these names, with ids that count from the first."""
    return [
        CustomField(number, name, "Project", kind)
        for number, name in enumerate(names, first)
    ]


class Memory:
    """What a state remembers from run to run."""

    def __init__(self) -> None:
        """Remember nothing."""
        self.known: dict[str, CustomColumn] = {}

    def columns(self, fields: Iterable[CustomField]) -> dict[tuple[int, str], str]:
        """Return the column of each field and type in a run with these fields."""
        columns = assign_columns(list(fields), self.known, ["id", "name"])
        for name, field in columns.items():
            self.known[name] = CustomColumn(field=field.id, type=field.type)
        return {(field.id, field.type): name for name, field in columns.items()}


def columns(*fields: CustomField) -> list[str]:
    """Return the columns of fields that are all new, in the order of their ids."""
    found = Memory().columns(fields)
    return [found[field.id, field.type] for field in fields]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Größe (m²)", "custom_groesse_m2"),
        ("PO-Nummer / Ref.", "custom_po_nummer_ref"),
        ("ÄRZTE & Straßen", "custom_aerzte_strassen"),
        ("A\u0308rzte", "custom_aerzte"),
        ("Café señor Łódź", "custom_cafe_senor_lodz"),
        ("Preis in €", "custom_preis_in_eur"),
        ("Цена", "custom_tsena"),
        ("🚀", "custom_rocket"),
        ("2024", "custom_2024"),
        ("id", "custom_id"),
        ("", "custom_field"),
        ("???", "custom_field"),
        ("Properties", "custom_properties_1"),
        ("Rates", "custom_rates_1"),
        (
            "Ansprechpartner für die Rechnungsstellung bei Großprojekten im Ausland",
            "custom_ansprechpartner_fuer_die_rechnungsstellung_bei_grossproj",
        ),
    ],
)
def test_name(name: str, column: str) -> None:
    """It is one that a person would have chosen."""
    assert columns(*named(name)) == [column]


def test_an_id_stands_only_in_names_that_collide() -> None:
    alike = named("Kunden-Nr.", "Kunden Nr", "Budget")
    found = columns(*alike)
    assert found == ["custom_kunden_nr_1", "custom_kunden_nr_2", "custom_budget"]


def test_accounts_share_names() -> None:
    """The ids are others there."""
    names = ("Kostenstelle", "🚀", "", "Größe", "Personalnummer")
    here, there = columns(*named(*names)), columns(*named(*names, first=901))
    assert here == there


def test_names_alike_as_far_as_they_are_kept() -> None:
    long = "Sehr lange Bezeichnung " * 9
    found = columns(*named(f"{long}A", f"{long}B"))
    assert len(set(found)) == 2
    assert [len(name) for name in found] == [63, 63]
    assert found[0].endswith("_1")


def test_an_ending_is_no_other_name() -> None:
    """The field whose own name it is keeps it."""
    found = columns(*named("Kunden-Nr.", "Kunden Nr", "Kunden Nr 2"))
    assert found[2] == "custom_kunden_nr_2"
    assert len(set(found)) == 3


def test_deleted_field_leaves_its_column_to_nobody() -> None:
    memory = Memory()
    first, second = named("Kunden-Nr.", "Kunden Nr")
    assert memory.columns([first]) == {(1, "text"): "custom_kunden_nr"}
    both = memory.columns([first, second])
    assert both[2, "text"] == "custom_kunden_nr_2"
    assert memory.columns([second]) == {(2, "text"): "custom_kunden_nr_2"}
    again = CustomField(3, "Kunden-Nr.", "Project", "String")
    assert memory.columns([again]) == {(3, "text"): "custom_kunden_nr_3"}


def test_renamed_field_keeps_its_column() -> None:
    memory = Memory()
    memory.columns(named("Alt"))
    renamed, new = named("Neu", "Alt")
    found = memory.columns([renamed, new])
    assert found == {(1, "text"): "custom_alt", (2, "text"): "custom_alt_2"}


def test_field_of_another_kind_gets_a_column_of_that_type() -> None:
    memory = Memory()
    memory.columns(named("Wartung"))
    (flag,) = named("Wartung", kind="Boolean")
    assert memory.columns([flag]) == {(1, "boolean"): "custom_wartung_boolean"}
    (choice,) = named("Wartung", kind="Select")
    assert memory.columns([choice]) == {(1, "text"): "custom_wartung"}


def test_column_that_the_schema_has_by_now() -> None:
    """A later version of the tap may know a field that MOCO calls so."""
    fields = named("Budget")
    known = {"custom_budget": CustomColumn(field=1, type="text")}
    assert list(assign_columns(fields, known, ["custom_budget"])) == ["custom_budget_1"]


DEFINITIONS = st.lists(
    st.builds(
        CustomField,
        id=st.integers(1, 12),
        name=st.one_of(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
            st.sampled_from(
                ["A", "a", "a.", "A 1", "a 2", "a 1 2", "a boolean", "field", "Rates"]
            ),
        ),
        entity=st.just("Project"),
        kind=st.sampled_from(KINDS),
    ),
    max_size=8,
    unique_by=lambda field: field.id,
)


@given(st.lists(DEFINITIONS, min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_a_column_means_one_field_for_ever(runs: list[list[CustomField]]) -> None:
    memory = Memory()
    owners: dict[str, tuple[int, str]] = {}
    for fields in runs:
        found = memory.columns(fields)
        assert len(found) == len(fields), "each has a column"
        for owner, name in found.items():
            assert owners.setdefault(name, owner) == owner
            assert FIT.fullmatch(name)
            assert len(name) <= 63
            assert name not in RESERVED
        assert memory.columns(fields) == found


def properties(stream: str) -> dict[str, Any]:
    """Return the properties of a stream's schema."""
    text = (SCHEMAS / f"{stream}.json").read_text(encoding="utf-8")
    declared: dict[str, Any] = json.loads(text)["properties"]
    return declared


def test_every_stream_with_custom_fields_is_covered() -> None:
    streams = [path.stem for path in SCHEMAS.glob("*.json")]
    holding = {name for name in streams if "custom_properties" in properties(name)}
    assert holding == ENTITIES.keys()


def test_names_of_all_schemas_are_reserved() -> None:
    """A field gets no other column when a later schema has its name."""
    streams = [path.stem for path in SCHEMAS.glob("*.json")]
    names = {name for stream in streams for name in properties(stream)}
    assert {name for name in names if name.startswith("custom_")} <= RESERVED


def test_definitions_in_odd_forms() -> None:
    rows: list[dict[str, Any]] = [
        {"id": 2, "name": None, "entity": None, "kind": None},
        {"id": 1, "name": "A", "entity": "Project", "kind": "String"},
        {"id": 1, "name": "A", "entity": "Project", "kind": "String"},
        {"name": "without an id"},
    ]
    assert [field.id for field in custom_fields(rows)] == [1, 2]

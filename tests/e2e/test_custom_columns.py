"""Custom fields over many runs: columns keep their fields, values cost no records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import Account, generate_account, serve
from tests.support.clock import Clock
from tests.support.runs import select

from .custom_pipeline import Pipeline, columns_of, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.row import Row
    from tap_moco.sandbox import Server
    from tap_moco.sandbox.app import Entry
    from tests.support.outcome import Outcome

LONG = "Ansprechpartner für die Rechnungsstellung bei Großprojekten im Ausland"


def define(account: Account, name: str, kind: str = "String", **more: Any) -> int:
    number: int = account.insert(
        "account_custom_properties",
        **{"entity": "Deal", **more},
        name=name,
        kind=kind,
    )["id"]
    return number


def warnings(outcome: Outcome) -> list[str]:
    return [line for line in outcome.err.splitlines() if "| WARNING" in line]


@pytest.fixture
def living() -> Iterator[Server]:
    """Serve an account whose deals have two pages: one is read whole every time."""
    account = generate_account(0.2, seed=2)
    account.clock = Clock(account.clock())
    for number in account.ids("account_custom_properties"):
        account.delete("account_custom_properties", number)
    with serve(account, max_per_page=2) as server:
        yield server


@pytest.fixture
def pipeline(living: Server) -> Pipeline:
    return Pipeline(living)


def quietly(account: Account, number: int, values: Row) -> None:
    """Give a deal values without a trace in `updated_at`."""
    changed = account.get("deals", number)["updated_at"]
    account.update("deals", number, custom_properties=values, updated_at=changed)


def test_new_field_is_filled_on_old_rows(pipeline: Pipeline, account: Account) -> None:
    pipeline.run()
    quiet = pipeline.run()
    assert "changes since" in quiet.err
    quietly(account, account.ids("deals")[0], {"Budgetart": "fix"})
    define(account, "Budgetart")
    outcome = pipeline.run()
    assert "its custom fields have changed" in outcome.err
    assert pipeline.table[account.ids("deals")[0]]["custom_budgetart"] == "fix"
    again = pipeline.run()
    assert "changes since" in again.err
    assert not again.records("deals")


def test_sweep_stays_due_until_it_has_come(
    pipeline: Pipeline, account: Account, living: Server
) -> None:
    pipeline.run()
    number = account.ids("deals")[0]
    quietly(account, number, {"Budgetart": "fix"})
    define(account, "Budgetart")
    living.faults.add("500", r"/deals\?", times=None)
    outcome = pipeline.run(code=1, max_retries=0)
    assert not outcome.records("deals")
    living.faults.clear()
    pipeline.run()
    assert pipeline.table[number]["custom_budgetart"] == "fix"


def test_columns_after_raw(pipeline: Pipeline, account: Account) -> None:
    """What was read without columns is read again with them."""
    number = account.ids("deals")[0]
    define(account, "Budgetart")
    quietly(account, number, {"Budgetart": "fix"})
    pipeline.run()
    quietly(account, number, {"Budgetart": "frei"})
    account.update("deals", number, custom_properties={"Budgetart": "offen"})
    pipeline.run(custom_fields="raw")
    assert pipeline.table[number]["custom_budgetart"] == "fix"
    pipeline.run()
    assert pipeline.table[number]["custom_budgetart"] == "offen"


def test_renamed_field_keeps_its_column(pipeline: Pipeline, account: Account) -> None:
    field = define(account, "Alt")
    touched, untouched = account.ids("deals")[:2]
    for number in (touched, untouched):
        account.update("deals", number, custom_properties={"Alt": "1"})
    pipeline.run()
    account.update("account_custom_properties", field, name="Neu")
    quietly(account, untouched, {"Neu": "1"})
    account.update("deals", touched, custom_properties={"Neu": "2"})
    outcome = pipeline.run()
    assert columns_of(outcome).keys() == {"custom_alt"}
    assert pipeline.table[untouched]["custom_alt"] == "1"
    assert pipeline.table[untouched]["custom_properties"] == {"Neu": "1"}
    assert pipeline.table[touched]["custom_alt"] == "2"
    assert columns_of(outcome)["custom_alt"]["title"] == "Neu"


@pytest.mark.parametrize("is_discovered", [False, True])
def test_deleted_field_gives_its_column_to_nobody(
    pipeline: Pipeline, account: Account, *, is_discovered: bool
) -> None:
    first, second = define(account, "Kunden-Nr."), define(account, "Kunden Nr")
    values = {"Kunden-Nr.": "eins", "Kunden Nr": "zwei"}
    number = account.insert("deals", custom_properties=values)["id"]
    pipeline.discover()
    pipeline.run()
    before = dict(pipeline.table[number])
    owner = {f"custom_kunden_nr_{first}": "eins", f"custom_kunden_nr_{second}": "zwei"}
    assert {name: before[name] for name in owner} == owner
    account.delete("account_custom_properties", first)
    account.update("deals", number, custom_properties={"Kunden Nr": "drei"})
    if is_discovered:
        pipeline.discover()
    outcome = pipeline.run()
    assert columns_of(outcome).keys() == {f"custom_kunden_nr_{second}"}
    assert pipeline.table[number][f"custom_kunden_nr_{second}"] == "drei"


def test_columns_survive_other_filters(pipeline: Pipeline, account: Account) -> None:
    first = define(account, "Kunden-Nr.")
    pipeline.run()
    second = define(account, "Kunden Nr")
    account.delete("account_custom_properties", first)
    outcome = pipeline.run(include_archived=False)
    assert columns_of(outcome).keys() == {f"custom_kunden_nr_{second}"}


KINDS = {
    "Boolean": ("1", True),
    "Date": ("2026-03-31", "2026-03-31"),
    "MultiSelect": (["Web", "Print"], ["Web", "Print"]),
    "Select": ("Web", "Web"),
    "Whatever": ("Web", "Web"),
}
ODD = ["ja", "31.12.2026", "2026-02-30", ["a"], {"a": 1}, True, 7, 1.5, "", None, "0"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["typed", "columns"])
def test_a_value_that_does_not_fit_costs_that_value(
    pipeline: Pipeline, account: Account, kind: str, mode: str
) -> None:
    field = define(account, "Medium", kind)
    given, wanted = KINDS[kind]
    right = account.insert("deals", custom_properties={"Medium": given})["id"]
    odd = {
        account.insert("deals", custom_properties={"Medium": value})["id"]: value
        for value in ODD
    }
    outcome = pipeline.run(custom_fields=mode)
    lost = 0
    for number, value in {right: given, **odd}.items():
        row = pipeline.table[number]
        typed = row["custom_medium"] if mode == "columns" else _typed(row)
        raw: Any = row["custom_properties"] or {}
        raw = raw if mode == "columns" else raw.get("_raw")
        if number == right:
            assert typed == wanted
        elif typed is None and value not in (None, ""):
            lost += 1
            assert raw["Medium"] == value
        elif mode == "typed":
            assert raw is None
    lines = [line for line in warnings(outcome) if "'Medium'" in line]
    assert len(lines) == 1
    assert f"(id {field}) has a value that is no {kind} in {lost} records" in lines[0]
    assert len(pipeline.table) == len(account.ids("deals"))


def _typed(row: Row) -> Any:
    return (row["custom_properties"] or {}).get("Medium")


@pytest.mark.parametrize("mode", ["typed", "columns"])
@pytest.mark.parametrize("is_discovered", [False, True])
def test_catalog_that_is_older_than_a_change_of_kind(
    pipeline: Pipeline, account: Account, mode: str, *, is_discovered: bool
) -> None:
    """Today's definitions decide; every run's records fit its SCHEMA."""
    pipeline.config["custom_fields"] = mode
    field = define(account, "Wartung")
    number = account.insert("deals", custom_properties={"Wartung": "ja"})["id"]
    pipeline.discover()
    pipeline.run()
    seen: dict[str, set[str]] = {}
    for kind, value in (("Boolean", "1"), ("MultiSelect", ["a"]), ("String", "b")):
        account.update("account_custom_properties", field, kind=kind)
        account.update("deals", number, custom_properties={"Wartung": value})
        if is_discovered:
            pipeline.discover()
        outcome = pipeline.run()
        assert len(pipeline.table) == len(account.ids("deals"))
        for name, schema in columns_of(outcome).items():
            seen.setdefault(name, set()).add(json.dumps(schema["type"]))
    if mode == "columns":
        assert all(len(types) == 1 for types in seen.values())
        assert pipeline.table[number]["custom_wartung"] == "b"
        assert pipeline.table[number]["custom_wartung_boolean"] is True
        assert pipeline.table[number]["custom_wartung_list"] == ["a"]


def test_raw_after_a_catalog_with_types(pipeline: Pipeline, account: Account) -> None:
    define(account, "Wartung", "Boolean")
    number = account.insert("deals", custom_properties={"Wartung": "1"})["id"]
    for mode in ("typed", "columns"):
        pipeline.config["custom_fields"] = mode
        pipeline.discover()
        outcome = pipeline.run(custom_fields="raw")
        assert not columns_of(outcome)
        assert pipeline.table[number]["custom_properties"] == {"Wartung": "1"}


def test_deselected_field_stays_so_under_any_name(
    pipeline: Pipeline, account: Account
) -> None:
    """A catalog that is made anew knows no state, and names the column otherwise."""
    field = define(account, "Geburtstag")
    number = account.insert("deals", custom_properties={"Geburtstag": "x"})["id"]
    pipeline.run()
    account.update("account_custom_properties", field, name="Jahrestag")
    account.update("deals", number, custom_properties={"Jahrestag": "y"})
    pipeline.discover()
    entry = next(
        e for e in pipeline.catalog["streams"] if e["tap_stream_id"] == "deals"
    )
    for item in entry["metadata"]:
        if item["breadcrumb"] == ["properties", "custom_jahrestag"]:
            item["metadata"]["selected"] = False
    outcome = pipeline.run()
    record = next(r for r in outcome.records("deals") if r["id"] == number)
    assert "custom_geburtstag" not in record
    assert "custom_jahrestag" not in record


def test_the_schema_tells_whose_a_column_is(
    pipeline: Pipeline, account: Account
) -> None:
    field = define(account, "PO-Nummer / Ref.")
    column = columns_of(pipeline.run())["custom_po_nummer_ref"]
    assert column["title"] == "PO-Nummer / Ref."
    assert (
        column["description"]
        == f"PO-Nummer / Ref. (custom field {field} of Deal, String)"
    )


@pytest.mark.parametrize("mode", ["typed", "columns"])
@pytest.mark.parametrize("depth", [1, 3])
def test_flattened(pipeline: Pipeline, account: Account, mode: str, depth: int) -> None:
    """Typed properties would have names that no database takes."""
    names = [LONG, f"{LONG}!", "Properties", "🚀", "", "x" * 300]
    for name in names:
        define(account, name)
    values = {name: f"value of {name}" for name in names}
    values["undefined"] = "x"
    number = account.insert("deals", custom_properties=values)["id"]
    flat = {"flattening_enabled": True, "flattening_max_depth": depth}
    outcome = pipeline.run(custom_fields=mode, **flat)
    row = pipeline.table[number]
    assert json.loads(row["custom_properties"]) == values
    own = columns_of(outcome)
    assert all(len(name.encode()) <= 63 for name in own)
    assert {row[name] for name in own} == set(values.values()) - {"x"}


@pytest.mark.parametrize("mode", ["typed", "columns"])
def test_account_without_fields(
    pipeline: Pipeline, account: Account, mode: str
) -> None:
    number = account.ids("deals")[0]
    quietly(account, number, {"undefined": "x"})
    for option in ({}, {"flattening_enabled": True, "flattening_max_depth": 1}):
        outcome = pipeline.run(custom_fields=mode, unknown_fields="keep", **option)
        assert not columns_of(outcome)
    first, second = (pipeline.run(custom_fields=mode) for _ in range(2))
    assert schema_of(first) == schema_of(second)
    assert "_unknown" not in schema_of(second)["properties"]


def test_fields_of_the_same_name(living: Server, account: Account) -> None:
    """Companies of different types may have them: each has a column."""
    pipeline = Pipeline(living, "companies")
    first = define(account, "Status", entity="Customer")
    second = define(account, "Status", "Boolean", entity="Supplier")
    given = {"Status": "1"}
    one, two = (
        account.insert("companies", type=kind, custom_properties=given)["id"]
        for kind in ("customer", "supplier")
    )
    pipeline.run()
    names = (f"custom_status_{first}", f"custom_status_{second}")
    assert [pipeline.table[one][name] for name in names] == ["1", None]
    assert [pipeline.table[two][name] for name in names] == [None, True]


def test_typed_fields_of_the_same_name(living: Server, account: Account) -> None:
    """The first one's kind is the property's; what does not fit it is kept."""
    pipeline = Pipeline(living, "companies", custom_fields="typed")
    define(account, "Status", "Boolean", entity="Customer")
    define(account, "Status", entity="Supplier")
    given = {"Status": "gut"}
    supplier = account.insert("companies", type="supplier", custom_properties=given)
    pipeline.run()
    found = pipeline.table[supplier["id"]]["custom_properties"]
    assert found == {"Status": None, "_raw": given}


def test_typed_field_that_is_called_as_the_rest(
    pipeline: Pipeline, account: Account
) -> None:
    define(account, "_raw", "Boolean")
    define(account, "Fällig", "Date")
    given = {"_raw": "1", "Fällig": "bald"}
    number = account.insert("deals", custom_properties=given)["id"]
    other = account.insert("deals", custom_properties={"_raw": "1"})["id"]
    pipeline.run(custom_fields="typed")
    found = {n: pipeline.table[n]["custom_properties"] for n in (number, other)}
    assert found[number] == {"Fällig": None, "_raw": given}
    assert found[other] == {"_raw": {"_raw": "1"}}


def test_unknown_entities_are_one_warning(pipeline: Pipeline, account: Account) -> None:
    define(account, "Farbe", entity="Spaceship")
    define(account, "Form", entity="Spaceship")
    define(account, "Ton", entity="Choir")
    pipeline.catalog = select("companies", "deals", "projects")
    lines = [line for line in warnings(pipeline.run()) if "custom_fields" in line]
    assert len(lines) == 1
    assert "'Choir', 'Spaceship'" in lines[0]


def test_definitions_on_pages_that_move() -> None:
    """A field that slipped between two pages is looked for again."""
    account = Account(Clock())
    for number in range(120):
        define(account, f"Feld {number}")
    asked: list[str] = []

    def slip(entry: Entry, account: Account) -> None:
        if entry.path.endswith("/custom_properties"):
            asked.append(entry.path)
            if len(asked) == 2:
                first = account.ids("account_custom_properties")[0]
                account.delete("account_custom_properties", first)

    with serve(account, before_request=slip) as server:
        outcome = Pipeline(server).run()
    assert len(columns_of(outcome)) == 119
    assert len(asked) == 4


def test_state_of_an_older_version(pipeline: Pipeline, account: Account) -> None:
    """It knows no columns: all rows are read once more."""
    define(account, "Budgetart")
    pipeline.run()
    assert pipeline.state
    del pipeline.state["bookmarks"]["deals"]["custom_fields"]
    outcome = pipeline.run()
    assert "its custom fields have changed" in outcome.err

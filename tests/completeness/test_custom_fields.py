"""Sixty custom fields with the names that people give, in a real PostgreSQL."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from tap_moco.sandbox import Account, serve

from .test_postgres import Pipeline, database

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["database"]

LONG_AGO = "2024-01-31T12:00:00Z"
ENTITIES = {
    "projects": "Project",
    "companies": "Customer",
    "contacts": "Contact",
    "deals": "Deal",
    "units": "Unit",
}
NAMES = {
    "Größe (m²)": "custom_groesse_m2",
    "PO-Nummer / Ref.": "custom_po_nummer_ref",
    "🚀": "custom_rocket",
    "": "custom_field",
    "id": "custom_id",
    "Properties": "custom_properties_{}",
    "Rates": "custom_rates_{}",
    f"{'Sehr lange Bezeichnung ' * 9}A": "custom_sehr_lange_bezeichnung_sehr",
    f"{'Sehr lange Bezeichnung ' * 9}B": "custom_sehr_lange_bezeichnung_sehr",
    "Kunden-Nr.": "custom_kunden_nr_{}",
    "Kunden Nr": "custom_kunden_nr_{}",
    "Kostenstelle": "custom_kostenstelle",
}
"""Twelve for each of five entities, and how their columns begin."""


class CustomPipeline(Pipeline):
    """A pipeline with columns for custom fields."""

    def tap(self, streams: tuple[str, ...]) -> list[str]:
        """Return the tap's command; `--discover` has no state, as in Meltano."""
        command = super().tap(streams)
        path = Path(command[command.index("--config") + 1])
        config = json.loads(path.read_text()) | {"custom_fields": "columns"}
        path.write_text(json.dumps(config))
        return command

    def columns(self, table: str) -> dict[str, str]:
        """Return the types of a table's columns that custom fields have."""
        query = sa.text(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = :schema AND table_name = :name"
        ).bindparams(schema=self.schema, name=table)
        with self.engine.connect() as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        fixed = {"custom_properties", "custom_rates"}
        return {
            name: kind
            for name, kind in found.items()
            if name.startswith("custom_") and name not in fixed
        }


class Fields:
    """The definitions of an account, and a record of each entity with values."""

    def __init__(self, account: Account) -> None:
        """Define all of them."""
        self.account = account
        self.ids: dict[tuple[str, str], int] = {}
        self.records = {
            stream: account.insert(stream, created_at=LONG_AGO)["id"]
            for stream in ENTITIES
        }
        for stream in ENTITIES:
            for name in NAMES:
                self.define(stream, name, "String", f"{stream}: {name[-9:]}")

    def define(self, stream: str, name: str, kind: str, value: Any) -> int:
        """Define a field, and give the record a value for it."""
        made = self.account.insert(
            "account_custom_properties", name=name, kind=kind, entity=ENTITIES[stream]
        )
        number: int = made["id"]
        self.ids[stream, name] = number
        self.hold(stream, **{name: value})
        return number

    def raw(self, stream: str) -> dict[str, Any]:
        """Return what MOCO sends of the record."""
        record = self.account.get(stream, self.records[stream])
        raw: dict[str, Any] = record["custom_properties"]
        return raw

    def hold(self, stream: str, **values: Any) -> None:
        """Give the record values, without a trace in its stamp; None takes one away."""
        record = self.account.get(stream, self.records[stream])
        raw = {**record["custom_properties"], **values}
        self.account.update(
            stream,
            record["id"],
            custom_properties={k: v for k, v in raw.items() if v is not None},
            updated_at=record["updated_at"],
        )


@pytest.fixture
def fields() -> Fields:
    return Fields(Account())


@pytest.fixture
def pipeline(fields: Fields, database: str, tmp_path: Path) -> Iterator[CustomPipeline]:
    """Return a pipeline into a schema of its own."""
    with serve(fields.account) as server:
        yield CustomPipeline(tmp_path, server, database, "custom_fields")


def test_sixty_fields(pipeline: CustomPipeline, fields: Fields) -> None:
    """Fields are added, renamed, retyped and removed between the runs."""
    account, streams = fields.account, tuple(ENTITIES)
    assert pipeline.run(*streams) == (0, 0)
    columns = _check_names(pipeline, fields)

    fields.define("projects", "Kunden_Nr", "String", "neu")
    fields.define("companies", "Seit", "Date", "2026-03-31")
    assert pipeline.run(*streams) == (0, 0)
    new = f"custom_kunden_nr_{fields.ids['projects', 'Kunden_Nr']}"
    assert _row(pipeline, fields, "projects")[new] == "neu"
    assert str(_row(pipeline, fields, "companies")["custom_seit"])[:10] == "2026-03-31"

    renamed = fields.ids["contacts", "Kostenstelle"]
    account.update("account_custom_properties", renamed, name="Budget")
    fields.hold("contacts", Kostenstelle=None, Budget="4711")
    assert pipeline.run(*streams) == (0, 0)
    assert _row(pipeline, fields, "contacts")["custom_kostenstelle"] == "4711"

    retyped = fields.ids["deals", "Kostenstelle"]
    account.update("account_custom_properties", retyped, kind="Boolean")
    assert pipeline.run(*streams) == (0, 0)
    row = _row(pipeline, fields, "deals")
    assert row["custom_kostenstelle_boolean"] is None, "what was text is no answer"
    assert row["custom_properties"] == fields.raw("deals")
    fields.hold("deals", Kostenstelle="1")
    account.update("deals", fields.records["deals"], name="angefasst")
    assert pipeline.run(*streams) == (0, 0)
    assert _row(pipeline, fields, "deals")["custom_kostenstelle_boolean"] is True

    account.delete("account_custom_properties", fields.ids["units", "Kunden-Nr."])
    fields.hold("units", **{"Kunden-Nr.": None, "Kunden Nr": "noch da"})
    assert pipeline.run(*streams) == (0, 0)
    second = f"custom_kunden_nr_{fields.ids['units', 'Kunden Nr']}"
    assert _row(pipeline, fields, "units")[second] == "noch da"
    for stream, names in columns.items():
        kinds = pipeline.columns(stream)
        assert {name: kinds[name] for name in names} == names, "no column has changed"


def _row(pipeline: Pipeline, fields: Fields, stream: str) -> dict[str, Any]:
    return pipeline.rows(stream)[fields.records[stream]]


def _check_names(pipeline: CustomPipeline, fields: Fields) -> dict[str, dict[str, str]]:
    """Compare names and values of all columns; return their types by table."""
    found = {stream: pipeline.columns(stream) for stream in ENTITIES}
    for stream, columns in found.items():
        assert len(columns) == len(NAMES)
        row = _row(pipeline, fields, stream)
        raw = fields.raw(stream)
        for name, pattern in NAMES.items():
            begin = pattern.format(fields.ids[stream, name])
            mine = [c for c in columns if c.startswith(begin) and row[c] == raw[name]]
            assert mine, (stream, name)
        assert sorted(row[column] for column in columns) == sorted(raw.values())
        assert all(re.fullmatch(r"custom_[a-z0-9_]{1,56}", name) for name in columns)
    return found

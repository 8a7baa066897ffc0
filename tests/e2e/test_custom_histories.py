"""Random histories of custom fields: no column changes its field, nothing is lost."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, settings

from tap_moco.sandbox import Account, serve
from tests.support.clock import Clock

from .custom_pipeline import Pipeline, columns_of, schema_of

if TYPE_CHECKING:
    from tap_moco.row import Row
    from tests.support.outcome import Outcome

KINDS = (
    "String",
    "Textarea",
    "Link",
    "Boolean",
    "Select",
    "MultiSelect",
    "Date",
    "New",
)
NAMES = st.one_of(
    # the tap has another sign for the one that databases refuse
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
        max_size=300,
    ),
    st.sampled_from(["", "A", "a", "a.", "A 1", "id", "Properties", "Rates", "🚀"]),
    st.sampled_from(["x" * 200, "x" * 200 + "y", "Größe (m²)", "Groesse m2"]),
)
VALUES = st.one_of(
    st.sampled_from(["", None, "0", "1", "ja", "2026-01-31", "2026-02-30", 7, 1.5]),
    st.sampled_from([True, [], ["a"], ["a", "b"], ["a", None], [["a"]], {"a": "b"}]),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "rename", "retype", "delete", "touch"]),
        NAMES,
        st.sampled_from(KINDS),
        st.lists(VALUES, min_size=3, max_size=3),
        st.integers(0, 11),
    ),
    max_size=6,
)
RUNS = st.lists(
    st.tuples(STEPS, st.sampled_from(["kept", "anew"]), st.booleans()),
    min_size=2,
    max_size=4,
)


@dataclass
class Fields:
    """The definitions of an account, and what its deals hold of them."""

    account: Account
    deals: list[int]
    names: dict[int, str] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)

    def step(
        self, what: str, name: str, kind: str, values: list[Any], choice: int
    ) -> None:
        """Change a definition; deals change with it, but not their stamps."""
        collection = "account_custom_properties"
        number = list(self.names)[choice % len(self.names)] if self.names else None
        is_new = name not in self.names.values()
        if what == "add" and is_new:
            made = self.account.insert(collection, name=name, kind=kind, entity="Deal")
            self.names[made["id"]], self.kinds[made["id"]] = name, kind
            self.change(lambda n, raw: {**raw, name: values[n]})
        elif number is None:
            return
        elif what == "rename" and is_new:
            old, self.names[number] = self.names[number], name
            self.account.update(collection, number, name=name)
            self.change(
                lambda _, raw: {name if k == old else k: v for k, v in raw.items()}
            )
        elif what == "retype":
            self.kinds[number] = kind
            self.account.update(collection, number, kind=kind)
        elif what == "delete":
            old = self.names.pop(number)
            self.account.delete(collection, number)
            self.change(lambda _, raw: {k: v for k, v in raw.items() if k != old})
        elif what == "touch":
            key = self.names[number]
            deal = self.deals[0]
            raw = {**self.raw(deal), key: values[0]}
            self.account.update("deals", deal, custom_properties=raw)

    def raw(self, deal: int) -> Row:
        """Return what MOCO sends of a deal."""
        raw: Row = self.account.get("deals", deal)["custom_properties"]
        return raw

    def change(self, how: Any) -> None:
        """Change all deals, which keep their stamps."""
        for number, deal in enumerate(self.deals):
            stamp = self.account.get("deals", deal)["updated_at"]
            raw = how(number, self.raw(deal))
            self.account.update("deals", deal, custom_properties=raw, updated_at=stamp)


def typed(value: Any, kind: str) -> Any:
    """Return a value as it should be typed; nothing where it does not fit."""
    if kind == "Boolean":
        return {"0": False, "1": True}.get(str(value) if value is not True else "1")
    if kind == "Date":
        return value if value == "2026-01-31" else None
    if kind == "MultiSelect":
        return value if isinstance(value, list) and value != [["a"]] else None
    if isinstance(value, (list, dict, bool)) or value in ("", None):
        return None
    return str(value)


def check_columns(
    outcome: Outcome, pipeline: Pipeline, fields: Fields, owners: dict[str, str]
) -> None:
    """Compare the table with the account, and columns with those of earlier runs."""
    columns = columns_of(outcome)
    found = {}
    for name, schema in columns.items():
        assert re.fullmatch(r"custom_[a-z0-9_]*[a-z0-9]", name)
        assert len(name) <= 63
        ids = re.findall(r" \(custom field (\d+) of Deal", schema["description"])
        owner = f"{ids[-1]} {schema['type']} {schema.get('format')}"
        assert owners.setdefault(name, owner) == owner
        assert owners.setdefault(owner, name) == name
        found[int(ids[-1])] = name
    assert found.keys() == fields.names.keys()
    for deal in fields.deals:
        row, raw = pipeline.table[deal], fields.raw(deal)
        assert (row["custom_properties"] or {}) == raw
        for own, name in fields.names.items():
            wanted = typed(raw.get(name), fields.kinds[own])
            assert row[found[own]] == wanted


def check_typed(outcome: Outcome, pipeline: Pipeline, fields: Fields) -> None:
    """Every value is typed, or as it was sent beside the typed ones."""
    declared = schema_of(outcome)["properties"]["custom_properties"]
    names = {*fields.names.values(), "_raw"} if fields.names else set()
    assert declared.get("properties", {}).keys() == names
    for deal in fields.deals:
        row, raw = pipeline.table[deal], fields.raw(deal)
        kept = row["custom_properties"] or {}
        odd = kept.get("_raw") or {}
        for number, name in fields.names.items():
            value = raw.get(name)
            assert kept.get(name) == typed(value, fields.kinds[number])
            if kept.get(name) is None and value not in ("", None):
                assert odd[name] == value


@given(RUNS)
@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a shrunk one takes minutes
    suppress_health_check=[HealthCheck.data_too_large],
)
def test_history(runs: list[tuple[Any, str, bool]]) -> None:
    account = Account(Clock())
    long_ago = "2024-01-31T12:00:00Z"  # no increment reads them again
    numbers = [account.insert("deals", created_at=long_ago)["id"] for _ in range(3)]
    fields, owners = Fields(account, numbers), dict[str, str]()
    with serve(account, max_per_page=2) as server:  # one page is read whole each time
        pipeline = Pipeline(server)
        for steps, catalog, is_typed in runs:
            for step in steps:
                fields.step(*step)
            pipeline.config["custom_fields"] = "typed" if is_typed else "columns"
            if catalog == "anew":
                pipeline.discover()
            outcome = pipeline.run()
            if is_typed:
                check_typed(outcome, pipeline, fields)
            else:
                check_columns(outcome, pipeline, fields, owners)

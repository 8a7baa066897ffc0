"""The account itself: what is in it, and what changes do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import Account, generate_account
from tap_moco.sandbox.collections import COLLECTIONS
from tap_moco.sandbox.evolve import evolve

from .conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = Path(__file__).parents[2] / "schemas"
OTHERWISE = {"purchases.user.name"}
"""Where the sandbox shows what MOCO sends instead of what its document says."""


def _dangling(account: Account) -> Iterator[str]:
    for collection, kind in COLLECTIONS.items():
        for record in account.all(collection):
            for name in kind.keys:
                if record[name] is not None and not record.follow(name):
                    yield f"{collection}.{name}"


def _unknown(schema: dict[str, Any], value: object, path: str) -> Iterator[str]:
    properties, items = schema.get("properties"), schema.get("items")
    if isinstance(value, dict) and properties:
        for name, inner in value.items():
            place = f"{path}.{name}"
            if name in properties:
                yield from _unknown(properties[name], inner, place)
            elif place not in OTHERWISE:
                yield place
    elif isinstance(value, list) and isinstance(items, dict):
        for inner in value:
            yield from _unknown(items, inner, path)


def test_every_collection_has_records(account: Account) -> None:
    """No list is empty, and each key leads somewhere."""
    assert {
        n: len(account.ids(n)) for n in COLLECTIONS if len(account.ids(n)) < 3
    } == {}
    assert set(_dangling(account)) == set()


def test_generated_fields_are_known(account: Account) -> None:
    """Nothing is made up that no payload shows."""
    for collection, kind in COLLECTIONS.items():
        known = {"id", "created_at", "updated_at", *kind.defaults}
        for record in account.records[collection].values():
            assert record.keys() == known, collection


@pytest.mark.parametrize("collection", sorted(COLLECTIONS))
def test_payloads_fit_the_schemas(collection: str) -> None:
    """Every field of a payload is one that the tap knows."""
    schema = json.loads((SCHEMAS / f"{collection}.json").read_text())
    for row in ACCOUNT.rows(collection):
        assert set(_unknown(schema, row, collection)) == set()


ACCOUNT = generate_account(now=NOW)


def test_same_arguments_same_account() -> None:
    """Chance has a seed."""
    again, other = generate_account(now=NOW), generate_account(seed=2, now=NOW)
    for collection in COLLECTIONS:
        assert again.rows(collection) == ACCOUNT.rows(collection)
    assert other.rows("projects") != ACCOUNT.rows("projects")


def test_names_of_companies_are_distinct() -> None:
    """A chart by customer needs no ids, however large the account."""
    for account in (ACCOUNT, generate_account(12, now=NOW)):
        names = [row["name"] for row in account.rows("companies")]
        assert len(set(names)) == len(names)


def test_same_account_in_every_process() -> None:
    """Nothing depends on the order of sets, which each process has its own."""
    code = (
        "from datetime import datetime, timezone;"
        "from tap_moco.sandbox import generate_account;"
        "now = datetime(2026, 11, 24, tzinfo=timezone.utc);"
        "print(generate_account(0.1, now=now).records)"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in "12"
    }
    assert len(printed) == 1


def test_scale() -> None:
    """Twice the scale, twice the activities."""
    assert len(generate_account(2, now=NOW).ids("activities")) == 6000
    assert len(generate_account(0.01, now=NOW).ids("activities")) == 30


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_small_account_has_some_of_everything(seed: int) -> None:
    """Whatever is drawn for the few records that there are."""
    for scale in (0, 0.001, 0.02, 0.05, 0.08, 0.1, 0.11, 0.12, 0.13, 0.14):
        account = generate_account(scale, seed=seed, now=NOW)
        assert all(account.records.values()), scale


@pytest.mark.parametrize("collection", sorted(COLLECTIONS))
def test_insert_fills_the_rest(collection: str) -> None:
    """A record can be made into an empty account, keys and all."""
    account = Account()
    row = account.insert(collection)
    assert account.rows(collection) == [row]
    assert set(_dangling(account)) == set()


def test_wrong_fields_are_refused(account: Account) -> None:
    """A typo in a test is an error."""
    with pytest.raises(ValueError, match="no field nmae"):
        account.insert("projects", nmae="x")
    with pytest.raises(ValueError, match="no record 5"):
        account.insert("project_tasks", project_id=5)


def test_deletes_cascade(account: Account) -> None:
    """What belongs to a record goes with it."""
    company = account.rows("projects")[0]["customer"]["id"]
    account.delete("companies", company)
    account.delete("users", account.ids("users")[0])
    assert set(_dangling(account)) == set()
    for collection in COLLECTIONS:
        account.rows(collection)


def test_evolving_keeps_an_account_whole(account: Account) -> None:
    """After many changes every payload can still be printed."""
    done = evolve(account, 300, seed=7)
    assert sum(done.values()) == 300
    assert set(_dangling(account)) == set()
    for collection in COLLECTIONS:
        account.rows(collection)


def test_children_do_not_touch_parents(account: Account) -> None:
    """A payment touches its invoice; a task leaves its project alone."""
    account.clock = lambda: NOW + timedelta(hours=1)
    task = account.rows("project_tasks")[0]
    before = {row["id"]: row["updated_at"] for row in account.rows("projects")}
    account.update("project_tasks", task["id"], name="anders")
    after = {row["id"]: row["updated_at"] for row in account.rows("projects")}
    assert before == after
    invoice = account.ids("invoices")[0]
    account.insert("invoice_payments", invoice_id=invoice)
    touched = {row["id"]: row["updated_at"] for row in account.rows("invoices")}
    assert touched[invoice] == "2026-11-24T10:30:00Z"


def test_restore(account: Account) -> None:
    """An account can be what it was."""
    before, restore = account.rows("activities"), account.snapshot()
    evolve(account, 100)
    restore()
    assert account.rows("activities") == before

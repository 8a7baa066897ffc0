"""The stream maps of examples/privacy: nothing about a person comes out."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import generate_account, serve
from tests.support.environments import ROOT
from tests.support.runs import run, settings

if TYPE_CHECKING:
    from tap_moco.sandbox import Account
    from tests.support.outcome import Outcome

MAPS = json.loads((ROOT / "examples/privacy/stream_maps.json").read_text("utf-8"))
SALT = "salt of this test"
PERSONAL = {
    "users": (
        *("firstname", "lastname", "email", "mobile_phone", "work_phone"),
        *("home_address", "iban"),
    ),
    "contacts": (
        *("firstname", "lastname", "mobile_phone", "work_phone", "work_email"),
        *("home_email", "work_address", "home_address"),
    ),
}


@pytest.fixture(scope="module")
def account() -> Account:
    """Return an account in which the fields of people have values like no other."""
    account = generate_account(0.3)
    for collection, fields in PERSONAL.items():
        for number in account.ids(collection):
            secret = {name: f"personal {name} {number}" for name in fields}
            account.update(collection, number, **secret)
    return account


@pytest.fixture(scope="module")
def outcomes(account: Account) -> tuple[Outcome, Outcome]:
    """Read the account without the maps, and with them."""
    config: dict[str, Any] = {**MAPS, "stream_map_config": {"salt": SALT}}
    with serve(account) as server:
        plain = run(settings(server), process=True)
        mapped = run(settings(server, **config), process=True)
    assert (plain.code, mapped.code) == (0, 0), mapped.err
    return plain, mapped


def test_no_value_about_a_person_is_left(outcomes: tuple[Outcome, Outcome]) -> None:
    plain, mapped = outcomes
    assert "personal lastname" in plain.out, "else this test sees nothing"
    leaks = [line[:300] for line in mapped.out.split("\n") if "personal " in line]
    assert leaks == []
    assert "personal " not in mapped.err


def test_people_can_still_be_joined_and_counted(
    account: Account, outcomes: tuple[Outcome, Outcome]
) -> None:
    plain, mapped = outcomes
    owner = {row["id"]: row["user"]["id"] for row in plain.records("activities")}
    assert {r["id"]: r["user_id"] for r in mapped.records("activities")} == owner
    kinds = mapped.target.schemas["activities"]["schema"]["properties"]
    assert "integer" in kinds["user_id"]["type"]
    assert "user" not in kinds
    number = account.ids("users")[0]
    hashed = hashlib.sha256(f"{SALT}personal email {number}".encode()).hexdigest()
    assert mapped.target.rows["users"][(number,)]["email"] == hashed


def test_the_maps_are_what_is_declared() -> None:
    tool = ROOT / "tools" / "privacy.py"
    done = subprocess.run(
        [sys.executable, tool, "--check"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout

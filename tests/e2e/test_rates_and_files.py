"""Streams that ask once for each record: rates of companies, files of comments."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from tests.support.runs import asked, settings, synced

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server

RATES = "/account/hourly_rates"


def of_kind(account: Account, kind: str, *, custom_rates: bool) -> list[int]:
    """Return the ids of the companies of a kind with or without own rates."""
    return [
        row["id"]
        for row in account.rows("companies")
        if row["type"] == kind and bool(row.get("custom_rates")) is custom_rates
    ]


def test_only_customers_with_own_rates_are_asked(
    living: Server, account: Account
) -> None:
    with_rates = of_kind(account, "customer", custom_rates=True)
    outcome = synced(settings(living), "company_hourly_rates")
    questions = asked(living, RATES)
    assert sorted(int(q["company_id"]) for q in questions) == with_rates
    assert {question["include_archived_users"] for question in questions} == {"true"}
    assert with_rates
    assert of_kind(account, "customer", custom_rates=False)
    rows = outcome.target.of("company_hourly_rates")
    assert {row["company_id"] for row in rows} == set(with_rates)
    assert {row["type"] for row in rows} == {"default", "task", "user"}


def test_customers_that_do_not_tell_are_asked(living: Server, account: Account) -> None:
    number = of_kind(account, "customer", custom_rates=False)[0]
    account.update("companies", number, custom_rates=None)
    synced(settings(living), "company_hourly_rates")
    assert str(number) in {question["company_id"] for question in asked(living, RATES)}


def test_rates_that_a_customer_gave_up_are_declared_deleted(
    living: Server, account: Account
) -> None:
    first = synced(settings(living), "company_hourly_rates")
    number, *others = of_kind(account, "customer", custom_rates=True)
    account.update("companies", number, custom_rates=False)
    second = synced(settings(living), "company_hourly_rates", state=first.state)
    target = first.target.load(second.out)
    rows = target.of("company_hourly_rates")
    assert {row["company_id"] for row in rows} == set(others)


def test_rates_of_hidden_companies_are_not_declared_deleted(living: Server) -> None:
    config = settings(living, include_archived=False)
    outcome = synced(config, "company_hourly_rates")
    assert "ACTIVATE_VERSION" not in outcome.out


def test_files_of_comments_are_read_once(living: Server, account: Account) -> None:
    number = next(n for n in account.ids("comments") if n % 4 == 0)
    first = synced(settings(living), "comment_details")
    rows = {row["id"]: row for row in first.target.of("comment_details")}
    assert rows.keys() == set(account.ids("comments"))
    content = base64.b64decode(rows[number]["attachment_content"])
    assert content.decode() == rows[number]["attachment_filename"]
    living.clear()
    account.update("comments", number, text="<div>Neu</div>")
    synced(settings(living), "comment_details", state=first.state)
    paths = [entry.path for entry in living.requests]
    assert [path for path in paths if path != "/comments"] == [f"/comments/{number}"]

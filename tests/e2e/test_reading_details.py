"""What is asked for beside the lists: details, reports and rates."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from tests.support.runs import asked, paths, settings, synced

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server


@pytest.mark.parametrize(
    ("stream", "collection"),
    [
        ("invoice_details", "invoices"),
        ("offer_details", "offers"),
        ("contact_details", "contacts"),
    ],
)
def test_details_are_asked_of_what_changed(
    living: Server, account: Account, stream: str, collection: str
) -> None:
    first = synced(settings(living), stream)
    living.clear()
    number = account.ids(collection)[1]
    account.update(collection, number, updated_at=datetime.now(timezone.utc))
    second = synced(settings(living), stream, state=first.state)
    single = [path for path in paths(living.requests) if path[-1].isdecimal()]
    assert [int(path.rsplit("/")[-1]) for path in single] == [number]
    assert [row["id"] for row in second.records(stream)] == [number]


@pytest.mark.parametrize("stream", ["invoice_details", "offer_details"])
def test_details_are_not_asked_again_without_a_change(
    living: Server, stream: str
) -> None:
    first = synced(settings(living), stream)
    living.clear()
    second = synced(settings(living), stream, state=first.state)
    assert not [path for path in paths(living.requests) if path[-1].isdecimal()]
    assert second.records(stream) == []


def test_whole_read_of_the_list_asks_for_no_old_details(living: Server) -> None:
    """The list is swept for its own sake: one request a record would be too many."""
    first = synced(settings(living), "invoice_details")
    living.clear()
    streams = ("invoices", "invoice_details")
    second = synced(settings(living), *streams, state=first.state)
    assert set(paths(living.requests)) == {"/invoices", "/invoice_reminders"}
    assert len(second.records("invoices")) == len(living.account.ids("invoices"))


def test_details_share_the_read_of_their_list(living: Server) -> None:
    outcome = synced(settings(living), "invoices", "invoice_details")
    assert paths(living.requests).count("/invoices") == 1
    assert len(outcome.records("invoices")) == len(outcome.records("invoice_details"))


def test_details_alone_read_the_list_too(living: Server) -> None:
    outcome = synced(settings(living), "invoice_details")
    expected = len(living.account.ids("invoices"))
    assert outcome.target.written == {"invoice_details": expected}


def test_payment_brings_its_invoice_again(living: Server, account: Account) -> None:
    """The one child that touches its parent."""
    first = synced(settings(living), "invoice_details")
    invoice = account.ids("invoices")[0]
    payment = account.insert("invoice_payments", invoice_id=invoice)
    second = synced(settings(living), "invoice_details", state=first.state)
    rows = {row["id"]: row for row in second.records("invoice_details")}
    assert payment["id"] in [p["id"] for p in rows[invoice]["payments"]]


# Reports and rates


@pytest.mark.parametrize("years", [0, 3])
def test_report_years_are_covered(living: Server, years: int) -> None:
    streams = ("report_absences", "report_finance", "purchase_budgets")
    rates = ("account_fixed_costs", "account_internal_hourly_rates")
    config = settings(living, report_years=years)
    synced(config, *streams, *rates, "user_performance_reports")
    now = datetime.now(timezone.utc).year
    span = [str(year) for year in range(now - years, now + 1)]
    for path in ("/report/absences", "/purchases/budgets", "/account/fixed_costs"):
        assert sorted(q["year"] for q in asked(living, path)) == span
    rates_asked = asked(living, "/account/internal_hourly_rates")
    assert sorted(q["years"] for q in rates_asked) == span
    days = [(q["from"], q["to"]) for q in asked(living, "/report/finance")]
    assert sorted(days) == [(f"{year}-01-01", f"{year}-12-31") for year in span]
    user = living.account.ids("users")[0]
    single = asked(living, f"/users/{user}/performance_report")
    assert sorted(q["year"] for q in single) == span


def test_report_rows_are_replaced_and_not_doubled(
    living: Server, account: Account
) -> None:
    first = synced(settings(living), "report_finance")
    account.update("invoices", account.ids("invoices")[0], net_total=12345.67)
    second = synced(settings(living), "report_finance", state=first.state)
    before = len(first.target.of("report_finance"))
    target = first.target.load(second.out)
    assert len(target.of("report_finance")) == before

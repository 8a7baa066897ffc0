"""Figures that are worked out once more, in Python, from what the tap has written."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from .loading import TODAY, ask_duckdb

if TYPE_CHECKING:
    from .conftest import Built

Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows(messages: bytes) -> dict[str, list[Row]]:
    """Each stream's records, with exact numbers."""
    found: dict[str, list[Row]] = defaultdict(list)
    for line in messages.splitlines():
        message = json.loads(line, parse_float=Decimal)
        if message["type"] == "RECORD":
            found[message["stream"]].append(message["record"])
    return found


def test_hours_by_person_and_month(rows: dict[str, list[Row]], built: Built) -> None:
    wanted: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for entry in rows["activities"]:
        wanted[entry["user"]["id"], entry["date"][:7]] += entry["hours"]
    found = ask_duckdb(
        built.path,
        """select user_id, strftime(month, '%Y-%m'), sum(hours)
        from analytics.moco__time_monthly group by 1, 2""",
    )
    assert {(user, month): hours for user, month, hours in found} == dict(wanted)


def test_revenue_by_month_and_currency(
    rows: dict[str, list[Row]], built: Built
) -> None:
    wanted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for invoice in rows["invoices"]:
        if invoice["status"] not in {"draft", "disregarded", "ignored"}:
            wanted[invoice["date"][:7], invoice["currency"]] += invoice["net_total"]
    found = ask_duckdb(
        built.path,
        """select strftime(month, '%Y-%m'), currency, sum(net_total)
        from analytics.moco__revenue_monthly group by 1, 2""",
    )
    assert {(month, currency): net for month, currency, net in found} == dict(wanted)


@pytest.mark.parametrize("day", ["2025-12-31", "2026-06-15", TODAY])
def test_unbilled_on_any_day(
    day: str, rows: dict[str, list[Row]], built: Built
) -> None:
    fixed = {row["id"] for row in rows["projects"] if row["fixed_price"]}
    invoices = {row["id"]: row for row in rows["invoices"]}

    def billed_on(row: Row) -> str:
        if not row["billed"]:
            return "9999"
        invoice = invoices.get(row.get("invoice_id") or 0)
        if invoice and invoice["status"] == "draft":
            return "9999"
        return max(str(invoice["date"]) if invoice else "", str(row["date"]))

    items = [
        (row, Decimal(row["hours"]) * Decimal(row["hourly_rate"]))
        for row in rows["activities"]
        if row["billable"] and row["project"]["id"] not in fixed
    ]
    items += [
        (row, Decimal(row["price"])) for row in rows["project_expenses"]
        if row["billable"]
    ]  # fmt: skip
    items += [
        (row, Decimal(row["net_total"])) for row in rows["project_payment_schedules"]
    ]
    wanted = sum(
        amount.quantize(Decimal("0.01"), "ROUND_HALF_UP")
        for row, amount in items
        if row["date"] <= day < billed_on(row)
    )
    found = ask_duckdb(
        built.path,
        f"""select sum(amount) from analytics.moco__unbilled_items
        where date <= date '{day}' and (billed_on is null or billed_on > date '{day}')
        """,
    )
    assert found == [(wanted,)]


def test_month_ends_agree_with_the_items(built: Built) -> None:
    found = ask_duckdb(
        built.path,
        """select months.as_of, months.unbilled, sum(items.amount)
        from (
            select as_of, sum(unbilled_amount) as unbilled
            from analytics.moco__unbilled_by_project group by 1
        ) as months
        left join analytics.moco__unbilled_items as items
            on items.date <= months.as_of
            and (items.billed_on is null or items.billed_on > months.as_of)
        group by 1, 2""",
    )
    assert len(found) > 12
    assert [row for row in found if row[1] != row[2]] == []


def test_what_is_open(rows: dict[str, list[Row]], built: Built) -> None:
    paid: dict[int, Decimal] = defaultdict(Decimal)
    for payment in rows["invoice_payments"]:
        paid[payment["invoice"]["id"]] += payment["paid_total"]
    wanted = sum(
        row["gross_total"] - paid[row["id"]]
        for row in rows["invoices"]
        if row["status"] in {"created", "sent", "overdue", "partially_paid"}
    )
    found = ask_duckdb(
        built.path,
        "select value from analytics.moco__tiles where tile = 'outstanding'",
    )
    assert found == [(wanted,)]


def test_target_hours_are_those_of_the_report(
    rows: dict[str, list[Row]], built: Built
) -> None:
    wanted: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for row in rows["report_utilization"]:
        wanted[row["user_id"], row["date"][:7]] += Decimal(row["target_hours"])
    found = ask_duckdb(
        built.path,
        """select user_id, strftime(month, '%Y-%m'), target_hours
        from analytics.moco__utilization_monthly
        where month >= (
            select date_trunc('month', min(date))
            from analytics_staging.stg_moco__report_utilization
        )""",
    )
    assert len(found) > 100
    assert {(user, month): hours for user, month, hours in found} == dict(wanted)

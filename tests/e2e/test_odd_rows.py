"""Rows that MOCO may send and the sandbox never does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.runs import NO_LIMIT, discovered, run, select, synced
from tests.support.stub import Answer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.outcome import Outcome
    from tests.support.target import Row

STAMP = "2026-01-01T00:00:00Z"
PAID: dict[str, Any] = {"kind": "invoice_payment", "date": "2026-01-02"}


def read(stream: str, rows: list[Row], **more: Any) -> Outcome:
    """Read a stream whose every answer is these rows."""
    with serving(lambda *_: Answer(rows, {"X-Total": str(len(rows))})) as stub:
        config = {
            "api_url": stub.url,
            "api_key": "stub-key",
            "report_years": 0,
            "rate_limit": NO_LIMIT,
            **more,
        }
        return run(config, catalog=select(stream))


@pytest.mark.parametrize("stream", ["report_cashflow", "report_finance"])
def test_equal_rows_of_a_report_are_all_kept(stream: str) -> None:
    """Two payments of one invoice on one day: rows have no id of their own."""
    rows = [
        {**PAID, "record_id": 7},
        {**PAID, "record_id": 7},
        {**PAID, "record_id": 8},
    ]
    outcome = read(stream, rows)
    assert outcome.code == 0, outcome.err
    assert list(outcome.target.rows[stream]) == [
        ("invoice_payment", 7, "2026-01-02", 1),
        ("invoice_payment", 7, "2026-01-02", 2),
        ("invoice_payment", 8, "2026-01-02", 1),
    ]


def test_report_row_without_a_record_has_a_key() -> None:
    outcome = read("report_cashflow", [{**PAID, "record_id": None}, PAID])
    keys = list(outcome.target.rows["report_cashflow"])
    assert [key[1::2] for key in keys] == [(0, 1), (0, 2)]


def test_planned_row_without_a_project_has_a_key() -> None:
    rows = [{"user_id": 3, "project_id": None, "planned_hours": 2.0}]
    outcome = read("report_planned_vs_tracked", rows)
    assert outcome.code == 0, outcome.err
    assert [
        row["project_id"] for row in outcome.records("report_planned_vs_tracked")
    ] == [0]


def test_record_that_does_not_fit_is_rejected() -> None:
    """The others are written; the run says so in the end, and deletes nothing."""
    rows = [
        {"id": 1, "name": "a", "updated_at": STAMP},
        {"id": 2, "name": {"no": "text"}, "updated_at": STAMP},
        {"id": 3, "name": "c", "updated_at": STAMP},
    ]
    outcome = read("tags", rows)
    assert outcome.code == 1
    assert [row["id"] for row in outcome.records("tags")] == [1, 3]
    assert "'id': 2" in outcome.err
    assert "name" in outcome.err
    assert "rejected" in outcome.err.splitlines()[-1]
    assert '"ACTIVATE_VERSION"' not in outcome.out


def test_record_without_its_key_fails_the_stream() -> None:
    outcome = read("tags", [{"name": "a", "updated_at": STAMP}])
    assert outcome.code == 1
    assert "failed tags" in outcome.err
    assert "primary key" in outcome.err
    assert '"RECORD"' not in outcome.out


def test_unknown_field_is_logged_once_and_left_out() -> None:
    rows = [{"id": n, "updated_at": STAMP, "brand_new": n} for n in range(3)]
    outcome = read("tags", rows)
    assert outcome.code == 0
    assert outcome.err.count("brand_new") == 1
    assert all("brand_new" not in row for row in outcome.records("tags"))


def test_unknown_field_can_be_kept() -> None:
    rows = [{"id": 1, "updated_at": STAMP, "brand_new": {"a": [1]}}]
    outcome = read("tags", rows, unknown_fields="keep")
    assert outcome.records("tags")[0]["_unknown"] == {"brand_new": {"a": [1]}}
    properties = outcome.target.schemas["tags"]["schema"]["properties"]
    assert "_unknown" in properties, "although the catalog was made before"
    assert "WARNING" not in outcome.err


def test_unknown_field_that_is_kept_has_no_signature() -> None:
    link = "https://files.example/a.pdf?Expires=5&Signature=s3cr3t"
    rows = [{"id": 1, "updated_at": STAMP, "preview": {"images": [{"big": link}]}}]
    outcome = read("tags", rows, unknown_fields="keep")
    assert outcome.records("tags")[0]["_unknown"] == {
        "preview": {"images": [{"big": "https://files.example/a.pdf"}]}
    }


ACCOUNT = {"revenue_account": "08400A"}
FITS: list[tuple[str, Row, Row]] = [
    ("schedules", {"symbol": "home"}, {"symbol": "home"}),
    ("schedules", {"symbol": 1}, {"symbol": "1"}),
    ("planning_entries", {"symbol": "home"}, {"symbol": "home"}),
    ("companies", {"debit_number": "D-17"}, {"debit_number": "D-17"}),
    ("companies", {"credit_number": "0070001"}, {"credit_number": "0070001"}),
    ("companies", {"debit_number": 10017}, {"debit_number": "10017"}),
    (
        "companies",
        {"default_cash_discount_days": 2.5},
        {"default_cash_discount_days": 2.5},
    ),
    ("invoices", {"debit_number": "D-17"}, {"debit_number": "D-17"}),
    ("invoices", {"credit_number": "007"}, {"credit_number": "007"}),
    ("invoices", {"cash_discount_days": 2.5}, {"cash_discount_days": 2.5}),
    ("invoices", {"cash_discount_days": "14"}, {"cash_discount_days": 14.0}),
    ("revenue_categories", ACCOUNT, ACCOUNT),
    (
        "project_expenses",
        {"revenue_category": ACCOUNT},
        {"revenue_category": ACCOUNT},
    ),
    (
        "purchases",
        {"items": [{"supplier_credit_number": "K-1"}]},
        {"items": [{"supplier_credit_number": "K-1"}]},
    ),
    (
        "activities",
        {"timer_started_at": "2020-01-12 15:38:35 UTC"},
        {"timer_started_at": "2020-01-12T15:38:35Z"},
    ),
]


@pytest.mark.parametrize(("stream", "sent", "kept"), FITS)
def test_values_that_documents_and_recordings_disagree_about(
    stream: str, sent: Row, kept: Row
) -> None:
    stamps = {"created_at": STAMP, "updated_at": STAMP}
    outcome = read(stream, [{"id": 1, **stamps, **sent}])
    assert outcome.code == 0, outcome.err
    (record,) = outcome.records(stream)
    assert record.items() >= kept.items()


def _fields(schema: Row, path: str) -> Iterator[tuple[str, Row]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}", field
        yield from _fields(field, f"{path}.{name}")
    if "items" in schema:
        yield from _fields(schema["items"], path)


def test_numbers_of_accounts_are_texts() -> None:
    """They may have leading zeros and letters."""
    entries = discovered()["streams"]
    fields = [
        (path, field)
        for entry in entries
        for path, field in _fields(entry["schema"], entry["tap_stream_id"])
        if path.endswith(("_number", "_account", "symbol", "identifier", "_code"))
    ]
    assert len(fields) > 20
    assert [path for path, field in fields if "string" not in field["type"]] == []


def test_all_but_keys_may_be_null() -> None:
    for entry in discovered()["streams"]:
        keys = {f"{entry['tap_stream_id']}.{key}" for key in entry["key_properties"]}
        for path, field in _fields(entry["schema"], entry["tap_stream_id"]):
            assert path in keys or "null" in field["type"], path


def test_numbers_leave_as_exact_as_they_came() -> None:
    amount = 12345678901234567
    rows = [{"id": 1, "title": "x", "unit_price": amount, "updated_at": STAMP}]
    outcome = read("account_expense_templates", rows)
    assert f'"unit_price":{amount}' in outcome.out


def test_empty_account_is_read_without_a_fault() -> None:
    """A new customer has nothing yet."""

    def answer(path: str, _query: dict[str, str]) -> Answer:
        one = {"id": 1}
        return Answer(one if path in {"/profile", "/account/hourly_rates"} else [])

    with serving(answer) as stub:
        config = {"api_url": stub.url, "api_key": "k" * 8, "rate_limit": NO_LIMIT}
        outcome = synced(config)
    assert outcome.target.written.keys() == {"profile", "sync_runs"}
    bookmarks = outcome.state["bookmarks"]
    assert bookmarks["activities"]["replication_key_value"]

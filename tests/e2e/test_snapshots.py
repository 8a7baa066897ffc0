"""What is read whole is written where it differs, and declares its deletes at once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.reports import YEAR, Report, day, money, reading, types
from tests.support.runs import asked, run, select, settings, synced
from tests.support.stub import Answer

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server
    from tests.support.outcome import Outcome
    from tests.support.runs import Params
    from tests.support.target import Row, Target

REPORTS = (
    *("report_absences", "report_cashflow", "report_finance", "report_utilization"),
    *("report_planned_vs_tracked", "purchase_budgets", "account_fixed_costs"),
    "account_internal_hourly_rates",
)
OBJECTS = ("profile", "account_hourly_rates")
CASHFLOW = "report_cashflow"


def sweep_of(outcome: Outcome, stream: str = CASHFLOW) -> Row:
    """Return what the state says of the last read of a stream."""
    sweep: Row = outcome.state["bookmarks"][stream]["sweep"]
    return sweep


def aged(state: Row, name: str, hours: float, stream: str = CASHFLOW) -> Row:
    """Return a state whose last read, or its version, is so old."""
    older: Row = json.loads(json.dumps(state))
    sweep = older["bookmarks"][stream]["sweep"]
    then = datetime.now(timezone.utc) - timedelta(hours=hours)
    if name == "version":
        sweep["version"] = int(then.timestamp())
    else:
        sweep[name] = f"{then:%Y-%m-%dT%H:%M:%SZ}"
    return older


def ids(target: Target, stream: str = CASHFLOW) -> list[int]:
    """Return the records that the rows of a target are about."""
    return sorted(row["record_id"] for row in target.of(stream))


# Nothing has changed


@pytest.mark.parametrize("more", [{}, {"keep_signatures": True}])
def test_second_run_writes_nothing(living: Server, more: Row) -> None:
    config = settings(living, report_interval_hours=0, **more)
    first = synced(config, *REPORTS, *OBJECTS)
    second = synced(config, *REPORTS, *OBJECTS, state=first.state)
    assert '"RECORD"' not in second.out
    assert '"ACTIVATE_VERSION"' not in second.out
    for stream in (*REPORTS, *OBJECTS):
        before, after = sweep_of(first, stream), sweep_of(second, stream)
        assert len(first.target.of(stream)) == first.target.written[stream] > 0
        for name in ("version", "digest", "rows"):
            assert before[name] == after[name], (stream, name)


def test_equal_rows_have_the_same_numbers_in_any_order() -> None:
    """Two payments of one document on one day differ in their amount only."""
    rows = [
        {**money(1, day(3)), "amount_in_account_currency": float(amount)}
        for amount in range(20)
    ]
    with reading(CASHFLOW, Report(rows)) as desk:
        first = desk.read()
        for _ in range(3):
            assert '"RECORD"' not in desk.read(first.state).out
    numbered = {
        row["occurrence"]: row["amount_in_account_currency"]
        for row in first.records(CASHFLOW)
    }
    assert sorted(numbered) == list(range(1, 21))


# Something has changed


def test_due_invoice_that_is_paid_counts_once(account: Account, living: Server) -> None:
    config = settings(living, report_interval_hours=0)
    invoice = account.insert(
        "invoices", date=f"{YEAR}-12-01", net_total=1000.0, tax=0.0, status="sent"
    )
    first = synced(config, CASHFLOW)
    payment = account.insert(
        "invoice_payments",
        invoice_id=invoice["id"],
        date=f"{YEAR}-12-09",
        paid_total=1000.0,
    )
    account.update("invoices", invoice["id"], status="paid")
    second = synced(config, CASHFLOW, state=first.state)
    target = first.target.load(second.out)
    own = {("invoice_created", invoice["id"]), ("invoice_payment", payment["id"])}
    amounts = [
        row["amount_in_account_currency"]
        for row in target.of(CASHFLOW)
        if (row["kind"], row["record_id"]) in own
    ]
    assert amounts == [1000.0]


def test_state_forgets_the_digest_before_anything_is_written() -> None:
    report = Report([money(n, day(n)) for n in range(5)])
    with reading(CASHFLOW, report) as desk:
        first = desk.read()
        del report.rows[0]
        second = desk.read(first.state)
    assert types(second.out, CASHFLOW) == [
        *("SCHEMA", "STATE", "RECORD", "ACTIVATE_VERSION", "STATE")
    ]
    states = [state["bookmarks"][CASHFLOW]["sweep"] for state in second.target.states]
    assert ["digest" in state for state in states] == [False, True]
    versions = [states[0]["version"], states[0]["begun"], states[1]["version"]]
    assert versions[0] < versions[1] == versions[2]
    assert ids(first.target.load(second.out)) == [1, 2, 3, 4]


def test_run_that_is_killed_while_it_writes_is_made_good() -> None:
    """What it left is neither the old report nor the new, and the old one is back."""
    old = [money(n, day(n)) for n in range(5)]
    report = Report(list(old))
    with reading(CASHFLOW, report) as desk:
        first = desk.read(report_interval_hours=24)
        report.rows = [money(9, day(9))]
        lines = desk.read(first.state).out.splitlines()
        cut = next(n for n, line in enumerate(lines) if "ACTIVATE_VERSION" in line)
        killed = "\n".join(lines[:cut])
        report.rows = old
        target = first.target.load(killed)
        assert ids(target) == [0, 1, 2, 3, 4, 9]
        third = desk.read(target.states[-1], report_interval_hours=24)
    assert ids(target.load(third.out)) == [0, 1, 2, 3, 4]


def test_rate_that_is_gone_is_deleted_at_once() -> None:
    users: list[Row] = [{"id": n, "full_name": "A", "rates": []} for n in (1, 2)]
    for user in users:
        user["rates"] = [{"currency": "EUR", "hourly_rate": 90.0}]
    body: Row = {"defaults_rates": [], "tasks": [], "users": users}
    stream = "account_hourly_rates"
    with reading(stream, lambda *_: Answer(body)) as desk:
        first = desk.read()
        users.pop()
        second = desk.read(first.state)
    assert second.code == 0
    assert [row["id"] for row in first.target.load(second.out).of(stream)] == [1]


def test_report_that_is_empty_now_is_logged() -> None:
    report = Report([money(1, day(1))])
    with reading(CASHFLOW, report) as desk:
        first = desk.read()
        report.rows = []
        second = desk.read(first.state)
    assert second.code == 0
    assert "empty now, and had 1 rows" in second.err
    assert first.target.load(second.out).of(CASHFLOW) == []


@pytest.mark.parametrize(
    ("days", "age", "is_written"), [(7, 169, True), (7, 167, False), (0, 9999, False)]
)
def test_all_is_written_again_once_in_full_sweep_days(
    days: int, age: float, *, is_written: bool
) -> None:
    """A target may have lost what the state knows of."""
    with reading(CASHFLOW, Report([money(1, day(1))])) as desk:
        first = desk.read(full_sweep_days=days)
        state = aged(first.state, "version", age)
        second = desk.read(state, full_sweep_days=days)
    assert ('"RECORD"' in second.out) is is_written
    assert ('"ACTIVATE_VERSION"' in second.out) is is_written


def test_other_columns_are_written_at_once(living: Server) -> None:
    config = settings(living)
    few = select(CASHFLOW, without={CASHFLOW: [("description",)]})
    first = synced(config, catalog=few)
    assert "description" not in first.records(CASHFLOW)[0]
    second = synced(config, CASHFLOW, state=first.state)
    assert len(second.records(CASHFLOW)) == len(first.records(CASHFLOW))
    assert "description" in second.records(CASHFLOW)[0]
    third = synced(config, CASHFLOW, state=second.state)
    assert '"RECORD"' not in third.out


# A report that is not whole


def test_record_that_does_not_fit_keeps_the_deletes_back() -> None:
    report = Report([money(n, day(n)) for n in range(4)])
    with reading(CASHFLOW, report) as desk:
        first = desk.read(report_interval_hours=24)
        report.rows = [money(1, day(1)), money(2, day(2), user={"id": "no number"})]
        state = aged(first.state, "completed_at", 25)
        second = desk.read(state, report_interval_hours=24)
        assert second.code == 1
        assert '"ACTIVATE_VERSION"' not in second.out
        assert "digest" not in sweep_of(second)
        report.rows[1] = money(2, day(2))
        third = desk.read(second.state, report_interval_hours=24)
    target = first.target.load(second.out).load(third.out)
    assert third.code == 0
    assert ids(target) == [1, 2]


@pytest.mark.parametrize("status", [403, 500])
def test_year_that_cannot_be_read_keeps_the_deletes_back(status: int) -> None:
    """The other year is written; nothing that was there is lost."""
    last_year = {**money(7, f"{YEAR - 1}-06-01")}
    report = Report([last_year, money(1, day(1))])
    broken = False

    def answer(path: str, query: Params) -> Answer:
        if broken and query["to"].startswith(str(YEAR - 1)):
            return Answer({"errors": ["Access denied"]}, status=status)
        return report(path, query)

    with reading(CASHFLOW, answer) as desk:
        first = desk.read(report_years=1)
        broken, report.rows = True, [last_year, money(2, day(2))]
        second = desk.read(first.state, report_years=1)
        target = first.target.load(second.out)
        assert second.code == 1
        assert ids(target) == [1, 2, 7]
        broken = False
        third = desk.read(second.state, report_years=1, report_interval_hours=24)
    assert third.code == 0
    assert ids(target.load(third.out)) == [2, 7]


# The years


def test_year_that_was_covered_goes_on_being_covered() -> None:
    """Else its rows would be declared deleted, although MOCO has them."""
    rows = [money(n, f"{YEAR - n}-05-05") for n in range(3)]
    report = Report(rows)
    with reading(CASHFLOW, report) as desk:
        first = desk.read(report_years=2)
        rows[0] = money(5, day(5))
        second = desk.read(first.state, report_years=0)
        assert {query["from"][:4] for query in report.asked[-3:]} == {
            str(YEAR - n) for n in range(3)
        }
        later = f"{YEAR}-01-03"
        third = desk.read(second.state, report_years=0, start_date=later)
    target = first.target.load(second.out)
    assert ids(target) == [1, 2, 5]
    assert ids(target.load(third.out)) == [1, 2, 5]


def test_more_years_are_read_at_once() -> None:
    report = Report([money(n, f"{YEAR - n}-05-05") for n in range(3)])
    with reading(CASHFLOW, report) as desk:
        first = desk.read(report_interval_hours=24)
        second = desk.read(first.state, report_interval_hours=24, report_years=2)
    assert ids(first.target) == [0]
    assert ids(first.target.load(second.out)) == [0, 1, 2]


# When


@pytest.mark.parametrize("concurrency", [1, 4])
def test_report_that_was_read_lately_costs_nothing(
    living: Server, concurrency: int
) -> None:
    config = settings(living, concurrency=concurrency)
    first = synced(config, *REPORTS, "tags")
    living.clear()
    second = synced(config, *REPORTS, "tags", state=first.state)
    assert {entry.path for entry in living.requests} == {"/tags"}
    assert "9 streams read" in second.err
    assert second.err.count("read 0 hours ago") == len(REPORTS)
    assert {
        line["stream"]
        for line in map(json.loads, second.out.splitlines())
        if line["type"] == "SCHEMA"
    } == {*REPORTS, "tags"}
    assert second.state["bookmarks"].keys() == first.state["bookmarks"].keys()


@pytest.mark.parametrize(
    ("every", "age", "is_due"),
    [
        (24, 23.4, False),
        (24, 23.6, True),
        (24, -25, True),
        (1, 0.7, False),
        (1, 0.8, True),
        (0, 0, True),
    ],
)
def test_report_is_due(every: int, age: float, *, is_due: bool) -> None:
    """A daily schedule that is some minutes early skips no day."""
    report = Report([money(1, day(1))])
    with reading(CASHFLOW, report) as desk:
        first = desk.read()
        report.asked.clear()
        state = aged(first.state, "completed_at", age)
        desk.read(state, report_interval_hours=every)
    assert bool(report.asked) is is_due


def test_objects_are_read_in_every_run(living: Server) -> None:
    first = synced(settings(living), *OBJECTS)
    living.clear()
    second = synced(settings(living), *OBJECTS, state=first.state)
    assert len(asked(living, "/profile")) == 1
    assert len(asked(living, "/account/hourly_rates")) == 1
    assert '"RECORD"' not in second.out


def test_trial_reads_reports_that_are_not_due(living: Server) -> None:
    first = synced(settings(living), *REPORTS)
    living.clear()
    outcome = run(settings(living), "--test", state=first.state)
    assert outcome.code == 0, outcome.err
    for path in ("/report/cashflow", "/purchases/budgets"):
        assert len(asked(living, path)) == 1


def test_failed_read_is_due_in_the_next_run() -> None:
    report = Report([money(1, day(1))])
    said: Any = None

    def answer(path: str, query: Params) -> Answer:
        return said or report(path, query)

    with reading(CASHFLOW, answer) as desk:
        first = desk.read()
        said = Answer({}, status=500)
        state = aged(first.state, "completed_at", 25)
        second = desk.read(state, report_interval_hours=24)
        said = None
        third = desk.read(second.state, report_interval_hours=24)
    assert (second.code, third.code) == (1, 0)
    assert sweep_of(third)["completed_at"] > sweep_of(second)["completed_at"]

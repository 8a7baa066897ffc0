"""A report holds exactly what MOCO says, however MOCO orders and counts its rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.reports import YEAR, Report, day, money, reading

if TYPE_CHECKING:
    from tests.support.target import Row

MONEY = ("report_cashflow", "report_finance")
PLANNED = "report_planned_vs_tracked"


def busy_year(seed: int = 0) -> list[Row]:
    """Return 250 rows of a year, 60 of them on one day."""
    days = [100] * 60 + [(7 * n + seed) % 365 for n in range(190)]
    return [money(n, day(number)) for n, number in enumerate(days)]


def keys(rows: list[Row]) -> list[Any]:
    """Return what tells the rows of a report on money apart."""
    return sorted(row["record_id"] for row in rows)


@pytest.mark.parametrize("stream", MONEY)
@pytest.mark.parametrize("order", ["shuffled", "fixed"])
@pytest.mark.parametrize("heeds", [True, False])
def test_equal_days_in_any_order_hide_nothing(
    stream: str, order: str, *, heeds: bool
) -> None:
    for seed in range(5):
        rows = busy_year(seed)
        report = Report(rows, order=order, heeds_per_page=heeds, seed=seed)
        with reading(stream, report) as desk:
            outcome = desk.read()
        assert outcome.code == 0, outcome.err
        assert keys(outcome.records(stream)) == keys(rows)
        assert len(report.asked) <= 12


def test_parts_are_all_days_once_between_two_totals() -> None:
    report = Report(busy_year())
    with reading("report_cashflow", report) as desk:
        desk.read()
    whole = {"from": f"{YEAR}-01-01", "to": f"{YEAR}-12-31"}
    first, *parts, last = report.asked
    assert first == {"per_page": "100", **whole}
    assert last == {"per_page": "1", **whole}
    following = date(YEAR, 1, 1)
    for part in parts:
        start, end = date.fromisoformat(part["from"]), date.fromisoformat(part["to"])
        assert start == following
        assert part == {"per_page": "100", "from": f"{start}", "to": f"{end}"}
        count = sum(part["from"] <= row["date"] <= part["to"] for row in report.rows)
        if count < 100:
            following = end + timedelta(days=1)
    assert following == date(YEAR + 1, 1, 1)


@pytest.mark.parametrize("stream", [*MONEY, PLANNED])
def test_less_than_a_page_is_one_request(stream: str) -> None:
    rows = [{**money(n, day(n)), "user_id": n, "project_id": n} for n in range(99)]
    report = Report(rows)
    with reading(stream, report) as desk:
        outcome = desk.read()
    assert outcome.code == 0
    assert len(outcome.records(stream)) == 99
    assert len(report.asked) == 1


def test_full_page_is_no_proof() -> None:
    """Its total and its rows are two questions: a row may have come between."""
    rows = [money(n, day(n)) for n in range(101)]
    hidden = rows.pop()

    def show_it(request: int) -> None:
        if request == 2:
            rows.append(hidden)

    report = Report(rows, before=show_it)
    with reading("report_cashflow", report) as desk:
        outcome = desk.read()
    assert outcome.code == 0
    assert len(outcome.records("report_cashflow")) == 101


# A day of a page or more

KINDS = ("invoices", "purchases", "incoming_expenses")


@pytest.mark.parametrize("stream", MONEY)
def test_full_day_is_cut_by_kinds(stream: str) -> None:
    rows = [money(n, day(50), KINDS[n % 3]) for n in range(180)]
    report = Report([*rows, money(999, day(51))])
    with reading(stream, report) as desk:
        outcome = desk.read()
    assert outcome.code == 0, outcome.err
    assert keys(outcome.records(stream)) == [*range(180), 999]
    days = {"from": day(50), "to": day(50)}
    asked = [
        q["kinds"] for q in report.asked if "kinds" in q and q.items() >= days.items()
    ]
    assert sorted(asked) == sorted(KINDS)
    assert {"per_page": "1", **days} in report.asked


def test_full_day_of_one_kind_is_cut_by_company() -> None:
    """MOCO documents `company_id` for the finance report only."""
    rows = [money(n, day(50)) for n in range(180)]
    report = Report(rows)
    with reading("report_finance", report) as desk:
        outcome = desk.read()
    assert outcome.code == 0, outcome.err
    assert keys(outcome.records("report_finance")) == list(range(180))
    asked = {query["company_id"] for query in report.asked if "company_id" in query}
    assert asked == {str(number) for number in range(7)}


@pytest.mark.parametrize("order", ["shuffled", "fixed"])
@pytest.mark.parametrize("stream", MONEY)
def test_full_day_that_nothing_cuts_is_read_in_pages(stream: str, order: str) -> None:
    """Among its rows are two that are equal in all that they hold."""
    rows = [money(max(n, 1), day(50), company_id=1) for n in range(165)]
    report = Report([*rows, money(999, day(51))], order=order)
    with reading(stream, report) as desk:
        outcome = desk.read()
    assert outcome.code == 0, outcome.err
    assert keys(outcome.records(stream)) == [1, 1, *range(2, 165), 999]
    assert not any("company_id" in q for q in report.asked if stream == MONEY[0])
    assert len(report.asked) <= 60


def test_full_day_whose_pages_hide_the_same_rows_each_time_fails() -> None:
    rows = [money(n, day(50)) for n in range(165)]
    report = Report(rows, order="fixed", heeds_per_page=False)
    with reading("report_cashflow", report) as desk:
        outcome = desk.read()
    assert outcome.code == 1
    assert "its pages never showed all rows twice" in outcome.err
    assert '"ACTIVATE_VERSION"' not in outcome.out


@pytest.mark.parametrize("stream", MONEY)
@pytest.mark.parametrize("heeds_days", [True, False])
def test_filter_that_is_not_heeded_cuts_nothing(
    stream: str, *, heeds_days: bool
) -> None:
    """Its parts would hold other rows than they should; the pages hold all."""
    rows = [money(n, day(50), KINDS[n % 3]) for n in range(180)]
    report = Report(rows, heeds=frozenset())

    def answer(path: str, query: dict[str, str]) -> Any:
        whole = {"from": f"{YEAR}-01-01", "to": f"{YEAR}-12-31"}
        return report(path, query if heeds_days else {**query, **whole})

    with reading(stream, answer) as desk:
        outcome = desk.read()
    assert outcome.code == 0, outcome.err
    assert keys(outcome.records(stream)) == list(range(180))
    assert len(report.asked) <= 60


# Planned and tracked hours


def plans(users: int, projects: int) -> list[Row]:
    return [
        {"user_id": user, "project_id": project, "planned_hours": 1.0}
        for user in range(1, users + 1)
        for project in range(1, projects + 1)
    ]


@pytest.mark.parametrize("order", ["shuffled", "fixed"])
@pytest.mark.parametrize(("users", "projects"), [(12, 15), (3, 120), (130, 1)])
def test_plans_are_cut_by_person_and_project(
    order: str, users: int, projects: int
) -> None:
    """Hours add up over the days that are asked for: these stay the year's."""
    rows = plans(users, projects)
    report = Report(rows, order=order, sort_by="planned_hours")
    with reading(PLANNED, report) as desk:
        outcome = desk.read()
    assert outcome.code == 0, outcome.err
    found = {(r["user_id"], r["project_id"]) for r in outcome.records(PLANNED)}
    assert found == {(r["user_id"], r["project_id"]) for r in rows}
    assert {(q["from"], q["to"]) for q in report.asked} == {
        (f"{YEAR}-01-01", f"{YEAR}-12-31")
    }


@pytest.mark.parametrize("order", ["total", "shuffled", "fixed"])
def test_plans_of_nobody_are_read_in_pages(order: str) -> None:
    """No filter asks for them; the pages have to show all keys before and after."""
    rows = [*plans(3, 60), {"user_id": None, "project_id": 9, "planned_hours": 1.0}]
    report = Report(rows, order=order, sort_by="planned_hours")
    with reading(PLANNED, report) as desk:
        outcome = desk.read()
    found = [(r["user_id"], r["project_id"]) for r in outcome.records(PLANNED)]
    assert outcome.code == 0, outcome.err
    assert len(found) == len(set(found)) == 181
    assert len(report.asked) <= 60


def test_two_rows_of_one_key_are_reported() -> None:
    rows = [
        {"user_id": 1, "project_id": None, "planned_hours": hours} for hours in (1.0, 2)
    ]
    with reading(PLANNED, Report(rows)) as desk:
        outcome = desk.read()
    assert outcome.code == 1
    assert "MOCO sent 2 rows" in outcome.err
    assert "'user_id': '1'" in outcome.err
    assert '"ACTIVATE_VERSION"' not in outcome.out


# Totals


def test_without_totals_the_parts_are_read_until_they_are_the_same_twice() -> None:
    rows = busy_year()
    report = Report(rows, sends_total=False)
    with reading("report_cashflow", report) as desk:
        outcome = desk.read()
    assert outcome.code == 0, outcome.err
    assert keys(outcome.records("report_cashflow")) == keys(rows)
    parts = [query for query in report.asked[1:] if query["from"] == f"{YEAR}-01-01"]
    assert len(parts) >= 2


@pytest.mark.parametrize("extra", [-20, -1])
def test_totals_below_the_number_of_rows_are_not_believed(extra: int) -> None:
    rows = busy_year()
    with reading("report_cashflow", Report(rows, extra_total=extra)) as desk:
        outcome = desk.read()
    assert outcome.code == 0, outcome.err
    assert keys(outcome.records("report_cashflow")) == keys(rows)


def test_rows_that_no_part_shows_are_missed() -> None:
    with reading("report_cashflow", Report(busy_year(), in_no_part=1)) as desk:
        outcome = desk.read()
    assert outcome.code == 1
    assert "its pages never showed all rows twice" in outcome.err


@pytest.mark.parametrize("order", ["shuffled", "fixed"])
def test_rows_that_only_the_pages_show_are_read_in_pages(order: str) -> None:
    """MOCO may spell a kind otherwise in its filter, or have rows without a date."""
    rows = [money(n, day(50), ("one,two", "three")[n % 2]) for n in range(180)]
    report = Report(rows, order=order)

    def answer(path: str, query: dict[str, str]) -> Any:
        kinds = {"kinds": "3"} if query.get("kinds") == "three" else {}
        return report(path, query | kinds)

    with reading("report_cashflow", answer) as desk:
        outcome = desk.read()
    assert outcome.code == 0, outcome.err
    assert keys(outcome.records("report_cashflow")) == list(range(180))


def test_count_that_has_lost_its_total_proves_nothing() -> None:
    report = Report(busy_year(), in_no_part=1)

    def answer(path: str, query: dict[str, str]) -> Any:
        said = report(path, query)
        return type(said)(said.body) if query["per_page"] == "1" else said

    with reading("report_cashflow", answer) as desk:
        outcome = desk.read()
    assert outcome.code == 1
    assert "without X-Total" in outcome.err


@pytest.mark.parametrize("order", ["shuffled", "fixed"])
@pytest.mark.parametrize("heeds", [True, False])
def test_without_totals_no_person_stays_hidden(order: str, *, heeds: bool) -> None:
    """Two equal reads prove nothing where both ask for the same people only."""
    options: dict[str, Any] = {"sort_by": "planned_hours", "sends_total": False}
    for seed in range(6):
        report = Report(
            plans(130, 1), order=order, heeds_per_page=heeds, seed=seed, **options
        )
        with reading(PLANNED, report) as desk:
            outcome = desk.read()
        is_hopeless = order == "fixed" and not heeds
        assert outcome.code == is_hopeless, outcome.err
        found = {row["user_id"] for row in outcome.records(PLANNED)}
        assert is_hopeless or found == set(range(1, 131))


@pytest.mark.parametrize("rows", [[], [money(1, day(1))]])
def test_total_that_is_lost_fails_the_report(rows: list[Row]) -> None:
    """With it rows may be lost: an empty answer would declare all deleted."""
    report = Report([money(n, day(n)) for n in range(9)])
    with reading("report_cashflow", report) as desk:
        first = desk.read()
        report.rows, report.is_paged = rows, False
        second = desk.read(first.state)
        assert second.code == 1
        assert "without X-Total" in second.err
        assert '"ACTIVATE_VERSION"' not in second.out
        report.is_paged = True
        third = desk.read(second.state)
        target = first.target.load(second.out).load(third.out)
    assert third.code == 0
    assert keys(target.of("report_cashflow")) == keys(rows)


def test_year_without_a_row_needs_no_total() -> None:
    """Nobody has seen whether MOCO sends the header with an empty list."""
    report = Report([money(1, day(1))])

    def answer(path: str, query: dict[str, str]) -> Any:
        said = report(path, query)
        return said if said.body else type(said)([])

    with reading("report_cashflow", answer) as desk:
        first = desk.read(report_years=3)
        second = desk.read(first.state, report_years=3)
    assert first.code == second.code == 0, second.err


# A report that changes while it is read


def test_row_that_moves_between_parts_is_read_again() -> None:
    rows = busy_year()

    def move(request: int) -> None:
        if request == 4:
            rows[-1]["date"] = day(1)

    rows[-1]["date"] = day(360)
    report = Report(rows, before=move)
    with reading("report_cashflow", report) as desk:
        outcome = desk.read()
    assert outcome.code == 0, outcome.err
    found = outcome.records("report_cashflow")
    assert keys(found) == keys(rows)
    assert [r["date"] for r in found if r["record_id"] == 249] == [day(1)]


def test_report_that_never_stands_still_fails_after_six_reads() -> None:
    rows = busy_year()
    report = Report(rows)
    with reading("report_cashflow", report) as desk:
        first = desk.read()
        before = len(report.asked)
        report.before = lambda n: rows.append(money(1000 + n, day(1)))
        second = desk.read(first.state)
    assert second.code == 1
    assert "could not be proven complete" in second.err
    assert '"ACTIVATE_VERSION"' not in second.out
    assert len(report.asked) - before <= 6 * before + 6


@pytest.mark.parametrize("count", [99, 100, 150])
def test_report_without_pages_is_one_answer(count: int) -> None:
    rows = [{"user_id": n, "date": day(5), "target_hours": 8.0} for n in range(count)]
    report = Report(rows, is_paged=False)
    with reading("report_utilization", report) as desk:
        outcome = desk.read()
    assert outcome.code == 0, outcome.err
    assert len(outcome.target.of("report_utilization")) == count
    assert len(report.asked) == (2 if count == 100 else 1)

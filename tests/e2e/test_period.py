"""`end_date`: a read of a period, which leaves the state and all else as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import generate_account, serve
from tests.support.runs import asked, run, select, settings, synced

if TYPE_CHECKING:
    from tap_moco.row import Row
    from tap_moco.sandbox import Account, Server
    from tests.support.outcome import Outcome

FIRST, LAST = "2026-09-01", "2026-10-15"
DATES = {"start_date": FIRST, "end_date": LAST}


def dated(account: Account, stream: str) -> set[int]:
    """Return the ids of the rows whose own date lies in the period."""
    rows = account.rows(stream)
    return {row["id"] for row in rows if FIRST <= (row["date"] or "") <= LAST}


def types_of(outcome: Outcome) -> list[str]:
    """Return the types of all messages."""
    return [json.loads(line)["type"] for line in outcome.out.splitlines()]


def test_records_of_the_period_are_read(living: Server, account: Account) -> None:
    streams = [
        *("activities", "invoices", "receipts", "offers", "invoice_reminders"),
        *("project_payment_schedules", "user_work_time_adjustments"),
    ]
    outcome = synced(settings(living, **DATES), *streams)
    for stream in streams:
        wanted = dated(account, stream)
        assert {row["id"] for row in outcome.target.of(stream)} == wanted
        assert outcome.target.written.get(stream, 0) == len(wanted)
    assert dated(account, "activities")
    assert len(dated(account, "activities")) < len(account.ids("activities"))


@pytest.mark.parametrize(
    ("stream", "path", "dates"),
    [
        ("activities", "/activities", {"from": FIRST, "to": LAST}),
        ("invoices", "/invoices", {"date_from": FIRST, "date_to": LAST}),
        ("purchases", "/purchases", {"date": f"{FIRST}:{LAST}"}),
        ("planning_entries", "/planning_entries", {"period": f"{FIRST}:{LAST}"}),
        ("offers", "/offers", {"from": FIRST, "to": LAST}),
        (
            "invoice_reminders",
            "/invoice_reminders",
            {"date_from": FIRST, "date_to": LAST},
        ),
        (
            "project_payment_schedules",
            "/projects/payment_schedules",
            {"from": FIRST, "to": LAST},
        ),
        ("user_presences", "/users/presences", {"from": FIRST, "to": LAST}),
    ],
)
def test_each_list_is_asked_by_its_own_dates(
    living: Server, stream: str, path: str, dates: Row
) -> None:
    synced(settings(living, **DATES), stream)
    assert asked(living, path)
    for query in asked(living, path):
        assert dates.items() <= query.items()
        assert "updated_after" not in query


def test_details_of_the_period_are_read(living: Server, account: Account) -> None:
    outcome = synced(settings(living, **DATES), "invoice_details")
    read = {row["id"] for row in outcome.target.of("invoice_details")}
    assert read == dated(account, "invoices")
    assert asked(living, "/invoice_reminders") == [], "they may be of other invoices"


def test_the_state_is_written_as_it_was_given(living: Server) -> None:
    streams = ("activities", "invoices", "invoice_details", "tags")
    state = synced(settings(living), *streams).state
    state["bookmarks"]["of_a_newer_tap"] = {"starting_replication_value": None}
    outcome = synced(settings(living, **DATES), *streams, state=state)
    assert outcome.target.states == [state]


def test_without_a_state_none_is_written(living: Server) -> None:
    """One that knows nothing could take the place of one that does."""
    outcome = synced(settings(living, **DATES), "activities")
    assert set(types_of(outcome)) == {"SCHEMA", "RECORD"}


def test_nothing_is_declared_deleted(living: Server, account: Account) -> None:
    first = synced(settings(living), "activities", "receipts")
    versions = first.target.versions("activities")
    account.delete("activities", min(dated(account, "activities")))
    outcome = synced(
        settings(living, **DATES), "activities", "receipts", state=first.state
    )
    assert "ACTIVATE_VERSION" not in types_of(outcome)
    target = first.target.load(outcome.out)
    assert target.versions("activities") == versions, "the next sweep keeps the rows"


def test_the_run_after_it_goes_on_as_if_it_had_not_been(living: Server) -> None:
    first = synced(settings(living), "activities")
    between = synced(settings(living, **DATES), "activities", state=first.state)
    living.clear()
    synced(settings(living), "activities", state=between.state)
    questions = asked(living, "/activities")
    assert any("updated_after" in question for question in questions)
    assert not any(question.keys() & {"from", "to"} for question in questions)


def test_streams_without_dates_are_skipped_in_one_line(living: Server) -> None:
    streams = ("activities", "tags", "profile", "projects", "project_tasks")
    outcome = synced(settings(living, **DATES), *streams, "sync_runs")
    assert {entry.path for entry in living.requests} == {"/activities"}
    lines = [line.split(" | ")[-1] for line in outcome.err.splitlines()]
    names = "projects, project_tasks, tags, profile"
    assert f"skipped {names}: MOCO does not filter it by date" in lines
    modes = {row["stream"]: row["mode"] for row in outcome.records("sync_runs")}
    outcomes = {row["stream"]: row["outcome"] for row in outcome.records("sync_runs")}
    assert modes["activities"] == "period"
    assert outcomes["activities"] == "success"
    assert outcomes["tags"] == "skipped"


def test_a_period_of_streams_without_dates_is_refused(living: Server) -> None:
    outcome = run(settings(living, **DATES), catalog=select("tags", "profile"))
    assert outcome.code == 1
    last = outcome.err.splitlines()[-1]
    assert last.endswith("end_date: MOCO filters none of the selected streams by date")
    assert living.requests == []


def test_a_list_that_moves_is_read_again() -> None:
    """A row that goes while the pages are read makes them skip another one."""
    account = generate_account(0.2)
    gone = min(dated(account, "activities"))
    pages = iter([None, lambda: account.delete("activities", gone)])

    def before_request(*_: object) -> None:
        if change := next(pages, None):
            change()

    options: dict[str, Any] = {"max_per_page": 20, "before_request": before_request}
    with serve(account, **options) as server:
        config = settings(server, **DATES, concurrency=1)
        outcome = synced(config, "activities")
        passes = [q for q in asked(server, "/activities") if "page" not in q]
    assert len(passes) > 1
    read = {row["id"] for row in outcome.target.of("activities")}
    assert read == dated(account, "activities") | {gone}


def test_the_connection_test_tries_all_streams(living: Server) -> None:
    outcome = run(settings(living, **DATES), "--test")
    assert outcome.code == 0, outcome.err
    assert "skipped" not in outcome.err


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"end_date": LAST}, "end_date: start_date is missing"),
        (
            {"start_date": LAST, "end_date": FIRST},
            f"end_date: {FIRST} is before start_date, which is {LAST}",
        ),
        ({"start_date": FIRST, "end_date": "soon"}, "end_date: 'soon' is not accepted"),
    ],
)
def test_a_period_without_a_sense_is_refused(
    living: Server, dates: Row, words: str
) -> None:
    outcome = run(settings(living, **dates))
    assert outcome.code == 1
    assert words in outcome.err
    assert living.requests == []


def test_a_period_may_be_one_day(living: Server, account: Account) -> None:
    day = account.rows("activities")[0]["date"]
    config = settings(living, start_date=f"{day}T08:00:00Z", end_date=day)
    outcome = synced(config, "activities")
    assert {row["date"] for row in outcome.target.of("activities")} == {day}

"""What is gone from details and lists per record, and what only seems to be gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.streams import detail_reader
from tests.support.clock import age
from tests.support.runs import run, select, settings
from tests.support.stub import Answer, Stub, paged, serving
from tests.support.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox import Server
    from tests.support.outcome import Outcome
    from tests.support.runs import Params


def stamp(number: int) -> str:
    """Return when a record was last changed: a minute after the one before it."""
    return f"2026-01-01T{number // 60:02}:{number % 60:02}:00Z"


@dataclass
class Place:
    """A list of records, what each of them tells, and one target for all runs.

    Attributes:
        path: Of the list.
        records: The ids that the list shows.
        told: What is answered for each record; 404 for those that are not here.
        vanishing: A record that is gone from the list once it is asked for.
    """

    path: str
    records: list[int]
    told: dict[int, Any] = field(default_factory=dict)
    vanishing: int | None = None
    stub: Stub = field(default_factory=Stub)
    target: Target = field(default_factory=Target)

    def answer(self, path: str, query: Params) -> Answer:
        """Answer the list, some of it, or one record's path below it."""
        if path == self.path:
            ids = query["ids"].split(",") if "ids" in query else None
            rows = [
                {"id": number, "updated_at": stamp(number), "active": True}
                for number in self.records
                if (ids is None or str(number) in ids)
                and stamp(number) > query.get("updated_after", "")
            ]
            return paged(rows, query, path)
        number = int(path.removeprefix(self.path).split("/")[1])
        told = self.told.get(number, 404)
        if number == self.vanishing and number in self.records:
            self.records.remove(number)
        return Answer(status=told) if isinstance(told, int) else Answer(told)

    def run(self, *streams: str, sweeps: bool = False, **more: Any) -> Outcome:
        """Read some streams from where the last run came to."""
        self.stub.requests.clear()
        state = self.target.state or None
        if state and sweeps:
            age(state)
        catalog = more.pop("catalog", None) or select(*streams)
        outcome = run(settings(self.stub, **more), catalog=catalog, state=state)
        self.target.load(outcome.out)
        return outcome

    def asked(self, parameter: str) -> list[str]:
        """Return the values of a parameter in the questions to the list."""
        queries = [query for path, query in self.stub.asked if path == self.path]
        return [query[parameter] for query in queries if parameter in query]


@pytest.fixture
def projects() -> Iterator[Place]:
    """Serve three projects and their reports."""
    place = Place("/projects", [1, 2, 3])
    place.told = {number: {"hours_total": number} for number in place.records}
    with serving(place.answer) as place.stub:
        yield place


def reported(place: Place) -> set[int]:
    return {row["project_id"] for row in place.target.of("project_reports")}


def test_report_of_a_project_that_is_gone_is_deleted(projects: Place) -> None:
    projects.run("project_reports")
    assert reported(projects) == {1, 2, 3}
    projects.records = [1, 3]
    assert projects.run("project_reports").code == 0
    assert reported(projects) == {1, 3}


def test_reports_that_did_not_change_are_not_written_again(projects: Place) -> None:
    first = projects.run("project_reports")
    assert len(first.records("project_reports")) == 3
    assert projects.run("project_reports").records("project_reports") == []
    projects.told[2] = {"hours_total": 7}
    assert projects.run("project_reports").code == 0
    hours = {r["hours_total"] for r in projects.target.of("project_reports")}
    assert hours == {1, 7, 3}


def test_project_that_goes_between_list_and_report_is_deleted(projects: Place) -> None:
    """The list is asked once more for it, and lacks it."""
    projects.run("project_reports")
    del projects.told[2]
    projects.vanishing = 2
    outcome = projects.run("project_reports")
    assert outcome.code == 0
    assert "1 deleted meanwhile" in outcome.err
    assert "denied" not in outcome.err
    assert reported(projects) == {1, 3}


@pytest.mark.parametrize("status", [403, 404])
def test_report_that_is_refused_is_kept(projects: Place, status: int) -> None:
    """A 404 for a project that the list shows, twice, is no delete."""
    projects.run("project_reports")
    projects.told[2] = status
    outcome = projects.run("project_reports")
    assert outcome.code == 0
    assert "project_reports: 1 record denied; the next runs ask again" in outcome.err
    assert projects.asked("ids") == (["2"] if status == 404 else [])
    assert reported(projects) == {1, 2, 3}


def test_reports_that_all_answer_404_delete_nothing(projects: Place) -> None:
    projects.run("project_reports")
    projects.told.clear()
    outcome = projects.run("project_reports")
    assert "skipped project_reports: MOCO answered 404 for every record" in outcome.err
    assert reported(projects) == {1, 2, 3}


def test_no_report_is_deleted_where_archived_projects_are_hidden(
    projects: Place,
) -> None:
    projects.run("project_reports", include_archived=False)
    projects.records = [1]
    projects.run("project_reports", include_archived=False)
    assert reported(projects) == {1, 2, 3}


def test_years_of_performance_reports_go_on_being_read() -> None:
    """A year that is out of reach now is not declared deleted; a person is."""
    place = Place("/users", [1, 2], {1: {"annually": {}}, 2: {"annually": {}}})
    with serving(place.answer) as place.stub:
        place.run("user_performance_reports", report_years=2)
        place.records = [1]
        outcome = place.run("user_performance_reports", report_years=0)
    assert outcome.code == 0, outcome.err
    rows = place.target.of("user_performance_reports")
    assert [row["user_id"] for row in rows] == [1, 1, 1]
    assert len({row["year"] for row in rows}) == 3


@pytest.fixture
def invoices() -> Iterator[Place]:
    """Serve two invoices of two expenses each."""
    place = Place("/invoices", [1, 2])
    place.told = {n: [{"id": 10 * n}, {"id": 10 * n + 1}] for n in place.records}
    with serving(place.answer) as place.stub:
        yield place


def test_row_that_is_gone_from_an_invoice_is_deleted_by_the_next_sweep(
    invoices: Place,
) -> None:
    invoices.run("invoice_expenses")
    invoices.told[1] = [{"id": 11}]
    invoices.run("invoice_expenses")
    assert invoices.target.ids("invoice_expenses") == {10, 11, 20, 21}
    assert invoices.run("invoice_expenses", sweeps=True).code == 0
    assert invoices.target.ids("invoice_expenses") == {11, 20, 21}


@pytest.mark.parametrize("refusal", [403, 404, [{"id": 11, "title": {"odd": 1}}]])
def test_nothing_is_deleted_as_long_as_one_record_is_not_read(
    invoices: Place, refusal: Any
) -> None:
    invoices.run("invoice_expenses")
    invoices.told = {1: refusal, 2: [{"id": 20}]}
    invoices.run("invoice_expenses", sweeps=True)
    assert invoices.target.ids("invoice_expenses") == {10, 11, 20, 21}


def test_offer_without_an_approval_is_no_loss() -> None:
    place = Place("/offers", [1, 2, 3], {1: {"id": 9, "active": True}})
    with serving(place.answer) as place.stub:
        outcome = place.run("offer_customer_approvals")
        assert outcome.code == 0
        assert "deleted meanwhile" not in outcome.err
        assert place.target.ids("offer_customer_approvals") == {9}
        place.told = {2: {"id": 8, "active": True}}
        place.run("offer_customer_approvals", sweeps=True)
    assert place.target.ids("offer_customer_approvals") == {8}


@pytest.fixture
def offers() -> Iterator[Place]:
    """Serve 250 offers."""
    place = Place("/offers", list(range(1, 251)))
    place.told = {number: {"id": number} for number in place.records}
    with serving(place.answer) as place.stub:
        yield place


def test_list_is_asked_for_a_hundred_records_at_once(offers: Place) -> None:
    offers.told = {250: {"id": 250}}
    offers.run("offer_details")
    assert offers.asked("ids") == [], "the next run asks again, and the list if need be"
    offers.run("offer_details")
    assert [len(ids.split(",")) for ids in offers.asked("ids")] == [100]


def test_details_of_a_gone_offer_stay_unless_all_are_read_each_time(
    offers: Place,
) -> None:
    """They can only be declared deleted where all the others are written anew."""
    offers.run("offer_details")
    offers.records.remove(7)
    offers.run("offer_details", sweeps=True)
    assert 7 in offers.target.ids("offer_details")
    whole = select("offer_details")
    for entry in whole["streams"]:
        if entry["tap_stream_id"] == "offer_details":
            entry["replication_method"] = "FULL_TABLE"
    assert offers.run(catalog=whole).code == 0
    assert 7 not in offers.target.ids("offer_details")


def test_details_alone_are_swept_and_ask_for_what_is_missing(offers: Place) -> None:
    offers.run("offer_details")
    offers.records.append(0)  # imported, with an old stamp
    offers.told[0] = {"id": 0}
    offers.run("offer_details")
    assert 0 not in offers.target.ids("offer_details")
    outcome = offers.run("offer_details", sweeps=True)
    assert [row["id"] for row in outcome.records("offer_details")] == [0]


def test_what_an_interrupted_read_has_written_is_not_asked_for_again(
    offers: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detail_reader, "CHECKPOINT_EVERY", 40)
    offers.run("offer_details")
    offers.target.state["bookmarks"]["offer_details"].pop("details")
    offers.told[200] = 500
    broken = offers.run("offer_details", sweeps=True, max_retries=0, concurrency=1)
    assert broken.code == 1
    offers.told[200] = {"id": 200}
    second = offers.run("offer_details", concurrency=1)
    asked = [row["id"] for row in second.records("offer_details")]
    assert asked == list(range(161, 249)), "the old state knows of two more"


def test_reminders_that_the_key_may_not_read_are_named(living: Server) -> None:
    """The details themselves are read all the same."""
    living.faults.add("403", "/invoice_reminders", times=None)
    outcome = run(settings(living), catalog=select("invoice_details"))
    assert outcome.code == 0, outcome.err
    wanted = set(living.account.ids("invoices"))
    assert {row["id"] for row in outcome.records("invoice_details")} == wanted
    assert "the key may not read invoice_reminders (403" in outcome.err


def test_details_without_reminders_ask_for_none(living: Server) -> None:
    catalog = select("invoice_details", without={"invoice_details": [("reminders",)]})
    assert run(settings(living), catalog=catalog).code == 0
    assert not [e for e in living.requests if e.path == "/invoice_reminders"]


# Tags


@pytest.fixture
def tagged() -> Iterator[Place]:
    """Serve three people with tags; there is nothing else that can have some."""
    place = Place("/users", [1, 2, 3])
    place.told = {number: ["a"] for number in place.records}
    tags = "/taggings/User/"

    def answer(path: str, query: Params) -> Answer:
        if path.startswith(tags):
            return place.answer(path.replace(tags, "/users/"), query)
        return place.answer(path, query) if path == place.path else paged([], query)

    with serving(answer) as place.stub:
        yield place


def test_tags_of_a_deleted_record_are_deleted(tagged: Place) -> None:
    assert tagged.run("taggings").code == 0
    tagged.records = [1, 3]
    assert tagged.run("taggings").code == 0
    assert {r["taggable_id"] for r in tagged.target.of("taggings")} == {1, 3}
    assert tagged.run("taggings").records("taggings") == []


@pytest.mark.parametrize("refused", [{2: 403}, {2: 404}, {1: 404, 2: 404, 3: 404}])
def test_tags_that_are_refused_are_kept(tagged: Place, refused: dict[int, int]) -> None:
    tagged.run("taggings")
    tagged.told |= refused
    outcome = tagged.run("taggings")
    assert outcome.code == 0, outcome.err
    assert "denied of taggings: " in outcome.err
    assert {r["taggable_id"] for r in tagged.target.of("taggings")} == {1, 2, 3}

"""Deletes that webhooks report: what MOCO confirms, and what becomes of the rows."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tap_moco.sandbox import lists
from tap_moco.spool.tables import events
from tap_moco.spool.upkeep import prune, replay

if TYPE_CHECKING:
    from .reading import Reading

NEW = timedelta(seconds=1)
STREAMS = ("activities", "projects", "project_tasks", "deleted_records")


def settled(reading: Reading) -> dict[int, str]:
    """Return what became of each delete in the spool, by the record's id."""
    query = sa.select(
        events.c.entity_id, events.c.settled_at, events.c.confirmation
    ).where(events.c.event == "delete")
    with reading.spool.reading() as connection:
        return {
            number: "pending" if not at else "confirmed" if confirmation else "refuted"
            for number, at, confirmation in connection.execute(query)
        }


def delete(reading: Reading, collection: str, target: str, index: int = 0) -> int:
    """Delete a record in MOCO, and have the webhook come; return its id."""
    number = reading.account.ids(collection)[index]
    reading.account.delete(collection, number)
    reading.tell(target, number, ago=NEW)
    return number


@pytest.mark.parametrize("collection", ["activities", "deals"])
def test_a_deleted_record_is_gone_by_the_next_run(
    reading: Reading, collection: str
) -> None:
    streams = (collection, "deleted_records")
    reading.synced(*streams)
    target = {"activities": "Activity", "deals": "Deal"}[collection]
    number = delete(reading, collection, target, 2)
    reading.synced(*streams)
    assert reading.ids(collection) == set(reading.account.ids(collection))
    assert reading.deleted() == {(collection, number)}
    assert settled(reading) == {number: "confirmed"}


def test_the_rows_go_where_deleted_records_is_not_read(reading: Reading) -> None:
    reading.synced("activities")
    number = delete(reading, "activities", "Activity")
    reading.synced("activities")
    assert reading.ids("activities") == set(reading.account.ids("activities"))
    reading.synced("activities", "deleted_records")  # which may come later
    assert reading.deleted() == {("activities", number)}


def test_a_long_list_is_swept_only_for_a_confirmed_delete(reading: Reading) -> None:
    """A list of more than a page is read by its changes otherwise."""
    reading.fill(150)
    reading.synced("activities")
    for told in (True, False):
        alive = reading.account.ids("activities")[0]
        reading.tell("Activity", alive, ago=timedelta(hours=2 if told else 1))
        outcome = reading.synced("activities")
        assert "changes since" in outcome.err
        assert not outcome.records("activities")
    delete(reading, "activities", "Activity")
    outcome = reading.synced("activities")
    assert "MOCO confirms 1 delete of webhooks" in outcome.err
    assert reading.ids("activities") == set(reading.account.ids("activities"))


def test_a_delete_before_the_last_sweep_makes_no_sweep_due(reading: Reading) -> None:
    """The sweep has lacked the row, so that the target lacks it, too."""
    number = reading.account.ids("activities")[0]
    reading.account.delete("activities", number)
    reading.fill(150)
    reading.synced("activities")
    reading.tell("Activity", number, ago=timedelta(hours=1))
    outcome = reading.synced("activities")
    assert "MOCO confirms" not in outcome.err
    assert settled(reading) == {number: "confirmed"}


def test_up_to_a_hundred_are_asked_about_at_once(reading: Reading) -> None:
    reading.fill(250)
    reading.synced("activities")
    for number in reading.account.ids("activities")[:220]:
        reading.account.delete("activities", number)
        reading.tell("Activity", number, ago=NEW)
    reading.synced("deleted_records")
    asked = [query for query in reading.asked("/activities") if "ids" in query]
    assert len(asked) == 3
    assert all(len(query["ids"].split(",")) <= 100 for query in asked)
    assert len(reading.deleted()) == 220
    assert len(reading.asked("/activities")) == 4  # and one for a row that is there


def test_archived_records_count_as_shown(reading: Reading) -> None:
    reading.synced(*STREAMS)
    *_, number = reading.account.ids("projects")
    reading.account.archive("projects", number)
    reading.tell("Project", number)
    reading.synced(*STREAMS)
    asked = [query for query in reading.asked("/projects") if "ids" in query]
    assert [query["include_archived"] for query in asked] == ["true"]
    assert settled(reading) == {number: "refuted"}
    assert number in reading.ids("projects")


def test_a_replay_of_a_delete_against_another_target_changes_nothing(
    reading: Reading,
) -> None:
    """Only the body is signed, and that is the id alone."""
    reading.synced("deals", "activities", "deleted_records")
    comment = reading.account.ids("deals")[0]
    reading.tell("Deal", comment)  # forged out of a delete of something else
    reading.tell("Activity", comment)  # there is no such time entry
    before = reading.target.rows["deals"].copy()
    reading.synced("deals", "activities", "deleted_records")
    assert reading.target.rows["deals"] == before
    assert settled(reading)[comment] in {"refuted", "confirmed"}
    assert ("deals", comment) not in reading.deleted()
    assert reading.ids("activities") == set(reading.account.ids("activities"))


def test_a_restored_row_stays(reading: Reading) -> None:
    """What MOCO shows counts more than every event, in whatever order these come."""
    reading.synced("deals", "deleted_records")
    number = reading.account.ids("deals")[0]
    reading.tell("Deal", number, ago=timedelta(hours=1))
    reading.tell("Deal", number, "create", ago=timedelta(hours=2))
    reading.synced("deals", "deleted_records")
    assert number in reading.ids("deals")
    assert reading.deleted() == set()


def test_a_late_update_brings_no_row_back(reading: Reading) -> None:
    reading.synced("deals")
    number = delete(reading, "deals", "Deal")
    reading.synced("deals")
    reading.tell("Deal", number, "update", ago=timedelta(), text="zu spät")
    reading.tell("Deal", number, "create", ago=timedelta(), text="zu spät")
    outcome = reading.synced("deals")
    assert outcome.records("deals") == []
    assert number not in reading.ids("deals")


def test_what_moco_still_shows_right_after_is_asked_about_again(
    reading: Reading,
) -> None:
    """A webhook may be quicker than the database that the list is read from."""
    reading.synced("deals", "deleted_records")
    number = reading.account.ids("deals")[0]
    reading.tell("Deal", number, ago=NEW)
    reading.synced("deals", "deleted_records")
    assert settled(reading) == {number: "pending"}
    reading.account.delete("deals", number)
    reading.synced("deals", "deleted_records")
    assert settled(reading) == {number: "confirmed"}
    assert reading.deleted() == {("deals", number)}


def test_details_go_with_their_record(reading: Reading) -> None:
    reading.synced("offers", "deleted_records")
    number = delete(reading, "offers", "Offer")
    reading.synced("offers", "deleted_records")
    with_it = {"offers", "offer_details", "offer_customer_approvals"}
    assert reading.deleted() == {(stream, number) for stream in with_it}


def test_a_deleted_project_takes_its_tasks_along(reading: Reading) -> None:
    reading.synced(*STREAMS)
    number = delete(reading, "projects", "Project")
    reading.synced(*STREAMS)
    for stream in ("projects", "project_tasks"):
        assert reading.ids(stream) == set(reading.account.ids(stream))
    assert ("projects", number) in reading.deleted()


@pytest.mark.parametrize(
    ("collection", "target", "parent"),
    [
        ("project_tasks", "Task", "projects"),
        (
            "invoice_bookkeeping_exports",
            "Invoice::BookkeepingExport",
            "invoice_bookkeeping_exports",
        ),
    ],
)
def test_a_whole_read_confirms_where_moco_takes_no_ids(
    reading: Reading, collection: str, target: str, parent: str
) -> None:
    streams = (parent, collection, "deleted_records")
    reading.synced(*streams)
    alive = reading.account.ids(collection)[1]
    number = delete(reading, collection, target)
    reading.tell(target, alive)
    reading.synced(*streams)
    assert not any("ids" in dict(entry.query) for entry in reading.server.requests)
    assert reading.ids(collection) == set(reading.account.ids(collection))
    assert settled(reading) == {number: "confirmed", alive: "refuted"}
    assert reading.deleted() == {(collection, number)}


@pytest.mark.parametrize("answers", ["all", "none"])
def test_where_ids_is_not_heeded_a_whole_read_confirms(
    reading: Reading, monkeypatch: pytest.MonkeyPatch, answers: str
) -> None:
    """MOCO answers 200 to whatever it does not know: with all rows, or with none."""
    reading.synced("deals", "deleted_records")
    alive = reading.account.ids("deals")[-1]
    number = delete(reading, "deals", "Deal", 1)
    reading.tell("Deal", alive)
    monkeypatch.setattr(lists, "one_of", lambda *_: lambda _: answers == "all")
    reading.synced("deleted_records")
    assert settled(reading) == {number: "pending", alive: "pending"}
    reading.synced("deals", "deleted_records")
    assert settled(reading) == {number: "confirmed", alive: "refuted"}
    assert reading.ids("deals") == set(reading.account.ids("deals"))
    assert reading.deleted() == {("deals", number)}


def test_a_key_that_may_not_read_settles_nothing(reading: Reading) -> None:
    reading.synced("deals", "activities")
    number = delete(reading, "deals", "Deal")
    reading.server.faults.add("403", "/deals", times=None)
    outcome = reading.synced("deals", "activities", "deleted_records")
    assert "deletes of deals could not be confirmed" in outcome.err
    assert settled(reading) == {number: "pending"}
    assert reading.deleted() == set()
    reading.server.faults.clear()
    reading.synced("deals", "deleted_records")
    assert reading.deleted() == {("deals", number)}


def test_a_fault_of_moco_fails_deleted_records_alone(reading: Reading) -> None:
    reading.synced("activities")
    kept = delete(reading, "deals", "Deal")
    number = delete(reading, "activities", "Activity")
    reading.server.faults.add("500", "/deals")
    streams = ("activities", "deleted_records")
    outcome = reading.run(*streams, max_retries=0)
    assert outcome.code == 1
    assert "deletes of deals could not be confirmed" in outcome.err
    assert reading.deleted() == {("activities", number)}
    assert reading.ids("activities") == set(reading.account.ids("activities"))
    assert settled(reading) == {kept: "pending", number: "confirmed"}


def test_a_run_that_was_lost_before_its_state_acts_again(reading: Reading) -> None:
    """The spool has settled the delete, but the state of the run never came."""
    reading.synced("activities", "deleted_records")
    before = reading.target.state
    number = delete(reading, "activities", "Activity")
    reading.synced("activities", "deleted_records")
    reading.target.rows["activities"][number,] = {"id": number}
    reading.target._versions["activities"][number,] = None
    reading.target.rows["deleted_records"].clear()
    reading.target.state = before
    reading.synced("activities", "deleted_records")
    assert reading.ids("activities") == set(reading.account.ids("activities"))
    assert reading.deleted() == {("activities", number)}


def test_two_pipelines_may_share_a_spool(reading: Reading) -> None:
    """What one has confirmed, the other one acts on by its own state."""
    reading.synced("activities")
    other = copy.deepcopy(reading.target)
    number = delete(reading, "activities", "Activity")
    reading.synced("activities")
    reading.target = other
    assert number in reading.ids("activities")
    reading.synced("activities")
    assert reading.ids("activities") == set(reading.account.ids("activities"))


def test_each_delete_is_told_once(reading: Reading) -> None:
    reading.synced("deleted_records")
    delete(reading, "deals", "Deal")
    first = reading.synced("deleted_records")
    second = reading.synced("deleted_records")
    assert len(first.records("deleted_records")) == 1
    assert second.records("deleted_records") == []
    assert second.state == first.state
    assert second.out.count('"RECORD"') == 0


def test_a_replayed_delete_is_confirmed_again_under_its_key(reading: Reading) -> None:
    delete(reading, "deals", "Deal")
    reading.synced("deleted_records")
    now = datetime.now(timezone.utc)
    assert replay(reading.spool, now - timedelta(days=1)) == 1
    outcome = reading.synced("deleted_records")
    assert len(outcome.records("deleted_records")) == 1
    assert len(reading.deleted()) == 1


def test_events_age_also_for_deleted_records_alone(reading: Reading) -> None:
    delete(reading, "deals", "Deal")
    alive = reading.account.ids("deals")[0]
    reading.tell("Deal", alive, "update")
    reading.tell("Deal", alive, ago=NEW)  # not settled yet
    reading.synced("deleted_records")
    later = datetime.now(timezone.utc) + timedelta(days=1)
    assert prune(reading.spool, later) == 2
    assert settled(reading) == {alive: "pending"}


def test_deletes_of_streams_that_are_off_wait(reading: Reading) -> None:
    reading.synced("activities")
    number = delete(reading, "deals", "Deal")
    reading.synced("activities")
    assert reading.asked("/deals") == []
    assert settled(reading) == {number: "pending"}


def test_kinds_that_no_list_has_are_never_asked_about(reading: Reading) -> None:
    reading.tell("InvoiceDraft", 1)
    reading.tell("Something::New", 2)
    reading.synced("deleted_records")
    assert reading.server.requests == []
    assert set(settled(reading).values()) == {"refuted"}
    assert reading.deleted() == set()


def test_older_names_are_known(reading: Reading) -> None:
    company = reading.account.insert("companies", name="Alt")["id"]
    reading.account.insert("companies", name="Neu")
    reading.account.delete("companies", company)
    reading.tell("Customer", company, ago=NEW)
    reading.synced("deleted_records")
    assert reading.deleted() == {("companies", company)}


def test_the_last_record_of_a_list(reading: Reading) -> None:
    reading.account.insert("schedules")
    reading.synced("schedules", "deleted_records")
    for _ in reading.account.ids("schedules"):
        delete(reading, "schedules", "Schedule")
    reading.synced("schedules", "deleted_records")
    assert len(reading.deleted()) == 1
    assert reading.ids("schedules") == set()


def test_no_column_is_lost_by_default(reading: Reading) -> None:
    reading.synced("deals", "deleted_records")
    number = delete(reading, "deals", "Deal")
    reading.tell("Deal", number, "update", text="letzter Stand")
    outcome = reading.synced("deals", "deleted_records")
    assert all(len(row) > 3 for row in outcome.records("deals"))
    assert "_sdc_deleted_at" not in outcome.out

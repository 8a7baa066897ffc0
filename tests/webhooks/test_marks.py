"""The setting `webhook_deletes: in_place`: deleted rows are written once more."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.target import Row

    from .reading import Reading

NEW = timedelta(seconds=1)
MARK = "_sdc_deleted_at"


@pytest.fixture
def marking(reading: Reading) -> Reading:
    """Return a tap that marks deletes, and a list of more than one page."""
    reading.fill(150)
    reading.config = {"webhook_deletes": "in_place"}
    reading.synced("activities")
    return reading


def mark(reading: Reading, number: int) -> Row:
    """Return the row that the target has of a record."""
    row: Row = reading.target.rows["activities"][number,]
    return row


def delete(reading: Reading, index: int, ago: timedelta = NEW) -> int:
    """Delete a time entry in MOCO after the last sweep, and have the webhook come."""
    number = reading.account.ids("activities")[index]
    reading.account.delete("activities", number)
    reading.tell("Activity", number, ago=ago)
    return number


def marked(reading: Reading) -> set[int]:
    """Return the ids of the rows that are marked as deleted."""
    return {row["id"] for row in reading.target.of("activities") if row.get(MARK)}


def test_a_deleted_row_is_marked_with_its_last_whole_version(marking: Reading) -> None:
    number = marking.account.ids("activities")[3]
    row = dict(mark(marking, number))
    body = {"description": "letzter Stand", "new_field": 1, "hours": row["hours"]}
    marking.tell("Activity", number, "update", **body)
    marking.tell("Activity", number, "update", ago=2 * NEW, **{**body, "hours": 7})
    delete(marking, 3)
    outcome = marking.synced("activities")
    (written,) = [r for r in outcome.records("activities") if r.get(MARK)]
    assert written["description"] == "letzter Stand"
    assert written["hours"] == 7
    assert datetime.fromisoformat(written[MARK][:19] + "+00:00") < datetime.now(
        timezone.utc
    )
    assert "new_field" not in written
    assert "new_field" not in outcome.err
    assert marked(marking) == {number}


@pytest.mark.parametrize("body", [None, {"hours": "many"}])
def test_without_one_that_fits_its_key_is_marked_alone(
    marking: Reading, body: Row | None
) -> None:
    number = marking.account.ids("activities")[3]
    if body:
        marking.tell("Activity", number, "update", **body)
    delete(marking, 3)
    outcome = marking.synced("activities")
    (written,) = [r for r in outcome.records("activities") if r.get(MARK)]
    assert written.keys() == {"id", MARK}


def test_the_list_is_not_swept_for_it(marking: Reading) -> None:
    """MOCO's total is smaller now, and that is no alarm: the delete was told."""
    first = delete(marking, 3, ago=-20 * NEW)
    outcome = marking.synced("activities")
    assert "changes since" in outcome.err
    assert len(marking.asked("/activities")) <= 5
    delete(marking, -1, ago=-20 * NEW)
    marking.account.insert("activities", description="neu")
    outcome = marking.synced("activities")
    assert "changes since" in outcome.err
    last = outcome.state["bookmarks"]["activities"]["sweep"]
    assert last["rows"] == len(marking.account.ids("activities"))
    assert "due" not in last
    assert first in marked(marking)


def test_a_delete_that_no_webhook_told_is_still_seen(marking: Reading) -> None:
    delete(marking, 3, ago=-20 * NEW)
    marking.account.delete("activities", marking.account.ids("activities")[9])
    outcome = marking.synced("activities")
    assert "changes since" not in outcome.err
    alive = {row["id"] for row in marking.target.of("activities") if not row.get(MARK)}
    assert alive == set(marking.account.ids("activities"))


def test_a_row_that_the_read_shows_is_not_marked(marking: Reading) -> None:
    """It was deleted when MOCO was asked, and restored before the list was read."""
    number = marking.account.ids("activities")[3]
    record = marking.account.get("activities", number)
    marking.account.delete("activities", number)
    marking.tell("Activity", number, ago=NEW)
    marking.synced("deleted_records")
    assert marking.deleted() == {("activities", number)}
    marking.account.put("activities", record)
    marking.account.update("activities", number, description="wieder da")
    outcome = marking.synced("activities")
    written = [row for row in outcome.records("activities") if row["id"] == number]
    assert {row[MARK] for row in written} == {None}
    assert marked(marking) == set()


def test_a_row_that_comes_back_loses_its_mark(marking: Reading) -> None:
    number = marking.account.ids("activities")[3]
    record = marking.account.get("activities", number)
    delete(marking, 3)
    marking.synced("activities")
    assert marked(marking) == {number}
    marking.account.put("activities", record)
    marking.account.update("activities", number, description="wieder da")
    marking.synced("activities")
    assert marked(marking) == set()
    assert mark(marking, number)["description"] == "wieder da"


def test_a_mark_is_written_once(marking: Reading) -> None:
    delete(marking, 3)
    marking.synced("activities")
    outcome = marking.synced("activities")
    assert not [r for r in outcome.records("activities") if r.get(MARK)]


def test_a_read_that_fails_marks_in_the_next_run(marking: Reading) -> None:
    number = delete(marking, 3)
    marking.server.faults.add("500", "/activities.*updated_after", times=None)
    assert marking.run("activities", max_retries=0).code == 1
    marking.server.faults.clear()
    marking.synced("activities")
    assert marked(marking) == {number}


def test_a_first_read_marks_nothing(marking: Reading) -> None:
    """The target never had rows that were deleted before."""
    delete(marking, 3)
    marking.synced("deleted_records")
    marking.begin_anew()
    marking.synced("activities")
    marking.synced("activities")
    assert marked(marking) == set()


def test_a_sweep_takes_marked_rows_away(marking: Reading) -> None:
    """As far as the target knows ACTIVATE_VERSION."""
    delete(marking, 3)
    marking.synced("activities")
    marking.synced("activities", webhook_deletes="sweep")
    delete(marking, 4)
    marking.synced("activities", webhook_deletes="sweep")
    assert marking.ids("activities") == set(marking.account.ids("activities"))

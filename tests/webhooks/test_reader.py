"""Reading a spool: nothing is skipped, and nothing comes twice unless asked for."""

from __future__ import annotations

import random
import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tap_moco.spool.reader import SpoolReader
from tap_moco.spool.spool import CHUNK, Spool
from tap_moco.spool.upkeep import browse, prune, replay

from .made import OCCURRED, event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.spool.events import StoredEvent

    from .conftest import OpenSpool


def ids(found: list[StoredEvent]) -> list[int]:
    """Return the records' ids."""
    return [row.entity_id for row in found]


def numbers(found: list[StoredEvent]) -> list[int]:
    """Return the numbers; every event that is read has one."""
    return [row.sequence for row in found if row.sequence is not None]


def test_events_are_read_in_the_order_of_their_numbers(spool: Spool) -> None:
    for number in range(7):
        spool.store([event(number)])
    reader = SpoolReader(spool)
    first = reader.read(limit=3)
    rest = reader.read(after=numbers(first)[-1])
    assert ids(first) == [0, 1, 2]
    assert ids(rest) == [3, 4, 5, 6]
    assert numbers(first + rest) == sorted(numbers(first + rest))
    assert reader.read(after=numbers(rest)[-1]) == []


def test_more_events_than_are_numbered_at_once(spool: Spool) -> None:
    count = 2 * CHUNK + 5
    spool.store([event(number) for number in range(count)])
    found = SpoolReader(spool).read(limit=count)
    assert sorted(ids(found)) == list(range(count))
    assert numbers(found) == sorted(set(numbers(found)))


def test_one_account_is_read_without_the_others(spool: Spool) -> None:
    spool.store([event(1), event(2, account="other"), event(3)])
    spool.store([event(4, account="")])  # it may be of any account
    reader = SpoolReader(spool, "other")
    assert ids(reader.read()) == [2, 4]
    assert ids(reader.read(limit=1)) == [2]
    reader.mark_read(numbers(SpoolReader(spool).read())[-1])
    assert prune(spool, datetime.now(timezone.utc)) == 2
    assert ids(SpoolReader(spool).read()) == [1, 3]


def test_an_idle_reader_writes_nothing(
    sqlite_location: str, open_spool: OpenSpool
) -> None:
    spool = open_spool(sqlite_location)
    spool.store([event()])
    reader = SpoolReader(spool)
    (last,) = numbers(reader.read())
    with spool.reading() as connection:
        version = sa.text("PRAGMA data_version")
        before = connection.execute(version).scalar()
        other = SpoolReader(open_spool(sqlite_location))
        assert other.read(after=last) == []
        assert connection.execute(version).scalar() == before


@pytest.fixture
def late(
    postgres_location: str, open_spool: OpenSpool
) -> Iterator[tuple[Spool, sa.Connection]]:
    """Give a spool, and the connection of a receiver that has not committed yet."""
    spool = open_spool(postgres_location)
    other = open_spool(postgres_location)
    with other.transaction() as connection:
        insert = other._database.insert
        row = {**vars(event(1)), "digest": event(1).digest}
        connection.execute(insert, [row])
        yield spool, connection


def test_an_event_that_commits_late_is_not_skipped(
    late: tuple[Spool, sa.Connection],
) -> None:
    """The first receiver holds its transaction open while others write and read."""
    spool, connection = late
    reader = SpoolReader(spool)
    spool.store([event(2), event(3)])
    seen = reader.read()
    assert ids(seen) == [2, 3]  # an open transaction holds up nobody
    spool.store([event(4)])
    connection.commit()
    rest = reader.read(after=numbers(seen)[-1])
    assert sorted(ids(rest)) == [1, 4]
    assert reader.read(after=numbers(rest)[-1]) == []


def test_a_repeated_delivery_waits_for_the_open_transaction_of_the_first(
    late: tuple[Spool, sa.Connection],
) -> None:
    spool, connection = late
    stored: list[int] = []
    other = threading.Thread(
        target=lambda: stored.append(spool.store([event(1), event(2)]))
    )
    other.start()
    other.join(0.3)
    assert stored == []  # whether the first one counts is not known yet
    connection.commit()
    other.join()
    assert stored == [1]
    assert sorted(ids(SpoolReader(spool).read())) == [1, 2]


def test_a_reader_misses_nothing_while_receivers_write(
    location: str, open_spool: OpenSpool
) -> None:
    """Two receivers store at once, some transactions take long; a reader follows."""
    spools = [open_spool(location) for _ in range(3)]
    total, done = 240, threading.Event()

    def write(half: int) -> None:
        for number in range(half, total, 2):
            with spools[half].transaction() as connection:
                row = {**vars(event(number)), "digest": event(number).digest}
                connection.execute(spools[half]._database.insert, [row])
                if random.random() < 0.05:
                    done.wait(0.02)

    threads = [threading.Thread(target=write, args=(half,)) for half in (0, 1)]
    for thread in threads:
        thread.start()
    reader = SpoolReader(spools[2])
    seen: list[StoredEvent] = []
    while any(thread.is_alive() for thread in threads):
        seen += reader.read(after=numbers(seen)[-1] if seen else 0, limit=7)
    seen += reader.read(after=numbers(seen)[-1] if seen else 0)
    assert sorted(ids(seen)) == list(range(total))
    assert numbers(seen) == sorted(numbers(seen))


def test_two_readers_at_once_give_each_event_one_number(
    location: str, open_spool: OpenSpool
) -> None:
    spool = open_spool(location)
    spool.store([event(number) for number in range(500)])
    found: list[list[tuple[int, int | None]]] = []

    def read() -> None:
        other = open_spool(location)
        rows = SpoolReader(other).read()
        found.append([(row.entity_id, row.sequence) for row in rows])

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) == 500


def test_a_new_spool_gives_higher_numbers_than_the_one_before(
    location: str, open_spool: OpenSpool
) -> None:
    """Whoever removes the spool does not have to change the tap's state."""
    spool = open_spool(location)
    spool.store([event(number) for number in range(3)])
    last = numbers(SpoolReader(spool).read())[-1]
    with spool.transaction() as connection:
        for table in ("moco_webhook_events", "moco_webhook_spool"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
    again = open_spool(location)
    again.store([event(9)])
    assert ids(SpoolReader(again).read(after=last)) == [9]


def test_events_age_from_when_they_were_read(spool: Spool) -> None:
    spool.store([event(number) for number in range(4)])
    reader = SpoolReader(spool)
    found = reader.read()
    reader.mark_read(numbers(found)[1])
    now = datetime.now(timezone.utc)
    assert prune(spool, now - timedelta(days=1)) == 0
    assert prune(spool, now + timedelta(days=1)) == 2
    assert ids(reader.read()) == [2, 3]


def test_marking_again_does_not_make_events_younger(spool: Spool) -> None:
    spool.store([event()])
    reader = SpoolReader(spool)
    (number,) = numbers(reader.read())
    reader.mark_read(number)
    (first,) = reader.read()
    reader.mark_read(number)
    assert reader.read() == [first]


def test_replayed_events_come_once_more_after_all_that_were_read(spool: Spool) -> None:
    old = OCCURRED - timedelta(days=1)
    spool.store([event(1, received_at=old), event(2), event(3)])
    reader = SpoolReader(spool)
    last = numbers(reader.read())[-1]
    reader.mark_read(last)
    assert replay(spool, OCCURRED) == 2
    found = reader.read(after=last)
    assert sorted(ids(found)) == [2, 3]
    assert reader.read(after=numbers(found)[-1]) == []
    assert prune(spool, datetime.now(timezone.utc)) == 1  # they are unread again


def test_the_newest_payload_of_a_record_is_that_of_the_latest_time(
    spool: Spool,
) -> None:
    def at(minutes: int, **more: str) -> dict[str, object]:
        return {"occurred_at": OCCURRED + timedelta(minutes=minutes), **more}

    spool.store(
        [
            event(1, **at(2, event="update", payload='{"id":1,"n":2}')),
            event(1, **at(1, event="create", payload='{"id":1,"n":1}')),
            event(1, **at(3, event="delete", payload='{"id":1}')),
            event(2, **at(0, payload='{"id":2,"n":0}')),
            event(3, **at(0, account="other")),
            event(4, **at(0, target="Project")),
            event(5, **at(0, event="delete")),
        ]
    )
    found = SpoolReader(spool).latest("demo", "Activity", [1, 2, 3, 4, 5, 6])
    assert {n: row.payload for n, row in found.items()} == {
        1: '{"id":1,"n":2}',
        2: '{"id":2,"n":0}',
    }


def test_deletes_wait_until_they_are_settled(spool: Spool) -> None:
    deletes = [event(number, event="delete") for number in range(1, 5)]
    for delete in deletes:
        spool.store([delete, event(delete.entity_id + 100)])
    reader = SpoolReader(spool)
    waiting = reader.pending_deletes()
    assert ids(waiting) == [1, 2, 3, 4]
    assert ids(reader.pending_deletes(limit=2)) == [1, 2]
    assert ids(reader.pending_deletes(after=waiting[1].id)) == [3, 4]
    reader.settle(confirmed=[waiting[2], waiting[0]], refuted=[waiting[1]])
    assert ids(reader.pending_deletes()) == [4]
    confirmed = reader.confirmed_deletes()
    assert [row.entity_id for row in confirmed] == [3, 1]
    assert confirmed[0].deleted_at == OCCURRED
    assert confirmed[0].confirmed_at > OCCURRED
    reader.settle(confirmed=reader.pending_deletes())
    later = reader.confirmed_deletes(after=confirmed[-1].sequence)
    assert [row.entity_id for row in later] == [4]


def test_what_was_settled_is_not_settled_again(spool: Spool) -> None:
    spool.store([event(1, event="delete")])
    reader = SpoolReader(spool)
    waiting = reader.pending_deletes()
    reader.settle(confirmed=waiting)
    before = reader.confirmed_deletes()
    reader.settle(confirmed=waiting)
    reader.settle(refuted=waiting)
    assert reader.confirmed_deletes() == before


def test_a_replayed_delete_is_to_be_confirmed_again(spool: Spool) -> None:
    spool.store([event(1, event="delete")])
    reader = SpoolReader(spool)
    reader.read()
    reader.settle(refuted=reader.pending_deletes())
    assert replay(spool, OCCURRED) == 1
    assert ids(reader.pending_deletes()) == [1]


def test_browsing_gives_no_number_and_shows_the_newest_last(spool: Spool) -> None:
    for number in range(5):
        came = OCCURRED + timedelta(minutes=number)
        target = "Project" if number == 3 else "Activity"
        spool.store([event(number, received_at=came, target=target)])
    assert ids(browse(spool)) == [0, 1, 2, 3, 4]
    assert ids(browse(spool, limit=2)) == [3, 4]
    assert ids(browse(spool, target="Activity", limit=2)) == [2, 4]
    assert ids(browse(spool, since=OCCURRED + timedelta(minutes=3))) == [3, 4]
    assert {row.sequence for row in browse(spool)} == {None}

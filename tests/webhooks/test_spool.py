"""What the spool keeps, in SQLite and in PostgreSQL."""

from __future__ import annotations

import sqlite3
import stat
import threading
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.errors import SpoolError
from tap_moco.spool.events import Event
from tap_moco.spool.reader import SpoolReader
from tap_moco.spool.spool import Spool

from .made import OCCURRED, event

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import OpenSpool


def test_an_event_comes_back_as_it_was(spool: Spool) -> None:
    given = event(origin="api", received_at=OCCURRED + timedelta(microseconds=1))
    spool.store([given])
    (found,) = SpoolReader(spool).read()
    for field in fields(Event):
        assert getattr(found, field.name) == getattr(given, field.name)


DIFFERENT: list[dict[str, Any]] = [
    {"account": "other"},
    {"target": "Project"},
    {"event": "delete"},
    {"entity_id": 2},
    {"occurred_at": OCCURRED + timedelta(milliseconds=1)},
    {"payload": '{"id":1}'},
]


def test_one_row_for_each_account_target_event_record_time_and_body(
    spool: Spool,
) -> None:
    others = [event(**different) for different in DIFFERENT]
    assert spool.store([event(), *others]) == 7
    again = event(received_at=OCCURRED + timedelta(days=1), user_id=2, origin="api")
    assert spool.store([again, event(), *others]) == 0
    found = SpoolReader(spool).read()
    assert len(found) == 7
    assert {row.received_at for row in found} == {event().received_at}


def test_repeats_within_one_group_are_one_event(spool: Spool) -> None:
    assert spool.store([event(), event(), event(2), event()]) == 2
    assert len(SpoolReader(spool).read()) == 2


def test_many_threads_and_two_spools_store_each_event_once(
    location: str, open_spool: OpenSpool
) -> None:
    spools = [open_spool(location) for _ in range(2)]
    failures: list[Exception] = []

    def store(number: int) -> None:
        deliveries = [event(one) for one in range(300)]
        try:
            for first in range(0, 300, 20):
                # each goes the other way round, so that they could block each other
                group = deliveries[first : first + 20][:: 1 if number % 2 else -1]
                spools[number % 2].store(group)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=store, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    found = SpoolReader(spools[0]).read()
    assert sorted(row.entity_id for row in found) == list(range(300))


def test_two_receivers_that_start_at_once_make_one_spool(
    location: str, open_spool: OpenSpool
) -> None:
    made: list[object] = []

    def start() -> None:
        try:
            made.append(open_spool(location).store([event()]))
        except SpoolError as error:
            made.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, made)) == ["0", "0", "0", "1"]


def test_a_spool_opens_while_another_process_makes_its_first_write(
    tmp_path: Path,
) -> None:
    path = tmp_path / "spool.db"
    Spool(str(path), may_create=True).close()
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA journal_mode = DELETE")  # as it is until the spool is made
    other.execute("BEGIN IMMEDIATE")
    end = threading.Timer(0.3, other.rollback)
    end.start()
    with Spool(str(path)) as spool:
        assert spool.store([event()]) == 1
    end.join()
    other.close()


def test_a_probe_leaves_nothing(spool: Spool) -> None:
    spool.probe()
    assert SpoolReader(spool).read() == []
    assert spool.newest() is None


def test_the_newest_event_is_the_one_that_came_last(spool: Spool) -> None:
    late = OCCURRED + timedelta(hours=1)
    spool.store([event(1, received_at=late), event(2, received_at=late)])
    assert spool.newest() == late


def test_without_a_receiver_there_is_no_spool(location: str) -> None:
    with pytest.raises(SpoolError, match="`tap-moco-webhooks serve` makes it"):
        Spool(location)


def test_a_spool_of_a_newer_version_is_refused(
    location: str, open_spool: OpenSpool
) -> None:
    spool = open_spool(location)
    with spool.transaction() as connection:
        connection.exec_driver_sql("UPDATE moco_webhook_spool SET version = 2")
    for may_create in (True, False):
        with pytest.raises(SpoolError, match=r"version 2, made by a newer tap-moco"):
            Spool(location, may_create=may_create)


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (id)")
    connection.close()


def _text(path: Path) -> None:
    path.write_text("this is a letter, and no database at all\n" * 200)


def _torn(path: Path) -> None:
    with Spool(str(path), may_create=True) as spool:
        spool.store([event(number) for number in range(2_000)])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _scribbled(path: Path) -> None:
    with Spool(str(path), may_create=True) as spool:
        spool.store([event(number) for number in range(2_000)])
    content = bytearray(path.read_bytes())
    content[20_480:60_000] = b"\xaa" * (60_000 - 20_480)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_foreign, "a database of something else"),
        (_text, "file is not a database"),
        (_torn, "malformed|damaged"),
        (_scribbled, "malformed|damaged"),
        (Path.mkdir, "Is a directory"),
    ],
)
def test_what_is_not_a_spool_is_one_clear_line(
    tmp_path: Path, damage: Callable[[Path], object], words: str
) -> None:
    path = tmp_path / "spool.db"
    damage(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(SpoolError, match=words) as caught:
        Spool(str(path), may_create=True)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not path.is_file() or path.read_bytes() == before


def test_an_empty_file_becomes_a_spool(tmp_path: Path, open_spool: OpenSpool) -> None:
    path = tmp_path / "spool.db"
    path.touch()
    assert open_spool(str(path)).store([event()]) == 1


def test_only_its_owner_may_read_the_file(
    sqlite_location: str, open_spool: OpenSpool
) -> None:
    spool = open_spool(sqlite_location)
    spool.store([event()])
    for suffix in ("", "-wal"):
        mode = Path(f"{sqlite_location}{suffix}").stat().st_mode
        assert stat.S_IMODE(mode) == 0o600


def test_every_commit_is_flushed_to_the_disk(
    sqlite_location: str, open_spool: OpenSpool
) -> None:
    spool = open_spool(sqlite_location)
    with spool.transaction() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous")
        ]
    assert found == ["wal", 2]


def test_postgres_never_acknowledges_before_the_flush(
    postgres_location: str, open_spool: OpenSpool
) -> None:
    role = open_spool(postgres_location)
    with role.transaction() as connection:
        connection.exec_driver_sql("ALTER ROLE postgres SET synchronous_commit = off")
    spool = open_spool(postgres_location)
    with spool.transaction() as connection:
        setting = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
        connection.exec_driver_sql("ALTER ROLE postgres RESET synchronous_commit")
    assert setting == "on"


@pytest.mark.parametrize(
    "given",
    [
        *("", "  ", "a\0b", "mysql://host/db", "postgresql+asyncpg://h/d", "http://x"),
        *("postgresql://host:port/db", "sqlite://", "sqlite:///a.db?mode=ro", "://"),
    ],
)
def test_other_locations_are_refused(given: str, open_spool: OpenSpool) -> None:
    with pytest.raises(ValueError, match=r"^|"):
        open_spool(given)


def test_no_message_shows_the_password() -> None:
    location = "postgresql://user:geheim@127.0.0.1:1/db?sslpassword=geheim"
    with pytest.raises(SpoolError) as caught:
        Spool(location)
    assert str(caught.value).startswith("spool postgresql+psycopg://127.0.0.1:1/db: ")
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)

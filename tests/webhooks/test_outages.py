"""A full disk, a database that is away, a file that is gone: 5xx, and back again."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from tap_moco.sandbox.webhooks import post
from tap_moco.spool import database
from tap_moco.spool.reader import SpoolReader
from tap_moco.spool.spool import Spool
from tap_moco.webhooks import writer
from tap_moco.webhooks.receiver import create_app
from tap_moco.webhooks.signature import SigningKeys

from .running import ask, serving
from .sender import KEY, Delivery, Sender
from .test_receiver import metric, raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.applications import Starlette

    from .conftest import OpenSpool

LARGE = 7_000
"""More than a page of SQLite, and less than what a probe writes."""


def delivery(number: int) -> Delivery:
    """Return a delivery that needs room."""
    return Delivery("Activity", "update", {"id": number, "info": "x" * LARGE})


def send(app: Starlette, number: int) -> int:
    """Send one delivery; return the status of the answer."""
    sent = delivery(number)
    return ask(app, raw(sent.headers()), sent.body)[0]


def health(app: Starlette) -> int:
    """Return the status of `/healthz`."""
    return ask(app, [], b"", path="/healthz", method="GET")[0]


def stored(spool: Spool) -> set[int]:
    """Return the ids of the records in the spool."""
    return {event.entity_id for event in SpoolReader(spool).read(limit=10_000)}


def check_outage(
    spool: Spool,
    begin: Callable[[], Any],
    end: Callable[[], Any],
    may_be_stored: frozenset[int] = frozenset(),
) -> None:
    """See 200, then 503 while it lasts, then 200, and all that was acknowledged."""
    app = create_app(spool, SigningKeys([KEY]))
    assert send(app, 1) == health(app) == 200
    begin()
    acknowledged = {1, 101, 102}
    for number in range(2, 50):
        if send(app, number) == 503:
            break
        acknowledged.add(number)  # a page or two may have been free
    assert (send(app, 99), health(app)) == (503, 503)
    assert metric(app, "spool_errors_total") == 2
    end()
    for number in (101, 102):
        assert (send(app, number), health(app)) == (200, 200)
    assert acknowledged <= stored(spool) <= acknowledged | may_be_stored


def test_no_page_is_left(
    sqlite_location: str, open_spool: OpenSpool, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite says the same of a page that it may not have as of a full disk."""
    caplog.set_level("INFO")
    spool = open_spool(sqlite_location)
    limit = 1_000_000

    def set_limit(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {limit}")

    sa.event.listen(spool._database.engine, "checkout", set_limit)

    def fill() -> None:
        nonlocal limit
        with spool.reading() as connection:
            limit = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def make_room() -> None:
        nonlocal limit
        limit = 1_000_000

    check_outage(spool, fill, make_room)
    lines = [record.getMessage() for record in caplog.records]
    assert (
        sum("disk is full; deliveries are answered with" in line for line in lines) == 1
    )
    assert sum("can be written again" in line for line in lines) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 2 MB, where that is allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    umount = shutil.which("umount") or ""
    mount = [
        shutil.which("mount") or "",
        "-t",
        "tmpfs",
        "-o",
        "size=2m",
        "tmpfs",
        str(folder),
    ]
    if not mount[0] or subprocess.run(mount, check=False).returncode:
        pytest.skip("no disk may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run([umount, "-l", str(folder)], check=True)


def test_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    """Another program fills the disk, and MOCO repeats until there is room again."""
    location, ballast = str(small_disk / "spool.db"), small_disk / "ballast"
    with serving(location, tmp_path) as process:
        assert post(process.url, delivery(1).headers(), delivery(1).body) == 200
        with ballast.open("wb", buffering=0) as file:
            while file.write(b"x" * 512) == 512:
                if shutil.disk_usage(small_disk).free < 4_096:
                    break
        statuses = set()
        for number in range(2, 40):
            sent = delivery(number)
            statuses.add(post(process.url, sent.headers(), sent.body))
        assert 503 in statuses <= {200, 503}
        ballast.unlink()
        for number in range(2, 40):
            Sender([process.url]).deliver(delivery(number))
        assert process.stop() == 0
    with Spool(location) as spool:
        assert stored(spool) == set(range(1, 40))


def test_a_database_that_is_stopped_and_started(
    postgres: Any, postgres_location: str, open_spool: OpenSpool
) -> None:
    check_outage(open_spool(postgres_location), postgres.stop, postgres.start)


def test_somebody_else_writes_for_long(
    location: str, open_spool: OpenSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 0.1)
    spool, other = open_spool(location), open_spool(location)
    with other.reading() as blocking:
        is_sqlite = blocking.dialect.name == "sqlite"

        def lock() -> None:
            if is_sqlite:
                blocking.exec_driver_sql("BEGIN EXCLUSIVE")
            else:
                blocking.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
                blocking.exec_driver_sql("LOCK TABLE moco_webhook_events")

        def unlock() -> None:
            blocking.exec_driver_sql("ROLLBACK")

        check_outage(spool, lock, unlock)


def test_a_disk_that_does_not_answer(
    sqlite_location: str, open_spool: OpenSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MOCO hears of it before it gives up; what was not answered is not lost either."""
    monkeypatch.setattr(writer, "MAX_WAIT", 1.0)
    spool = open_spool(sqlite_location)
    answers = threading.Event()
    answers.set()

    def wait_for_the_disk(_connection: object) -> None:
        answers.wait(10)

    sa.event.listen(spool._database.engine, "commit", wait_for_the_disk)
    check_outage(spool, answers.clear, answers.set, frozenset({2}))


def test_a_file_that_is_taken_away(
    sqlite_location: str, open_spool: OpenSpool, tmp_path: Path
) -> None:
    """Nothing is acknowledged that only a nameless file holds; a new one is made."""
    spool = open_spool(sqlite_location)
    app = create_app(spool, SigningKeys([KEY]))
    assert send(app, 1) == 200
    Path(sqlite_location).rename(tmp_path / "elsewhere.db")
    assert send(app, 2) == 503
    assert send(app, 2) == 200
    with Spool(sqlite_location) as found:
        assert stored(found) == {2}


def test_tables_that_are_dropped_are_made_again(
    postgres_location: str, open_spool: OpenSpool
) -> None:
    spool = open_spool(postgres_location)
    app = create_app(spool, SigningKeys([KEY]))
    assert send(app, 1) == 200
    with spool.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE moco_webhook_events, moco_webhook_spool")
    assert send(app, 2) == 503
    assert send(app, 2) == 200
    assert stored(spool) == {2}

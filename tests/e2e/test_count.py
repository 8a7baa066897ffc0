"""Deletes, imports and restored rows are seen in the next run, by MOCO's totals."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import Account, Server, serve
from tests.support.runs import asked, settings, synced
from tests.support.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox.app import Entry

LIST, PATH = "contacts", "/contacts/people"
LONG_AGO = timedelta(days=300)
MOMENT = timedelta(seconds=10)
"""Of a younger row nobody knows whether a total counts it."""
COUNT = {"per_page": "1"}


@pytest.fixture
def account() -> Account:
    """Return an account whose contacts take three pages, and its tags one."""
    account = Account()
    old = account.clock() - LONG_AGO
    for number in range(250):
        age = timedelta(hours=number)
        account.insert(LIST, lastname=f"A{number:03}", created_at=old + age)
    for number in range(30):
        account.insert("tags", name=f"T{number:02}", created_at=old)
    return account


@pytest.fixture
def server(account: Account) -> Iterator[Server]:
    """Serve it."""
    with serve(account) as server:
        yield server


class Pipeline:
    """Runs that hand on the state, into one target."""

    def __init__(self, server: Server, *streams: str, **config: Any) -> None:
        """Read the account for the first time."""
        self.server = server
        self.streams = streams
        self.config = config
        self.target = Target(server.account)
        self.run()

    def run(self, **config: Any) -> str:
        """Run once more; return the log."""
        self.server.clear()
        given = settings(self.server, **{**self.config, **config})
        state = self.target.state or None
        outcome = synced(given, *self.streams, state=state)
        self.written = Target().load(outcome.out).written
        self.target.load(outcome.out)
        return outcome.err

    def is_equal(self, stream: str = LIST) -> bool:
        """Return whether the target has the account's rows, and no others."""
        wanted = set(self.server.account.ids(stream))
        return self.target.ids(stream) == wanted


def test_a_deleted_row_is_gone_after_the_next_run(
    server: Server, account: Account
) -> None:
    pipeline = Pipeline(server, LIST)
    account.delete(LIST, account.ids(LIST)[77])
    log = pipeline.run()
    assert pipeline.is_equal()
    assert "MOCO has 249 rows of 250 that were read" in log


def test_new_rows_are_no_alarm(server: Server, account: Account) -> None:
    pipeline = Pipeline(server, LIST)
    for number in range(3):
        account.insert(LIST, lastname=f"B{number}")
    pipeline.run()
    assert pipeline.is_equal()
    assert pipeline.written == {LIST: 3}
    assert len(asked(server, PATH)) == 2


@pytest.mark.parametrize("age", [MOMENT, timedelta(0)])
def test_as_many_new_rows_as_deleted_ones_do_not_hide_them(
    server: Server, account: Account, age: timedelta
) -> None:
    """Nobody knows whether a total counts those of this moment; the next one does."""
    pipeline = Pipeline(server, LIST)
    for number in account.ids(LIST)[10:15]:
        account.delete(LIST, number)
        account.insert(LIST, lastname="B", created_at=account.clock() - age)
    pipeline.run()
    assert pipeline.is_equal()


def test_a_row_that_appears_after_the_count_is_no_reason_for_a_sweep(
    account: Account,
) -> None:
    asked_for: list[bool] = []

    def before_request(entry: Entry, account: Account) -> None:
        if entry.path == PATH and is_second_run:
            asked_for.append(dict(entry.query) == COUNT)
            if asked_for == [True, False]:
                account.insert(LIST, lastname="E")

    is_second_run = False
    with serve(account, before_request=before_request) as server:
        pipeline = Pipeline(server, LIST, concurrency=1)
        is_second_run = True
        pipeline.run()
        assert pipeline.is_equal()
        assert pipeline.written == {LIST: 1}
    assert asked_for == [True, False] * 2, "the count and the changes, twice"
    assert "due" not in pipeline.target.state["bookmarks"][LIST]["sweep"]


@pytest.mark.parametrize("kind", ["imported", "restored"])
def test_rows_with_old_stamps_arrive_with_the_next_run(
    server: Server, account: Account, kind: str
) -> None:
    """No `updated_after` ever shows them."""
    pipeline = Pipeline(server, LIST)
    if kind == "imported":
        account.insert(LIST, lastname="C", created_at=account.clock() - LONG_AGO)
    else:
        number = account.ids(LIST)[5]
        record = account.records[LIST][number]
        account.delete(LIST, number)
        pipeline.run()
        account.records[LIST][number] = record
    pipeline.run()
    assert pipeline.is_equal()


def test_a_quiet_list_takes_two_requests(server: Server) -> None:
    pipeline = Pipeline(server, LIST, "tags")
    pipeline.run()
    assert pipeline.written == {}
    count, changes = sorted(asked(server, PATH), key=len)
    assert count == COUNT
    assert changes.keys() == {"per_page", "updated_after"}
    assert asked(server, "/tags") == [{"per_page": "100"}]


def test_a_short_list_is_read_whole_at_the_same_price(
    server: Server, account: Account
) -> None:
    pipeline = Pipeline(server, "tags")
    account.delete("tags", account.ids("tags")[3])
    pipeline.run()
    assert pipeline.is_equal("tags")
    assert len(asked(server, "/tags")) == 1


def test_an_alarm_is_asked_twice(account: Account) -> None:
    """A row that was counted and shows a moment later is no reason for a sweep."""
    late: dict[int, Any] = {}
    counts = 0

    def before_request(entry: Entry, _: Account) -> None:
        nonlocal counts
        if late and entry.path == PATH and dict(entry.query).get("per_page") == "1":
            counts += 1
            account.records[LIST].update(late)  # counted
        elif counts == 1:
            for number in late:
                account.records[LIST].pop(number, None)  # and not shown yet

    with serve(account, before_request=before_request) as server:
        pipeline = Pipeline(server, LIST, concurrency=1)
        created_at = account.clock() - MOMENT
        number = account.insert(LIST, lastname="D", created_at=created_at)["id"]
        late[number] = account.records[LIST].pop(number)
        pipeline.run()
    assert counts == 2
    assert "due" not in pipeline.target.state["bookmarks"][LIST]["sweep"]
    assert pipeline.written == {LIST: 1}


def test_a_long_list_is_swept_once_a_day(server: Server, account: Account) -> None:
    """Its pages take longer than the plan's budget of requests."""
    budget = {"requests": 2, "seconds": 0.01}
    pipeline = Pipeline(server, LIST)
    account.delete(LIST, account.ids(LIST)[0])
    pipeline.run(rate_limit=budget)
    assert not pipeline.is_equal(), "three pages, and swept today"
    assert len(asked(server, PATH)) == 4, "the count and the changes, twice"
    sweep = pipeline.target.state["bookmarks"][LIST]["sweep"]
    assert sweep["due"]["reason"] == "MOCO has 249 rows of 250 that were read"
    sweep["completed_at"] = "2026-01-01T00:00:00Z"
    pipeline.run(rate_limit=budget)
    assert pipeline.is_equal()
    assert "due" not in pipeline.target.state["bookmarks"][LIST]["sweep"]


@pytest.mark.parametrize(
    "config", [{"full_sweep_days": 0}, {"start_date": "2020-01-01"}]
)
def test_no_count_where_nothing_may_come_of_it(
    server: Server, account: Account, config: dict[str, Any]
) -> None:
    pipeline = Pipeline(server, LIST, **config)
    account.delete(LIST, account.ids(LIST)[77])
    pipeline.run()
    assert not pipeline.is_equal()
    assert len(asked(server, PATH)) == 1


def test_a_bookmark_later_than_the_servers_clock_is_not_believed(
    server: Server, account: Account
) -> None:
    """What changed before it would never be asked for."""
    pipeline = Pipeline(server, LIST)
    number = account.ids(LIST)[9]
    account.update(LIST, number, lastname="changed")
    ahead = account.clock() + timedelta(hours=2)
    state = pipeline.target.state["bookmarks"][LIST]
    state["replication_key_value"] = f"{ahead:%Y-%m-%dT%H:%M:%SZ}"
    log = pipeline.run()
    assert pipeline.target.row(LIST, number)["lastname"] == "changed"
    assert "the bookmark is later than MOCO's clock" in log

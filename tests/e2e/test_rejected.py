"""Records that do not fit: asked for again until they are in, or gone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import generate_account, serve
from tap_moco.streams import lists
from tests.support.runs import NO_LIMIT, asked, run, select, settings
from tests.support.stub import Answer, paged, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox import Account, Server
    from tests.support.outcome import Outcome
    from tests.support.runs import Params
    from tests.support.target import Row

ODD = {"odd": "no text"}


@pytest.fixture
def living() -> Iterator[Server]:
    """Serve an account in small pages: a list of one page is read whole in each run."""
    with serve(generate_account(0.2, seed=2), max_per_page=2) as server:
        yield server


def read(server: Server, *streams: str, state: Any = None, **more: Any) -> Outcome:
    """Read some streams, whatever comes of it."""
    server.clear()
    config = settings(server, **more)
    return run(config, catalog=select(*streams), state=state)


def edit(account: Account, collection: str, number: int, **values: Any) -> None:
    """Change a record behind MOCO's back: it keeps its `updated_at`."""
    stamp = account.records[collection][number]["updated_at"]
    moment = datetime.fromtimestamp(stamp / 1e6, timezone.utc)
    account.update(collection, number, updated_at=moment, **values)


def ids(outcome: Outcome, stream: str) -> set[int]:
    """Return the ids of a stream's records."""
    return {row["id"] for row in outcome.records(stream)}


def aged(state: Row, stream: str) -> Row:
    """Make a stream's last sweep so old that another one is due."""
    long_ago = datetime.now(timezone.utc) - timedelta(days=8)
    sweep = state["bookmarks"][stream]["sweep"]
    sweep["completed_at"] = f"{long_ago:%Y-%m-%dT%H:%M:%SZ}"
    return state


# Lists that can be asked for some ids


@pytest.fixture
def rejected(living: Server, account: Account) -> tuple[Row, int, int]:
    """Let one record not fit, beside a newer one that does."""
    first = read(living, "comments")
    odd, good = account.ids("comments")[2:4]
    now = datetime.now(timezone.utc)
    account.update("comments", odd, text=ODD, updated_at=now + timedelta(seconds=90))
    account.update("comments", good, text="x", updated_at=now + timedelta(seconds=95))
    living.account.clock = lambda: now + timedelta(hours=1)
    second = read(living, "comments", state=first.state, overlap_seconds=0)
    assert second.code == 1
    assert good in ids(second, "comments")
    assert odd not in ids(second, "comments")
    assert second.bookmark("comments") > first.bookmark("comments")
    return second.state, odd, good


def test_status_stays_until_the_record_is_in(
    living: Server, account: Account, rejected: tuple[Row, int, int]
) -> None:
    state, odd, _ = rejected
    for _ in range(2):
        again = read(living, "comments", state=state, overlap_seconds=0)
        assert again.code == 1
        assert "1 record rejected" in again.err
        assert asked(living, "/comments")[-1] == {"per_page": "100", "ids": str(odd)}
        assert '"ACTIVATE_VERSION"' not in again.out
        state = again.state
    edit(account, "comments", odd, text="right now")
    normalized = read(living, "comments", state=state, overlap_seconds=0)
    assert normalized.code == 0, normalized.err
    texts = {row["id"]: row["text"] for row in normalized.records("comments")}
    assert texts[odd] == "right now"
    last = read(living, "comments", state=normalized.state, overlap_seconds=0)
    assert len(living.requests) == 2, "a count, and the changes"
    assert last.code == 0
    assert "rejected" not in last.state["bookmarks"]["comments"]


def test_record_that_is_deleted_is_forgotten(
    living: Server, account: Account, rejected: tuple[Row, int, int]
) -> None:
    state, odd, _ = rejected
    account.delete("comments", odd)
    again = read(living, "comments", state=state, overlap_seconds=0)
    assert again.code == 0, again.err
    assert "rejected" not in again.state["bookmarks"]["comments"]


def test_record_that_changes_is_not_asked_for_twice(
    living: Server, account: Account, rejected: tuple[Row, int, int]
) -> None:
    state, odd, _ = rejected
    account.update("comments", odd, text="normalized")
    again = read(living, "comments", state=state, overlap_seconds=0)
    assert again.code == 0, again.err
    assert odd in ids(again, "comments")
    assert len(living.requests) == 2, "a count, and the changes"


def test_sweep_with_a_rejected_record_is_repeated_when_it_is_in(
    living: Server, account: Account, rejected: tuple[Row, int, int]
) -> None:
    state, odd, good = rejected
    account.delete("comments", good)
    swept = read(living, "comments", state=aged(state, "comments"))
    assert swept.code == 1
    assert '"ACTIVATE_VERSION"' not in swept.out
    again = read(living, "comments", state=swept.state)
    assert again.code == 1
    assert not any(
        "page" in query and "updated_after" not in query
        for query in asked(living, "/comments")
    ), "not swept again while the record does not fit"
    edit(account, "comments", odd, text="right now")
    normalized = read(living, "comments", state=again.state)
    assert normalized.code == 0, normalized.err
    last = read(living, "comments", state=normalized.state)
    assert last.code == 0
    assert '"ACTIVATE_VERSION"' in last.out
    target = swept.target.load(again.out).load(normalized.out).load(last.out)
    assert set(target.rows["comments"]) == {(n,) for n in account.ids("comments")}
    quiet = read(living, "comments", state=last.state)
    assert '"ACTIVATE_VERSION"' not in quiet.out


def test_never_swept_again_where_sweeps_are_off(
    living: Server, account: Account, rejected: tuple[Row, int, int]
) -> None:
    state, odd, _ = rejected
    swept = read(living, "comments", state=aged(state, "comments"))
    edit(account, "comments", odd, text="right now")
    normalized = read(living, "comments", state=swept.state, full_sweep_days=0)
    last = read(living, "comments", state=normalized.state, full_sweep_days=0)
    assert last.code == 0
    assert all("updated_after" in query for query in asked(living, "/comments"))


def test_rejected_in_the_first_read(living: Server, account: Account) -> None:
    users = account.records["users"]
    odd = min(users, key=lambda number: users[number]["updated_at"])
    edit(account, "users", odd, firstname=ODD)
    first = read(living, "users")
    second = read(living, "users", state=first.state)
    assert [first.code, second.code] == [1, 1]
    query = asked(living, "/users")[-1]
    assert (query["ids"], query["include_archived"]) == (str(odd), "true")
    edit(account, "users", odd, firstname="Ada")
    third = read(living, "users", state=second.state)
    assert third.code == 0, third.err
    assert odd in ids(third, "users")


def test_a_hundred_ids_per_request(living: Server, account: Account) -> None:
    """Those that were deleted in between are forgotten."""
    for _ in range(150):
        account.insert("comments", text=ODD, created_at="2026-01-01T00:00:00Z")
    first = read(living, "comments")
    second = read(living, "comments", state=first.state)
    queries = asked(living, "/comments")
    by_ids = {q["ids"].count(",") + 1 for q in queries if "ids" in q}
    assert by_ids == {100, 50}
    assert "150 records rejected" in second.err
    for number in account.ids("comments")[-149:]:
        account.delete("comments", number)
    third = read(living, "comments", state=second.state)
    assert "1 record rejected" in third.err


def test_more_than_can_be_remembered(
    living: Server, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bookmark stays before the oldest one that found no room."""
    monkeypatch.setattr(lists, "MAX_REJECTED", 2)
    first = read(living, "comments", overlap_seconds=0)
    numbers = account.ids("comments")[:5]
    now = datetime.now(timezone.utc) + timedelta(seconds=60)
    for place, number in enumerate(numbers):
        moment = now + timedelta(seconds=place)
        account.update("comments", number, text=ODD, updated_at=moment)
    living.account.clock = lambda: now + timedelta(hours=1)
    second = read(living, "comments", state=first.state, overlap_seconds=0)
    assert second.code == 1
    bookmark = second.bookmark("comments")
    oldest = now + timedelta(seconds=2)  # the third of them
    assert bookmark < f"{oldest:%Y-%m-%dT%H:%M:%SZ}"
    for number in numbers:
        edit(account, "comments", number, text="right now")
    third = read(living, "comments", state=second.state, overlap_seconds=0)
    assert third.code == 0, third.err
    assert ids(third, "comments") >= set(numbers)


def test_record_that_fits_but_cannot_be_written_is_not_forgotten(
    living: Server, account: Account, rejected: tuple[Row, int, int]
) -> None:
    state, odd, _ = rejected
    edit(account, "comments", odd, text="right now")
    maps = {"comments": {"number": "int(text)"}}
    failed = read(living, "comments", state=state, stream_maps=maps)
    assert "failed comments: " in failed.err
    again = read(living, "comments", state=failed.state, overlap_seconds=0)
    assert again.code == 0, again.err
    assert odd in ids(again, "comments")


# Lists that cannot


def test_bookmark_stays_where_ids_are_not_documented(
    living: Server, account: Account
) -> None:
    name = "invoice_bookkeeping_exports"
    first = read(living, name)
    odd, good = account.ids(name)[:2]
    now = datetime.now(timezone.utc)
    account.update(name, odd, comment=ODD, updated_at=now + timedelta(seconds=90))
    account.update(name, good, comment="x", updated_at=now + timedelta(seconds=95))
    living.account.clock = lambda: now + timedelta(hours=1)
    second = read(living, name, state=first.state, overlap_seconds=0)
    third = read(living, name, state=second.state, overlap_seconds=0)
    assert [second.code, third.code] == [1, 1]
    assert odd not in ids(third, name)
    assert good in ids(second, name)
    assert not [q for q in asked(living, "/invoices/bookkeeping_exports") if "ids" in q]
    edit(account, name, odd, comment="right now")
    fourth = read(living, name, state=third.state, overlap_seconds=0)
    assert fourth.code == 0, fourth.err
    assert odd in ids(fourth, name)
    assert fourth.bookmark(name) > third.bookmark(name)


def test_sweep_is_not_complete_where_ids_are_not_documented(
    living: Server, account: Account
) -> None:
    name = "invoice_bookkeeping_exports"
    first = read(living, name)
    odd, gone = account.ids(name)[:2]
    edit(account, name, odd, comment=ODD)
    account.delete(name, gone)
    second = read(living, name, state=aged(first.state, name))
    assert second.code == 1
    edit(account, name, odd, comment="right now")
    third = read(living, name, state=second.state)
    assert third.code == 0
    assert '"ACTIVATE_VERSION"' in third.out


def test_lists_that_are_read_whole_need_no_memory(
    living: Server, account: Account
) -> None:
    odd = account.ids("units")[0]
    edit(account, "units", odd, name=ODD)
    first = read(living, "units")
    second = read(living, "units", state=first.state)
    assert [first.code, second.code] == [1, 1]
    assert not any("ids" in query for query in asked(living, "/units"))
    edit(account, "units", odd, name="Team")
    third = read(living, "units", state=second.state)
    assert third.code == 0
    assert '"ACTIVATE_VERSION"' in third.out


def test_task_that_does_not_fit(living: Server, account: Account) -> None:
    odd = account.ids("project_tasks")[0]
    edit(account, "project_tasks", odd, name=ODD)
    first = read(living, "projects", "project_tasks")
    second = read(living, "projects", "project_tasks", state=first.state)
    assert [first.code, second.code] == [1, 1]
    assert odd not in ids(second, "project_tasks")
    edit(account, "project_tasks", odd, name="Task")
    third = read(living, "projects", "project_tasks", state=second.state)
    assert third.code == 0
    assert odd in ids(third, "project_tasks")


@pytest.mark.parametrize("heeds", [True, False])
def test_server_that_does_not_heed_ids(*, heeds: bool) -> None:
    """Then the answer is the whole list, which says nothing of one record."""
    rows = [
        {"id": n, "name": f"{n}", "updated_at": "2026-01-01T00:00:00Z"}
        for n in range(250)
    ]
    rows[7]["name"] = ODD

    def answer(_: str, query: Params) -> Answer:
        if "updated_after" in query:
            return paged([], query)
        wanted = query.get("ids", "").split(",")
        some = [r for r in rows if not heeds or str(r["id"]) in wanted]
        return paged(some if "ids" in query else rows, query)

    with serving(answer) as stub:
        config = {"api_url": stub.url, "api_key": "k" * 8, "rate_limit": NO_LIMIT}
        first = run(config, catalog=select("tags"))
        asked_before = len(stub.asked)
        second = run(config, catalog=select("tags"), state=first.state)
        rows[7]["name"] = "right now"
        third = run(config, catalog=select("tags"), state=second.state)
    assert [first.code, second.code] == [1, 1]
    assert len(stub.asked) - asked_before <= 6
    assert third.code == (0 if heeds else 1)
    assert ("MOCO ignores ids=" in second.err) is not heeds

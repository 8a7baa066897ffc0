"""Answers without the paging headers that MOCO is known to send."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.completeness import windows
from tests.support.runs import NO_LIMIT, run, select
from tests.support.stub import Answer, Stub, paged, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.outcome import Outcome
    from tests.support.runs import Params
    from tests.support.target import Row

STAMP = "2026-01-01T00:00:00Z"


def rows_of(count: int, **more: Any) -> list[Row]:
    """Return some old rows."""
    stamps = {"created_at": STAMP, "updated_at": STAMP}
    return [{"id": n, "name": f"{n:03}", **stamps, **more} for n in range(count)]


def bare(answer: Answer) -> Answer:
    """Take the headers off."""
    return Answer(answer.body)


def empty(_: Answer) -> Answer:
    """Answer nothing, without headers."""
    return Answer([])


def end(answer: Answer) -> Answer:
    """Answer nothing, as a page after the last one does."""
    return Answer([], {"X-Page": answer.headers["X-Page"]})


@dataclass
class Account:
    """One list, and what happens to some of its answers.

    Attributes:
        spoil: What becomes of an answer.
        spoils: Which requests it meets.
        times: How many of them.
    """

    rows: list[Row] = field(default_factory=lambda: rows_of(150))
    spoil: Callable[[Answer], Answer] = bare
    spoils: Callable[[Params], bool] = lambda _: False
    times: int = 1000
    heeds_per_page: bool = True
    stub: Stub = field(default_factory=Stub)

    def answer(self, path: str, query: Params) -> Answer:
        """Answer the list, which heeds the filters that are sent."""
        rows = [
            r for r in self.rows if r["updated_at"] > query.get("updated_after", "")
        ]
        if "ids" in query:
            rows = [r for r in rows if str(r["id"]) in query["ids"].split(",")]
        if "from" in query:
            rows = [r for r in rows if query["from"] <= r["date"] <= query["to"]]
        size = query.get("per_page", "100") if self.heeds_per_page else "100"
        answer = paged(rows, {**query, "per_page": size}, path)
        if self.times and self.spoils(query):
            self.times -= 1
            return self.spoil(answer)
        return answer

    @contextmanager
    def served(self) -> Iterator[Account]:
        """Serve the list."""
        with serving(self.answer) as self.stub:
            yield self

    def run(self, *streams: str, state: Any = None, **more: Any) -> Outcome:
        """Read it."""
        self.stub.requests.clear()
        config = {
            "api_url": self.stub.url,
            "api_key": "k" * 8,
            "rate_limit": NO_LIMIT,
            **more,
        }
        return run(config, catalog=select(*streams), state=state)


def aged(state: Row) -> Row:
    """Make all sweeps so old that others are due."""
    long_ago = f"{datetime.now(timezone.utc) - timedelta(days=8):%Y-%m-%dT%H:%M:%SZ}"
    for bookmark in state["bookmarks"].values():
        bookmark["sweep"]["completed_at"] = long_ago
    return state


def deletes(outcome: Outcome) -> bool:
    """Return whether deletes were declared."""
    return '"ACTIVATE_VERSION"' in outcome.out


def is_whole(query: Params) -> bool:
    """Pick the requests for the whole list."""
    return not query.keys() & {"updated_after", "ids", "from"}


@pytest.mark.parametrize("stream", ["companies", "contacts", "units"])
@pytest.mark.parametrize("rows", [1, 150])
def test_empty_list_without_headers_deletes_nothing(stream: str, rows: int) -> None:
    with Account(rows_of(rows)).served() as account:
        first = account.run(stream)
        account.spoil, account.spoils = empty, is_whole
        second = account.run(stream, state=aged(first.state))
        assert second.code == 1
        assert not deletes(second)
        assert "without X-Total, which it usually sends for this list" in second.err
        assert len(account.stub.asked) == 2, "asked again"
        account.times = 0
        third = account.run(stream, state=second.state)
    assert third.code == 0, third.err
    target = first.target.load(second.out).load(third.out)
    assert len(target.of(stream)) == rows


@pytest.mark.parametrize("stream", ["companies", "contacts"])
def test_empty_list_without_headers_once(stream: str) -> None:
    with Account().served() as account:
        first = account.run(stream)
        account.spoil, account.spoils, account.times = empty, is_whole, 1
        second = account.run(stream, state=aged(first.state))
    assert second.code == 0, second.err
    assert len(second.records(stream)) == 150


def test_children_of_an_empty_list_are_not_deleted() -> None:
    rows = rows_of(3, tasks=[{"id": 7, "name": "a"}])
    for number, row in enumerate(rows):
        row["tasks"] = [{"id": number, "name": "a"}]
    with Account(rows).served() as account:
        first = account.run("project_tasks")
        assert len(first.records("project_tasks")) == 3
        account.spoil, account.spoils = empty, is_whole
        second = account.run("project_tasks", state=first.state)
    assert second.code == 1
    assert not deletes(second)


@pytest.mark.parametrize("stream", ["companies", "contacts"])
def test_list_that_is_truly_empty_now(stream: str) -> None:
    with Account().served() as account:
        first = account.run(stream)
        account.rows = []
        second = account.run(stream, state=aged(first.state))
        third = account.run(stream, state=aged(second.state))
    assert second.code == third.code == 0, second.err
    assert deletes(second)
    warning = next(li for li in second.err.splitlines() if "| WARNING" in li)
    assert f"{stream}: the list in MOCO is empty now, and had 150 rows" in warning
    assert "is empty now" not in third.err, "logged once"


def test_list_that_never_sends_headers_is_truly_empty_now() -> None:
    with Account(rows_of(7), spoils=lambda _: True).served() as account:
        first = account.run("units")
        account.rows = []
        second = account.run("units", state=first.state)
        assert len(account.stub.asked) == 2, "asked again"
    assert second.code == 0, second.err
    assert deletes(second)
    assert "had 7 rows" in second.err


def test_state_of_an_older_version() -> None:
    """It does not say whether the list has rows, or headers."""
    with Account(rows_of(7)).served() as account:
        state = account.run("units").state
        for name in ("rows", "has_total", "newest", "digest"):
            del state["bookmarks"]["units"]["sweep"][name]
        account.spoil, account.spoils = empty, is_whole
        second = account.run("units", state=state)
        third = account.run("units", state=second.state)
    assert not deletes(second)
    assert not deletes(third)
    assert "Nothing is deleted" in third.err


def test_whole_list_that_lost_its_headers_and_most_rows() -> None:
    with Account().served() as account:
        first = account.run("units")
        account.spoil = lambda answer: Answer(answer.body[:60])
        account.spoils = is_whole
        second = account.run("units", state=first.state)
    assert second.code == 1
    assert not deletes(second)


@pytest.mark.parametrize("spoil", [bare, empty, end])
def test_page_in_the_middle(spoil: Callable[[Answer], Answer]) -> None:
    """Page 3 of 5 ends the list: it is read again, and never taken for whole."""
    with Account(rows_of(430)).served() as account:
        first = account.run("units")
        account.spoil = spoil
        account.spoils = lambda query: query.get("page") == "3"
        second = account.run("units", state=first.state)
        account.times = 0
        third = account.run("units", state=second.state)
    assert second.code == 1
    assert not deletes(second)
    assert third.code == 0


@pytest.mark.parametrize("spoil", [bare, empty, end])
def test_page_in_the_middle_of_a_list_without_totals(
    spoil: Callable[[Answer], Answer],
) -> None:
    """Two passes that end alike are no proof where the end is one of a sort."""

    def without_total(answer: Answer) -> Answer:
        del answer.headers["X-Total"]
        return answer

    with Account(rows_of(430), heeds_per_page=False).served() as account:
        account.spoil, account.spoils = without_total, lambda _: True
        first = account.run("units")
        assert first.code == 0, first.err
        account.spoil = lambda answer: (
            spoil(answer) if answer.headers["X-Page"] == "3" else without_total(answer)
        )
        second = account.run("units", state=first.state)
    assert second.code == 1
    assert not deletes(second)


def test_increment_that_lost_its_headers_and_some_rows() -> None:
    with Account().served() as account:
        first = account.run("tags")
        for row in account.rows[:20]:
            row["updated_at"] = f"2026-02-{row['id'] + 1:02}T00:00:00Z"
        account.spoil = lambda answer: Answer(answer.body[-1:])
        account.spoils = lambda query: "updated_after" in query
        second = account.run("tags", state=first.state)
        account.times = 0
        third = account.run("tags", state=first.state)
    assert second.code == 1
    assert second.bookmark("tags") == first.bookmark("tags")
    assert len({row["id"] for row in third.records("tags")}) >= 20


def test_increment_of_a_list_that_lost_its_headers_for_good() -> None:
    with Account().served() as account:
        first = account.run("tags")
        account.spoil, account.spoils = empty, lambda _: True
        second = account.run("tags", state=first.state)
    assert second.code == 1
    assert "without X-Total" in second.err


def test_empty_increments_may_have_no_headers() -> None:
    """Nobody has seen one: the whole list shows that MOCO still sends them."""
    with Account().served() as account:
        first = account.run("tags")
        account.spoils = lambda query: "updated_after" in query
        for row in account.rows:
            row["updated_at"] = "2025-01-01T00:00:00Z"
        second = account.run("tags", state=first.state)
        probe = account.stub.asked[-1][1]
    assert second.code == 0, second.err
    assert second.bookmark("tags") == first.bookmark("tags")
    assert probe == {"per_page": "1"}


@pytest.mark.parametrize("spoil", [bare, empty])
def test_window_without_headers(
    monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Answer], Answer]
) -> None:
    """All windows together are counted against the whole list."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 100)
    rows = rows_of(250)
    for row in rows:
        row["date"] = f"2026-{row['id'] % 11 + 1:02}-01"
    with Account(rows).served() as account:
        first = account.run("activities")
        account.spoil = spoil
        account.spoils = lambda query: query.get("from", "") > "2026-10"
        second = account.run("activities", state=aged(first.state))
    assert second.code == 0, second.err
    target = first.target.load(second.out)
    assert len(target.rows["activities"]) == 250

"""Details that the key may not read, and what a row lacks that its details have."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.runs import NO_LIMIT, run, select
from tests.support.stub import Answer, Stub, paged, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.outcome import Outcome
    from tests.support.runs import Params
    from tests.support.target import Row

STAMP = "2026-01-01T00:00:00Z"
NEW = "2026-04-01T00:00:00Z"
NEWEST = 1000
"""An offer so new that no other one is in its overlap."""
DENIED = Answer({"errors": ["Access denied"]}, status=403)


@dataclass
class Offers:
    """An account of offers, some of whose details are denied or gone."""

    count: int = 40
    denied: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    more: Row = field(default_factory=dict)
    """Fields that only the single representation has."""
    stub: Stub = field(default_factory=Stub)
    rows: list[Row] = field(init=False)

    def __post_init__(self) -> None:
        """Make so many old offers, and a new one."""
        old = [{"id": n, "updated_at": STAMP} for n in range(1, self.count + 1)]
        self.rows = [*old, {"id": NEWEST, "updated_at": "2026-03-01T00:00:00Z"}]

    def answer(self, path: str, query: Params) -> Answer:
        """Answer a list of offers, or one of them."""
        if path == "/offers":
            since = query.get("updated_after", "")
            rows = [row for row in self.rows if row["updated_at"] > since]
            if "ids" in query:
                ids = query["ids"].split(",")
                rows = [row for row in rows if str(row["id"]) in ids]
            return paged(rows, query, path)
        number = int(path.rpartition("/")[2])
        if number in self.gone:
            return Answer(status=404)
        if number in self.denied:
            return DENIED
        row = next(row for row in self.rows if row["id"] == number)
        return Answer({**row, **self.more})

    @contextmanager
    def served(self) -> Iterator[Offers]:
        """Serve the account."""
        with serving(self.answer) as self.stub:
            yield self

    def run(self, state: Any = None, **more: Any) -> Outcome:
        """Read the details."""
        self.stub.requests.clear()
        config = {
            "api_url": self.stub.url,
            "api_key": "k" * 8,
            "rate_limit": NO_LIMIT,
            **more,
        }
        return run(config, catalog=select("offers", "offer_details"), state=state)

    @property
    def asked(self) -> list[int]:
        """The offers that were asked for, in order of their ids."""
        paths = [path for path, _ in self.stub.asked if path != "/offers"]
        return sorted(int(path.rpartition("/")[2]) for path in paths)


def read(outcome: Outcome) -> list[int]:
    """Return the ids of the old offers whose details were written."""
    ids = sorted(row["id"] for row in outcome.records("offer_details"))
    return [number for number in ids if number != NEWEST]


def test_denied_details_are_read_as_soon_as_the_key_may() -> None:
    with Offers(denied=set(range(1, 40, 2))).served() as offers:
        first = offers.run()
        assert first.code == 0, first.err
        assert read(first) == list(range(2, 41, 2))
        assert "20 records denied; the next runs ask again" in first.err
        assert "denied of offer_details: 20 records" in first.err
        second = offers.run(first.state)
        assert second.code == 0, second.err
        assert offers.asked == list(range(1, 40, 2))
        assert "denied of offer_details: 20 records" in second.err
        offers.denied.clear()
        third = offers.run(second.state)
        assert read(third) == list(range(1, 40, 2))
        assert "denied" not in third.err
        last = offers.run(third.state)
        assert offers.asked == []
        assert "denied" not in last.state["bookmarks"]["offer_details"]


def test_a_hundred_denied_details_per_run_in_rotation() -> None:
    denied = set(range(1, 251))
    with Offers(270, denied=denied).served() as offers:
        state = offers.run().state
        turns = []
        for _ in range(3):
            state = offers.run(state).state
            turns.append(offers.asked)
    assert [len(turn) for turn in turns] == [100, 100, 100]
    assert set().union(*turns) == denied


def test_first_read_finds_the_few_that_the_key_may_read() -> None:
    """Wherever they are: no run gives up after asking the oldest ones only."""
    with Offers(270, denied={*range(1, 260), NEWEST}).served() as offers:
        state: Row | None = None
        found: list[int] = []
        for _ in range(4):
            outcome = offers.run(state)
            assert outcome.code == 0, outcome.err
            state, found = outcome.state, [*found, *read(outcome)]
    assert set(found) == set(range(260, 271))


def test_all_are_asked_for_once_one_is_granted() -> None:
    with Offers(270, denied=set(range(1, 251))).served() as offers:
        first = offers.run()
        offers.denied = set(range(100, 251))
        second = offers.run(first.state)
        assert read(second) == list(range(1, 100))
        assert len(offers.asked) == 250
        offers.denied.clear()
        third = offers.run(second.state)
    assert read(third) == list(range(100, 251))


def test_right_that_is_granted_for_some_after_a_run_that_had_none() -> None:
    """A first read that was skipped leaves nothing that ends the next at once."""
    with Offers(denied={*range(1, 41), NEWEST}).served() as offers:
        first = offers.run()
        assert first.code == 0, first.err
        assert "skipped offer_details: 403" in first.err
        assert len(offers.asked) < 20
        offers.denied = set(range(1, 12))
        second = offers.run(first.state, concurrency=1)
        third = offers.run(second.state)
        offers.denied.clear()
        fourth = offers.run(third.state)
    details = [*read(second), *read(third), *read(fourth)]
    assert set(details) == set(range(1, 41))


def test_right_that_is_taken_away_and_given_back() -> None:
    with Offers().served() as offers:
        first = offers.run()
        for row in offers.rows[:15]:
            row["updated_at"] = NEW
        offers.denied = {*range(1, 41), NEWEST}
        second = offers.run(first.state)
        assert second.code == 0, second.err
        third = offers.run(second.state)
        assert third.code == 0, third.err
        offers.denied.clear()
        fourth = offers.run(third.state)
    assert read(second) == read(third) == []
    assert read(fourth) == list(range(1, 16))


def test_denied_record_that_is_deleted_is_forgotten() -> None:
    with Offers(denied={3, 4}).served() as offers:
        first = offers.run()
        offers.gone = {3}
        del offers.rows[2]
        second = offers.run(first.state)
        third = offers.run(second.state)
    assert "denied of offer_details: 1 record" in third.err
    assert offers.asked == [4]


def test_404_for_records_that_the_list_still_has_is_no_delete() -> None:
    """MOCO also answers 404 where something is off."""
    with Offers(gone=set(range(1, 40, 2))).served() as offers:
        state = None
        for _ in range(3):
            outcome = offers.run(state)
            assert outcome.code == 0, outcome.err
            assert "denied of offer_details: 20 records" in outcome.err
            state = outcome.state
        offers.gone.clear()
        last = offers.run(state)
    assert read(last) == list(range(1, 40, 2))
    assert "denied" not in last.state["bookmarks"]["offer_details"]


@pytest.mark.parametrize("count", [3, 40])
def test_404_for_all_records_skips_their_details(count: int) -> None:
    with Offers(count, gone={*range(1, count + 1), NEWEST}).served() as offers:
        first = offers.run()
        assert first.code == 0, first.err
        assert "skipped offer_details: MOCO answered 404 for every" in first.err
        offers.gone.clear()
        second = offers.run(first.state)
    assert read(second) == list(range(1, count + 1))


def test_record_that_is_deleted_before_its_details_fails_nothing() -> None:
    with Offers(gone={3}).served() as offers:
        first = offers.run(on_forbidden="fail")
        assert first.code == 0, first.err
        del offers.rows[2]
        second = offers.run(first.state, on_forbidden="fail")
        third = offers.run(second.state, on_forbidden="fail")
    assert offers.asked == []
    assert [second.code, third.code] == [0, 0]


def test_denied_record_that_changes_is_asked_for_once() -> None:
    with Offers(denied={3}).served() as offers:
        first = offers.run()
        offers.rows[2]["updated_at"] = NEW
        offers.run(first.state)
    assert offers.asked == [3]


def test_denied_record_fails_if_that_is_wanted() -> None:
    """Until the key may read all of them."""
    with Offers(denied={3}).served() as offers:
        first = offers.run(on_forbidden="fail")
        second = offers.run(first.state, on_forbidden="fail")
        offers.denied.clear()
        third = offers.run(second.state, on_forbidden="fail")
    assert [first.code, second.code, third.code] == [1, 1, 0]
    assert "failed offer_details: 403" in second.err
    assert 3 in read(third)


@pytest.mark.parametrize("mode", ["warn", "keep"])
@pytest.mark.parametrize("hidden", [{}, {"tags": None, "custom_properties": None}])
def test_field_that_a_row_lacks_is_in_its_details(hidden: Row, mode: str) -> None:
    """The list's schema has it, but this very row did not, or had nothing in it."""
    setting = {"unknown_fields": mode}
    tags, custom = ["a"], {"Kanal": "Web"}
    with Offers(more={"tags": tags, "custom_properties": custom}).served() as offers:
        offers.rows[0] |= {"tags": tags, "custom_properties": custom}
        for row in offers.rows[1:]:
            row.update(hidden)
        outcome = offers.run(**setting)
    assert outcome.code == 0, outcome.err
    rows = {row["id"]: row for row in outcome.records("offer_details")}
    if mode == "keep":
        assert rows[2]["_unknown"] == {"tags": tags, "custom_properties": custom}
        assert "_unknown" not in rows[1], "its row in the list has them"
    else:
        lines = [li for li in outcome.err.splitlines() if "that the schema lacks" in li]
        assert len(lines) == 2
        assert "offer_details" in lines[0]


@pytest.mark.parametrize("hidden", [{}, {"contracts": None}])
@pytest.mark.parametrize("children", ["embedded", "detail"])
def test_projects_without_their_contracts_declare_no_deletes(
    children: str, hidden: Row
) -> None:
    """A key with few rights does not see them in a project's row."""
    contract = {"id": 7, "user_id": 1}

    def answer(path: str, query: Params) -> Answer:
        if path != "/projects":
            return Answer([])
        rows = [{"id": 1, "contracts": [contract]}, {"id": 2, "contracts": []}]
        if is_hidden:
            rows[0] = {"id": 1, **hidden}
        return paged(rows, query, path)

    is_hidden = False
    with serving(answer) as stub:
        config = {
            "api_url": stub.url,
            "api_key": "k" * 8,
            "rate_limit": NO_LIMIT,
            "project_children": children,
        }
        first = run(config, catalog=select("project_contracts"))
        is_hidden = True
        second = run(config, catalog=select("project_contracts"), state=first.state)
    assert '"ACTIVATE_VERSION"' in first.out
    assert '"ACTIVATE_VERSION"' not in second.out
    assert "denied of project_contracts: 1 record" in second.err


@pytest.mark.parametrize("odd", [5, "x", [5], {"id": 1}])
def test_children_in_an_unknown_form_fail_alone(odd: Any) -> None:
    rows = [{"id": 1, "contracts": [{"id": 7}]}, {"id": 2, "contracts": odd}]
    with serving(lambda path, query: paged(rows, query, path)) as stub:
        config = {"api_url": stub.url, "api_key": "k" * 8, "rate_limit": NO_LIMIT}
        outcome = run(config, catalog=select("projects", "project_contracts"))
    assert outcome.code == 1
    reason = "the contracts of project 2 are not a list of rows"
    assert f"project_contracts failed: {reason}" in outcome.err
    assert [row["id"] for row in outcome.records("projects")] == [1]

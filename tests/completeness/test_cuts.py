"""Lists that are proven in answers below a page: receipts, ties, and busy months."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.completeness import windows
from tap_moco.sandbox import api
from tap_moco.sandbox.lists import ENDPOINTS
from tests.support.clock import NOW
from tests.support.target import Target

from .scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable

ANY_ORDER = pytest.mark.parametrize("is_fixed", [False, True], ids=["random", "fixed"])
"""Equal rows come in another order each time, or in one for each page."""


def day(offset: int) -> str:
    """Return a date so many days before today."""
    return (NOW - timedelta(days=offset)).date().isoformat()


def filled(
    stream: str, rows: int, per_day: int, *, busy: int = 0, people: int = 8
) -> Scene:
    """Return an account with old rows; the day 9 days ago has more."""
    scene = Scene.make()
    chance = random.Random(rows)
    users = scene.fill("users", people)
    days = [chance.randrange(rows // per_day) for _ in range(rows)] + [9] * busy
    scene.fill(
        stream,
        rows + busy,
        date=lambda n: day(days[n]),
        user_id=lambda _: chance.choice(users),
    )
    return scene


def check(scene: Scene, stream: str) -> None:
    """The target is the account."""
    assert not scene.target.wrongly_removed
    assert scene.target.ids(stream) == set(scene.account.ids(stream))


def asked(scene: Scene, path: str) -> list[dict[str, str]]:
    """Return the parameters of all requests for a list."""
    assert scene.server
    requests = scene.server.requests
    return [dict(entry.query) for entry in requests if entry.path.endswith(path)]


def ignoring(
    monkeypatch: pytest.MonkeyPatch, path: str, *names: str, **changes: Any
) -> None:
    """Let the sandbox ignore some filters of a list."""
    for endpoint in ENDPOINTS:
        if endpoint.path == path:
            filters = {n: f for n, f in endpoint.filters.items() if n not in names}
            known = {"filters": filters, **changes}
            other = type(endpoint)(**{**vars(endpoint), **known})
            changed = [other if e is endpoint else e for e in ENDPOINTS]
    monkeypatch.setattr(api, "ENDPOINTS", changed)


def exchanged() -> tuple[Scene, list[int]]:
    """Let one of seven receipts go and another one come before the second page."""
    scene = Scene.make()
    ids = scene.fill("receipts", 7, date=lambda n: f"2026-11-{n // 2 + 10}")
    scene.before(
        2,
        lambda: scene.account.delete("receipts", ids[0]),
        lambda: scene.account.insert("receipts"),
    )
    return scene, ids


def test_receipts_that_stand_still() -> None:
    """A list without stamps is read day by day, and then what changed meanwhile."""
    scene = Scene.make()
    scene.fill("receipts", 7, date=lambda n: f"2026-11-{n // 2 + 10}")
    with scene.served():
        assert scene.run("receipts").is_success
        check(scene, "receipts")
        scene.account.delete("receipts", scene.account.ids("receipts")[0])
        scene.clock.tick(60)
        assert scene.run("receipts").is_success
        check(scene, "receipts")


def test_receipts_exchanged() -> None:
    """One went and one came between two pages: the total is the same."""
    scene, ids = exchanged()
    with scene.served():
        outcome = scene.run("receipts")
    assert not outcome.is_success or ids[3] in scene.target.ids("receipts")


def test_receipts_transient() -> None:
    """As before, but the new one is gone when the changes are asked for."""
    scene, ids = exchanged()
    scene.before(
        4,
        lambda: scene.account.delete("receipts", scene.account.ids("receipts")[-1]),
    )
    with scene.served():
        outcome = scene.run("receipts")
    assert not outcome.is_success or ids[3] in scene.target.ids("receipts")


@ANY_ORDER
@pytest.mark.parametrize(("rows", "per_day"), [(600, 4), (1_500, 15), (2_300, 25)])
def test_receipts_in_any_order(rows: int, per_day: int, *, is_fixed: bool) -> None:
    """Proven in the first read, in at most twice as many requests as pages."""
    scene = filled("receipts", rows, per_day)
    with scene.served(max_per_page=100, has_fixed_ties=is_fixed):
        assert scene.run("receipts").is_success
        check(scene, "receipts")
        scene.account.delete("receipts", scene.account.ids("receipts")[7])
        assert scene.asked <= 2 * rows / 100 + 3
        for query in asked(scene, "/receipts"):
            assert ("from" in query) is ("to" in query)
        assert scene.run("receipts").is_success
    check(scene, "receipts")


@ANY_ORDER
def test_a_day_of_more_than_a_page(*, is_fixed: bool) -> None:
    """It is asked for person by person."""
    scene = filled("receipts", 300, 10, busy=150)
    with scene.served(max_per_page=100, has_fixed_ties=is_fixed):
        assert scene.run("receipts").is_success
        people = {q["user_id"] for q in asked(scene, "/receipts") if "user_id" in q}
    assert people == {str(number) for number in scene.account.ids("users")}
    check(scene, "receipts")


def test_a_day_of_more_than_a_page_of_one_person() -> None:
    """Nothing proves it, if equal rows come in any order: the run says so."""
    scene = filled("receipts", 100, 10, busy=220, people=1)
    with scene.served(max_per_page=100):
        outcome = scene.run("receipts")
        assert not outcome.is_success
        assert outcome.reasons[0].endswith("declared deleted")
        assert "ACTIVATE_VERSION" not in scene.target.messages
        assert len(asked(scene, "/receipts")) < 60


def test_receipt_that_moves_past_the_reader() -> None:
    """From a day that is still to be read to one that was: the changes show it."""
    scene = filled("receipts", 300, 5)
    oldest = min(scene.account.rows("receipts"), key=lambda row: row["date"])["id"]
    scene.before(5, lambda: scene.account.update("receipts", oldest, date=day(0)))
    with scene.served(max_per_page=100):
        assert scene.run("receipts").is_success
        changes = [q for q in asked(scene, "/receipts") if "updated_after" in q]
    assert changes
    assert changes[0]["updated_after"] < NOW.isoformat()
    check(scene, "receipts")
    assert scene.target.row("receipts", oldest)["date"] == day(0)


def test_many_receipts_that_move() -> None:
    """The changes do not fit one page either: they are followed by another read."""
    scene = filled("receipts", 400, 5)
    ids = sorted(scene.account.ids("receipts"))

    def shuffle() -> None:
        for number in ids[:150]:
            scene.account.update("receipts", number, date=day(number % 60))

    scene.before(5, shuffle)
    with scene.served(max_per_page=100):
        assert scene.run("receipts").is_success
        changes = [q for q in asked(scene, "/receipts") if "updated_after" in q]
    assert len({q["updated_after"] for q in changes}) > 1
    check(scene, "receipts")


@pytest.mark.parametrize(
    "ignored", [("from", "to"), ("from",), ("to",), ("from", "to", "user_id")]
)
def test_filters_that_are_not_heeded(
    monkeypatch: pytest.MonkeyPatch, ignored: tuple[str, ...]
) -> None:
    """MOCO answers a parameter that it does not know with 200, and everything."""
    ignoring(monkeypatch, "/receipts", *ignored)
    scene = filled("receipts", 450, 5)
    with scene.served(max_per_page=100):
        outcome = scene.run("receipts")
    assert outcome.is_success or outcome.reasons[0].endswith("declared deleted")
    assert scene.asked < 250, "a failure is not to cost an hour"
    if outcome.is_success:
        check(scene, "receipts")


def test_changes_that_are_not_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `updated_after`, a receipt that moved could be in no part."""
    ignoring(monkeypatch, "/receipts", ignores="updated_after")
    scene = filled("receipts", 450, 5)
    oldest = min(scene.account.rows("receipts"), key=lambda row: row["date"])["id"]
    scene.before(5, lambda: scene.account.update("receipts", oldest, date=day(0)))
    with scene.served(max_per_page=100):
        outcome = scene.run("receipts")
    assert not outcome.is_success
    assert outcome.reasons[0].endswith("declared deleted")


@ANY_ORDER
def test_payments_whose_pages_are_of_a_fixed_size(*, is_fixed: bool) -> None:
    """Only the days on which two pages meet are asked for again."""
    scene = filled("purchase_payments", 900, 15)
    with scene.served(max_per_page=100, has_fixed_ties=is_fixed, heeds_per_page=False):
        assert scene.run("purchase_payments").is_success
    assert scene.asked <= 2 * 9
    check(scene, "purchase_payments")


def every_request(scene: Scene, change: Callable[[int], object], until: int) -> None:
    """Change something before each request from the third on."""
    for number in range(3, until):
        scene.before(number, lambda number=number: change(number))  # type: ignore[misc]


def test_a_month_that_never_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that cannot be proven is read in parts, each of them one answer."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 150)
    scene = filled("activities", 400, 10)
    newest = scene.account.rows("activities")

    def edit(number: int) -> None:
        row = newest[number * 7 % len(newest)]["id"]
        scene.account.update("activities", row, description=f"{number}")

    every_request(scene, edit, 70)
    with scene.served(max_per_page=20):
        outcome = scene.run("activities")
        assert outcome.is_success, outcome.reasons
        queries = asked(scene, "/activities")
    assert any(q.get("from") and q["from"] == q.get("to") for q in queries)
    check(scene, "activities")


def test_a_short_list_that_never_stands_still() -> None:
    """Not only windows: a list of few pages is cut as well."""
    scene = filled("purchases", 60, 2)
    ids = scene.account.ids("purchases")

    def edit(number: int) -> None:
        row = ids[number * 7 % len(ids)]
        scene.account.update("purchases", row, date=day(number % 25))

    every_request(scene, edit, 200)
    with scene.served(max_per_page=10):
        outcome = scene.run("purchases")
    assert outcome.is_success or outcome.reasons[0].endswith("declared deleted")
    if outcome.is_success:
        check(scene, "purchases")


def test_killed_in_the_middle_of_the_receipts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run goes on with the month that was not finished."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 60)
    scene = filled("receipts", 420, 3)
    with scene.served(max_per_page=100) as served:
        for messages in range(100, 420, 20):
            scene.target = Target(scene.account)
            scene.run("receipts", kill_after=messages)
            sweep = scene.bookmark("receipts").get("sweep", {})
            if "resume" in sweep:
                break
        finished = f"{sweep['resume']['window']}-01"
        moved = max(scene.account.rows("receipts"), key=lambda row: row["date"])["id"]
        scene.account.update("receipts", moved, date=finished)
        assert served.server
        served.server.clear()
        assert scene.run("receipts").is_success
        read = [q for q in asked(scene, "/receipts") if q["per_page"] != "1"]
    ends = [q["to"] for q in read if "to" in q]
    assert max(ends) < finished, "what was finished is not read again"
    check(scene, "receipts")
    assert scene.target.row("receipts", moved)["date"] == finished

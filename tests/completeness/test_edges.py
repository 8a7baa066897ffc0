"""The edges of the proof, one by one. Pages have 3 rows."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox.api import Api
from tap_moco.timestamps import parse_timestamp
from tests.support.clock import NOW, Clock, age
from tests.support.target import Target

from .scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable

LETTERS = "ABCDEFGHIJKLM"


def letter(number: int) -> str:
    return LETTERS[number]


def contacts(count: int, now: datetime = NOW) -> tuple[Scene, list[int]]:
    """Return an account with so many contacts: A, B, C and so on."""
    scene = Scene.make(now)
    return scene, scene.fill("contacts", count, lastname=letter)


def check(scene: Scene, *streams: str) -> None:
    """The target is the account."""
    assert not scene.target.wrongly_removed
    for stream in streams:
        assert scene.target.ids(stream) == set(scene.account.ids(stream))


def test_rename_across_pages() -> None:
    """A row that moves back skips another one; a second pass finds it."""
    scene, ids = contacts(7)
    scene.before(2, lambda: scene.account.update("contacts", ids[0], lastname="Z"))
    with scene.served():
        assert scene.run("contacts").is_success
    assert scene.asked == 3 + 1 + 1, "a look at the newest rows, then it is found"
    check(scene, "contacts")
    assert scene.target.row("contacts", ids[0])["lastname"] == "Z"


def test_quiet_list_is_read_once() -> None:
    """Where nothing moves, one pass is the proof, without another request."""
    scene, _ = contacts(7)
    with scene.served():
        assert scene.run("contacts").is_success
    assert scene.asked == 3
    check(scene, "contacts")


def test_equal_names_across_a_page_edge() -> None:
    """Equal rows come in any order: an error or whole, never silently less."""
    scene = Scene.make()
    scene.fill("contacts", 9, lastname=lambda n: "A" if n < 2 else "B")
    whole = 0
    with scene.served():
        for _ in range(10):
            scene.target = Target(scene.account)
            outcome = scene.run("contacts")
            if outcome.is_success:
                whole += 1
                check(scene, "contacts")
            else:
                assert "could not be proven" in outcome.reasons[0]
    assert whole


def test_a_list_that_never_stands_still_fails() -> None:
    """No bookmark moves and nothing is deleted by a read that is not proven."""
    scene, ids = contacts(8)

    def exchange() -> None:
        """Each total counts a row that no later page shows."""
        newest = scene.account.ids("contacts")[-1]
        if newest not in ids:
            scene.account.delete("contacts", newest)
        scene.account.insert("contacts", lastname="Y")

    for request in range(1, 100):
        scene.before(request, exchange)
    with scene.served():
        outcome = scene.run("contacts")
        assert not outcome.is_success
        assert "it changes faster than it can be read" in outcome.reasons[0]
        assert scene.asked <= 15 * (3 + 2), "a failure has its price, and no more"
        assert not scene.bookmark("contacts")
        assert "ACTIVATE_VERSION" not in scene.target.messages
        assert scene.run("contacts").is_success
        check(scene, "contacts")


def test_a_sweep_that_fails_is_tried_once_per_run() -> None:
    """The changes are read, and the sweep is left to the next run."""
    scene, _ = contacts(8)
    moves = [0]

    def exchange() -> None:
        newest = scene.account.ids("contacts")[-1]
        moves[0] += 1
        if moves[0] > 1:
            scene.account.delete("contacts", newest)
        scene.account.insert("contacts", lastname="Y")

    with scene.served():
        assert scene.run("contacts").is_success
        age(scene.target.state)
        for request in range(1, 200):
            scene.before(request, exchange)
        scene.run("contacts")
        assert scene.asked <= 15 * (3 + 2) + 3, "not twice as many"
        assert scene.bookmark("contacts")["sweep"]["due"]
        assert scene.run("contacts").is_success
    check(scene, "contacts")


def test_changed_while_it_is_read() -> None:
    """A bookmark stays at the read's start, whatever is newer among the rows."""
    scene, ids = contacts(7)
    with scene.served():
        scene.before(3, lambda: scene.account.update("contacts", ids[6], info="new"))
        scene.pace = 30.0
        assert scene.run("contacts").is_success
        started = NOW + timedelta(seconds=30)
        bookmark = parse_timestamp(scene.bookmark("contacts")["replication_key_value"])
        assert bookmark is not None
        assert bookmark <= started
        # changed at the same time, on a page that was read before
        scene.before(3, lambda: scene.account.update("contacts", ids[0], info="newer"))
        age(scene.target.state)
        assert scene.run("contacts").is_success
        assert scene.run("contacts", overlap_seconds=0).is_success
        wanted = scene.account.rows("contacts")[0]["updated_at"]
        assert scene.target.row("contacts", ids[0])["updated_at"] == wanted


@pytest.mark.parametrize("minutes", [-10, 10])
def test_server_clock_is_off(minutes: int) -> None:
    """Only the server's clock counts: nothing is missed, nothing read for ever."""
    scene, ids = contacts(7, NOW + timedelta(minutes=minutes))
    with scene.served():
        assert scene.run("contacts").is_success
        for turn in range(3):
            scene.before(
                1,
                lambda n=ids[turn]: scene.account.update("contacts", n, info="x"),  # type: ignore[misc]
            )
            assert scene.run("contacts", overlap_seconds=1).is_success
            assert scene.asked == 2, "the rows are counted, and the changes read"
            scene.account.update("contacts", ids[3 + turn], job_position=f"{turn}")
            scene.clock.tick(3600)
    with scene.served():
        assert scene.run("contacts", overlap_seconds=1).is_success
    for row in scene.account.rows("contacts"):
        own = scene.target.row("contacts", row["id"])
        assert own["updated_at"] == row["updated_at"]


def test_milliseconds_and_seconds() -> None:
    """Offers have milliseconds: times are compared as times, not as text."""
    scene = Scene.make()
    ids = scene.fill("offers", 4, date=lambda n: f"2026-11-0{n + 1}")
    with scene.served():
        assert scene.run("offers").is_success
        scene.before(1, lambda: scene.account.update("offers", ids[0], title="new"))
        assert scene.run("offers").is_success
        assert scene.target.row("offers", ids[0])["title"] == "new"
        stamp = scene.bookmark("offers")["replication_key_value"]
        assert len(stamp) == len("2026-11-24T09:30:00Z")
        last = scene.account.get("offers", ids[0])["updated_at"] / 1_000_000
        moment = parse_timestamp(stamp)
        assert moment is not None
        assert moment.timestamp() <= last
        assert scene.run("offers", overlap_seconds=0).is_success


def test_insert_and_delete_between_the_same_two_pages() -> None:
    """The total does not show it; the rows that are known do."""
    scene, ids = contacts(7)
    scene.before(
        2,
        lambda: scene.account.delete("contacts", ids[0]),
        lambda: scene.account.insert("contacts", lastname="Y"),
    )
    with scene.served():
        assert scene.run("contacts").is_success
    assert scene.asked > 3
    assert ids[3] in scene.target.ids("contacts")
    assert set(scene.account.ids("contacts")) <= scene.target.ids("contacts")


def test_rows_of_the_second_of_the_start() -> None:
    """A row of the very second of the start is not taken for an older one."""
    scene, ids = contacts(7)
    scene.pace = 0.05  # all within the second that `Date` has
    scene.before(
        2,
        lambda: scene.account.update("contacts", ids[0], lastname="Z"),
        lambda: scene.account.insert("contacts", lastname="Y"),
    )
    with scene.served():
        assert scene.run("contacts").is_success
    check(scene, "contacts")


def test_row_committed_late() -> None:
    """A stamp some seconds old does not say that the row was visible by then."""
    scene, ids = contacts(7)
    scene.before(
        2,
        lambda: scene.account.update("contacts", ids[0], lastname="Z"),
        lambda: scene.account.insert(
            "contacts", lastname="Y", created_at=scene.clock.now - timedelta(seconds=5)
        ),
    )
    with scene.served():
        assert scene.run("contacts").is_success
    check(scene, "contacts")


SLOW = 2.5


class SlowAnswer(Clock):
    """The first answer is counted, and its `Date` written, seconds apart."""

    between: Callable[[], object] | None = None

    def __call__(self) -> datetime:
        """Return the time; the first question after arming is the `Date`."""
        if self.between:
            do, self.between = self.between, None
            do()
            time.sleep(SLOW)  # the tap may measure how long it waited
            self.tick(SLOW)
        return super().__call__()


def test_slow_first_answer() -> None:
    """The total is as old as the question, `Date` only as old as the answer."""
    scene, ids = contacts(7)
    clock = SlowAnswer(scene.clock.now)
    scene.clock = scene.account.clock = clock

    def slow() -> None:
        clock.between = lambda: scene.account.insert("contacts", lastname="Y")

    scene.before(1, slow)
    scene.before(2, lambda: scene.account.update("contacts", ids[0], lastname="Z"))
    with scene.served():
        assert scene.run("contacts").is_success
    assert clock.between is None
    assert ids[3] in scene.target.ids("contacts")


def without_headers(
    monkeypatch: pytest.MonkeyPatch, *names: str, cut: bool = True
) -> None:
    """Let the sandbox send none of these headers; and everything if not cut."""
    page = Api._page

    def bare(self: Api, request: Any, total: int) -> tuple[int, int, dict[str, str]]:
        start, count, headers = page(self, request, total)
        if not cut:
            start, count = 0, total
        return start, count, {k: v for k, v in headers.items() if k not in names}

    monkeypatch.setattr(Api, "_page", bare)


@pytest.mark.parametrize("_turn", range(4))
def test_equal_names_where_pages_meet(_turn: int) -> None:
    """Some of ten people of one name hide there; the next pass has other pages."""
    scene = Scene.make()
    scene.fill("contacts", 250, lastname=lambda n: f"{(n + 5) // 10:02}")
    with scene.served(max_per_page=100):
        assert scene.run("contacts").is_success
    assert scene.asked <= 3 + 4
    check(scene, "contacts")


PAGING = ("x-page", "x-per-page", "x-total", "link")


def test_a_hundred_rows_without_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be a page that was cut off, or the whole list."""
    for cut in (True, False):
        with monkeypatch.context() as patch:
            without_headers(patch, *PAGING, cut=cut)
            scene = Scene.make()
            scene.fill("deals", 100, name=lambda n: f"{n:03}")
            with scene.served(max_per_page=100):
                assert scene.run("deals").is_success
            assert scene.asked > 1, "page 2 is asked for"
            check(scene, "deals")


def test_unpaged_list_with_signed_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signatures differ at each request; the rows are the same all the same."""
    without_headers(monkeypatch, *PAGING, cut=False)
    scene = Scene.make()
    ids = scene.fill("contacts", 100, lastname=lambda n: f"{n:03}")

    def empty() -> None:
        for number in ids:
            scene.account.delete("contacts", number)

    scene.before(9, empty)
    with scene.served(max_per_page=100):
        assert scene.run("contacts").is_success
    assert scene.asked < 9, "it would have gone on for ever"
    check(scene, "contacts")


def test_cut_list_without_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    """230 rows in pages that nothing announces."""
    without_headers(monkeypatch, *PAGING)
    scene = Scene.make()
    scene.fill("contacts", 230, lastname=lambda n: f"{n:03}")
    with scene.served(max_per_page=100):
        assert scene.run("contacts").is_success
    check(scene, "contacts")


def test_cut_list_without_headers_shrinks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 101 moves to page 1 while page 2 is asked for; one full page is no proof."""
    without_headers(monkeypatch, *PAGING)
    scene = Scene.make()
    ids = scene.fill("contacts", 101, lastname=lambda n: f"{n:03}")
    scene.before(2, lambda: scene.account.delete("contacts", ids[0]))
    with scene.served(max_per_page=100):
        assert scene.run("contacts").is_success
    assert ids[100] in scene.target.ids("contacts")


def test_links_without_totals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a total a list is read twice, and again if that differs."""
    without_headers(monkeypatch, "x-total")
    scene, ids = contacts(7)
    scene.before(2, lambda: scene.account.update("contacts", ids[0], lastname="Z"))
    with scene.served():
        assert scene.run("contacts").is_success
    assert scene.asked >= 6
    check(scene, "contacts")


def test_the_same_row_is_skipped_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two passes without totals that agree, and both lack D."""
    without_headers(monkeypatch, "x-total")
    scene, ids = contacts(7)
    for request, name in ((2, "Z"), (4, "A"), (5, "Z")):
        scene.before(
            request,
            lambda name=name: scene.account.update("contacts", ids[0], lastname=name),  # type: ignore[misc]
        )
    with scene.served():
        outcome = scene.run("contacts")
    assert not outcome.is_success or ids[3] in scene.target.ids("contacts")

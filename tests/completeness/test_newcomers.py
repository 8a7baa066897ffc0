"""What comes while a list is read, and what hides between its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox.api import Api

from .scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable


def contacts(count: int) -> tuple[Scene, list[int]]:
    """Return an account with so many contacts, in the order of their names."""
    scene = Scene.make()
    return scene, scene.fill("contacts", count, lastname=lambda n: f"B{n:03}")


def questions(scene: Scene) -> list[dict[str, str]]:
    """Return the parameters of all requests that ask for more than a total."""
    assert scene.server
    queries = [dict(entry.query) for entry in scene.server.requests]
    return [query for query in queries if query.get("per_page") != "1"]


def comes(scene: Scene, name: str) -> Callable[[], object]:
    """Return the change that a contact of this name is added."""
    return lambda: scene.account.insert("contacts", lastname=name)


def check(scene: Scene, stream: str = "contacts") -> None:
    """The target has all that the account has."""
    assert set(scene.account.ids(stream)) <= scene.target.ids(stream)


# Another pass


def test_what_changed_is_asked_for_before_another_pass() -> None:
    """With the list's own filters, and nothing is waited for."""
    scene, ids = contacts(7)
    scene.before(2, lambda: scene.account.update("contacts", ids[0], lastname="Z"))
    started = scene.clock.now
    with scene.served():
        assert scene.run("contacts").is_success
    asked = questions(scene)
    first, look, again = asked[0], asked[3], asked[4]
    assert "updated_after" not in first
    assert look.pop("updated_after") < f"{started:%Y-%m-%dT%H:%M:%SZ}"
    assert look == first, "the list's own filters and size"
    assert again == {**first, "per_page": "83"}
    check(scene)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_an_increment_that_grows_all_the_time(concurrency: int) -> None:
    """All is new when it begins, and a row is added before most requests."""
    scene, ids = contacts(30)
    with scene.served(max_per_page=10):
        assert scene.run("contacts").is_success
        scene.clock.tick(300)

        def edit_all() -> None:
            for number in ids:
                scene.account.update("contacts", number, job_position="new")

        scene.before(1, edit_all)
        for request in (3, 4, 5, 6, 8, 9, 10, 11):
            scene.before(request, comes(scene, f"A{request:03}"))
        assert scene.server
        scene.server.requests.clear()
        assert scene.run("contacts", concurrency=concurrency).is_success
        if concurrency == 1:
            most = 1 + 4 + 1 + 5  # a count, two passes, a look between
            assert scene.asked <= most + 1 + 5, "a count and a pass of what is counted"
        rows = [scene.target.row("contacts", number) for number in ids]
        assert all(row["job_position"] == "new" for row in rows)
        assert scene.run("contacts", concurrency=concurrency).is_success
    check(scene)


def test_a_list_that_cannot_tell_what_changed() -> None:
    """To-dos do not take `updated_after`: every page's total helps all the same."""
    scene = Scene.make()
    ids = scene.fill("todos", 7)
    scene.before(2, lambda: scene.account.delete("todos", ids[0]))
    with scene.served():
        assert scene.run("todos").is_success
    assert not [query for query in questions(scene) if "updated_after" in query]
    check(scene, "todos")


# What hides


@pytest.mark.parametrize("concurrency", [1, 4])
def test_equal_rows_where_pages_meet(concurrency: int) -> None:
    """Ten people of each name; a page around each seam shows all of them."""
    scene = Scene.make()
    scene.fill("contacts", 550, lastname=lambda n: f"{(n + 5) // 10:02}")
    with scene.served(max_per_page=100):
        assert scene.run("contacts", concurrency=concurrency).is_success
    assert scene.asked <= 6 + 5
    check(scene)


def test_equal_rows_without_stamps() -> None:
    """They are seen before and after a total, at the seams of two passes."""
    scene = Scene.make()
    scene.fill("vat_code_sales", 230)
    with scene.served(max_per_page=100):
        assert scene.run("vat_code_sales").is_success
    assert scene.asked <= 2 * 3 + 1 + 1
    check(scene, "vat_code_sales")


# Totals


def spoiled(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, str]], object]
) -> None:
    """Let the sandbox send other paging headers."""
    page = Api._page

    def other(self: Api, request: Any, total: int) -> tuple[int, int, dict[str, str]]:
        start, count, headers = page(self, request, total)
        change(headers)
        return start, count, headers

    monkeypatch.setattr(Api, "_page", other)


def test_a_full_page_that_tells_no_total(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only that it is a page: there are more rows."""

    def change(headers: dict[str, str]) -> None:
        headers.pop("x-total")
        headers.pop("link", None)

    spoiled(monkeypatch, change)
    scene, _ = contacts(230)
    with scene.served(max_per_page=100):
        assert scene.run("contacts").is_success
    check(scene)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_totals_that_are_too_small(
    monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    """A total that is refuted proves nothing, whatever equals it later."""
    spoiled(monkeypatch, lambda headers: headers.update({"x-total": "6"}))
    scene, ids = contacts(8)
    scene.before(2, lambda: scene.account.update("contacts", ids[0], lastname="Z"))
    with scene.served():
        outcome = scene.run("contacts", concurrency=concurrency)
    assert not outcome.is_success or set(ids) <= scene.target.ids("contacts")


def test_totals_that_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list fails, and the error says how much is certain."""
    spoiled(monkeypatch, lambda headers: headers.update({"x-total": "9"}))
    scene, _ = contacts(8)
    with scene.served():
        outcome = scene.run("contacts")
    assert not outcome.is_success
    assert "MOCO shows the same rows each time; 8 of 9 rows" in outcome.reasons[0]
    assert scene.asked <= 4 * 4 + 4, "nothing is waited for"

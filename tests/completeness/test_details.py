"""Details: what is missing or stale is found, and asked for, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.completeness import list_count
from tests.support.clock import age

from .scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

INVOICES = ("invoices", "invoice_details")
OLD = "2020-01-01T00:00:00Z"


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Serve an account of twelve invoices, in lists of several pages."""
    monkeypatch.setattr(list_count, "PER_PAGE", 3)
    made = Scene.make()
    made.fill("invoices", 12)
    with made.served():
        yield made


def asked_for(scene: Scene, *streams: str, **config: Any) -> list[int]:
    """Run the tap, which has to go well; return whose details were asked for."""
    assert scene.server
    before = len(scene.server.requests)
    outcome = scene.run(*streams, **config)
    assert outcome.is_success, outcome.reasons
    sent = scene.server.requests[before:]
    paths = [entry.path for entry in sent if entry.path.startswith("/invoices/")]
    return sorted(int(path.split("/")[2]) for path in paths)


def lists_asked(scene: Scene, path: str) -> list[dict[str, str]]:
    """Return the parameters of all questions to a list so far."""
    assert scene.server
    return [dict(e.query) for e in scene.server.requests if e.path == path]


def footers(scene: Scene) -> dict[int, Any]:
    return {row["id"]: row["footer"] for row in scene.target.of("invoice_details")}


def test_a_first_read_asks_for_all_and_the_next_for_none(scene: Scene) -> None:
    assert asked_for(scene, *INVOICES) == scene.account.ids("invoices")
    assert asked_for(scene, *INVOICES) == []


def test_import_with_an_old_stamp_is_found_by_the_next_sweep(scene: Scene) -> None:
    asked_for(scene, *INVOICES)
    late = scene.account.insert("invoices", created_at=OLD, footer="late")["id"]
    age(scene.target.state)
    assert asked_for(scene, *INVOICES) == [late]
    assert footers(scene)[late] == "late"
    age(scene.target.state)
    assert asked_for(scene, *INVOICES) == []


def test_a_sweep_of_the_list_that_only_the_list_needs_serves_the_details(
    scene: Scene,
) -> None:
    """The count of invoices shows that there is one more than were read."""
    asked_for(scene, *INVOICES)
    late = scene.account.insert("invoices", created_at=OLD)["id"]
    assert asked_for(scene, *INVOICES) == [late]
    sweeps = [scene.bookmark(name)["sweep"]["completed_at"] for name in INVOICES]
    assert len(lists_asked(scene, "/invoices")) > 1
    assert sweeps[0][:16] == sweeps[1][:16], "the details are swept with their list"


def test_edit_whose_stamp_is_older_than_the_overlap_is_found(scene: Scene) -> None:
    asked_for(scene, *INVOICES)
    edited = scene.account.ids("invoices")[2]
    scene.account.update("invoices", edited, footer="new", updated_at=OLD)
    age(scene.target.state)
    assert asked_for(scene, *INVOICES) == [edited]
    assert footers(scene)[edited] == "new"


def test_ordinary_edits_cost_nothing_in_the_next_sweep(scene: Scene) -> None:
    asked_for(scene, *INVOICES)
    edited = scene.account.ids("invoices")[4]
    scene.account.update("invoices", edited, footer="new")
    scene.clock.tick(30)
    assert asked_for(scene, *INVOICES) == [edited]
    age(scene.target.state)
    assert asked_for(scene, *INVOICES) == []


def test_deleted_invoice_is_forgotten_and_asked_for_when_it_comes_back(
    scene: Scene,
) -> None:
    asked_for(scene, *INVOICES)
    gone = scene.account.ids("invoices")[0]
    record = dict(scene.account.get("invoices", gone))
    scene.account.delete("invoices", gone)
    age(scene.target.state)
    assert asked_for(scene, *INVOICES) == []
    scene.account.put("invoices", record)
    age(scene.target.state)
    assert asked_for(scene, *INVOICES) == [gone]


def test_state_of_an_older_version_is_completed_by_its_first_sweep(
    scene: Scene,
) -> None:
    asked_for(scene, *INVOICES)
    del scene.target.state["bookmarks"]["invoice_details"]["details"]
    del scene.target.state["bookmarks"]["invoice_details"]["sweep"]
    assert asked_for(scene, *INVOICES) == []
    age(scene.target.state)
    in_overlap = 2  # the old state says that these are done
    assert asked_for(scene, *INVOICES) == scene.account.ids("invoices")[:-in_overlap]
    age(scene.target.state)
    assert asked_for(scene, *INVOICES) == []


# Reminders, which do not touch their invoice

BOTH = ("invoice_reminders", *INVOICES)


def reminders_held(scene: Scene) -> dict[int, list[str]]:
    """Return the texts of the reminders that each invoice's details hold."""
    rows = scene.target.of("invoice_details")
    held = {row["id"]: [r["text"] for r in row["reminders"] or ()] for row in rows}
    return {number: texts for number, texts in held.items() if texts}


def remind(scene: Scene, place: int, text: str, **more: Any) -> tuple[int, int]:
    """Insert a reminder of some invoice; return both ids."""
    invoice = scene.account.ids("invoices")[place]
    fields = {"invoice_id": invoice, "text": text, **more}
    number = scene.account.insert("invoice_reminders", **fields)["id"]
    scene.clock.tick(10)  # what is newer than a few seconds is looked at once more
    return number, invoice


@pytest.mark.parametrize("streams", [INVOICES, BOTH])
def test_changes_of_reminders_refresh_their_invoices(
    scene: Scene, streams: tuple[str, ...]
) -> None:
    first, invoice = remind(scene, 0, "first")
    other = scene.account.ids("invoices")[5]
    asked_for(scene, *streams)
    assert asked_for(scene, *streams) == []

    second, _ = remind(scene, 3, "second")
    fourth = scene.account.ids("invoices")[3]
    assert asked_for(scene, *streams) == [fourth]
    assert asked_for(scene, *streams) == [], "only once"

    scene.account.update("invoice_reminders", first, text="edited")
    scene.clock.tick(10)
    assert asked_for(scene, *streams) == [invoice]
    assert reminders_held(scene) == {invoice: ["edited"], fourth: ["second"]}

    scene.account.update("invoice_reminders", second, invoice_id=other)
    scene.clock.tick(10)
    assert asked_for(scene, *streams) == sorted([fourth, other])
    assert reminders_held(scene) == {invoice: ["edited"], other: ["second"]}
    assert asked_for(scene, *streams) == []


def test_deleted_reminder_is_found_by_the_count_of_reminders(scene: Scene) -> None:
    numbers = [remind(scene, place, f"number {place}") for place in range(5)]
    asked_for(scene, *BOTH)
    scene.account.delete("invoice_reminders", numbers[1][0])
    assert asked_for(scene, *BOTH) == [numbers[1][1]]
    assert numbers[1][1] not in reminders_held(scene)
    assert asked_for(scene, *BOTH) == []


@pytest.mark.parametrize("streams", [INVOICES, BOTH])
def test_deleted_and_imported_reminders_are_found_by_the_sweep_of_details(
    scene: Scene, streams: tuple[str, ...]
) -> None:
    numbers = [remind(scene, place, f"number {place}") for place in range(5)]
    asked_for(scene, *streams)
    scene.account.delete("invoice_reminders", numbers[1][0])
    _, late = remind(scene, 9, "late", created_at=OLD)
    age(scene.target.state)
    assert asked_for(scene, *streams) == sorted([numbers[1][1], late])
    assert reminders_held(scene)[late] == ["late"]
    age(scene.target.state)
    assert asked_for(scene, *streams) == []


def test_reminders_are_asked_for_once_in_a_run(scene: Scene) -> None:
    remind(scene, 0, "first")
    asked_for(scene, *INVOICES)
    asked_for(scene, *INVOICES)
    assert [
        "updated_after" in query for query in lists_asked(scene, "/invoice_reminders")
    ] == [False, True]
    asked_for(scene, *BOTH)
    assert len(lists_asked(scene, "/invoice_reminders")) == 3


@pytest.mark.parametrize("request_number", range(2, 18))
@pytest.mark.parametrize("place", [0, 11])
def test_reminder_that_moves_during_a_read_leaves_no_trace(
    scene: Scene, request_number: int, place: int
) -> None:
    """Whether either invoice's details were asked for before that, or after."""
    number, _ = remind(scene, place, "moving")
    other = scene.account.ids("invoices")[11 - place]
    scene.before(
        request_number,
        lambda: scene.account.update("invoice_reminders", number, invoice_id=other),
    )
    asked_for(scene, *BOTH)
    asked_for(scene, *BOTH)
    assert reminders_held(scene) == {other: ["moving"]}


@pytest.mark.parametrize("request_number", range(2, 18, 3))
def test_reminder_that_moves_during_a_read_and_is_deleted_leaves_no_trace(
    scene: Scene, request_number: int
) -> None:
    number, _ = remind(scene, 0, "moving")
    other = scene.account.ids("invoices")[11]
    scene.before(
        request_number,
        lambda: scene.account.update("invoice_reminders", number, invoice_id=other),
    )
    asked_for(scene, *BOTH)
    scene.account.delete("invoice_reminders", number)
    asked_for(scene, *BOTH)
    assert reminders_held(scene) == {}

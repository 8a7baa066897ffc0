"""What MOCO refuses: for want of a right, or in the middle of a read."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.completeness import windows
from tests.support.runs import NO_LIMIT, run, select, settings
from tests.support.stub import Answer, paged, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.sandbox import Server
    from tests.support.outcome import Outcome
    from tests.support.runs import Params

REFUSALS = ("403", "404", "422")


def read(server: Server, *streams: str, state: Any = None, **more: Any) -> Outcome:
    """Read some streams, whatever comes of it."""
    config = settings(server, **more)
    return run(config, catalog=select(*streams), state=state)


def read_stub(
    answer: Callable[[str, Params], Answer], *streams: str, **more: Any
) -> Outcome:
    """Read some streams of a server that answers so."""
    with serving(answer) as stub:
        config = {"api_url": stub.url, "api_key": "stub-key", "rate_limit": NO_LIMIT}
        return run({**config, **more}, catalog=select(*streams))


# A list that was answered, and is then refused


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize("concurrency", [1, 4])
def test_page_that_is_refused_later(still: Server, kind: str, concurrency: int) -> None:
    still.clear()
    still.faults.add(kind, r"^/activities\?.*\bpage=2\b", times=None)
    outcome = read(still, "activities", "tags", concurrency=concurrency)
    still.clear()
    assert outcome.code == 1
    assert f"failed activities: {kind}" in outcome.err
    assert (
        "MOCO answered /activities before in this run and now refuses it" in outcome.err
    )
    assert "lacks the right" not in outcome.err
    assert outcome.records("tags")


@pytest.mark.parametrize("kind", REFUSALS)
def test_window_that_is_refused(
    living: Server, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """No record is out yet: the first page only said how long the list is."""
    monkeypatch.setattr(windows, "WINDOW_ROWS", 10)
    living.faults.add(kind, r"^/activities\?.*from=", times=None)
    outcome = read(living, "activities")
    assert outcome.code == 1
    assert "now refuses it" in outcome.err
    assert '"RECORD"' not in outcome.out
    assert "activities" not in outcome.state["bookmarks"] or not outcome.state[
        "bookmarks"
    ]["activities"].get("replication_key_value")


def test_list_that_another_stream_has_read_is_refused(living: Server) -> None:
    """`taggings` reads the list of users once more."""
    living.faults.add("403", r"^/users\?", nth=2, times=None)
    outcome = read(living, "users", "taggings")
    assert outcome.code == 1
    assert "failed taggings: 403" in outcome.err
    assert "MOCO answered /users before" in outcome.err


@pytest.mark.parametrize("refused", [0, 1])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_one_year_of_a_report_is_refused(
    living: Server, refused: int, concurrency: int
) -> None:
    """Whichever year it is: the key may read the report, since it got the other."""
    year = datetime.now(timezone.utc).year - refused
    living.faults.add("403", rf"^/report/cashflow\?.*to={year}", times=None)
    outcome = read(living, "report_cashflow", concurrency=concurrency)
    assert outcome.code == 1
    assert "failed report_cashflow: 403" in outcome.err
    assert "MOCO answered /report/cashflow before" in outcome.err
    dates = {row["date"][:4] for row in outcome.records("report_cashflow")}
    assert dates == {str(2 * datetime.now(timezone.utc).year - 1 - year)}


def test_question_beside_the_list_is_refused() -> None:
    """Without stamps, a last question shows whether the list stood still."""

    def answer(_: str, query: Params) -> Answer:
        if "updated_after" in query:
            return Answer({"errors": ["Access denied"]}, status=403)
        return paged([{"id": n} for n in range(150)], query)

    outcome = read_stub(answer, "vat_code_sales")
    assert outcome.code == 1
    assert "failed vat_code_sales: 403" in outcome.err
    assert "now refuses it" in outcome.err


def test_inner_list_of_a_record_is_refused_on_its_second_page() -> None:
    def answer(path: str, query: Params) -> Answer:
        if path == "/invoices":
            return Answer([{"id": 1, "updated_at": "2026-01-01T00:00:00Z"}])
        if query.get("page") == "2":
            return Answer({"errors": ["Access denied"]}, status=403)
        return paged([{"id": n, "created_at": None} for n in range(150)], query, path)

    outcome = read_stub(answer, "invoice_expenses")
    assert outcome.code == 1
    assert "failed invoice_expenses: 403" in outcome.err
    assert "MOCO answered /invoices/1/expenses before" in outcome.err


# A run that could read nothing


@pytest.mark.parametrize("mode", ["skip", "fail"])
def test_path_of_the_address_is_wrong(still: Server, mode: str) -> None:
    still.clear()
    config = settings(still, on_forbidden=mode)
    config["api_url"] = still.url.replace("/api/v1", "/extra/api/v1")
    outcome = run(config, catalog=select())
    assert outcome.code == 1
    assert outcome.target.written.keys() == {"sync_runs"}, "which has the run"
    last = outcome.err.splitlines()[-1]
    assert mode == "fail" or "check the path in api_url" in last


@pytest.mark.parametrize("kind", ["403", "422"])
@pytest.mark.parametrize("streams", [("tags",), ("tags", "invoices", "taggings"), ()])
def test_key_without_any_right(
    living: Server, kind: str, streams: tuple[str, ...]
) -> None:
    living.faults.add(kind, times=None)
    outcome = read(living, *streams)
    assert outcome.code == 1
    last = outcome.err.splitlines()[-1]
    assert "nothing could be read" in last
    assert "check the rights of the key" in last


def test_nothing_that_the_key_may_read_fails_the_test_too(living: Server) -> None:
    living.faults.add("404", times=None)
    outcome = run(settings(living), "--test")
    assert outcome.code == 1
    assert "check the path in api_url" in outcome.err


def test_one_stream_that_could_be_read_is_enough(living: Server) -> None:
    living.faults.add("403", "^/tags", times=None)
    outcome = read(living, "tags", "units")
    assert outcome.code == 0, outcome.err
    assert "nothing could be read" not in outcome.err


# What depends on a stream that is skipped


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize(
    ("path", "parent", "children"),
    [
        ("/invoices", "invoices", ("invoice_details", "invoice_timesheets")),
        ("/offers", "offers", ("offer_details", "offer_attachments")),
        ("/projects", "projects", ("project_tasks", "project_contracts")),
        ("/users", "users", ("user_performance_reports",)),
        ("/contacts/people", "contacts", ("contact_details",)),
    ],
)
def test_children_are_skipped_with_their_list(
    living: Server, kind: str, path: str, parent: str, children: tuple[str, ...]
) -> None:
    living.faults.add(kind, rf"^{path}\?", times=None)
    outcome = read(living, parent, *children, "units")
    assert outcome.code == 0, outcome.err
    warnings = [line for line in outcome.err.splitlines() if "| WARNING" in line]
    assert len(warnings) == 1
    assert f"{parent} skipped: {kind}" in warnings[0]
    assert all(child in warnings[0] for child in children)
    end = outcome.err.splitlines()[-1]
    assert f"skipped {parent}, {', '.join(children)}: {kind}" in end
    assert outcome.records("units")


def test_children_alone_are_skipped_with_their_list(living: Server) -> None:
    living.faults.add("403", r"^/invoices\?", times=None)
    outcome = read(living, "invoice_details", "units")
    assert outcome.code == 0, outcome.err
    assert "skipped with it: invoice_details" in outcome.err


def test_children_are_read_as_soon_as_the_list_may_be(living: Server) -> None:
    streams = ("invoices", "invoice_details", "units")
    living.faults.add("403", r"^/invoices\?", times=None)
    first = read(living, *streams)
    living.clear()
    second = read(living, *streams, state=first.state)
    assert second.code == 0, second.err
    count = len(living.account.ids("invoices"))
    assert len(second.records("invoices")) == count
    assert len(second.records("invoice_details")) == count


def test_failure_of_the_list_is_one_of_its_children(living: Server) -> None:
    living.faults.add("500", r"^/invoices\?", times=None)
    outcome = read(living, "invoices", "invoice_details", max_retries=0)
    assert outcome.code == 1
    assert "failed invoice_details: invoices could not be read" in outcome.err


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize("what", [r"^/invoices\?", r"^/taggings/Invoice/"])
def test_taggings_go_on_without_a_kind(living: Server, kind: str, what: str) -> None:
    if kind == "404" and "taggings" in what:
        pytest.skip("a record that is gone")
    living.faults.add(kind, what, times=None)
    outcome = read(living, "taggings")
    assert outcome.code == 0, outcome.err
    kinds = {row["taggable_type"] for row in outcome.records("taggings")}
    assert "Invoice" not in kinds
    assert len(kinds) == 7
    assert "without the tags of Invoice" in outcome.err
    assert "denied of taggings: Invoice" in outcome.err.splitlines()[-1]
    assert "Project" not in outcome.err.splitlines()[-1]


def test_taggings_of_one_record_are_denied(living: Server) -> None:
    number = living.account.ids("invoices")[1]
    living.faults.add("403", rf"^/taggings/Invoice/{number}$", times=None)
    outcome = read(living, "taggings")
    assert outcome.code == 0, outcome.err
    invoices = [
        row["taggable_id"]
        for row in outcome.records("taggings")
        if row["taggable_type"] == "Invoice"
    ]
    assert set(invoices) == set(living.account.ids("invoices")) - {number}
    assert "denied of taggings: 1 record" in outcome.err


def test_taggings_fail_if_that_is_wanted(living: Server) -> None:
    living.faults.add("403", r"^/invoices\?", times=None)
    outcome = read(living, "taggings", on_forbidden="fail")
    assert outcome.code == 1
    assert "failed taggings: 403" in outcome.err


def test_payments_are_read_although_purchases_may_not_be(
    living: Server,
) -> None:
    """A payment refreshes its purchase, if the key may read purchases."""
    streams = ("purchase_payments", "purchases")
    first = read(living, *streams)
    purchase = living.account.ids("purchases")[0]
    payment = living.account.insert("purchase_payments", purchase_id=purchase)
    living.faults.add("403", r"^/purchases\?", times=None)
    second = read(living, *streams, state=first.state)
    assert second.code == 0, second.err
    assert payment["id"] in {r["id"] for r in second.records("purchase_payments")}
    assert "skipped purchases: 403" in second.err

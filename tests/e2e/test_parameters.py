"""What is asked for: MOCO ignores what it does not know, and answers 200."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from tap_moco.api.pagination import PER_PAGE
from tap_moco.sandbox.app import EMAIL, PASSWORD
from tap_moco.streams.registry import stream_classes
from tests.support.runs import asked, select, settings, stream_names, synced

from .conftest import SMALL_PAGES

if TYPE_CHECKING:
    from tap_moco.sandbox import Server
    from tap_moco.sandbox.app import Entry
    from tests.support.outcome import Outcome
    from tests.support.runs import Params

FULL: Params = {"per_page": "100"}
BY_ID: Params = {**FULL, "sort_by": "id"}
ARCHIVED: Params = {**FULL, "include_archived": "true"}

CHANGED: dict[str, Params] = {
    "/activities": BY_ID,
    "/schedules": FULL,
    "/planning_entries": FULL,
    "/users/presences": FULL,
    "/projects/expenses": FULL,
    "/projects/payment_schedules": FULL,
    "/recurring_expenses": BY_ID,
    "/deals": FULL,
    "/deal_categories": FULL,
    "/offers": BY_ID,
    "/invoices": {**BY_ID, "include_disregarded": "true"},
    "/invoices/payments": FULL,
    "/invoice_reminders": FULL,
    "/invoices/bookkeeping_exports": FULL,
    "/purchases": FULL,
    "/purchases/categories": FULL,
    "/purchases/drafts": FULL,
    "/purchases/payments": FULL,
    "/planned_purchases": FULL,
    "/approvals": FULL,
    "/users": {**BY_ID, "include_archived": "true"},
    "/users/employments": FULL,
    "/users/holidays": FULL,
    "/users/absence_requests": FULL,
    "/users/work_time_adjustments": FULL,
    "/contacts/people": FULL,
    "/comments": FULL,
    "/tags": FULL,
    "/account/web_hooks": FULL,
    "/account/expense_templates": FULL,
    "/account/task_templates": FULL,
}
"""Lists that are asked for what changed, from the second run on."""

WHOLE: dict[str, Params] = {
    "/projects": {**BY_ID, "include_archived": "true"},
    "/projects/groups": FULL,
    "/offer_confirmations": FULL,
    "/letter_papers": FULL,
    "/purchases/bookkeeping_exports": FULL,
    "/receipts": FULL,
    "/users/roles": FULL,
    "/units": FULL,
    "/companies": ARCHIVED,
    "/todos": FULL,
    "/vat_code_sales": FULL,
    "/vat_code_purchases": FULL,
    "/revenue_categories": FULL,
    "/account/catalog_services": FULL,
    "/account/custom_properties": FULL,
    "/profile": {},
    "/account/hourly_rates": {"include_archived_users": "true"},
}
"""Lists that are read whole in every run; /projects for its tasks and contracts."""

YEAR = datetime.now(timezone.utc).year
DAYS: list[Params] = [
    {**FULL, "from": f"{year}-01-01", "to": f"{year}-12-31"}
    for year in (YEAR - 1, YEAR)
]
YEARS: list[Params] = [{**FULL, "year": str(year)} for year in (YEAR - 1, YEAR)]
YEARLY: dict[str, list[Params]] = {
    "/account/fixed_costs": YEARS,
    "/account/internal_hourly_rates": [
        {**ARCHIVED, "years": str(year)} for year in (YEAR - 1, YEAR)
    ],
    "/purchases/budgets": YEARS,
    "/report/absences": YEARS,
    "/report/cashflow": DAYS,
    "/report/finance": DAYS,
    "/report/planned_vs_tracked": DAYS,
    "/report/utilization": DAYS,
}
SINGLE = ("/invoices/{}", "/offers/{}")


def _by_path(entries: list[Entry]) -> dict[str, list[Params]]:
    """Return the parameters of first pages and of single records, by path."""
    found: dict[str, list[Params]] = {}
    for entry in entries:
        query = dict(entry.query)
        parts = ["{}" if part.isdecimal() else part for part in entry.path.split("/")]
        if query.get("page", "1") == "1":
            found.setdefault("/".join(parts), []).append(query)
    return found


def _default() -> list[str]:
    return [
        name
        for name in stream_names()
        for entry in select()["streams"]
        if entry["tap_stream_id"] == name
        and entry["metadata"][-1]["metadata"]["selected-by-default"]
    ]


@pytest.fixture(scope="module")
def first(still: Server) -> tuple[Outcome, dict[str, list[Params]]]:
    """Run with the streams that are on by default; return what was asked."""
    still.clear()
    outcome = synced(settings(still), *_default())
    return outcome, _by_path(still.requests)


def test_first_run_asks_exactly_for_this(
    first: tuple[Outcome, dict[str, list[Params]]],
) -> None:
    lists = {path: [query] for path, query in (CHANGED | WHOLE).items()} | YEARLY
    found = {path: queries for path, queries in first[1].items() if path not in SINGLE}
    found |= {path: _uncut(found[path], years) for path, years in YEARLY.items()}
    by_year = [{**query} for query in lists["/purchases/budgets"]]
    assert by_year == YEARS
    assert {p: sorted(q, key=repr) for p, q in found.items()} == {
        p: sorted(q, key=repr) for p, q in lists.items()
    }


def _uncut(queries: list[Params], years: list[Params]) -> list[Params]:
    """Return the questions for whole years, after a look at those for parts."""
    for query in queries:
        assert query.keys() - {"kinds", "company_id", "user_ids"} == years[0].keys()
    return [query for query in queries if query in years]


def test_details_are_asked_without_parameters(
    first: tuple[Outcome, dict[str, list[Params]]], still: Server
) -> None:
    assert first[1]["/invoices/{}"] == [{}] * len(still.account.ids("invoices"))
    assert first[1]["/offers/{}"] == [{}] * len(still.account.ids("offers"))


def test_second_run_asks_for_a_count_and_one_page_of_changes(
    first: tuple[Outcome, dict[str, list[Params]]], still: Server
) -> None:
    """`updated_after` is the stream's bookmark, less the overlap; no report is due.

    A list that fits one page is read whole in place of both. A list of no more rows
    than a page may have is counted by its first page.
    """
    outcome, _ = first
    still.clear()
    second = synced(settings(still), *_default(), state=outcome.state)
    found = {p: q for p, q in _by_path(still.requests).items() if p not in SINGLE}
    names = {stream.removeprefix("/"): stream for stream in CHANGED}
    bookmarks = _since(outcome, names)
    rows = _rows(outcome)

    def asks(path: str, query: Params) -> list[Params]:
        """Return what a second run asks of a list."""
        if rows[path] < SMALL_PAGES:
            return [query]
        count = query if rows[path] <= PER_PAGE else {**query, "per_page": "1"}
        asked = [count, {**query, "updated_after": bookmarks[path]}]
        if path == "/projects":
            alive = {k: v for k, v in query.items() if k != "include_archived"}
            asked.append(alive)
        return sorted(asked, key=repr)

    assert {p: sorted(q, key=repr) for p, q in found.items()} == {
        **{p: asks(p, q) for p, q in CHANGED.items()},
        **{p: [q] for p, q in WHOLE.items()},
    }
    assert second.code == 0


def _rows(outcome: Outcome) -> dict[str, int]:
    """Return how many rows each list has, by path."""
    bookmarks = outcome.state["bookmarks"]
    return {
        getattr(stream, "path", ""): bookmarks[name]["sweep"]["rows"]
        for stream in stream_classes()
        for name in [vars(stream)["name"]]
        if "rows" in bookmarks.get(name, {}).get("sweep", {})
    }


def _since(outcome: Outcome, names: dict[str, str]) -> dict[str, str]:
    """Return bookmark less 60 s of every incremental list, by path."""
    found = {}
    for stream in stream_classes():
        path = getattr(stream, "path", "")
        if path.removeprefix("/") in names:
            moment = datetime.fromisoformat(
                outcome.bookmark(vars(stream)["name"]).replace("Z", "+00:00")
            ).timestamp()
            found[path] = _stamp(moment - 60)
    return found


def _stamp(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    ("stream", "path", "name"),
    [
        ("companies", "/companies", "include_archived"),
        ("projects", "/projects", "include_archived"),
        ("users", "/users", "include_archived"),
        ("invoices", "/invoices", "include_disregarded"),
        ("contacts", "/contacts/people", None),
        ("deals", "/deals", None),
    ],
)
def test_archived_rows_are_asked_for_as_documented(
    living: Server, stream: str, path: str, name: str | None
) -> None:
    """`include_archived: false` leaves the parameter out."""
    with_them = synced(settings(living, include_archived=True), stream)
    assert asked(living, path)[0].get(name or "include_archived") == (name and "true")
    living.clear()
    without = synced(settings(living, include_archived=False), stream)
    assert not any("include" in key for query in asked(living, path) for key in query)
    ids = set(living.account.ids(stream))
    assert {row["id"] for row in with_them.records(stream)} == ids
    assert {row["id"] for row in without.records(stream)} == {
        record["id"]
        for record in living.account.records[stream].values()
        if record.get("active", True) and record.get("status") != "disregarded"
    } | (ids if name is None else set())


def test_archived_rows_are_there_to_be_left_out(living: Server) -> None:
    """Else the test above could not fail."""
    for collection in ("companies", "projects", "users", "invoices"):
        living.account.archive(collection, living.account.ids(collection)[0])
        outcome = synced(settings(living, include_archived=False), collection)
        assert len(outcome.records(collection)) < len(living.account.ids(collection))


def test_all_booleans_are_lower_case(everything: tuple[Outcome, list[Entry]]) -> None:
    """MOCO ignores Python's `True` silently."""
    values = {value for entry in everything[1] for _, value in entry.query}
    assert "true" in values
    assert not values & {"True", "False", "None", ""}


def test_impersonation_is_sent_with_every_request(living: Server) -> None:
    user = living.account.ids("users")[1]
    synced(settings(living, impersonate_user_id=user), "projects", "invoice_details")
    assert living.requests
    for entry in living.requests:
        assert entry.headers["x-impersonate-user-id"] == str(user)


def test_nobody_is_impersonated_by_default(living: Server) -> None:
    synced(settings(living), "projects")
    assert "x-impersonate-user-id" not in living.requests[0].headers


def test_only_get_is_sent(everything: tuple[Outcome, list[Entry]]) -> None:
    assert {entry.method for entry in everything[1]} == {"GET"}


def test_key_is_fetched_once_for_email_and_password(living: Server) -> None:
    config = settings(living, email=EMAIL, password=PASSWORD)
    del config["api_key"]
    synced(config, "projects", "users")
    sent = [(entry.method, entry.path) for entry in living.requests]
    assert [path for method, path in sent if method == "POST"] == ["/session"]
    assert sent[0] == ("POST", "/session")


def test_user_agent_names_the_tap(living: Server) -> None:
    synced(settings(living), "tags")
    assert living.requests[0].headers["user-agent"].startswith("tap-moco/")

"""Details that do not fit: their records are asked for again, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.runs import NO_LIMIT, run, select
from tests.support.stub import Answer, paged, serving

from .test_rejected import ODD, edit, ids, read

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server
    from tests.support.runs import Params
    from tests.support.target import Row


@pytest.mark.parametrize(
    ("stream", "collection", "field"),
    [
        ("invoice_details", "invoices", "footer"),
        ("offer_details", "offers", "footer"),
        ("contact_details", "contacts", "info"),
    ],
)
def test_details_that_do_not_fit(
    living: Server, account: Account, stream: str, collection: str, field: str
) -> None:
    odd, other = account.ids(collection)[:2]
    edit(account, collection, odd, **{field: ODD})
    first = read(living, stream)
    assert first.code == 1
    assert ids(first, stream) == set(account.ids(collection)) - {odd}
    second = read(living, stream, state=first.state)
    single = [e.path for e in living.requests if e.path[-1].isdecimal()]
    assert second.code == 1
    assert [path.rsplit("/")[-1] for path in single] == [str(odd)]
    assert ids(second, stream) == set()
    edit(account, collection, odd, **{field: "right now"})
    third = read(living, stream, state=second.state)
    assert third.code == 0, third.err
    assert ids(third, stream) == {odd}
    read(living, stream, state=third.state)
    assert not [e.path for e in living.requests if e.path[-1].isdecimal()]
    assert other


def test_details_of_a_record_that_was_deleted_are_forgotten(
    living: Server, account: Account
) -> None:
    odd = account.ids("invoices")[0]
    edit(account, "invoices", odd, footer=ODD)
    first = read(living, "invoice_details")
    account.delete("invoices", odd)
    second = read(living, "invoice_details", state=first.state)
    assert [first.code, second.code] == [1, 0]
    assert "rejected" not in second.state["bookmarks"]["invoice_details"]


def test_row_of_an_inner_list_that_does_not_fit() -> None:
    """Its record is asked for again; the other rows of it are in already."""
    rows: list[Row] = [{"id": 1, "title": "a"}, {"id": 2, "title": ODD}]
    invoices = [{"id": 5, "updated_at": "2026-01-01T00:00:00Z"}]

    def answer(path: str, query: Params) -> Answer:
        if path != "/invoices":
            return Answer(rows)
        return paged([] if "updated_after" in query else invoices, query)

    with serving(answer) as stub:
        config = {"api_url": stub.url, "api_key": "k" * 8, "rate_limit": NO_LIMIT}
        first = run(config, catalog=select("invoice_expenses"))
        second = run(config, catalog=select("invoice_expenses"), state=first.state)
        rows[1]["title"] = "b"
        third = run(config, catalog=select("invoice_expenses"), state=second.state)
    assert [first.code, second.code, third.code] == [1, 1, 0]
    assert ids(first, "invoice_expenses") == {1}
    assert ids(third, "invoice_expenses") == {1, 2}


def test_details_that_break_off_are_not_forgotten() -> None:
    rows: list[Row] = [{"id": n, "title": "a"} for n in range(150)]
    rows[0]["title"] = ODD
    invoices: list[Row] = [
        {"id": 5, "updated_at": "2026-01-01T00:00:00Z"},
        {"id": 6, "updated_at": "2026-03-01T00:00:00Z"},
    ]
    breaks = False

    def answer(path: str, query: Params) -> Answer:
        if path == "/invoices":
            since = query.get("updated_after", "")
            return paged([i for i in invoices if i["updated_at"] > since], query, path)
        if breaks and query.get("page") == "2":
            return Answer(status=500)
        return paged(rows if "/5/" in path else [], query, path)

    with serving(answer) as stub:
        config = {
            "api_url": stub.url,
            "api_key": "k" * 8,
            "rate_limit": NO_LIMIT,
            "max_retries": 0,
        }
        first = run(config, catalog=select("invoice_expenses"))
        rows[0]["title"], breaks = "right now", True
        second = run(config, catalog=select("invoice_expenses"), state=first.state)
        breaks = False
        third = run(config, catalog=select("invoice_expenses"), state=second.state)
    assert [first.code, second.code, third.code] == [1, 1, 0]
    assert "failed invoice_expenses" in second.err
    assert 0 in ids(third, "invoice_expenses")

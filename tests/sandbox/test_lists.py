"""Lists: pages, orders and parameters."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox.lists import ENDPOINTS
from tap_moco.sandbox.objects import OBJECTS, PAGED

from .conftest import NOW, Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.sandbox import Account

UNPAGED = (
    "/deal_categories",
    "/projects/assigned",
    "/projects/payment_schedules",
    "/purchases/categories",
    "/account/internal_hourly_rates",
    "/report/absences",
)
OLD = {"project_contracts", "purchase_budgets"}
"""Lists that never show all: people who left, other years."""


def _numbers(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


def _unsigned(value: object) -> str:
    return re.sub(r"\?(expires=[^'\"]*|@@signature@@)", "", str(value))


def test_pages(client: Client) -> None:
    """A list goes on until there is no next page, and then is empty."""
    first = client.get("/activities", per_page=50, page=1)
    assert first.headers["X-Total"] == "3000"
    assert first.headers["X-Per-Page"] == "50"
    url = f"{client.server.url}/activities?page="
    assert first.headers["Link"] == (
        f'<{url}60&per_page=50>; rel="last", <{url}2&per_page=50>; rel="next"'
    )
    second = client.get("/activities", page=2)
    assert set(second.links) == {"last", "next", "first", "prev"}
    assert client.get("/activities", page=31).json() == []
    assert _numbers(client.rows("/activities")) == client.server.account.ids(
        "activities"
    )


def test_no_links_on_a_single_page(client: Client) -> None:
    """What fits one page has totals, but no links."""
    headers = client.get("/units").headers
    assert "Link" not in headers
    assert headers["X-Total"] == "4"
    assert client.get("/activities", per_page=500).headers["X-Per-Page"] == "100"


@pytest.mark.parametrize("path", UNPAGED)
def test_unpaged_lists(client: Client, path: str) -> None:
    """Some lists send everything, and no header."""
    headers = client.get(path, per_page=1, page=1).headers
    assert not {"X-Total", "X-Page", "X-Per-Page", "Link"} & set(headers)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_every_list(client: Client, endpoint: Any) -> None:
    """Each list shows what the account says, and each record has its page."""
    account = client.server.account
    rows = {_unsigned(row) for row in account.rows(endpoint.collection)}
    path = endpoint.path
    if endpoint.parent:
        records = account.records[endpoint.collection].values()
        parent = next(r[endpoint.parent] for r in records if r[endpoint.parent])
        path = path.replace("{id}", str(parent))
    query = {endpoint.shows: "true"} if endpoint.shows else {}
    found = client.rows(path, **query)
    assert found
    assert {_unsigned(row) for row in found} <= rows
    if not endpoint.parent and not endpoint.only and endpoint.collection not in OLD:
        assert len(found) == len(rows)
    if "ids" not in endpoint.ignores and not endpoint.parent:
        some = found[-1]["id"]
        assert _numbers(client.rows(path, ids=f"{some},1", **query)) == [some]
    if endpoint.single:
        single = client.get(f"{path}/{found[0]['id']}").json()
        assert single.keys() >= found[0].keys()
        assert client.get(f"{path}/1").status_code == 404


@pytest.mark.parametrize("path", sorted({*PAGED, *OBJECTS}))
def test_every_special(client: Client, path: str) -> None:
    """Each computed answer has something in it."""
    account = client.server.account
    approval = next(iter(account.records["offer_customer_approvals"].values()))
    numbers = {
        "/projects/{id}/report": account.ids("projects")[0],
        "/taggings/{type}/{id}": account.ids("projects")[0],
        "/users/{id}/performance_report": account.ids("users")[0],
        "/offers/{id}/customer_approval": approval["offer_id"],
    }
    response = client.get(path.format(id=numbers.get(path), type="Project"))
    assert response.status_code == 200
    assert isinstance(response.json(), (list, dict))


def test_rates_of_a_company(client: Client) -> None:
    """A company may have rates of its own; for others, the account's hold."""

    def rates(**params: int) -> object:
        body = client.get("/account/hourly_rates", **params).json()
        return body["defaults_rates"]

    account = client.server.account
    company = account.ids("companies")[0]
    account.update("companies", company, custom_rates=True)
    assert rates(company_id=company) != rates()
    account.update("companies", company, custom_rates=False)
    assert rates(company_id=company) == rates()


def test_cash_flow_follows_the_payments(client: Client) -> None:
    """An invoice is to come until it is paid, and then it has come."""
    account = client.server.account
    day = {"date": "2026-06-01"}
    invoice = account.insert("invoices", net_total=1000.0, **day)["id"]

    def kinds() -> dict[str, float]:
        rows = client.rows("/report/cashflow", from_="2026-06-01", to="2026-06-01")
        own = {invoice, *account.records["invoice_payments"]}
        return {
            row["kind"]: row["amount_in_account_currency"]
            for row in rows
            if row["record_id"] in own and row["description"].startswith(f"R{invoice}")
        }

    assert kinds() == {"invoice_created": 1190.0}
    account.insert("invoice_payments", invoice_id=invoice, paid_total=1190.0, **day)
    assert kinds() == {"invoice_payment": 1190.0}


def test_wrong_parameters_are_ignored(client: Client) -> None:
    """A typo changes nothing, a wrong boolean neither."""
    total = client.get("/projects").headers["X-Total"]
    for query in (
        {"foo": "bar"},
        {"include_archived": "True"},
        {"sort_by": "nonsense"},
        {"leader": "1"},
        {"updated_after": "gestern"},
    ):
        assert client.get("/projects", **query).headers["X-Total"] == total
    total = client.get("/report/finance").headers["X-Total"]
    assert client.get("/report/finance", from_="2026").headers["X-Total"] == total


def test_hidden_records(client: Client) -> None:
    """What is archived or disregarded must be asked for."""
    account = client.server.account
    for path in ("/companies", "/projects", "/users"):
        shown, whole = client.rows(path), client.rows(path, include_archived="true")
        assert len(shown) < len(whole) == len(account.ids(path.strip("/")))
    invoices = client.rows("/invoices", include_disregarded="true")
    assert len(client.rows("/invoices")) < len(invoices)
    disregarded = next(row for row in invoices if row["status"] == "disregarded")
    assert "net_total" not in disregarded


def test_ties_come_in_any_order(client: Client) -> None:
    """By name means: equal names in any order."""
    orders = {
        tuple(_numbers(client.get("/projects", per_page=100).json())) for _ in range(20)
    }
    names = [
        tuple(row["name"].casefold() for row in client.get("/projects").json())
        for _ in range(2)
    ]
    assert len(orders) > 1
    assert names[0] == names[1] == tuple(sorted(names[0]))


def test_sorting(start: Callable[..., Client]) -> None:
    """Only some lists can be sorted, and by what is documented."""
    client = start()
    ids = _numbers(client.rows("/activities", sort_by="id"))
    assert ids == sorted(ids)
    comments = _numbers(client.rows("/comments", sort_by="id"))
    assert comments == sorted(comments, reverse=True)
    times = [row["updated_at"] for row in client.rows("/users", sort_by="updated_at")]
    assert times != sorted(times)
    sorts = start(sort_fields="all")
    times = [row["updated_at"] for row in sorts.rows("/users", sort_by="updated_at")]
    assert times == sorted(times)
    ignores = start(sort_fields="none")
    names = [row["lastname"] for row in ignores.rows("/users", sort_by="id")]
    assert names == sorted(names, key=str.casefold)


def test_updated_after(account: Account, start: Callable[..., Client]) -> None:
    """Times are compared finer than payloads show them."""
    moment = NOW + timedelta(hours=1, microseconds=500_000)
    account.clock = lambda: moment
    number = account.ids("activities")[7]
    account.update("activities", number, description="neu")
    client = start()
    query = {"updated_after": "2026-11-24T10:30:00Z"}
    assert _numbers(client.rows("/activities", **query)) == [number]
    exact = {"updated_after": "2026-11-24T10:30:00.500000Z"}
    assert client.rows("/activities", **exact) == []
    assert _numbers(start(inclusive=True).rows("/activities", **exact)) == [number]
    assert len(client.rows("/letter_papers", **query)) == 3


def test_ids(client: Client) -> None:
    """A list can be asked for some ids."""
    ids = client.server.account.ids("activities")[5:8]
    text = ",".join(map(str, [*ids, 1]))
    assert _numbers(client.rows("/activities", ids=text)) == ids
    total = client.get("/todos").headers["X-Total"]
    assert client.get("/todos", ids=text).headers["X-Total"] == total


def test_dates(client: Client) -> None:
    """Date filters include both ends."""
    rows = client.rows("/activities", from_="2026-05-01", to="2026-05-31")
    assert {row["date"][:7] for row in rows} == {"2026-05"}
    plans = client.rows("/planning_entries", period="2026-05-01:2026-05-31")
    assert plans
    for plan in plans:
        assert plan["starts_on"] <= "2026-05-31"
        assert plan["ends_on"] >= "2026-05-01"
    budgets = client.rows("/purchases/budgets", year=2025)
    assert {row["year"] for row in budgets} == {2025}


@pytest.mark.parametrize("path", ["/projects/expenses", "/users/presences"])
@pytest.mark.parametrize("name", ["from_", "to"])
def test_lone_dates(client: Client, path: str, name: str) -> None:
    """Where MOCO documents both dates or none, one of them is refused."""
    both = {"from_": "2026-11-01", "to": "2026-11-10"}
    assert client.get(path, **{name: both[name]}).status_code == 422
    assert client.get("/activities", **{name: both[name]}).status_code == 200
    total = client.get(path).headers["X-Total"]
    assert client.get(path, **both).headers["X-Total"] != total


def test_max_per_page(start: Callable[..., Client]) -> None:
    """Small pages make many of few records."""
    client = start(max_per_page=5)
    assert len(client.get("/projects").json()) == 5
    assert len(client.rows("/projects")) == 35


def test_oddities(client: Client) -> None:
    """Values are as odd as MOCO's."""
    assert "" in {row["closed_on"] for row in client.rows("/deals")}
    purchases = client.rows("/purchases")
    assert any(row["company"] == {} for row in purchases)
    assert "name" in purchases[0]["user"]
    payment = client.rows("/invoices/payments")[0]
    assert isinstance(payment["paid_total"], str)
    assert client.rows("/offers")[0]["updated_at"][-5] == "."
    assert "updated_at" not in client.rows("/receipts")[0]
    assert "items" not in client.rows("/invoices")[0]


def test_files_have_another_url_each_time(client: Client) -> None:
    """Signed URLs differ, and only in their query."""
    path = f"/invoices/{client.rows('/invoices')[0]['id']}"  # not a disregarded one
    urls = [client.get(path).json()["file_url"] for _ in range(2)]
    assert urls[0] != urls[1]
    assert urls[0].split("?")[0] == urls[1].split("?")[0]

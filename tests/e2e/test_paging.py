"""How a list goes on: by `Link`, or by what a full page may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.api.client import Client
from tap_moco.api.client_config import ClientConfig
from tap_moco.api.errors import PaginationError, UnavailableError
from tap_moco.api.fetcher import Fetcher
from tap_moco.api.pagination import (
    next_link,
    same_request,
    total_rows,
    with_page,
)
from tests.support.runs import asked, run, select, settings, synced
from tests.support.stub import Answer, Stub, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.sandbox import Server
    from tests.support.runs import Params


BASE = "https://acme.mocoapp.com/api/v1/things"
URL = f"{BASE}?per_page=100"
NEXT = f'<{BASE}?page=2&per_page=100>; rel="next"'
LAST = f'<{BASE}?page=9&per_page=100>; rel="last"'
FIRST = f'<{BASE}?page=1&per_page=100>; rel="first"'


@pytest.mark.parametrize(
    "link",
    [
        NEXT,
        f"{LAST}, {NEXT}",
        f"{NEXT}, {LAST}",
        f"{FIRST},{LAST},{NEXT}",
        f"{FIRST}, {NEXT}, {LAST}",
        NEXT.replace('"next"', "next"),
        NEXT.replace('"next"', '"NEXT"'),
        NEXT.replace('"next"', '"last next"'),
        NEXT.replace("; rel", "; title=x; rel"),
        NEXT.replace(BASE, "/api/v1/things"),
        NEXT.replace(BASE, ""),
    ],
)
def test_next_is_found_in_any_order_and_form(link: str) -> None:
    target = next_link({"Link": link}, URL)
    assert target == f"{BASE}?page=2&per_page=100"


@pytest.mark.parametrize("headers", [{}, {"Link": ""}, {"Link": LAST}, {"X-Page": "1"}])
def test_without_next_there_is_none(headers: dict[str, str]) -> None:
    assert next_link(headers, URL) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/api/v1/things?page=2&per_page=100",
        "http://acme.mocoapp.com/api/v1/things?page=2&per_page=100",
        "https://acme.mocoapp.com:444/api/v1/things?page=2&per_page=100",
        "//evil.example/things?page=2&per_page=100",
        "https://user:word@evil.example/?page=2&per_page=100#top",
        "https://acme.mocoapp.com/api/v1/other?page=2&per_page=100",
        "/moco/api/v1/things?page=2&per_page=100",
        "https://evil.example?page=2",
        "?page=2",
    ],
)
def test_of_a_link_only_its_parameters_count(target: str) -> None:
    """A reverse proxy's MOCO names its own host, which gets no request."""
    following = next_link({"Link": f'<{target}>; rel="next"'}, URL) or ""
    assert same_request(following, f"{BASE}?page=2&per_page=100")


FILTERED = f"{BASE}?updated_after=2026-01-01T00%3A00%3A00Z&ids=1%2C2&per_page=83"


@pytest.mark.parametrize(
    ("linked", "asked_for"),
    [
        ("page=2", "page=2&per_page=83"),
        ("per_page=100&page=2&ids=1,2", "page=2&per_page=100"),
        ("page=2&updated_after=2020-01-01", "page=2&per_page=83"),
        ("page=2&ids=&updated_after=", "page=2&per_page=83"),
        ("page=2&after=abc&after=def", "page=2&after=abc&after=def&per_page=83"),
    ],
)
def test_no_filter_is_lost_or_changed_by_a_link(linked: str, asked_for: str) -> None:
    """Else the rest of the list would be that of another list."""
    following = next_link({"Link": f'<{BASE}?{linked}>; rel="next"'}, FILTERED) or ""
    filters = "updated_after=2026-01-01T00%3A00%3A00Z&ids=1%2C2"
    assert same_request(following, f"{BASE}?{filters}&{asked_for}")


@pytest.mark.parametrize(
    "target",
    [
        f"{BASE}?page=1",
        f"{BASE}?page=0",
        f"{BASE}?page=-2",
        f"{BASE}?page=two",
        f"{BASE}?page={'9' * 5000}",
        BASE,
        "https://evil.example/api/v1/things?page=1",
        "http://[not-an-address/?page=2",
    ],
)
def test_next_that_does_not_lead_onwards_is_refused(target: str) -> None:
    with pytest.raises(PaginationError):
        next_link({"Link": f'<{target}>; rel="next"'}, URL)


@pytest.mark.parametrize("total", ["9" * 5000, "-1", "1e3", "", "100, 100"])
def test_total_that_is_none(total: str) -> None:
    assert total_rows({"X-Total": total}) is None


def test_requests_are_the_same_in_any_order_of_parameters() -> None:
    assert same_request(f"{BASE}?a=1&page=2", f"{BASE}?page=2&a=1")
    assert not same_request(f"{BASE}?a=1&page=2", f"{BASE}?a=1&page=3")
    assert not same_request(
        f"{BASE}?page=2", "https://evil.example/api/v1/things?page=2"
    )


def test_another_page_keeps_all_other_parameters() -> None:
    url = with_page(f"{BASE}?a=x%2C%20y&page=4&b=%C3%BC", 5)
    assert same_request(url, f"{BASE}?a=x%2C%20y&b=%C3%BC&page=5")


# Against a server


def read_pages(stub: Stub, concurrency: int = 1) -> list[Any]:
    """Return the bodies of all pages of a list."""
    config = ClientConfig(
        stub.url,
        "test",
        api_key="stub-key",
        max_requests=1000,
        period=1.0,
        concurrency=concurrency,
        max_retries=0,
    )
    reader = Fetcher(Client(config))
    first = reader.get(reader.url("/things", {"a": "1 2", "per_page": "100"}))
    return [page.body for page in reader.pages(first)]


def pages_asked(stub: Stub) -> list[str]:
    """Return the pages that were asked for."""
    return [query.get("page", "1") for _, query in stub.asked]


def _linked(
    pages: list[list[Any]], link: Callable[[int], int | None] | None = None
) -> Callable[[str, Params], Answer]:
    """Answer with pages; `link` says which page a page names as its next."""

    def answer(_path: str, query: Params) -> Answer:
        number = int(query.get("page", "1"))
        last = len(pages)
        following = link(number) if link else (number + 1 if number < last else None)
        total = sum(map(len, pages))
        headers = {"X-Page": str(number), "X-Total": str(total)}
        if following:
            headers["Link"] = (
                f'<{{base}}/things?page={last}>; rel="last", '
                f'<{{base}}/things?a=1+2&page={following}&per_page=100>; rel="next"'
            )
        return Answer(pages[number - 1] if number <= last else [], headers)

    return answer


@pytest.mark.parametrize("concurrency", [1, 4])
def test_link_is_followed_to_the_end(concurrency: int) -> None:
    pages = [[{"id": 10 * n + i} for i in range(3)] for n in range(7)]
    with serving(_linked(pages)) as stub:
        assert read_pages(stub, concurrency) == pages
        assert sorted(pages_asked(stub)) == list("1234567")
        assert all(query["a"] == "1 2" for _, query in stub.asked)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_page_read_ahead_that_no_link_confirms_is_thrown_away(concurrency: int) -> None:
    """Page 2 names 4 as its next: page 3, though read ahead, is not of the list."""
    pages = [[{"id": number}] for number in range(1, 6)]
    links = {1: 2, 2: 4, 4: 5}
    with serving(_linked(pages, links.get)) as stub:
        assert read_pages(stub, concurrency) == [[{"id": n}] for n in (1, 2, 4, 5)]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_list_that_ends_early_ends(concurrency: int) -> None:
    """The total promised five pages, but page 2 has no next."""
    pages = [[{"id": number}] for number in range(1, 6)]
    with serving(_linked(pages, {1: 2}.get)) as stub:
        assert read_pages(stub, concurrency) == [[{"id": 1}], [{"id": 2}]]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_empty_page_with_a_next_does_not_end_the_list(concurrency: int) -> None:
    pages: list[list[Any]] = [[{"id": 1}], [], [{"id": 3}]]
    with serving(_linked(pages)) as stub:
        assert read_pages(stub, concurrency) == pages


@pytest.mark.parametrize("concurrency", [1, 4])
def test_circle_of_links_is_refused(concurrency: int) -> None:
    pages = [[{"id": number}] for number in range(1, 4)]
    with serving(_linked(pages, {1: 2, 2: 3, 3: 1}.get)) as stub:
        with pytest.raises(PaginationError):
            read_pages(stub, concurrency)
        assert len(stub.asked) <= 4


@pytest.mark.parametrize("concurrency", [1, 4])
def test_another_host_does_not_get_the_key(concurrency: int) -> None:
    """All pages are asked for where the first one was, whatever host is named."""
    with serving(lambda *_: Answer([])) as other:

        def answer(_path: str, query: Params) -> Answer:
            page = int(query.get("page", "1"))
            link = f'<{other.url}/other?page={page + 1}>; rel="next"'
            total = {"X-Total": "3", "X-Page": str(page)}
            return Answer(
                [{"id": page}], {**total, "Link": link} if page < 3 else total
            )

        with serving(answer) as stub:
            assert read_pages(stub, concurrency) == [[{"id": n}] for n in (1, 2, 3)]
            assert {path for path, _ in stub.asked} == {"/things"}
            assert all(query["a"] == "1 2" for _, query in stub.asked)
        assert other.asked == []


def test_redirect_is_not_followed() -> None:
    with serving(lambda *_: Answer([])) as other:
        moved = Answer([], {"Location": f"{other.url}/things"}, 302)
        with (
            serving(lambda *_: moved) as stub,
            pytest.raises(UnavailableError, match="redirect"),
        ):
            read_pages(stub)
        assert other.asked == []


FULL = [{"id": number} for number in range(100)]
MORE = [{"id": number} for number in range(100, 200)]


@pytest.mark.parametrize(
    ("second", "third", "read", "pages"),
    [
        (FULL, FULL, [FULL], "12"),
        (FULL[::-1], FULL, [FULL], "12"),
        ([], [], [FULL, []], "12"),
        (MORE[:7], [], [FULL, MORE[:7]], "12"),
        (MORE, [], [FULL, MORE, []], "123"),
        (MORE, MORE, [FULL, MORE], "123"),
    ],
)
def test_hundred_rows_without_headers_may_be_cut_off(
    second: list[Any], third: list[Any], read: list[Any], pages: str
) -> None:
    bodies = {"1": FULL, "2": second, "3": third}
    with serving(lambda _, query: Answer(bodies[query.get("page", "1")])) as stub:
        assert read_pages(stub) == read
        assert "".join(pages_asked(stub)) == pages


@pytest.mark.parametrize("count", [0, 1, 99, 101, 250])
def test_other_counts_without_headers_are_whole(count: int) -> None:
    rows = [{"id": number} for number in range(count)]
    with serving(lambda *_: Answer(rows)) as stub:
        assert read_pages(stub) == [rows]
        assert pages_asked(stub) == ["1"]


def test_hundred_rows_with_headers_are_whole() -> None:
    with serving(lambda *_: Answer(FULL, {"x-total": "100"})) as stub:
        assert read_pages(stub) == [FULL]
        assert pages_asked(stub) == ["1"]


# Through the tap


def test_unpaged_list_of_hundred_is_read_once_and_proven(living: Server) -> None:
    account = living.account
    while len(account.ids("deal_categories")) < 100:
        account.insert("deal_categories")
    outcome = synced(settings(living), "deal_categories")
    assert len(outcome.target.of("deal_categories")) == 100
    assert [q.get("page") for q in asked(living, "/deal_categories")][:2] == [None, "2"]


def test_unpaged_list_of_more_is_read_with_one_request(living: Server) -> None:
    account = living.account
    while len(account.ids("purchase_categories")) < 130:
        account.insert("purchase_categories")
    outcome = synced(settings(living), "purchase_categories")
    assert len(outcome.target.of("purchase_categories")) == 130
    assert len(asked(living, "/purchases/categories")) == 1


def test_bad_link_fails_its_stream_and_no_other() -> None:
    def answer(path: str, _query: Params) -> Answer:
        row = {"id": 1, "name": "a", "updated_at": "2026-01-01T00:00:00Z"}
        stuck = {"Link": '<https://evil.example/tags?page=1>; rel="next"'}
        return Answer([row], stuck if path == "/tags" else {})

    with serving(answer) as stub:
        config = {"api_url": stub.url, "api_key": "stub-key"}
        outcome = run(config, catalog=select("tags", "units"))
    assert outcome.code == 1
    assert "failed tags" in outcome.err
    assert "page 1 names page 1 as the next" in outcome.err
    assert outcome.target.written["units"] == 1
    assert "tags" not in outcome.state["bookmarks"] or not outcome.state["bookmarks"][
        "tags"
    ].get("replication_key_value")

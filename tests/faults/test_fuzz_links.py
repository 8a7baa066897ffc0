"""Random headers and addresses: the next page is a safe one, or there is an error."""

from __future__ import annotations

from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from tap_moco.api.errors import PaginationError
from tap_moco.api.pagination import (
    next_link,
    page_number,
    same_request,
    total_rows,
    with_page,
)

from .chance import MANY

HOST = "https://example.mocoapp.com"
BASE = f"{HOST}/api/v1/units"
RELS = st.sampled_from(
    ["next", "NEXT", "prev", "first", "last", "next prev", "x next", ""]
)
TARGETS = st.one_of(
    st.integers(0, 10**25).map(lambda n: f"{BASE}?page={n}"),
    st.integers(0, 99).map(lambda n: f"?page={n}"),
    st.integers(0, 99).map(lambda n: f"/api/v1/units?a=b&page={n}"),
    st.sampled_from(
        [
            "//evil.example/?page=2",
            "http://example.mocoapp.com/api/v1/units?page=2",
            "https://example.mocoapp.com:444/api/v1/units?page=2",
            "https://example.mocoapp.com@evil.example/?page=2",
            "https://[::1/?page=2",
            "https://example.mocoapp.com\\@evil.example/?page=2",
            "javascript:alert(1)?page=2",
            "?page=٣",
            "?page=²",
            "?page=-1",
            "?page=2&page=3",
        ]
    ),
    st.text(max_size=30),
)
LINK = st.one_of(
    st.tuples(TARGETS, RELS).map(lambda pair: f'<{pair[0]}>; rel="{pair[1]}"'),
    st.tuples(TARGETS, RELS).map(lambda pair: f"<{pair[0]}>;rel={pair[1]}"),
    st.text(max_size=40),
)


@MANY
@given(links=st.lists(LINK, max_size=5), page=st.integers(1, 50))
def test_links(links: list[str], page: int) -> None:
    """The next page is on the same host and later, or there is none, or an error."""
    url = f"{BASE}?page={page}"
    try:
        found = next_link({"Link": ", ".join(links)}, url)
    except PaginationError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return
    if found is not None:
        assert urlsplit(found)[:2] == urlsplit(url)[:2]
        assert urlsplit(found).hostname == "example.mocoapp.com"
        assert page_number(found) > page


@MANY
@given(
    order=st.permutations(["first", "prev", "next", "last"]),
    page=st.integers(2, 10**6),
    together=st.booleans(),
)
def test_links_in_any_order(order: list[str], page: int, *, together: bool) -> None:
    """The right one of several links is taken, wherever it stands."""
    numbers = {"first": 1, "prev": page - 1, "next": page + 1, "last": page + 9}
    links = [f'<{BASE}?a=1&page={numbers[rel]}&z=2>; rel="{rel}"' for rel in order]
    if together:
        links[order.index("next")] = (
            f'<{BASE}?a=1&page={page + 1}&z=2>; rel="last next"'
        )
    found = next_link({"Link": ", ".join(links)}, f"{BASE}?page={page}")
    assert found == f"{BASE}?a=1&page={page + 1}&z=2"


@MANY
@given(text=st.text(max_size=60), number=st.integers(1, 10**9))
def test_page_numbers(text: str, number: int) -> None:
    """Any address has a page, and can have another one."""
    url = f"{BASE}?name={text.replace('#', '').replace('&', '')}"
    moved = with_page(url, number)
    assert page_number(moved) == number
    assert same_request(with_page(moved, 1), with_page(url, 1))


@MANY
@given(text=st.text(max_size=30) | st.integers().map(str))
def test_totals(text: str) -> None:
    """A total is a number or nothing."""
    total = total_rows({"X-Total": text})
    assert total is None or total >= 0

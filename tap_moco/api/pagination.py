"""Pages: what an answer holds, and whether another one follows.

docs/moco-api.md, "Pages", describes MOCO's headers: a `Link` whose rels come in any
order, or no header at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from requests.utils import parse_header_links

from tap_moco.api.errors import PaginationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PER_PAGE = 100
"""MOCO's default and maximum."""

PAGING_PARAMETERS = {"page", "per_page"}
"""What a link may change; all other parameters say which list it is."""

MOST_DIGITS = 18


@dataclass(frozen=True)
class Page:
    """One answer of MOCO.

    Attributes:
        body: The decoded JSON: a list of rows, or one object.
        url: The address that was requested.
        next_url: The address of the next page, if there is one.
        total: `X-Total`, the rows of the whole filtered list.
        moment: The server's clock at the request; None if the answer has no `Date`.
        is_paged: The server sent at least one of its paging headers.
        sent, answered: Seconds by `time.perf_counter`; the server made the page
            somewhere in between.
    """

    body: Any
    url: str
    next_url: str | None
    total: int | None
    moment: datetime | None
    is_paged: bool
    sent: float
    answered: float

    @property
    def is_full(self) -> bool:
        """The page holds as many rows as were requested, so there may be more.

        A longer answer comes from a list without pages.
        """
        return len(self.body) == min(page_size(self.url), PER_PAGE)

    @property
    def is_whole_list(self) -> bool:
        """All rows are on this one page, and it has room for more.

        Total and rows are two queries to a database: on a full page, another row may
        have taken the place of one that was counted.
        """
        has_room = self.next_url is None and len(self.body) < PER_PAGE
        return has_room and self.total in {None, len(self.body)}


def same_request(one: str, other: str) -> bool:
    """Return whether two URLs ask for the same, whatever their parameters' order."""
    if one == other:
        return True
    first, second = urlsplit(one), urlsplit(other)
    return first[:3] == second[:3] and sorted(parse_qsl(first.query)) == sorted(
        parse_qsl(second.query)
    )


def page_number(url: str) -> int:
    """Return the page that a URL asks for; the first where it names none."""
    number = _number(parse_qs(urlsplit(url).query).get("page", ["1"])[-1])
    return 1 if number is None else number


def page_size(url: str) -> int:
    """Return the rows per page that a URL asks for; MOCO's default if it does not."""
    return _number(parse_qs(urlsplit(url).query).get("per_page", [""])[-1]) or PER_PAGE


def with_page(url: str, number: int) -> str:
    """Return the same request for another page."""
    return _with(url, "page", number)


def with_page_size(url: str, rows: int) -> str:
    """Return the same request in pages of so many rows."""
    return _with(url, "per_page", rows)


def _with(url: str, name: str, value: int) -> str:
    """Return a URL with a parameter set; one that is there keeps its place."""
    parts = urlsplit(url)
    query = [(n, value if n == name else v) for n, v in parse_qsl(parts.query)]
    if (name, value) not in query:
        query.append((name, value))
    return parts._replace(query=urlencode(query)).geturl()


def next_link(headers: Mapping[str, str], url: str) -> str | None:
    """Return the address of the page that `rel="next"` in an answer to `url` means.

    Only the parameters of the link are used. Scheme, host and path stay those of `url`:
    behind a reverse proxy, MOCO names its own host, which must not get the key. The
    filters of `url` stay as well, whatever the link makes of them.

    Raises:
        PaginationError: It leads to no later page, so the read would never end.
    """
    try:
        target = _next_target(headers.get("Link", ""))
        linked = parse_qsl(urlsplit(target or "").query)
    except ValueError:
        raise PaginationError(
            "the link to the next page holds no valid address"
        ) from None
    if target is None:
        return None
    following = _merged(url, linked)
    if page_number(following) <= page_number(url):
        msg = f"page {page_number(url)} names page {page_number(following)} as the next"
        raise PaginationError(msg)
    return following


def _merged(url: str, linked: list[tuple[str, str]]) -> str:
    """Return `url` at the page that a link names, with what the link adds to it."""
    parts = urlsplit(url)
    turned = PAGING_PARAMETERS.intersection(name for name, _ in linked)
    own = [(n, v) for n, v in parse_qsl(parts.query) if n not in turned]
    names = {name for name, _ in own}
    added = [(name, value) for name, value in linked if name not in names]
    return parts._replace(query=urlencode(own + added)).geturl()


def _next_target(header: str) -> str | None:
    """Return the `next` address of a `Link` header, whatever comes before it."""
    for link in parse_header_links(header):
        if "next" in link.get("rel", "").lower().split():
            return link["url"]
    return None


def total_rows(headers: Mapping[str, str]) -> int | None:
    """Return `X-Total`, if it was sent and is a number."""
    return _number(headers.get("X-Total", "").strip())


def _number(text: str) -> int | None:
    """Read a number that may come from anywhere; Python refuses very long ones."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None

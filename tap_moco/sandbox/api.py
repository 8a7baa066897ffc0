"""From a request to its answer: routes, pages and headers."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tap_moco.sandbox.endpoints import ENDPOINTS
from tap_moco.sandbox.lists import PAGING, Lists
from tap_moco.sandbox.questions import Question
from tap_moco.sandbox.rows import View, dump, without_secrets
from tap_moco.sandbox.sources import SIGNATURE
from tap_moco.sandbox.specials import LISTS, OBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.endpoints.base import Endpoint
    from tap_moco.sandbox.lists import Behaviour
    from tap_moco.sandbox.sources import Record

    Handler = Callable[["Request", tuple[int, ...]], "Answer"]

PER_PAGE = 100
MARK = SIGNATURE.encode()


@dataclass(frozen=True)
class Request:
    """What was asked."""

    base: str
    """The URL that the path is appended to."""
    path: str
    query: Sequence[tuple[str, str]] = ()
    staff: bool = False


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


NOT_FOUND = Answer(status=404)


class Api:
    """Answers the GET requests of the API."""

    def __init__(
        self, account: Account, behaviour: Behaviour, max_per_page: int = PER_PAGE
    ) -> None:
        """Prepare to answer for an account."""
        self._account = account
        self._lists = Lists(account, behaviour)
        self._max_per_page = max_per_page
        self._asked = 0
        self._routes: dict[tuple[str, ...], Handler] = {}
        for endpoint in ENDPOINTS:
            self._add(endpoint)
        for path, special in LISTS.items():
            self._routes[_segments(path)] = self._special(path, special)

    def answer(self, request: Request) -> Answer:
        """Answer a request whose key is good."""
        self._asked += 1
        segments = request.path.strip("/").split("/")
        numbers = tuple(int(segment) for segment in segments if segment.isdecimal())
        key = tuple("{}" if segment.isdecimal() else segment for segment in segments)
        answer = self._route(request, key, numbers)
        if MARK not in answer.body:
            return answer
        fresh = f"expires={self._asked}&signature={random.getrandbits(64):016x}"
        body = answer.body.replace(MARK, fresh.encode())
        return Answer(body, answer.status, answer.headers)

    def _route(
        self, request: Request, key: tuple[str, ...], numbers: tuple[int, ...]
    ) -> Answer:
        if handler := self._routes.get(key):
            return handler(request, numbers)
        special = OBJECTS.get("/" + "/".join(key)) or OBJECTS.get(f"/{key[0]}/*")
        if special is None:
            return NOT_FOUND
        question = Question(numbers, request.query, request.path)
        value = special(self._account, question)
        if value is None:
            return NOT_FOUND
        return Answer(dump(without_secrets(value) if request.staff else value))

    # ---- lists and single records

    def _add(self, endpoint: Endpoint) -> None:
        path = _segments(endpoint.path)
        parents = endpoint.path.split("/")[1]

        def several(request: Request, numbers: tuple[int, ...]) -> Answer:
            if endpoint.parent and numbers[0] not in self._account.records[parents]:
                return NOT_FOUND
            return self._list(endpoint, request, numbers)

        def single(request: Request, numbers: tuple[int, ...]) -> Answer:
            return self._single(endpoint, request, numbers)

        self._routes[path] = several
        if endpoint.single:
            one = (*path, "{}")
            self._routes[one] = single

    def _list(
        self, endpoint: Endpoint, request: Request, numbers: tuple[int, ...]
    ) -> Answer:
        listing = self._lists.get(endpoint, numbers, dict(request.query))
        total = len(listing.ids)
        headers: dict[str, str] = {}
        start, count = 0, total
        if endpoint.paged:
            start, count, headers = self._page(request, total)
        shuffler = random.Random(self._asked)
        ids = listing.page(start, count, shuffler)
        view = View(staff=request.staff)
        rows = self._account.payloads.encoded(endpoint.collection, ids, view)
        return Answer(b"[" + b",".join(rows) + b"]", 200, headers)

    def _single(
        self, endpoint: Endpoint, request: Request, numbers: tuple[int, ...]
    ) -> Answer:
        record = self._account.records[endpoint.collection].get(numbers[-1])
        if record is None or (
            endpoint.parent and record.get(endpoint.parent) != numbers[0]
        ):
            return NOT_FOUND
        view = View(single=True, staff=request.staff)
        return Answer(
            dump(self._account.payloads.row(endpoint.collection, record, view))
        )

    def _special(
        self, path: str, special: Callable[[Account, Question], list[Record] | None]
    ) -> Handler:
        paged = path in PAGED_SPECIALS

        def answer(request: Request, numbers: tuple[int, ...]) -> Answer:
            asked = tuple((n, text) for n, text in request.query if n not in PAGING)
            rows = special(self._account, Question(numbers, asked, request.path))
            if rows is None:
                return NOT_FOUND
            headers: dict[str, str] = {}
            if paged:
                start, count, headers = self._page(request, len(rows))
                rows = rows[start : start + count]
            return Answer(
                dump(without_secrets(rows) if request.staff else rows), 200, headers
            )

        return answer

    # ---- pages

    def _page(self, request: Request, total: int) -> tuple[int, int, dict[str, str]]:
        query = dict(request.query)
        page = max(_number(query.get("page"), 1), 1)
        wanted = max(_number(query.get("per_page"), PER_PAGE), 1)
        count = min(wanted, self._max_per_page)
        last = max(-(-total // count), 1)
        headers = {"x-page": str(page), "x-per-page": str(count), "x-total": str(total)}
        links = {"last": last, "next": page + 1} if page < last else {}
        if 1 < page <= last:
            links |= {"first": 1, "prev": page - 1}
        if links:
            headers["link"] = ", ".join(
                f'<{_url(request, number)}>; rel="{name}"'
                for name, number in links.items()
            )
        return (page - 1) * count, count, headers


PAGED_SPECIALS = frozenset(
    {
        "/account/fixed_costs",
        "/report/cashflow",
        "/report/finance",
        "/report/planned_vs_tracked",
    }
)


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


def _url(request: Request, page: int) -> str:
    pairs: list[tuple[str, Any]] = [(n, t) for n, t in request.query if n != "page"]
    query = urlencode(sorted([*pairs, ("page", str(page))]))
    return f"{request.base}{request.path}?{query}"

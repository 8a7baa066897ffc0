"""The routes of the API: lists with their pages, single records, and the rest."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from tap_moco.sandbox.endpoints import ENDPOINTS
from tap_moco.sandbox.lists import ListRequest
from tap_moco.sandbox.objects import OBJECTS, PAGED
from tap_moco.sandbox.payload import SIGNATURE
from tap_moco.sandbox.question import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.endpoints import Endpoint
    from tap_moco.sandbox.lists import Behaviour

    Answer = Callable[[Request], Response]

PER_PAGE = 100
STAFF_HIDDEN = frozenset(
    [
        "budget",
        "budget_expenses",
        "budget_monthly",
        "cost",
        "hourly_rate",
        "iban",
        "unit_cost",
    ]
)
"""Fields that vanish, wherever they lie, for who has Staff rights only."""


def answer(value: object, status: int = 200, **headers: str) -> Response:
    """Return a value as JSON, with signatures that no other answer has."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    fresh = f"expires={random.getrandbits(32)}&signature={random.getrandbits(64)}"
    body = body.replace(SIGNATURE, fresh)
    return Response(body, status, headers, "application/json; charset=utf-8")


class Api:
    """Answers requests whose key is good."""

    def __init__(
        self, account: Account, behaviour: Behaviour, max_per_page: int = PER_PAGE
    ) -> None:
        """Prepare to answer for an account."""
        self._account = account
        self._behaviour = behaviour
        self._max_per_page = max_per_page
        self._chance = random.Random(0)

    def routes(self) -> list[Route]:
        """Return what there is; a path that looks like an id stands last."""
        found = [self._route(path, self._object(path)) for path in OBJECTS]
        found += [self._route(path, self._computed(path)) for path in PAGED]
        found += [self._route(e.path, self._list(e)) for e in ENDPOINTS]
        return found + [
            self._route(f"{endpoint.path}/{{id:int}}", self._single(endpoint))
            for endpoint in ENDPOINTS
            if endpoint.single
        ]

    def _route(self, path: str, respond: Answer) -> Route:
        async def endpoint(request: Request) -> Response:
            with self._account.lock:
                return respond(request)

        return Route(path.replace("{id}", "{id:int}"), endpoint)

    # ---- what is answered

    def _object(self, path: str) -> Answer:
        def respond(request: Request) -> Response:
            value = OBJECTS[path](self._question(request))
            return (
                Response(status_code=404)
                if value is None
                else self._json(request, value)
            )

        return respond

    def _computed(self, path: str) -> Answer:
        def respond(request: Request) -> Response:
            rows = PAGED[path](self._question(request))
            start, count, headers = self._page(request, len(rows))
            return self._json(request, rows[start : start + count], headers)

        return respond

    def _list(self, endpoint: Endpoint) -> Answer:
        parents = endpoint.path.split("/")[1]

        def respond(request: Request) -> Response:
            parent = request.path_params.get("id", 0)
            if endpoint.parent and parent not in self._account.records[parents]:
                return Response(status_code=404)
            asked = ListRequest(endpoint, request.query_params, self._behaviour, parent)
            if asked.has_lone_date and self._behaviour.refuses_lone_dates:
                return answer({"base": ["from und to gehören zusammen"]}, 422)
            found = asked.records(self._account, self._chance)
            headers: dict[str, str] = {}
            if endpoint.paged:
                start, count, headers = self._page(request, len(found))
                found = found[start : start + count]
            rows = self._account.payloads(endpoint.collection, found)
            return self._json(request, rows, headers)

        return respond

    def _single(self, endpoint: Endpoint) -> Answer:
        def respond(request: Request) -> Response:
            number = request.path_params["id"]
            found = self._account.find(endpoint.collection, number)
            if found is None:
                return Response(status_code=404)
            return self._json(request, found.payload(single=True))

        return respond

    def _question(self, request: Request) -> Question:
        number = request.path_params.get("id", 0)
        kind = request.path_params.get("type", "")
        return Question(self._account, number, kind, request.query_params)

    def _json(
        self, request: Request, value: object, headers: dict[str, str] | None = None
    ) -> Response:
        """Return the value, without what the key may not see."""
        if "x-impersonate-user-id" in request.headers:
            value = without_secrets(value)
        return answer(value, 200, **(headers or {}))

    def _page(self, request: Request, total: int) -> tuple[int, int, dict[str, str]]:
        """Return a page's first row, its number of rows, and its headers."""
        page = max(_number(request, "page", 1), 1)
        wanted = max(_number(request, "per_page", PER_PAGE), 1)
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


def without_secrets(value: Any) -> Any:
    """Return a payload without what only higher rights may see."""
    if isinstance(value, dict):
        return {
            name: without_secrets(inner)
            for name, inner in value.items()
            if name not in STAFF_HIDDEN
        }
    return [without_secrets(row) for row in value] if isinstance(value, list) else value


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() else default


def _url(request: Request, page: int) -> str:
    """Return the address of another page, its parameters in another order."""
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "page"]
    query = urlencode(sorted([*pairs, ("page", str(page))]))
    host, port = request.scope["server"]
    return f"http://{host}:{port}{request.scope['path']}?{query}"

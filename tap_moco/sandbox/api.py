"""The routes of the API: lists with their pages, single records, and the rest."""

from __future__ import annotations

import json
import random
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from tap_moco.sandbox.fields import SIGNATURE
from tap_moco.sandbox.lists import ENDPOINTS, Endpoint
from tap_moco.sandbox.model import Record, Row
from tap_moco.sandbox.objects import OBJECTS, PAGED
from tap_moco.sandbox.question import Options, Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tap_moco.sandbox.account import Account

STAFF_HIDDEN = "budget budget_expenses budget_monthly cost hourly_rate iban unit_cost"
"""Fields that vanish, wherever they lie, for who has Staff rights only."""


def answer(value: object, status: int = 200, **headers: str) -> Response:
    """Return a value as JSON, with signatures that no other answer has."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    fresh = f"expires={random.getrandbits(32)}&signature={random.getrandbits(64)}"
    body = body.replace(SIGNATURE, fresh)
    return Response(body, status, headers, "application/json; charset=utf-8")


class Api:
    """Answers requests whose key is good."""

    def __init__(self, account: Account, options: Options) -> None:
        """Prepare to answer for an account."""
        self._account = account
        self._options = options
        self._chance = random.Random(0)

    def routes(self) -> list[Route]:
        """Return what there is."""
        found = [self._route(path, make) for path, make in OBJECTS.items()]
        found += [self._route(path, make, paged=True) for path, make in PAGED.items()]
        for endpoint in ENDPOINTS:
            paged, rows = "page" not in endpoint.ignores, partial(_list, endpoint)
            found.append(self._route(endpoint.path, rows, paged=paged))
            if endpoint.single:
                one = partial(_single, endpoint)
                found.append(self._route(f"{endpoint.path}/{{id}}", one))
        return found

    def _route(
        self, path: str, make: Callable[[Question], Any], *, paged: bool = False
    ) -> Route:
        # An id in the path is that of a record of what the path begins with: else, 404.
        parents = path.split("/")[1] if "{id}" in path else ""

        async def endpoint(request: Request) -> Response:
            asked = request.query_params, self._chance, self._options
            with self._account.lock:
                question = Question(self._account, *asked, **request.path_params)
                named = self._account.records.get(parents, {question.id})
                value = make(question) if question.id in named else None
                if value is None or isinstance(value, Response):
                    return value or Response(status_code=404)
                headers: dict[str, str] = {}
                if paged:
                    start, count, headers = self._page(request, len(value))
                    value = value[start : start + count]
                shown = _shown(value)
            if "x-impersonate-user-id" in request.headers:
                shown = without_secrets(shown)
            return answer(shown, 200, **headers)

        return Route(path.replace("{id}", "{id:int}"), endpoint)

    def _page(self, request: Request, total: int) -> tuple[int, int, dict[str, str]]:
        """Return a page's first row, its number of rows, and its headers."""
        page = _number(request, "page", 1)
        heeded = "per_page" if self._options.heeds_per_page else ""
        count = min(_number(request, heeded, 100), self._options.max_per_page)
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


def _list(endpoint: Endpoint, question: Question) -> list[Record] | Response:
    if endpoint.paired and len({"from", "to"} & question.query.keys()) == 1:
        return answer({"base": ["from und to gehören zusammen"]}, 422)
    return endpoint.records(question)


def _single(endpoint: Endpoint, question: Question) -> Row:
    return question.account.get(endpoint.collection, question.id).payload(single=True)


def _shown(value: Any) -> Any:
    """Return an answer whose records are their payloads."""
    if isinstance(value, list):
        return [_shown(row) for row in value]
    return value.payload() if isinstance(value, Record) else value


def without_secrets(value: Any) -> Any:
    """Return a payload without what only higher rights may see."""
    if isinstance(value, dict):
        shown = value.keys() - STAFF_HIDDEN.split()
        return {name: without_secrets(value[name]) for name in value if name in shown}
    return [without_secrets(row) for row in value] if isinstance(value, list) else value


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return max(int(text), 1) if text.isdecimal() else default


def _url(request: Request, page: int) -> str:
    """Return the address of another page, its parameters in another order."""
    query = {**request.query_params, "page": page}
    return str(request.url.replace(query=urlencode(sorted(query.items()))))

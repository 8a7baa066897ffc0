"""Requests that change the sandbox itself, for who is outside of its process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from starlette.routing import Route

from tap_moco.sandbox.api import answer
from tap_moco.sandbox.evolve import evolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.faults import Faults

    Given = dict[str, Any]
    Control = Callable[["Controlled", Given], object]


class Controlled(Protocol):
    """What is controlled: the account, and how it is served."""

    account: Account
    faults: Faults

    def reset(self) -> None:
        """Make everything what it was at the start."""

    def stats(self) -> dict[str, int]:
        """Count the requests."""


def _insert(app: Controlled, given: Given) -> object:
    return app.account.insert(given["collection"], **given.get("fields", {}))


def _update(app: Controlled, given: Given) -> object:
    fields = given.get("fields", {})
    return app.account.update(given["collection"], given["id"], **fields)


def _archive(app: Controlled, given: Given) -> object:
    return app.account.archive(given["collection"], given["id"])


def _delete(app: Controlled, given: Given) -> object:
    app.account.delete(given["collection"], given["id"])
    return {"id": given["id"]}


def _add_field(app: Controlled, given: Given) -> object:
    app.account.add_field(given["collection"], given["name"], given.get("default"))
    return {}


def _evolve(app: Controlled, given: Given) -> object:
    return evolve(app.account, given.get("changes", 100), given.get("seed", 1))


def _faults(app: Controlled, given: Given) -> object:
    if "rate" in given:
        app.faults.random(given["rate"], given.get("seed", 1), given["kinds"])
    elif "kind" in given:
        app.faults.add(**given)
    else:
        app.faults.clear()
    return {}


def _reset(app: Controlled, _given: Given) -> object:
    app.reset()
    return {}


def _stats(app: Controlled, _given: Given) -> object:
    return {
        **app.stats(),
        "collections": {n: len(found) for n, found in app.account.records.items()},
    }


def _rows(app: Controlled, given: Given) -> object:
    return app.account.rows(given["collection"])


CHANGES: tuple[Control, ...] = (
    _insert, _update, _archive, _delete, _add_field, _evolve, _faults, _reset,
)  # fmt: skip


def control_routes(app: Controlled) -> list[Route]:
    """Return the requests below `/sandbox`."""

    def route(path: str, method: str, control: Control) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                given = {
                    **json.loads(await request.body() or b"{}"),
                    **request.path_params,
                }
                with app.account.lock:
                    return answer(control(app, given))
            except (KeyError, ValueError, TypeError) as error:
                return answer({"message": str(error)}, 400)

        return Route(path, endpoint, methods=[method])

    return [
        *(route(f"/{c.__name__.strip('_')}", "POST", c) for c in CHANGES),
        route("/stats", "GET", _stats),
        route("/rows/{collection}", "GET", _rows),
    ]

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


class Controlled(Protocol):
    """What is controlled: the account, and how it is served."""

    account: Account
    faults: Faults

    def reset(self) -> None:
        """Make everything what it was at the start."""

    def stats(self) -> dict[str, int]:
        """Count the requests."""


class Controls:
    """What can be asked below `/sandbox`; each takes the fields of a JSON object."""

    def __init__(self, app: Controlled) -> None:
        """Know what is controlled."""
        self._app = app
        self._account = app.account

    def insert(self, collection: str, fields: Given | None = None) -> object:
        """Create a record."""
        return self._account.insert(collection, **(fields or {}))

    def update(self, collection: str, id: int, fields: Given) -> object:  # noqa: A002
        """Change a record."""
        return self._account.update(collection, id, **fields)

    def archive(self, collection: str, id: int) -> object:  # noqa: A002
        """Hide a record."""
        return self._account.archive(collection, id)

    def delete(self, collection: str, id: int) -> object:  # noqa: A002
        """Remove a record."""
        self._account.delete(collection, id)
        return {"id": id}

    def add_field(self, collection: str, name: str, default: object = None) -> object:
        """Let every record of a collection have one more field."""
        self._account.add_field(collection, name, default)
        return {}

    def evolve(self, changes: int = 100, seed: int = 1) -> object:
        """Make random changes; count them by kind."""
        return evolve(self._account, changes, seed)

    def faults(self, **given: Any) -> object:
        """Let requests fail: one kind, a share of all by chance, or none any more."""
        if "rate" in given:
            self._app.faults.random(given["rate"], given.get("seed", 1), given["kinds"])
        elif given:
            self._app.faults.add(**given)
        else:
            self._app.faults.clear()
        return {}

    def reset(self) -> object:
        """Make everything what it was at the start."""
        self._app.reset()
        return {}

    def stats(self) -> object:
        """Count requests, and records by collection."""
        collections = {n: len(found) for n, found in self._account.records.items()}
        return {**self._app.stats(), "collections": collections}

    def rows(self, collection: str) -> object:
        """Return a collection as a list shows it, with what is hidden."""
        return self._account.rows(collection)


CHANGES = "insert update archive delete add_field evolve faults reset"


def control_routes(app: Controlled) -> list[Route]:
    """Return the requests below `/sandbox`."""
    controls = Controls(app)

    def route(path: str, method: str, control: Callable[..., object]) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                given = json.loads(await request.body() or b"{}")
                with app.account.lock:
                    return answer(control(**{**given, **request.path_params}))
            except (KeyError, ValueError, TypeError) as error:
                return answer({"message": str(error)}, 400)

        return Route(path, endpoint, methods=[method])

    return [
        *(route(f"/{n}", "POST", getattr(controls, n)) for n in CHANGES.split()),
        route("/stats", "GET", controls.stats),
        route("/rows/{collection}", "GET", controls.rows),
    ]

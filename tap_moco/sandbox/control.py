"""Requests that change the sandbox itself, for who is outside of its process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from tap_moco.sandbox.api import answer
from tap_moco.sandbox.evolve import evolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.faults import Faults

    Control = Callable[[dict[str, Any]], object]


def control_routes(
    account: Account,
    faults: Faults,
    *,
    reset: Callable[[], None],
    stats: Callable[[], dict[str, int]],
) -> list[Route]:
    """Return the requests below `/sandbox`; each takes a JSON object."""

    def count(_: object) -> object:
        sizes = {name: len(found) for name, found in account.records.items()}
        return {**stats(), "collections": sizes}

    changes: dict[str, Control] = {
        "insert": lambda it: account.insert(it["collection"], **it.get("fields", {})),
        "update": lambda it: account.update(it["collection"], it["id"], **it["fields"]),
        "archive": lambda it: account.archive(it["collection"], it["id"]),
        "delete": lambda it: account.delete(it["collection"], it["id"]),
        "add_field": lambda it: account.add_field(**it),
        "evolve": lambda it: evolve(account, it.get("changes", 100), it.get("seed", 1)),
        "faults": lambda it: _set_faults(faults, **it),
        "reset": lambda _: reset(),
    }
    return [
        *(
            _route(account, "POST", f"/{name}", known)
            for name, known in changes.items()
        ),
        _route(account, "GET", "/stats", count),
        _route(account, "GET", "/rows/{name}", lambda it: account.rows(it["name"])),
    ]


def _set_faults(faults: Faults, **given: Any) -> None:
    if "rate" in given:
        faults.random(given["rate"], given.get("seed", 1), given["kinds"])
    elif given:
        faults.add(**given)
    else:
        faults.clear()


def _route(account: Account, method: str, path: str, control: Control) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            given = json.loads(await request.body() or b"{}")
            with account.lock:
                done = control({**given, **request.path_params})
            return answer({} if done is None else done)
        except KeyError as error:
            return answer({"message": f"not known, or not given: {error.args[0]}"}, 400)
        except (ValueError, TypeError) as error:
            return answer({"message": str(error)}, 400)

    return Route(path, endpoint, methods=[method])

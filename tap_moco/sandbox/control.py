"""Requests that change the sandbox itself, for who is outside of its process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox.evolve import evolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_moco.sandbox.app import App

    Given = dict[str, Any]
    Control = Callable[[App, Given], Any]

PREFIX = "/sandbox/"
WRONG = 400


def _insert(app: App, given: Given) -> object:
    return app.account.insert(given["collection"], **given.get("fields", {}))


def _update(app: App, given: Given) -> object:
    fields = given.get("fields", {})
    return app.account.update(given["collection"], given["id"], **fields)


def _archive(app: App, given: Given) -> object:
    return app.account.archive(given["collection"], given["id"])


def _delete(app: App, given: Given) -> object:
    app.account.delete(given["collection"], given["id"])
    return {"id": given["id"]}


def _add_field(app: App, given: Given) -> object:
    app.account.add_field(given["collection"], given["name"], given.get("default"))
    return {}


def _evolve(app: App, given: Given) -> object:
    return evolve(app.account, given.get("changes", 100), given.get("seed", 1))


def _faults(app: App, given: Given) -> object:
    if "rate" in given:
        app.faults.random(given["rate"], given.get("seed", 1), given["kinds"])
    elif "kind" in given:
        app.faults.add(**given)
    else:
        app.faults.clear()
    return {}


def _reset(app: App, _given: Given) -> object:
    app.reset()
    return {}


def _stats(app: App, _given: Given) -> object:
    return {
        "requests": len(app.requests),
        "rejected": app.rejected,
        "max_in_flight": app.max_in_flight,
        "collections": {n: len(found) for n, found in app.account.records.items()},
    }


def _rows(app: App, given: Given) -> object:
    return app.account.rows(given["collection"])


class Controls:
    """The requests below `/sandbox`."""

    def __init__(self, table: Mapping[tuple[str, str], Control]) -> None:
        """Know the requests by method and name."""
        self._table = table

    def answer(
        self, app: App, method: str, path: str, body: bytes
    ) -> tuple[int, object]:
        """Do what is asked; return the status and the answer."""
        name, _, collection = path.removeprefix(PREFIX).partition("/")
        control = self._table.get((method, name))
        if control is None:
            return 404, {"message": f"no {method} {path}"}
        given = {"collection": collection} if collection else json.loads(body or b"{}")
        try:
            with app.account.lock:
                return 200, control(app, given)
        except (KeyError, ValueError, TypeError) as error:
            return WRONG, {"message": str(error)}


CONTROLS = Controls(
    {
        ("POST", "insert"): _insert,
        ("POST", "update"): _update,
        ("POST", "archive"): _archive,
        ("POST", "delete"): _delete,
        ("POST", "add_field"): _add_field,
        ("POST", "evolve"): _evolve,
        ("POST", "faults"): _faults,
        ("POST", "reset"): _reset,
        ("GET", "stats"): _stats,
        ("GET", "rows"): _rows,
    }
)

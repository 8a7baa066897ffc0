"""An account on a port, and a client that has the key."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_moco.sandbox import Account, Server, generate_account, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=timezone.utc)
KEY = {"Authorization": "Token token=sandbox-key"}


@dataclass
class Client:
    """Asks one server."""

    server: Server
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        """Send the key each time."""
        self.session.headers.update(KEY)

    def get(self, path: str, **query: Any) -> requests.Response:
        """Ask for a path of the API."""
        query = {name.rstrip("_"): value for name, value in query.items()}
        return self.session.get(
            self.server.url + path, params=query, timeout=10, allow_redirects=False
        )

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Read a list to its end."""
        response = self.get(path, **query)
        rows: list[dict[str, Any]] = response.json()
        while "next" in response.links:
            url = response.links["next"]["url"]
            response = self.session.get(url, timeout=10)
            rows += response.json()
        return rows

    def control(self, name: str, given: dict[str, Any] | None = None) -> Any:
        """Change or ask the sandbox itself."""
        url = f"{self.server.url.removesuffix('/api/v1')}/sandbox/{name}"
        method = "GET" if given is None else "POST"
        return requests.request(method, url, json=given, timeout=10).json()


@pytest.fixture
def account() -> Account:
    """Return an account that a test may change."""
    return generate_account(now=NOW)


@pytest.fixture
def start(account: Account) -> Iterator[Callable[..., Client]]:
    """Return a function that serves the account in some way."""
    with ExitStack() as stack:

        def start(**options: Any) -> Client:
            return Client(stack.enter_context(serve(account, **options)))

        yield start


@pytest.fixture
def client(start: Callable[..., Client]) -> Client:
    """Return a client of an account that is served the plain way."""
    return start()

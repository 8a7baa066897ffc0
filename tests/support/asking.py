"""Asks the simulated MOCO beside the tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from .runs import KEY

if TYPE_CHECKING:
    from tap_moco.sandbox import Server


def get(server: Server, path: str, **params: Any) -> Any:
    """Ask for something whole, past the end of the first page."""
    url: str | None = server.url + path
    rows: Any = []
    while url:
        response = requests.get(
            url,
            params=params,
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=10,
        )
        if response.status_code == requests.codes.not_found:
            return None
        body = response.json()
        if isinstance(body, dict):
            return body
        rows += body
        url, params = response.links.get("next", {}).get("url"), {}
    return rows

"""What a tap of the SDK costs as it comes: one RESTStream, nothing overridden.

The default writer, the default type conformance, the default paging by `Link`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import RESTStream, Tap
from singer_sdk.pagination import BaseHATEOASPaginator

if TYPE_CHECKING:
    import requests

SCHEMAS = Path(__file__).parent.parent / "schemas"


class Paginator(BaseHATEOASPaginator):
    """Follows `Link`."""

    def get_next_url(self, response: requests.Response) -> str | None:
        """Return the next page's address."""
        return response.links.get("next", {}).get("url")


class Activities(RESTStream[Any]):
    """The time entries."""

    name = "activities"
    path = "/activities"
    primary_keys = ("id",)
    schema: ClassVar[dict[str, Any]] = json.loads(
        (SCHEMAS / "activities.json").read_text()
    )

    @property
    def url_base(self) -> str:
        """The account."""
        return str(self.config["api_url"])

    def get_new_paginator(self) -> Paginator:
        """Page by `Link`."""
        return Paginator()

    def get_url_params(
        self, _context: Any, next_page_token: Any
    ) -> dict[str, Any] | str:
        """Ask for what the next link asks for."""
        return next_page_token.query if next_page_token else {"per_page": 100}


class SdkTap(Tap):
    """The tap."""

    name = "sdk-tap"
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"api_url": {"type": "string"}},
    }

    def discover_streams(self) -> list[Activities]:
        """Return the one stream."""
        return [Activities(self)]


if __name__ == "__main__":
    SdkTap.cli()

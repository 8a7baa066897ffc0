"""Who asks: a key, sent to MOCO's own host and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from requests.auth import AuthBase

if TYPE_CHECKING:
    from requests import PreparedRequest


class TokenAuth(AuthBase):
    """`Authorization: Token token=KEY` (docs/moco-api.md, Requests).

    Args:
        key: A user's or the account's API key.
        base_url: The only scheme, host and port that may see the key.
    """

    def __init__(self, key: str, base_url: str) -> None:
        """Remember the key and the host that it belongs to."""
        self._key = key
        self._origin = urlsplit(base_url)[:2]

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign the request if it goes to MOCO's host."""
        if urlsplit(request.url or "")[:2] == self._origin:
            request.headers["Authorization"] = f"Token token={self._key}"
        return request

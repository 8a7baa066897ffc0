"""The API key, which is sent to MOCO's own host and to nobody else."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import requests
from requests.auth import AuthBase
from urllib3.util import parse_url

from tap_moco.api.decoding import decode_json
from tap_moco.api.errors import LoginError
from tap_moco.api.responses import RetryError, unauthorized

if TYPE_CHECKING:
    from requests import PreparedRequest

    from tap_moco.api.responses import Answer

DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical(url: str) -> str:
    """Return an address as it is sent: a host in lower case, and by IDNA.

    Raises:
        requests.RequestException: It is no address.
    """
    return requests.Request("GET", url).prepare().url or ""


def origin(url: str) -> tuple[str, str, int]:
    """Return the scheme, host and port of an address, as hosts compare."""
    parts = parse_url(url)
    scheme = parts.scheme or ""
    host = (parts.host or "").removesuffix(".")
    return scheme, host, parts.port or DEFAULT_PORTS.get(scheme, 0)


class TokenAuth(AuthBase):
    """`Authorization: Token token=KEY` (docs/moco-api.md, Requests).

    Args:
        key: A user's or the account's API key.
        base_url: The only scheme, host and port that may see the key.
    """

    def __init__(self, key: str, base_url: str) -> None:
        """Remember the key and the host that it belongs to."""
        self._key = key
        self._origin = origin(base_url)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign the request if it goes to MOCO's host."""
        if origin(request.url or "") == self._origin:
            request.headers["Authorization"] = f"Token token={self._key}"
        return request


def key_of(answer: Answer) -> str:
    """Return the key that an answer to `POST /session` holds.

    No error shows any of the answer: it may hold a key.

    Raises:
        RetryError: A redirect or 5xx, after which another try may succeed.
        UnauthorizedError: 401.
        LoginError: Any other answer without a key.
    """
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        if key := _key_in(answer.body):
            return key
    elif answer.status == HTTPStatus.UNAUTHORIZED:
        raise unauthorized(answer)
    elif (
        answer.status < HTTPStatus.BAD_REQUEST
        or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        raise RetryError(answer.phrase)
    raise LoginError(
        f"the login was denied: MOCO answered {answer.phrase} without a key; check "
        "email and password, and domain or api_url"
    )


def _key_in(body: bytes) -> str | None:
    try:
        session, _ = decode_json(body)
    except (ValueError, RecursionError):
        return None
    key = session.get("api_key") if isinstance(session, dict) else None
    return key if isinstance(key, str) and key else None

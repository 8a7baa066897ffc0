"""Answers: telling good ones from those to ask again, and from refusals."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec

from tap_moco.api.errors import (
    DeniedError,
    GoneError,
    MocoError,
    UnauthorizedError,
)

if TYPE_CHECKING:
    from requests import Response

EXCERPT = 120
"""Characters of a body that an error may show."""

CUT = "…"
"""Ends an excerpt; a secret before it may be cut in two."""
EXACT_DIGITS = 15
"""So many significant digits survive a binary float."""


NO_RECORD = {"error", "errors", "message"}
"""An object of these keys alone is a remark, whatever its status."""


class RetryError(Exception):
    """An answer, or none, that another try may better."""


def exact(text: str) -> float | Decimal:
    """Read a JSON number as a float, or as a Decimal where that would lose."""
    number = float(text)
    if len(text) <= EXACT_DIGITS and isfinite(number) and "e" not in text.lower():
        return number
    decimal = Decimal(text)
    return number if decimal == Decimal(repr(number)) else decimal


_decoder = msgspec.json.Decoder(float_hook=exact)


def excerpt(response: Response) -> str:
    """Return the start of a body on one line."""
    text = response.content[: EXCERPT * 4].decode("utf-8", "ignore")
    line = "".join(filter(str.isprintable, re.sub(r"\s+", " ", text).strip()))
    is_whole = len(line) <= EXCERPT and len(response.content) <= EXCERPT * 4
    return line if is_whole else f"{line[:EXCERPT]}{CUT}"


def decode(response: Response, kind: type[Any], items: type[Any] = dict) -> Any:
    """Return the JSON body.

    Raises:
        RetryError: The body is no JSON, no `kind` (list or dict), or a list of
            something other than `items`.
    """
    try:
        body = _decoder.decode(response.content)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        what = f"no JSON ({excerpt(response) or 'empty'})"
        raise RetryError(f"200 with {what}") from error
    if kind is dict and isinstance(body, dict) and body.keys() <= NO_RECORD:
        raise RetryError("200 with an object that is not the record")
    if not isinstance(body, kind):
        names: dict[type, str] = {list: "a list", dict: "an object"}
        sent = names.get(type(body), "a bare value")
        raise RetryError(f"200 with {sent} in place of {names[kind]}")
    if kind is list and not all(isinstance(item, items) for item in body):
        raise RetryError("200 with a list of something other than records")
    return body


def server_time(response: Response) -> datetime | None:
    """Return the `Date` header, in UTC, if there is a valid one."""
    return parse_http_date(response.headers.get("Date", ""))


def parse_http_date(text: str) -> datetime | None:
    """Read a time as HTTP headers tell it; None where it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def check_status(response: Response, *, single: bool) -> None:
    """Raise what a status other than 200 means (BEHAVIOUR.md, Errors).

    Raises:
        RetryError: 5xx, a redirect (a maintenance page), or an odd 2xx.
        UnauthorizedError, DeniedError, GoneError, MocoError: final answers.
    """
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    text = excerpt(response)
    if status == HTTPStatus.UNAUTHORIZED:
        raise UnauthorizedError(_unauthorized(text))
    if status == HTTPStatus.NOT_FOUND and single:
        raise GoneError("404")
    if status in {
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }:
        raise DeniedError(f"{status} {text}".strip())
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise MocoError(f"MOCO refused the request: {status} {text}".strip())
    if response.is_redirect:
        text = "redirect, not followed: the key stays with its host"
    raise RetryError(f"{status} {text}".strip())


def _unauthorized(text: str) -> str:
    """Tell the two causes of a 401 apart, which only the message does."""
    if "subdomain" in text.lower():
        return "401: MOCO knows no such subdomain; check the setting domain"
    return (
        "401: MOCO does not accept the credentials; check api_key, "
        "or email and password"
    )

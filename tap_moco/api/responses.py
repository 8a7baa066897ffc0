"""Answers: telling good ones from those to ask again, and from refusals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from tap_moco.api.errors import (
    ForbiddenError,
    MocoError,
    NotFoundError,
    UnauthorizedError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from requests import Response

EXCERPT = 120
"""Characters of a body that an error may show."""

CUT = "…"
"""Ends an excerpt; a secret before it may be cut in two."""
EXACT_DIGITS = 15
"""So many significant digits survive a binary float."""
WHOLE = 1 << 20
"""Bytes; hardly any body is longer."""


NO_RECORD = {"error", "errors", "message"}
"""An object of these keys alone is a remark, whatever its status."""


class RetryError(Exception):
    """An answer, or none, that another try may better."""


def parse_number(text: str) -> float | Decimal:
    """Read a JSON number as a float, or as a Decimal where that would lose."""
    if len(text) <= EXACT_DIGITS and "e" not in text and "E" not in text:
        return float(text)
    number, decimal = float(text), Decimal(text)
    return number if decimal == Decimal(repr(number)) else decimal


_decoder = msgspec.json.Decoder(float_hook=parse_number)


@dataclass(frozen=True)
class Answer:
    """What came back for a request.

    Attributes:
        elapsed: Time until the headers were there.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed: timedelta

    @classmethod
    def read(cls, response: Response) -> Answer:
        """Read the body of a response in one piece.

        In ten, as `Response.content` does it, threads wait for each other ten times.
        """
        body = b"".join(response.iter_content(WHOLE))
        return cls(response.status_code, response.headers, body, response.elapsed)


def excerpt(body: bytes) -> str:
    """Return the start of a body on one line."""
    text = body[: EXCERPT * 4].decode("utf-8", "ignore")
    line = "".join(filter(str.isprintable, re.sub(r"\s+", " ", text).strip()))
    is_whole = len(line) <= EXCERPT and len(body) <= EXCERPT * 4
    return line if is_whole else f"{line[:EXCERPT]}{CUT}"


def decode(answer: Answer, kind: type[Any], items: type[Any] = dict) -> Any:
    """Return the JSON body.

    Raises:
        RetryError: The body is no JSON, no `kind` (list or dict), or a list of
            something other than `items`.
    """
    try:
        body = _decoder.decode(answer.body)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        what = f"no JSON ({excerpt(answer.body) or 'empty'})"
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


def server_time(answer: Answer) -> datetime | None:
    """Return the `Date` header, in UTC, if there is a valid one."""
    return parse_http_date(answer.headers.get("Date", ""))


def retry_after(answer: Answer) -> float | None:
    """Return the seconds that `Retry-After` names, as a number or a date."""
    value = answer.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value) or None
    until = parse_http_date(value)
    if until is None:
        return None
    now = server_time(answer) or datetime.now(timezone.utc)
    return max((until - now).total_seconds(), 0.0) or None


def parse_http_date(text: str) -> datetime | None:
    """Read a time as HTTP headers tell it; None where it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def raise_for_status(answer: Answer, *, single: bool) -> None:
    """Raise what a status other than 200 means (docs/moco-api.md, Errors).

    Raises:
        RetryError: 5xx, a redirect (a maintenance page), or an odd 2xx.
        UnauthorizedError, ForbiddenError, NotFoundError, MocoError: final answers.
    """
    status = answer.status
    if status == HTTPStatus.OK:
        return
    text = excerpt(answer.body)
    if status == HTTPStatus.UNAUTHORIZED:
        raise UnauthorizedError(_unauthorized(text))
    if status == HTTPStatus.NOT_FOUND and single:
        raise NotFoundError("404")
    if status in {
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }:
        raise ForbiddenError(f"{status} {text}".strip())
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise MocoError(f"MOCO refused the request: {status} {text}".strip())
    if status < HTTPStatus.BAD_REQUEST and "Location" in answer.headers:
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

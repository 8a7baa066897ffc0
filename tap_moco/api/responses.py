"""Answers: which are usable, which are worth another try, and which are final."""

from __future__ import annotations

import io
import re
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tap_moco.api.decoding import decode_json
from tap_moco.api.errors import (
    AnswerBoundError,
    ForbiddenError,
    MocoError,
    NotFoundError,
    UnauthorizedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from requests import Response

    from tap_moco.api.decoding import Repairs
    from tap_moco.api.rate_limit import TimedResponse

EXCERPT = 120
"""Characters of a body that an error may show."""
CUT = "…"
"""The end of an excerpt that was cut."""
LONGEST_EXCERPTED = 1 << 16
"""Bytes; an error shows nothing of a longer body, where a cut could hide a secret."""
WHOLE = 1 << 20
"""Bytes; hardly any body is longer."""

NO_RECORD = {"error", "errors", "message"}
"""An object with only these keys is a message and no record, even with status 200."""

MEDIA_TYPE = re.compile(r"[a-z-]{1,20}/[a-z0-9.+-]{1,50}(?![^\s;])", re.IGNORECASE)
PLAIN_ENCODINGS = {"", "identity"}


class RetryError(Exception):
    """An answer, or a missing answer, after which another try may succeed."""


class NoAnswerError(RetryError):
    """The connection failed, timed out, or broke off before the whole answer."""


@dataclass(frozen=True)
class Answer:
    """What came back for a request.

    Attributes:
        elapsed: Time until the headers were there.
        sent, answered: Seconds by `time.perf_counter`, before the request went out
            and after the whole body was there.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed: timedelta
    sent: float
    answered: float

    @classmethod
    def read(cls, response: TimedResponse, max_bytes: int) -> Answer:
        """Read the body of a response, mostly in one piece.

        If it came in ten pieces, as with `Response.content`, the threads would wait for
        each other ten times.

        Raises:
            AnswerBoundError: The body, unpacked, is larger than `max_bytes`.
            RetryError: It is compressed in a way that the tap did not ask for.
        """
        _check_encoding(response)
        body = io.BytesIO()
        for piece in response.iter_content(WHOLE):
            if body.tell() + len(piece) > max_bytes:
                raise AnswerBoundError(
                    f"the answer is larger than {max_bytes:,} bytes "
                    "(max_response_bytes)"
                )
            body.write(piece)
        return cls(
            response.status_code,
            response.headers,
            body.getvalue(),
            response.elapsed,
            sent=response.sent,
            answered=time.perf_counter(),
        )

    @property
    def content_type(self) -> str:
        """The header `Content-Type`."""
        return self.headers.get("Content-Type", "")

    @property
    def kind_of_body(self) -> str:
        """What the body is, for messages that must not show it."""
        media_type = MEDIA_TYPE.match(self.content_type)
        kind = f"{media_type[0]}, " if media_type else ""
        return f"{kind}{len(self.body):,} bytes" if self.body else "empty"

    @property
    def phrase(self) -> str:
        """The status in the words of the standard, and not of the server."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return str(self.status)


def _check_encoding(response: Response) -> None:
    """Check that the tap can unpack the body.

    Raises:
        RetryError: It cannot.
    """
    given = response.headers.get("Content-Encoding", "").lower().split(",")
    known = {*response.raw.CONTENT_DECODERS, *PLAIN_ENCODINGS}
    if not {name.strip() for name in given} <= known:
        raise RetryError("an answer in a Content-Encoding that the tap cannot decode")


def excerpt(body: bytes, redact: Callable[[str], str]) -> str:
    """Return the start of a body on one line, without secrets.

    Args:
        body: Of an answer that is not a success, so it holds no records.
        redact: Removes secrets from a text, before it is cut.
    """
    if len(body) > LONGEST_EXCERPTED:
        return f"with {len(body):,} bytes"
    text = redact(body.decode("utf-8", "ignore"))
    words = re.sub(r"\s+", " ", text).strip()
    line = redact("".join(filter(str.isprintable, words)))
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT]}{CUT}"


def decode(
    answer: Answer,
    kind: type[Any],
    items: type[Any] = dict,
    note: Callable[[Repairs], None] = lambda _: None,
) -> Any:
    """Return the JSON body.

    Args:
        answer: A 200.
        kind: The type that the body must have, `list` or `dict`.
        items: The type of a list's items.
        note: Called with what had to be replaced in the body.

    Raises:
        RetryError: The body is not JSON, not of this `kind`, or a list of something
            other than `items`. The error shows nothing of the body, which may hold
            records.
    """
    body = _json(answer, note)
    if kind is dict and isinstance(body, dict) and body.keys() <= NO_RECORD:
        raise RetryError("200 with an object that is not the record")
    if not isinstance(body, kind):
        names: dict[type, str] = {list: "a list", dict: "an object"}
        sent = names.get(type(body), "a bare value")
        raise RetryError(f"200 with {sent} in place of {names[kind]}")
    if kind is list and not all(isinstance(item, items) for item in body):
        raise RetryError("200 with a list of something other than records")
    return body


def _json(answer: Answer, note: Callable[[Repairs], None]) -> Any:
    try:
        body, repairs = decode_json(answer.body, answer.content_type)
    except (ValueError, RecursionError) as error:
        raise RetryError(f"200 with no JSON ({answer.kind_of_body})") from error
    note(repairs)
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
    """Read a time in the format of HTTP headers; None if the text is not one."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def raise_for_status(
    answer: Answer, *, single: bool, redact: Callable[[str], str] = lambda text: text
) -> None:
    """Raise an error for a status other than 200 (docs/moco-api.md, Errors).

    Args:
        answer: Any.
        single: The request was for one record, which may be gone.
        redact: Removes secrets from an excerpt.

    Raises:
        RetryError: 5xx, a redirect (a maintenance page), or an odd 2xx.
        UnauthorizedError, ForbiddenError, NotFoundError, MocoError: final answers.
    """
    status = answer.status
    if status == HTTPStatus.OK:
        return
    if status < HTTPStatus.MULTIPLE_CHOICES:
        raise RetryError(answer.phrase)
    text = excerpt(answer.body, redact)
    if status == HTTPStatus.UNAUTHORIZED:
        raise unauthorized(answer)
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


def unauthorized(answer: Answer) -> UnauthorizedError:
    """Distinguish the two causes of a 401, which only the message names."""
    if b"subdomain" in answer.body.lower():
        return UnauthorizedError(
            "401: MOCO knows no such subdomain; check the setting domain"
        )
    return UnauthorizedError(
        "401: MOCO does not accept the credentials; check api_key, "
        "or email and password"
    )

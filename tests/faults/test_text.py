"""Answers that are not quite JSON are read, and what no target can hold is reported."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.stub import Answer, Request, stub

from .running import plain_config, run_here

if TYPE_CHECKING:
    from tests.support.outcome import Outcome

ROW = '[{"id": 1, "name": "%s", "created_at": "2020-01-01T00:00:00Z"}]'
LOST = "\N{REPLACEMENT CHARACTER}"


def read(body: bytes, content_type: str = "application/json") -> Outcome:
    """Run the tap against a server whose units are this body."""
    with stub(lambda _: Answer(body, {"Content-Type": content_type})) as server:
        outcome = run_here(plain_config(server.url), ("units",))
        assert len(server.requests) == 1, outcome.err
    return outcome


def name_of(outcome: Outcome) -> object:
    assert outcome.code == 0, outcome.err
    return outcome.target.rows["units"][1,]["name"]


def warned(outcome: Outcome) -> str:
    (line,) = outcome.lines("WARNING")
    return line


@pytest.mark.parametrize(
    ("sent", "kept", "count"),
    [
        (rb"a\u0000b", f"a{LOST}b", 1),
        (rb"\u0000\u0000", LOST * 2, 2),
        (b"a\0b", f"a{LOST}b", 1),
        (rb"a\ud800b", f"a{LOST}b", 1),
        (rb"a\udc00\ud83d", f"a{LOST}{LOST}", 2),
        (b"a\xff\xfeb", f"a{LOST}{LOST}b", 2),
        (b"a\xc3", f"a{LOST}", 1),
        (b"a\xed\xa0\x80b", f"a{LOST * 3}b", 3),
        (LOST.encode() + rb"\u0000", LOST * 2, 1),
    ],
)
def test_what_cannot_be_text(sent: bytes, kept: str, count: int) -> None:
    """It becomes U+FFFD, is counted, and is logged once with its path."""
    outcome = read(ROW.encode() % sent)
    assert name_of(outcome) == kept
    line = warned(outcome)
    assert "/units" in line
    assert "U+FFFD" in line
    assert re.search(rf"replaced {count} character\b|replaced {count} characters", line)
    assert kept not in outcome.err, "the content is nobody's business"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (rb"\ud83d\ude00", "😀"),
        ("😀 ü".encode(), "😀 ü"),
        (rb"\\u0000", r"\u0000"),
        (rb"\\ud800", r"\ud800"),
        (LOST.encode(), LOST),
        (b"a\tb", "a\tb"),
        (b"a\nb", "a\nb"),
    ],
)
def test_what_can_be_text(sent: bytes, kept: str) -> None:
    """It stays as it is, and nothing is logged."""
    outcome = read(ROW.encode() % sent)
    assert name_of(outcome) == kept
    assert not outcome.lines("WARNING")


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8-sig", "application/json"),
        ("utf-16", "application/json"),
        ("utf-16-le", "application/json; charset=utf-16"),
        ("utf-32", "application/json"),
        ("latin-1", "application/json; charset=ISO-8859-1"),
        ("cp1252", 'application/json; charset="windows-1252"'),
        ("utf-8", "application/json; charset=iso-8859-1"),
        ("utf-8", "application/json; charset=nonsense"),
        ("utf-8", "text/plain; charset"),
    ],
)
def test_encodings(encoding: str, content_type: str) -> None:
    """A body is read by what it is; what the header says counts where it must."""
    outcome = read((ROW % "Grüße").encode(encoding), content_type)
    assert name_of(outcome) == "Grüße"
    assert not outcome.lines("WARNING")


@pytest.mark.parametrize(
    "charset", ["", "; charset=utf-8", "; charset=utf-16", "; charset=nonsense"]
)
def test_latin_1_that_nobody_declares(charset: str) -> None:
    """What cannot be known becomes U+FFFD."""
    outcome = read((ROW % "Grün").encode("latin-1"), f"application/json{charset}")
    assert name_of(outcome) == f"Gr{LOST}n"
    assert "1 character " in warned(outcome)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none(number: str) -> None:
    """They become null; decimals beside them stay parse_number."""
    body = f'[{{"id": 1, "hours": {number}, "seconds": 7, "description": "x"}}]'
    with stub(lambda _: Answer(body.encode())) as server:
        outcome = run_here(plain_config(server.url), ("activities",))
    assert outcome.code == 0, outcome.err
    assert outcome.target.rows["activities"][1,]["hours"] is None
    assert "1 number " in warned(outcome)
    assert "NaN" not in outcome.out
    assert "Infinity" not in outcome.out


def test_decimals_stay_exact() -> None:
    """The tolerant way reads numbers as the fast one does."""
    text = "0.12345678901234567890123"
    body = '[{"id": 1, "hours": %s, "description": "\\u0000"}]' % text  # noqa: UP031
    with stub(lambda _: Answer(body.encode())) as server:
        outcome = run_here(plain_config(server.url), ("activities",))
    assert text in outcome.out


def test_keys() -> None:
    """A name of a custom field is text as well, at any depth."""
    row = {"id": 1, "name": "x", "custom_properties": {"a\0b": ["c\0", {"\0": "\0"}]}}
    outcome = read(json.dumps([row]).encode())
    assert outcome.code == 0, outcome.err
    kept = outcome.target.rows["units"][1,]["custom_properties"]
    assert kept == {f"a{LOST}b": [f"c{LOST}", {LOST: LOST}]}
    assert r"\u0000" not in outcome.out


@pytest.mark.parametrize("concurrency", [1, 4])
def test_logged_once_a_run(concurrency: int) -> None:
    """One line for all answers and lists, at the end."""

    def script(request: Request) -> Answer:
        page = request.page
        link = f'<http://moco/api/v1{request.path}?page={page + 1}>; rel="next"'
        more = {"Link": link} if page < 3 else {}
        body = ROW.encode().replace(b'"id": 1', b'"id": %d' % page) % b"\0"
        return Answer(body, {"X-Total": "3", "X-Page": str(page), **more})

    with stub(script) as server:
        config = plain_config(server.url, concurrency=concurrency)
        outcome = run_here(config, ("units", "tags"))
    assert outcome.code == 0, outcome.err
    line = warned(outcome)
    assert "in 6 answers" in line
    assert "6 characters" in line
    assert "/tags" in line
    assert "/units" in line

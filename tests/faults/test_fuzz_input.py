"""Random links, settings, states and rows: never more than a clear error."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from tap_moco.api.errors import PaginationError
from tap_moco.api.pagination import (
    next_link,
    page_number,
    same_request,
    total_rows,
    with_page,
)
from tap_moco.config import check, client_config
from tap_moco.errors import InvalidInputError
from tap_moco.records.normalize import RecordNormalizer, SchemaMismatchError
from tap_moco.records.signatures import SIGNED_URL_FIELDS
from tap_moco.settings import ALL_SETTINGS, SDK_SETTINGS, SETTINGS
from tap_moco.streams.registry import stream_names
from tap_moco.streams.schema import SCHEMAS
from tests.support.secrets import API_KEY, PASSWORD

from .running import plain_config, run_here

if TYPE_CHECKING:
    from tap_moco.sandbox import Server

HOST = "https://example.mocoapp.com"
BASE = f"{HOST}/api/v1/units"
MANY = settings(max_examples=300, deadline=None)
FEW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)

# Links

RELS = st.sampled_from(
    ["next", "NEXT", "prev", "first", "last", "next prev", "x next", ""]
)
TARGETS = st.one_of(
    st.integers(0, 10**25).map(lambda n: f"{BASE}?page={n}"),
    st.integers(0, 99).map(lambda n: f"?page={n}"),
    st.integers(0, 99).map(lambda n: f"/api/v1/units?a=b&page={n}"),
    st.sampled_from(
        [
            "//evil.example/?page=2",
            "http://example.mocoapp.com/api/v1/units?page=2",
            "https://example.mocoapp.com:444/api/v1/units?page=2",
            "https://example.mocoapp.com@evil.example/?page=2",
            "https://[::1/?page=2",
            "https://example.mocoapp.com\\@evil.example/?page=2",
            "javascript:alert(1)?page=2",
            "?page=٣",
            "?page=²",
            "?page=-1",
            "?page=2&page=3",
        ]
    ),
    st.text(max_size=30),
)
LINK = st.one_of(
    st.tuples(TARGETS, RELS).map(lambda pair: f'<{pair[0]}>; rel="{pair[1]}"'),
    st.tuples(TARGETS, RELS).map(lambda pair: f"<{pair[0]}>;rel={pair[1]}"),
    st.text(max_size=40),
)


@MANY
@given(links=st.lists(LINK, max_size=5), page=st.integers(1, 50))
def test_links(links: list[str], page: int) -> None:
    """The next page is on the same host and later, or there is none, or an error."""
    url = f"{BASE}?page={page}"
    try:
        found = next_link({"Link": ", ".join(links)}, url)
    except PaginationError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return
    if found is not None:
        assert urlsplit(found)[:2] == urlsplit(url)[:2]
        assert urlsplit(found).hostname == "example.mocoapp.com"
        assert page_number(found) > page


@MANY
@given(
    order=st.permutations(["first", "prev", "next", "last"]),
    page=st.integers(2, 10**6),
    together=st.booleans(),
)
def test_links_in_any_order(order: list[str], page: int, *, together: bool) -> None:
    """The right one of several links is taken, wherever it stands."""
    numbers = {"first": 1, "prev": page - 1, "next": page + 1, "last": page + 9}
    links = [f'<{BASE}?a=1&page={numbers[rel]}&z=2>; rel="{rel}"' for rel in order]
    if together:
        links[order.index("next")] = (
            f'<{BASE}?a=1&page={page + 1}&z=2>; rel="last next"'
        )
    found = next_link({"Link": ", ".join(links)}, f"{BASE}?page={page}")
    assert found == f"{BASE}?a=1&page={page + 1}&z=2"


@MANY
@given(text=st.text(max_size=60), number=st.integers(1, 10**9))
def test_page_numbers(text: str, number: int) -> None:
    """Any address has a page, and can have another one."""
    url = f"{BASE}?name={text.replace('#', '').replace('&', '')}"
    moved = with_page(url, number)
    assert page_number(moved) == number
    assert same_request(with_page(moved, 1), with_page(url, 1))


@MANY
@given(text=st.text(max_size=30) | st.integers().map(str))
def test_totals(text: str) -> None:
    """A total is a number or nothing."""
    total = total_rows({"X-Total": text})
    assert total is None or total >= 0


# Settings

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = sorted(ALL_SETTINGS.keys() - SDK_SETTINGS.keys())
"""The tap's own; the SDK adds others to its table once a tap was made."""
ODD = st.one_of(
    JSON,
    st.sampled_from(
        [
            "",
            "2024-02-30",
            "0001-01-01",
            "9999-12-31T23:59:59-14:00",
            "[::1",
            "http://[::1/api/v1",
            "https://user:pass@host/api/v1",
            "http://127.0.0.1:99999/api/v1",
            "http://127.0.0.1/api/v1",
            10**30,
            1e300,
            -1,
            0,
            {"requests": 1, "seconds": 1e308},
            {"requests": 10**30, "seconds": 1},
        ]
    ),
)
VALID = {"domain": "example", "api_key": API_KEY}
SECRET_NAMES = ("api_key", "email", "password")
DEFAULTS = {
    n: s["default"] for n, s in SETTINGS["properties"].items() if "default" in s
}


@MANY
@given(odd=st.dictionaries(st.sampled_from(NAMES), ODD, min_size=1, max_size=4))
def test_settings(odd: dict[str, Any]) -> None:
    """Wrong settings are named and explained; accepted ones can be used."""
    config = {**DEFAULTS, **VALID, **odd}
    try:
        check(config)
    except InvalidInputError as error:
        text = str(error)
        assert any(name in text for name in NAMES)
        others = str({n: v for n, v in config.items() if n not in SECRET_NAMES})
        for name in SECRET_NAMES:
            secret = config.get(name)
            if isinstance(secret, str) and len(secret) > 5 and secret not in others:
                assert secret not in text or secret in str(SETTINGS)
        return
    reached = client_config(config, "test")
    assert reached.base_url.startswith("http")
    assert urlsplit(reached.base_url).hostname


@FEW
@given(odd=st.dictionaries(st.sampled_from(NAMES), ODD, min_size=1, max_size=3))
def test_settings_of_a_run(server: Server, odd: dict[str, Any]) -> None:
    """What the check accepts, a run can work with."""
    odd = {n: v for n, v in odd.items() if n not in {"api_url", "rate_limit"}}
    odd = {n: v for n, v in odd.items() if n not in {"api_key", "email", "password"}}
    wait = odd.get("max_wait_seconds")
    assume(not isinstance(wait, float) or wait < 1e9)
    assume("unexpected" not in str(odd))  # a value that the log would repeat
    assume(odd.get("keep_signatures") is not True)  # which asks for signatures
    outcome = run_here({**plain_config(server.url), **odd}, ("units", "users"))
    assert "unexpected" not in outcome.err, odd
    assert "Traceback" not in outcome.err
    is_refused = any(f"ERROR | tap-moco | {name}: " in outcome.err for name in NAMES)
    assert outcome.code == (1 if is_refused else 0), outcome.err


# State

TIMES = st.sampled_from(
    [
        "2024-01-01T00:00:00Z",
        "2024-01-01",
        "2024-01-01T00:00:00.123456+14:00",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "2024-02-30T00:00:00Z",
        "",
        "now",
    ]
)
MONTHS = st.sampled_from(["2024-03", "0001-01", "9999-12", "2024-13", "03-2024", "", 5])
SWEEP = st.fixed_dictionaries(
    {},
    optional={
        "version": st.integers() | JSON,
        "completed_at": TIMES | JSON,
        "resume": JSON
        | st.fixed_dictionaries(
            {}, optional={"window": MONTHS | JSON, "started_at": TIMES | JSON}
        ),
    },
)
OF_STREAM = JSON | st.fixed_dictionaries(
    {},
    optional={
        "replication_key": st.just("updated_at") | JSON,
        "replication_key_value": TIMES | JSON,
        "sweep": SWEEP | JSON,
        "partitions": JSON,
        "progress_markers": JSON,
        "starting_replication_value": JSON,
        "replication_key_signpost": JSON,
        "known": JSON,
        "rejected": JSON,
        "denied": JSON,
    },
)
STREAMS = ("activities", "invoices", "invoice_details", "units")
STATE = JSON | st.fixed_dictionaries(
    {
        "bookmarks": st.dictionaries(
            st.sampled_from([*STREAMS, "unknown"]), OF_STREAM, min_size=1, max_size=3
        )
    }
)


@FEW
@given(state=STATE)
def test_state(server: Server, state: Any) -> None:
    """A state is refused in one line, or a run goes on from it."""
    outcome = run_here(plain_config(server.url), STREAMS, state=state)
    assert "unexpected" not in outcome.err, state
    assert "Traceback" not in outcome.err
    if outcome.code:
        (line,) = outcome.lines("ERROR")
        assert "state: " in line
    else:
        assert outcome.target.state


# Records

CHECKER = FormatChecker()
TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        "\"'`\n\r\t\\",
        "\u2028\u2029",
        "nul \x00 here",
        "😀 🏳️‍🌈",
        '=HYPERLINK("http://x")',
        "-2+3",
        "0001-01-01",
        "9999-12-31",
        "2024-02-29T12:00:00.123Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59+14:00",
        "2024-06-01T12:00:00+02:00",
        "20240601",
        "2024-W01-1",
        "24:00",
        "1e400",
        "NaN",
        "Infinity",
        "1_000",
        "٣",
        " 5 ",
        "x" * 100_000,
    ]
)
NUMBERS = st.sampled_from(
    [0, -1, 2**63, 10**40, 0.1, 1e-300, 1.7e308, Decimal("0.12345678901234567890")]
)
DEEP: Any = {}
for _ in range(50):
    DEEP = {"deeper": [DEEP]}
VALUES = st.one_of(JSON, TEXTS, NUMBERS, st.just(DEEP), st.just({}), st.just([]))


def _fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that mostly fit a schema."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = next(name for name in types if name != "null")
    if kind == "object":
        inner = {
            n: _fitting(s) | VALUES for n, s in schema.get("properties", {}).items()
        }
        return st.fixed_dictionaries({}, optional=inner) if inner else st.just({})
    if kind == "array":
        return st.lists(_fitting(schema.get("items", {"type": "string"})), max_size=2)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "string": TEXTS,
        "integer": st.integers() | NUMBERS,
        "number": NUMBERS | st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
    }
    return simple[kind]


@cache
def _schema(name: str) -> dict[str, Any]:
    return SCHEMAS.fetch_schema(name)


@pytest.mark.parametrize("name", sorted(stream_names()))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_rows(name: str, data: st.DataObject) -> None:
    """A row is valid when it is normalized, loses nothing, or is rejected."""
    schema = _schema(name)
    properties = schema["properties"]
    few = data.draw(
        st.lists(st.sampled_from(sorted(properties)), max_size=4, unique=True)
    )
    row = {n: data.draw(_fitting(properties[n]) | VALUES) for n in few}
    row |= data.draw(st.dictionaries(st.text(max_size=6), VALUES, max_size=1))
    before = copy.deepcopy(row)
    try:
        record, unknown = RecordNormalizer(schema).normalize(row)
    except SchemaMismatchError as error:
        field = str(error).split(".")[0].split("[")[0]
        assert field in row
        return
    assert row == before, "the row itself was changed"
    assert record.keys() | unknown.keys() == row.keys()
    assert all(unknown[n] == row[n] for n in unknown)
    partial = {k: v for k, v in schema.items() if k != "required"}
    errors = Draft202012Validator(partial, format_checker=CHECKER).iter_errors(
        _plain(record)
    )
    assert not list(errors), list(errors)
    for field, value in record.items():
        _check_kept(properties[field], field, row[field], value)


def _plain(record: Any) -> Any:
    """Return the record as jsonschema knows values."""
    return json.loads(json.dumps(record, default=float))


def _check_kept(schema: dict[str, Any], field: str, before: Any, after: Any) -> None:
    """Text stays as it is, but where docs/moco-api.md says otherwise."""
    types = schema["type"]
    is_text = (
        "string" in types
        and not schema.get("format")
        and field not in SIGNED_URL_FIELDS
    )
    if isinstance(before, str) and is_text:
        assert after == (before or None)
    if isinstance(before, (int, Decimal)) and "number" in types:
        assert after == before
    if "object" in types and not schema.get("properties") and isinstance(before, dict):
        assert after == before


def test_password_is_not_shown() -> None:
    """The fuzz of settings would see a secret in a message."""
    with pytest.raises(InvalidInputError) as caught:
        check({**DEFAULTS, "domain": "x", "api_key": f"{PASSWORD} {API_KEY}"})
    assert API_KEY not in str(caught.value)

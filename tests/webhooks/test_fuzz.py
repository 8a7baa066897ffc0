"""Whatever comes, nothing but a whole signed event is stored, and nothing gives 5xx."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_moco.sandbox.webhooks import signature
from tap_moco.spool.spool import Spool
from tap_moco.spool.upkeep import browse
from tap_moco.webhooks.receiver import create_app
from tap_moco.webhooks.signature import SigningKeys

from .running import ask
from .sender import KEY, Delivery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

NAMES = sorted(Delivery("Activity", "update", {"id": 1}).headers())
ODD = ["", " ", "-1", "0", "1e3", "²", "ÿ", "\x00", "a\nb", "9" * 5_000, "null", "日本"]

header_values = st.one_of(
    st.sampled_from(ODD).map(lambda text: text.encode("utf-8")),
    st.binary(max_size=40),
    st.integers(-(10**30), 10**30).map(lambda number: str(number).encode()),
)
headers = st.lists(
    st.tuples(st.sampled_from(NAMES).map(str.lower).map(str.encode), header_values),
    max_size=9,
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
bodies = st.one_of(
    st.binary(max_size=60),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.sampled_from(["id", "x"]), json_values).map(
        lambda value: json.dumps(value, ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )
    ),
    st.integers(0, 3_000).map(lambda depth: b'{"id":1,"x":' + b"[" * depth),
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spool]:
    """Return a spool for all that is tried here."""
    path = tmp_path_factory.mktemp("fuzz") / "spool.db"
    with Spool(str(path), may_create=True) as spool:
        yield spool


@pytest.fixture(scope="module")
def app(kept: Spool) -> Starlette:
    """Return a receiver."""
    return create_app(kept, SigningKeys([KEY]))


@settings(max_examples=150, deadline=None)
@given(headers=headers, body=bodies)
def test_unsigned_bytes(
    app: Starlette, kept: Spool, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    status, text = ask(app, headers, body)
    assert 400 <= status < 500, text
    assert browse(kept) == []


@settings(max_examples=150, deadline=None)
@given(headers=headers, body=bodies)
def test_a_right_signature_of_odd_headers_and_bodies(
    app: Starlette, kept: Spool, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """All other headers are right, but for those that were drawn."""
    drawn = {name for name, _ in headers} | {b"x-moco-signature"}
    whole = Delivery("Activity", "update", {"id": 1}).headers()
    rest = [(name.lower().encode(), value.encode()) for name, value in whole.items()]
    signed = (b"x-moco-signature", signature(KEY, body).encode())
    sent = [
        *(pair for pair in headers if pair[0] != b"x-moco-signature"),
        *(pair for pair in rest if pair[0] not in drawn),
        signed,
    ]
    before = {event.id for event in browse(kept, limit=10_000)}
    status, text = ask(app, sent, body)
    assert status in {200, 400}, text
    new = [e for e in browse(kept, limit=10_000) if e.id not in before]
    if status == 400:
        assert new == []
    for event in new:
        assert event.payload.encode() == body
        assert json.loads(event.payload)["id"] == event.entity_id >= 1
        assert event.target
        assert event.event

"""The receiver: what it stores, what it refuses, and what it counts."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest

from tap_moco.sandbox.webhooks import signature
from tap_moco.spool.reader import SpoolReader
from tap_moco.webhooks.receiver import create_app
from tap_moco.webhooks.signature import SigningKeys

from .running import ask
from .sender import KEY, OTHER_KEY, Delivery

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette

    from tap_moco.spool.events import StoredEvent
    from tap_moco.spool.spool import Spool

    Headers = list[tuple[bytes, bytes]]

DELIVERY = Delivery("Activity", "update", {"id": 111, "description": "Grüße 👩‍💻"})


def raw(headers: dict[str, str]) -> Headers:
    """Return headers as ASGI gives them."""
    return [(n.lower().encode(), v.encode("latin-1")) for n, v in headers.items()]


@pytest.fixture
def app(spool: Spool) -> Starlette:
    """Return a receiver with one key, for bodies of up to 9,000 bytes."""
    return create_app(spool, SigningKeys([KEY]), max_body_bytes=9_000)


@pytest.fixture
def stored(spool: Spool) -> Callable[[], list[StoredEvent]]:
    """Return what lists the events that are stored."""
    return lambda: SpoolReader(spool).read()


def metric(app: Starlette, name: str) -> float:
    """Return a number that `/metrics` has."""
    status, text = ask(app, [], b"", path="/metrics", method="GET")
    assert status == 200
    pattern = rf"^tap_moco_webhooks_{re.escape(name)} (\S+)$"
    found = re.search(pattern, text, re.MULTILINE)
    assert found, text
    return float(found[1])


def test_a_delivery_is_stored_with_all_that_moco_says(
    app: Starlette, stored: Callable[[], list[StoredEvent]]
) -> None:
    delivery = Delivery(
        "Project::PaymentSchedule",
        "create",
        {"id": 7, "title": "Anzahlung"},
        timestamp=1_795_000_000_123,
        origin="api",
    )
    assert ask(app, raw(delivery.headers()), delivery.body) == (200, "stored\n")
    (event,) = stored()
    assert event.account == "demo"
    assert event.target == "Project::PaymentSchedule"
    assert event.event == "create"
    assert event.entity_id == 7
    assert event.occurred_at.timestamp() == 1_795_000_000.123
    assert event.user_id == 933_590_696
    assert event.origin == "api"
    assert event.payload.encode() == delivery.body


def test_a_repeated_delivery_is_acknowledged_and_counted(
    app: Starlette, stored: Callable[[], list[StoredEvent]]
) -> None:
    for _ in range(3):
        assert ask(app, raw(DELIVERY.headers()), DELIVERY.body)[0] == 200
    assert len(stored()) == 1
    counted = ("received_total", "stored_total", "duplicates_total")
    assert [metric(app, name) for name in counted] == [3, 1, 2]
    assert metric(app, "store_seconds_count") == 3
    assert 0 <= metric(app, "newest_event_age_seconds") < 60


def without(name: str) -> Headers:
    """Return the headers of the delivery but for one."""
    return [pair for pair in raw(DELIVERY.headers()) if pair[0] != name.encode()]


def changed(name: str, value: bytes) -> Headers:
    """Return the headers of the delivery with another value of one."""
    return [*without(name), (name.encode(), value)]


REFUSED = {
    "unsigned": (without("x-moco-signature"), DELIVERY.body, 401),
    "signed with another key": (raw(DELIVERY.headers(OTHER_KEY)), DELIVERY.body, 401),
    "a changed body": (raw(DELIVERY.headers()), DELIVERY.body + b" ", 401),
    "an empty signature": (changed("x-moco-signature", b""), DELIVERY.body, 401),
    "not a hex signature": (changed("x-moco-signature", b"\xff"), DELIVERY.body, 401),
    "two signatures": (
        [*raw(DELIVERY.headers()), (b"x-moco-signature", b"x")],
        DELIVERY.body,
        401,
    ),
    "no target": (without("x-moco-target"), DELIVERY.body, 400),
    "no event": (without("x-moco-event"), DELIVERY.body, 400),
    "no timestamp": (without("x-moco-timestamp"), DELIVERY.body, 400),
    "two targets": (
        [*raw(DELIVERY.headers()), (b"x-moco-target", b"Invoice")],
        DELIVERY.body,
        400,
    ),
    "too large": (raw(DELIVERY.headers()), b"x" * 9_001, 413),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_moco_s_is_refused_and_leaves_a_counter_only(
    app: Starlette, stored: Callable[[], list[StoredEvent]], case: str
) -> None:
    headers, body, wanted = REFUSED[case]
    status, text = ask(app, headers, body)
    assert status == wanted
    assert KEY not in text
    assert stored() == []
    causes = {401: ("unsigned", "forged"), 400: ("malformed",), 413: ("oversized",)}
    counts = [metric(app, f'refused_total{{cause="{c}"}}') for c in causes[wanted]]
    assert sum(counts) == metric(app, "received_total") == 1
    assert metric(app, "stored_total") == 0


def signed(body: bytes) -> Headers:
    """Return headers that are right for any body."""
    return changed("x-moco-signature", signature(KEY, body).encode())


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"1", b"[]", b'"x"', b"{}", b"{", b"{'id': 1}", b'{"id": 1}x'),
        *(b'{"id": null}', b'{"id": "1"}', b'{"id": 1.5}', b'{"id": true}'),
        *(b'{"id": 0}', b'{"id": -1}', b'{"id": 9223372036854775808}'),
        *(b'{"id": 1, "x": 1e999}', b'{"id": 1, "x": 1' + b"0" * 5_000 + b"}"),
        *(b'{"id": 1, "x": NaN}', b'{"id": 1, "x": "\x00"}'),
        *(b'{"id": 1, "x": "\xff"}', b'{"id": 1, "x": "\xed\xa0\x80"}'),
        *(b'{"id": 1, "x": "\\ud800"}', "{'id': 1}".encode("utf-16")),
        b"\x1f\x8b\x08\x00 not unpacked",
    ],
)
def test_a_signed_body_without_a_record_is_refused(
    app: Starlette, stored: Callable[[], list[StoredEvent]], body: bytes
) -> None:
    status, text = ask(app, signed(body), body)
    assert (status, text) == (400, "the body is not a JSON object with an id\n")
    assert stored() == []


@pytest.mark.parametrize(
    ("depth", "status"), [(90, 200), (101, 400), (1_000, 400), (100_000, 400)]
)
@pytest.mark.parametrize("signs", [(b"[", b"]"), (b'{"x":', b"}")])
def test_a_deeply_nested_body_is_refused(
    spool: Spool, depth: int, status: int, signs: tuple[bytes, bytes]
) -> None:
    app = create_app(spool, SigningKeys([KEY]))
    first, last = signs
    body = b'{"id":1,"x":' + first * depth + b"1" + last * depth + b"}"
    assert ask(app, signed(body), body)[0] == status


@pytest.mark.parametrize(
    "timestamp",
    [
        *(b"", b" ", b"-1", b"0", b"1.5", b"1e12", b"1" + b"0" * 30, b"9" * 5_000),
        *(b"now", b"\xb2", b"253402300800000", b"+5", b"1_000", b"0x10"),
    ],
)
def test_an_odd_timestamp_is_refused(
    app: Starlette, stored: Callable[[], list[StoredEvent]], timestamp: bytes
) -> None:
    headers = changed("x-moco-timestamp", timestamp)
    assert ask(app, headers, DELIVERY.body)[0] == 400
    assert stored() == []


@pytest.mark.parametrize("user_id", [b"", b"x", b"-1", b"9" * 40])
def test_an_odd_user_is_left_out(
    app: Starlette, stored: Callable[[], list[StoredEvent]], user_id: bytes
) -> None:
    assert ask(app, changed("x-moco-user-id", user_id), DELIVERY.body)[0] == 200
    assert [event.user_id for event in stored()] == [None]


def test_optional_headers_may_be_missing(
    app: Starlette, stored: Callable[[], list[StoredEvent]]
) -> None:
    optional = {b"x-moco-user-id", b"x-moco-account-url", b"x-moco-origin"}
    headers = [pair for pair in raw(DELIVERY.headers()) if pair[0] not in optional]
    for _ in range(2):
        assert ask(app, headers, DELIVERY.body)[0] == 200
    (event,) = stored()
    assert (event.user_id, event.account, event.origin) == (None, "", None)


@pytest.mark.parametrize(
    "sent", ["demo", "Demo", "https://demo.mocoapp.com/", " demo "]
)
def test_the_account_is_its_subdomain(
    app: Starlette, stored: Callable[[], list[StoredEvent]], sent: str
) -> None:
    headers = changed("x-moco-account-url", sent.encode())
    assert ask(app, headers, DELIVERY.body)[0] == 200
    assert [event.account for event in stored()] == ["demo"]


def test_rotation_takes_the_old_key_and_the_new_one(spool: Spool) -> None:
    app = create_app(spool, SigningKeys([OTHER_KEY, KEY]))
    for number, key in enumerate((KEY, OTHER_KEY), 1):
        delivery = Delivery("Activity", "update", {"id": number})
        assert ask(app, raw(delivery.headers(key)), delivery.body)[0] == 200
    assert len(SpoolReader(spool).read()) == 2


def test_unknown_targets_and_events_are_kept_with_one_warning_each(
    app: Starlette,
    stored: Callable[[], list[StoredEvent]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    kinds = [("Customer", "archive"), ("Activity", "archive"), ("New::Kind", "delete")]
    for number in range(4):
        for target, name in kinds:
            delivery = Delivery(target, name, {"id": number + 1})
            assert ask(app, raw(delivery.headers()), delivery.body)[0] == 200
    assert len(stored()) == 12
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert sorted(warnings) == [
        "the event 'archive' is unknown; its deliveries are stored all the same",
        "the target 'Customer' is unknown; its deliveries are stored all the same",
        "the target 'New::Kind' is unknown; its deliveries are stored all the same",
    ]


def test_a_flood_of_forged_deliveries_does_not_flood_the_log(
    app: Starlette, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(50):
        assert ask(app, changed("x-moco-signature", b"0"), DELIVERY.body)[0] == 401
        assert ask(app, without("x-moco-target"), DELIVERY.body)[0] == 400
    assert len([r for r in caplog.records if "was refused" in r.getMessage()]) == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/webhooks", 405),
        ("PUT", "/webhooks", 405),
        ("POST", "/", 404),
        ("POST", "/webhooks/", 404),
        ("POST", "/healthz", 405),
    ],
)
def test_other_requests(app: Starlette, method: str, path: str, status: int) -> None:
    headers = raw(DELIVERY.headers())
    assert ask(app, headers, DELIVERY.body, path=path, method=method)[0] == status


def test_healthz_leaves_no_event(
    app: Starlette, stored: Callable[[], list[StoredEvent]]
) -> None:
    assert ask(app, [], b"", path="/healthz", method="GET") == (200, "ok\n")
    assert stored() == []

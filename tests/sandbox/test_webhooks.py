"""The sandbox's webhooks: signed, unordered, repeated until they are received."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import Account
from tap_moco.sandbox.collections import TARGETS
from tap_moco.sandbox.webhooks import Webhooks, signature
from tap_moco.spool import targets

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "1d608b9d72219b90ff2393a1d3ee0ac0"
PATIENCE = 10


@dataclass
class Receiver:
    """Takes deliveries, after it has refused some."""

    url: str = ""
    refuses: int = 0
    tries: int = 0
    received: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    signatures: list[tuple[str, bytes]] = field(default_factory=list)

    def wait_for(self, count: int) -> list[tuple[str, str, int]]:
        """Return so many deliveries, without their bodies."""
        deadline = time.monotonic() + PATIENCE
        while len(self.received) < count:
            assert time.monotonic() < deadline, self.received
            time.sleep(0.01)
        return [(target, event, body["id"]) for target, event, body in self.received]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Listen for deliveries."""
    with listening(Receiver()) as found:
        yield found


@contextmanager
def listening(receiver: Receiver) -> Iterator[Receiver]:
    """Serve a receiver from a thread."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.tries += 1
            if receiver.tries > receiver.refuses:
                signed = (self.headers["X-Moco-Signature"], body)
                receiver.signatures.append(signed)
                names = ("X-Moco-Target", "X-Moco-Event")
                target, event = (self.headers[name] for name in names)
                receiver.received.append((target, event, json.loads(body)))
            self.send_response(503 if receiver.tries <= receiver.refuses else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/webhooks"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def account(receiver: Receiver) -> Iterator[Account]:
    """Return an account that sends all its changes to the receiver."""
    account = Account()
    account.insert("projects")
    hooks = Webhooks(account, receiver.url, KEY)
    hooks.set_up()
    with hooks.sending():
        yield account


def test_changes_are_sent_with_the_record(account: Account, receiver: Receiver) -> None:
    number = account.insert("comments", text="eins")["id"]
    account.update("comments", number, text="zwei")
    account.delete("comments", number)
    events = receiver.wait_for(3)
    assert sorted(events) == [
        ("Comment", event, number) for event in ("create", "delete", "update")
    ]
    bodies = {event: body for _, event, body in receiver.received}
    assert (bodies["create"]["text"], bodies["update"]["text"]) == ("eins", "zwei")
    assert bodies["delete"] == {"id": number}


def test_what_goes_with_a_record_is_told_as_well(
    account: Account, receiver: Receiver
) -> None:
    (project,) = account.ids("projects")
    task = account.insert("project_tasks", project_id=project)["id"]
    receiver.wait_for(1)
    account.delete("projects", project)
    events = receiver.wait_for(3)
    assert ("Project", "delete", project) in events
    assert ("Task", "delete", task) in events


def test_deliveries_are_signed_and_repeated(
    account: Account, receiver: Receiver
) -> None:
    receiver.refuses = 3
    account.insert("comments")
    account.insert("comments")
    receiver.wait_for(2)
    assert receiver.tries == 5
    for signed, body in receiver.signatures:
        assert signed == signature(KEY, body)


def test_only_hooks_that_are_on_and_lead_there_are_used(
    account: Account, receiver: Receiver
) -> None:
    for hook in list(account.records["web_hooks"].values()):
        if hook["event"] == "create":
            account.update("web_hooks", hook["id"], disabled=True)
        if hook["event"] == "update":
            account.update("web_hooks", hook["id"], hook="https://example.com/")
    number = account.insert("comments")["id"]
    account.update("comments", number, text="zwei")
    account.delete("comments", number)
    assert receiver.wait_for(1) == [("Comment", "delete", number)]


def test_its_targets_are_those_that_the_tap_knows() -> None:
    """`approvals` alone is left out: its records have two targets."""
    known = {target.stream for target in targets.TARGETS.values() if target.stream}
    assert TARGETS.keys() == known - {"approvals"}
    assert all(targets.stream_of(name) == stream for stream, name in TARGETS.items())

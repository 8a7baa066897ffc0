"""Webhooks that the account sends: signed, in any order, until they are received."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tap_moco.sandbox.collections import TARGETS
from tap_moco.sandbox.model import micros

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Record

EVENTS = ("create", "update", "delete")
ANSWER_SECONDS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 60.0


@dataclass(frozen=True)
class Delivery:
    """One event on its way.

    Attributes:
        timestamp: Milliseconds since the epoch.
    """

    target: str
    event: str
    record: Record
    timestamp: int
    account: str = "demo"
    user_id: int = 933_590_696
    origin: str = ""

    @property
    def body(self) -> bytes:
        """The record, as JSON."""
        return json.dumps(self.record, ensure_ascii=False).encode()

    def headers(self, key: str) -> dict[str, str]:
        """Return the headers, signed with a key."""
        return {
            "Content-Type": "application/json",
            "X-Moco-Target": self.target,
            "X-Moco-Event": self.event,
            "X-Moco-Timestamp": str(self.timestamp),
            "X-Moco-Signature": signature(key, self.body),
            "X-Moco-User-Id": str(self.user_id),
            "X-Moco-Account-Url": self.account,
            "X-Moco-Origin": self.origin,
        }


def signature(key: str, body: bytes) -> str:
    """Sign a body as MOCO documents it."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    """Send one request; return the status and the text of the answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=ANSWER_SECONDS)
    try:
        connection.request("POST", parts.path or "/", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@dataclass
class _Waiting:
    delivery: Delivery
    due: float
    pause: float = FIRST_PAUSE


@dataclass
class Webhooks:
    """Sends the changes of an account to its hooks that lead to one receiver.

    Attributes:
        url: Of the receiver; hooks of other addresses are left alone.
        key: Signs all deliveries.
    """

    account: Account
    url: str
    key: str
    _waiting: list[_Waiting] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def set_up(self) -> None:
        """Have a hook for every target and event."""
        for target in TARGETS.values():
            for event in EVENTS:
                given = {"target": target, "event": event, "hook": self.url}
                self.account.insert("web_hooks", **given)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Send what happens in a block, from a thread."""
        thread = threading.Thread(target=self._run, daemon=True)
        self.account.watchers.append(self._note)
        thread.start()
        try:
            yield
        finally:
            self.account.watchers.remove(self._note)
            self._ended.set()
            thread.join(ANSWER_SECONDS)

    def _note(self, collection: str, event: str, record: Record) -> None:
        """Queue what happened for every hook that watches it."""
        target = TARGETS.get(collection)
        wanted = {"target": target, "event": event, "hook": self.url, "disabled": False}
        for hook in self.account.records["web_hooks"].values():
            if target and wanted.items() <= hook.items():
                now = micros(self.account.clock()) // 1000
                delivery = Delivery(target, event, record, now)
                self._waiting.append(_Waiting(delivery, time.monotonic()))

    def _run(self) -> None:
        while not self._ended.wait(0.02):
            now = time.monotonic()
            with self.account.lock:
                due = [one for one in self._waiting if one.due <= now]
            random.shuffle(due)
            for one in due:
                self._send(one)

    def _send(self, one: _Waiting) -> None:
        """Try a delivery; where it is not received, wait twice as long as before."""
        headers = one.delivery.headers(self.key)
        try:
            status, _ = post(self.url, headers, one.delivery.body)
        except (OSError, http.client.HTTPException):
            status = 0
        one.pause = min(2 * one.pause, LONGEST_PAUSE)
        one.due = time.monotonic() + one.pause
        if status // 100 == 2:  # noqa: PLR2004 - 2xx
            with self.account.lock:
                self._waiting.remove(one)

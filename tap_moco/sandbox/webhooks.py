"""Webhooks that the account sends: signed, in any order, until they are received."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import urllib3

from tap_moco.sandbox.collections import TARGETS
from tap_moco.sandbox.model import Row, micros

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox.account import Account

EVENTS = ("create", "update", "delete")
ANSWER_SECONDS, AT_ONCE = 10, 16
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 60.0


@dataclass(frozen=True)
class Delivery:
    """One event on its way."""

    target: str
    event: str
    record: Row
    timestamp: int
    """Milliseconds since the epoch."""
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


def post(url: str, headers: dict[str, str], body: bytes) -> int:
    """Send one request; return the status of the answer, or 0 where none came."""
    try:
        with urllib3.PoolManager(timeout=ANSWER_SECONDS, retries=False) as pool:
            return pool.request("POST", url, body, headers=headers).status
    except urllib3.exceptions.HTTPError:
        return 0


@dataclass
class Webhooks:
    """Sends the changes of an account to its hooks that lead to one receiver."""

    account: Account
    url: str
    """Of the receiver; hooks of other addresses are left alone."""
    key: str
    """Signs all deliveries."""

    def __post_init__(self) -> None:
        """Have nothing to send yet."""
        self._senders = ThreadPoolExecutor(AT_ONCE)
        self._ended = threading.Event()

    def set_up(self) -> None:
        """Have a hook for every target and event, if there is a receiver."""
        for target, event in product(TARGETS.values(), EVENTS if self.url else ()):
            self.account.insert("web_hooks", target=target, event=event, hook=self.url)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Send what happens in a block, from threads."""
        self.account.watchers.append(self._note)
        try:
            yield
        finally:
            self.account.watchers.remove(self._note)
            self._ended.set()
            self._senders.shutdown(cancel_futures=True)

    def _note(self, collection: str, event: str, record: Row) -> None:
        """Send what happened for every hook that watches it."""
        target = TARGETS.get(collection)
        wanted = {"target": target, "event": event, "hook": self.url, "disabled": False}
        for hook in self.account.all("web_hooks"):
            if target and wanted.items() <= hook.items():
                now = micros(self.account.clock()) // 1000
                self._senders.submit(self._send, Delivery(target, event, record, now))

    def _send(self, delivery: Delivery) -> None:
        """Try a delivery until it is received, after ever longer pauses."""
        pause = random.uniform(0.01, FIRST_PAUSE)
        while not self._ended.wait(pause):
            status = post(self.url, delivery.headers(self.key), delivery.body)
            if status in range(200, 300):
                return
            pause = min(2 * pause, LONGEST_PAUSE)

"""MOCO's side: deliveries that are signed, and repeated until a 2xx comes."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = "1d608b9d72219b90ff2393a1d3ee0ac0"
OTHER_KEY = "ffffffffffffffffffffffffffffffff"
ANSWER_SECONDS = 10
FIRST_TIMESTAMP = 1_795_000_000_000

Headers = dict[str, str]


@dataclass(frozen=True)
class Delivery:
    """One event on its way.

    Attributes:
        timestamp: Milliseconds since the epoch.
    """

    target: str
    event: str
    record: dict[str, Any]
    timestamp: int = FIRST_TIMESTAMP
    account: str = "demo"
    user_id: int = 933_590_696
    origin: str = ""

    @property
    def body(self) -> bytes:
        """The record, as JSON."""
        return json.dumps(self.record, ensure_ascii=False).encode()

    @property
    def identity(self) -> tuple[str, str, int, int]:
        """What tells two events apart here."""
        return self.target, self.event, self.record["id"], self.timestamp

    def headers(self, key: str = KEY) -> Headers:
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
    """Sign a body as MOCO documents it; nothing of the receiver is used here."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def post(url: str, headers: Headers, body: bytes) -> tuple[int, str]:
    """Send one request; return the status and the text of the answer."""
    parts = urlsplit(url)
    assert parts.hostname
    connection = http.client.HTTPConnection(
        parts.hostname, parts.port, timeout=ANSWER_SECONDS
    )
    try:
        connection.request("POST", parts.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@dataclass
class Sender:
    """Sends as MOCO does.

    Attributes:
        urls: Where receivers are; each try goes to one of them, as by a balancer.
        key: What to sign with.
        patience: Seconds after which a delivery is given up: then the test fails.
        tries: How often something was sent so far.
    """

    urls: Sequence[str]
    key: str = KEY
    patience: float = 60.0
    tries: int = field(default=0, init=False)

    def deliver(self, delivery: Delivery) -> None:
        """Send until a 2xx comes within ten seconds, with exponential back-off."""
        deadline = time.monotonic() + self.patience
        pause = 0.02
        while not self._is_accepted(delivery):
            assert time.monotonic() < deadline, f"{delivery} was never accepted"
            time.sleep(random.uniform(0.5, 1) * pause)
            pause = min(pause * 2, 1.0)

    def _is_accepted(self, delivery: Delivery) -> bool:
        self.tries += 1
        url = random.choice(self.urls)
        try:
            status, _ = post(url, delivery.headers(self.key), delivery.body)
        except (OSError, http.client.HTTPException):
            return False
        return 200 <= status < 300

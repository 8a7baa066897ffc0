"""No acknowledged event is lost, however often the receiver is killed.

`KILL_DELIVERIES=10000 KILLS=10 pytest tests/webhooks/test_kills.py` is the large one.
"""

from __future__ import annotations

import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tap_moco.spool.reader import SpoolReader

from .running import Process
from .sender import FIRST_TIMESTAMP, Delivery, Sender

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .conftest import OpenSpool

DELIVERIES = int(os.environ.get("KILL_DELIVERIES", "500"))
KILLS = int(os.environ.get("KILLS", "3"))
CLIENTS = 8
REPEATED = 0.3
"""The share of deliveries that MOCO sends again although they were acknowledged."""

EVENTS = ("create", "update", "delete")


def made_deliveries(count: int, chance: random.Random) -> list[Delivery]:
    """Return deliveries in random order, some of them more than once."""
    unique = [
        Delivery(
            chance.choice(["Activity", "Project", "Invoice::Payment"]),
            EVENTS[number % 3],
            {"id": 1 + number // 3},
            timestamp=FIRST_TIMESTAMP + number,
        )
        for number in range(int(count * (1 - REPEATED)))
    ]
    repeated = chance.choices(unique, k=count - len(unique))
    return chance.sample([*unique, *repeated], count)


class Progress:
    """Counts what was acknowledged, and lets others wait for it."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.acknowledged: list[Delivery] = []
        self._changed = threading.Condition()

    def add(self, delivery: Delivery) -> None:
        """Count one."""
        with self._changed:
            self.acknowledged.append(delivery)
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        """Wait until so many were acknowledged."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: len(self.acknowledged) >= count, timeout=300
            )


def send_and_kill(
    receivers: Sequence[Process], deliveries: Sequence[Delivery], kills: int
) -> list[Delivery]:
    """Send from several clients while receivers are killed and started again."""
    progress = Progress()
    sender = Sender([receiver.url for receiver in receivers])

    def send(share: Sequence[Delivery]) -> None:
        for delivery in share:
            sender.deliver(delivery)
            progress.add(delivery)

    shares = [deliveries[first::CLIENTS] for first in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        sent = [pool.submit(send, share) for share in shares]
        for number in range(kills):
            progress.wait_for(len(deliveries) * (number + 1) // (kills + 2))
            receiver = receivers[number % len(receivers)]
            receiver.kill()
            receiver.start()
        for done in sent:
            done.result()
    assert sender.tries > len(deliveries), "nothing was under way at the kills"
    return progress.acknowledged


def check(location: str, open_spool: OpenSpool, folder: Path, receivers: int) -> None:
    """Send, kill, and compare the spool with what was acknowledged."""
    deliveries = made_deliveries(DELIVERIES, random.Random(12))
    processes = [Process(location, folder) for _ in range(receivers)]
    try:
        for process in processes:
            process.start()
        acknowledged = send_and_kill(processes, deliveries, KILLS)
        for process in processes:
            assert process.stop() == 0
    finally:
        for process in processes:
            process.kill()
    kept = SpoolReader(open_spool(location)).read(limit=10 * DELIVERIES)
    found = [
        (e.target, e.event, e.entity_id, round(e.occurred_at.timestamp() * 1000))
        for e in kept
    ]
    assert len(found) == len(set(found))
    assert set(found) == {delivery.identity for delivery in acknowledged}
    assert len(acknowledged) == DELIVERIES


def test_killed_receiver_with_a_file(
    tmp_path: Path, sqlite_location: str, open_spool: OpenSpool
) -> None:
    check(sqlite_location, open_spool, tmp_path, receivers=1)


def test_killed_receivers_with_one_database(
    tmp_path: Path, postgres_location: str, open_spool: OpenSpool
) -> None:
    check(postgres_location, open_spool, tmp_path, receivers=2)

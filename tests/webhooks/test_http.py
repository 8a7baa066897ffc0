"""The receiver behind a real port: broken requests, slow clients, and its end."""

from __future__ import annotations

import signal
import socket
import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tap_moco.sandbox.webhooks import post
from tap_moco.spool.reader import SpoolReader
from tap_moco.spool.spool import Spool
from tap_moco.webhooks import protocol
from tap_moco.webhooks.receiver import create_app
from tap_moco.webhooks.signature import SigningKeys

from .running import PATIENCE, Process, listening, serving
from .sender import KEY, Delivery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .conftest import OpenSpool

DELIVERY = Delivery("Activity", "update", {"id": 111, "description": "x" * 500})
HURRY = 0.3
"""Seconds, in place of those that a client has got."""


@pytest.fixture
def kept(sqlite_location: str, open_spool: OpenSpool) -> Spool:
    """Return a spool in a file."""
    return open_spool(sqlite_location)


@pytest.fixture
def port(kept: Spool, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Serve with little patience; give the port."""
    monkeypatch.setattr(protocol, "REQUEST_SECONDS", 2 * HURRY)
    with listening(create_app(kept, SigningKeys([KEY]))) as found:
        yield found


def head(length: object = None, *more: str) -> bytes:
    """Return the head of a signed delivery."""
    given = {"Host": "localhost", **DELIVERY.headers()}
    if length is not None:
        given["Content-Length"] = str(length)
    lines = [f"{name}: {value}" for name, value in given.items()]
    return "\r\n".join(["POST /webhooks HTTP/1.1", *lines, *more, "", ""]).encode()


def talk(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send parts one after the other; return all that comes until the end."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        for part in parts:
            try:
                connection.sendall(part)
            except OSError:  # it was cut off
                break
            time.sleep(pause)
        answer = b""
        try:
            while chunk := connection.recv(65_536):
                answer += chunk
                if answer.endswith(b"\n") and b"\r\n\r\n" in answer:
                    break
        except OSError:
            pass
        return answer


def is_cut_off(connection: socket.socket) -> bool:
    """Wait until something comes; return whether it is the end."""
    connection.settimeout(PATIENCE)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def status(answer: bytes) -> int:
    """Return the status of an answer; 0 where the connection was cut."""
    return int(answer.split()[1]) if answer else 0


def test_a_whole_delivery(port: int, kept: Spool) -> None:
    body = DELIVERY.body
    assert status(talk(port, head(len(body)), body)) == 200
    assert len(SpoolReader(kept).read()) == 1


def test_a_delivery_in_chunks(port: int, kept: Spool) -> None:
    body = DELIVERY.body
    chunk = b"%x\r\n%s\r\n" % (len(body), body)
    answer = talk(port, head(None, "Transfer-Encoding: chunked"), chunk, b"0\r\n\r\n")
    assert status(answer) == 200
    assert len(SpoolReader(kept).read()) == 1


BROKEN = {
    "a body that is shorter than said": (head(len(DELIVERY.body) + 9), DELIVERY.body),
    "a body that is longer than said": (head(10), DELIVERY.body),
    "a length that is no number": (head("many"), DELIVERY.body),
    "a negative length": (head(-1), DELIVERY.body),
    "an enormous length": (head(10**30), DELIVERY.body),
    "two lengths": (head(5, "Content-Length: 6"), DELIVERY.body),
    "a length and chunks": (head(5, "Transfer-Encoding: chunked"), b"0\r\n\r\n"),
    "chunks without an end": (
        head(None, "Transfer-Encoding: chunked"),
        b"5\r\nhello\r\n",
    ),
    "chunks that are none": (head(None, "Transfer-Encoding: chunked"), b"zz\r\n"),
    "a header with a null": (head(5, "X-Moco-Other: \0"), b"hello"),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n", b""),
    "nothing": (b"", b""),
    "half a head": (head(5)[:40], b""),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_requests_end_in_4xx_or_are_cut_off(
    port: int, kept: Spool, case: str
) -> None:
    began = time.monotonic()
    found = status(talk(port, *BROKEN[case]))
    assert found == 0 or 400 <= found < 500
    assert time.monotonic() - began < 20 * HURRY
    assert SpoolReader(kept).read() == []
    assert status(talk(port, head(len(DELIVERY.body)), DELIVERY.body)) == 200


def test_a_body_that_drips_is_cut_off(port: int, kept: Spool) -> None:
    drops = [DELIVERY.body[at : at + 5] for at in range(0, len(DELIVERY.body), 5)]
    began = time.monotonic()
    found = status(talk(port, head(len(DELIVERY.body)), *drops, pause=HURRY / 5))
    assert found == 0
    assert time.monotonic() - began < len(drops) * HURRY / 5 + 5
    assert SpoolReader(kept).read() == []


def test_an_endless_body_is_answered_and_cut_off(kept: Spool) -> None:
    app = create_app(kept, SigningKeys([KEY]), max_body_bytes=1_000)
    chunk = b"%x\r\n%s\r\n" % (1_000, b"x" * 1_000)
    with listening(app) as port:
        answer = talk(port, head(None, "Transfer-Encoding: chunked"), *[chunk] * 20)
    assert status(answer) == 413
    assert SpoolReader(kept).read() == []


def test_idle_connections_do_not_keep_others_out(port: int, kept: Spool) -> None:
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
    try:
        for connection in idle[::2]:
            connection.sendall(head(9)[:30])
        assert status(talk(port, head(len(DELIVERY.body)), DELIVERY.body)) == 200
        time.sleep(4 * HURRY)
        for connection in idle:
            assert is_cut_off(connection)
    finally:
        for connection in idle:
            connection.close()
    assert len(SpoolReader(kept).read()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_answers_what_is_under_way(
    tmp_path: Path, sqlite_location: str, number: signal.Signals
) -> None:
    """One delivery is half sent, another client never goes on; the end comes soon."""
    answers = []
    with serving(sqlite_location, tmp_path) as process:
        assert process.process
        body = DELIVERY.body
        with (
            socket.create_connection(("127.0.0.1", process.port), PATIENCE) as half,
            socket.create_connection(("127.0.0.1", process.port), PATIENCE) as stuck,
        ):
            half.sendall(head(len(body)) + body[:100])
            stuck.sendall(head(len(body)) + body[:100])
            assert post(process.url, DELIVERY.headers(), body) == 200
            began = time.monotonic()
            process.process.send_signal(number)
            time.sleep(0.5)
            half.sendall(body[100:])
            answers.append(status(half.recv(1_000)))
            code = process.process.wait(PATIENCE)
            took = time.monotonic() - began
        log = process.log
    assert answers == [200]
    assert code == 0
    assert took < 5
    assert "Traceback" not in log
    with Spool(sqlite_location) as spool:
        assert len(SpoolReader(spool).read()) == 1


def test_a_signal_while_somebody_else_holds_the_spool(
    tmp_path: Path, sqlite_location: str
) -> None:
    """What cannot be stored in time is answered with 503, and is not in the spool."""
    answers: list[int] = []

    def send(url: str) -> None:
        answers.append(post(url, DELIVERY.headers(), DELIVERY.body))

    with (
        serving(sqlite_location, tmp_path) as process,
        closing(sqlite3.connect(sqlite_location, isolation_level=None)) as other,
    ):
        other.execute("BEGIN EXCLUSIVE")
        client = threading.Thread(target=send, args=(process.url,))
        client.start()
        time.sleep(0.5)
        began = time.monotonic()
        assert process.stop() == 0
        assert time.monotonic() - began < 5
        client.join(PATIENCE)
        other.execute("ROLLBACK")
        assert "Traceback" not in process.log
    assert answers == [503]
    with Spool(sqlite_location) as spool:
        assert SpoolReader(spool).read() == []


def test_it_starts_again_at_once_on_the_same_port(
    tmp_path: Path, sqlite_location: str
) -> None:
    with serving(sqlite_location, tmp_path) as process:
        for number in range(2):
            delivery = Delivery("Activity", "update", {"id": number + 1})
            assert post(process.url, delivery.headers(), delivery.body) == 200
            process.kill()
            process.start()
    with Spool(sqlite_location) as spool:
        assert len(SpoolReader(spool).read()) == 2


def test_many_deliveries_at_once_to_one_process(
    tmp_path: Path, sqlite_location: str
) -> None:
    statuses: list[int] = []

    def send(first: int, process: Process) -> None:
        for number in range(first, first + 20):
            delivery = Delivery("Activity", "update", {"id": number})
            statuses.append(post(process.url, delivery.headers(), delivery.body))

    with serving(sqlite_location, tmp_path) as process:
        threads = [
            threading.Thread(target=send, args=(1 + 20 * number, process))
            for number in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert process.stop() == 0
    assert statuses == [200] * 320
    with Spool(sqlite_location) as spool:
        assert len(SpoolReader(spool).read()) == 320

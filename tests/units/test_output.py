"""Messages on their way out."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from singer_sdk.singerlib import RecordMessage, StateMessage

from tap_moco import output
from tap_moco.output import FLUSH_BYTES, BrokenTargetError, BufferedWriter

if TYPE_CHECKING:
    from collections.abc import Callable


class Pipe(io.BytesIO):
    """A standard output that notes its writes."""

    def __init__(self, broken: Callable[[], bool] = lambda: False) -> None:
        """Accept everything, until it breaks."""
        super().__init__()
        self.broken = broken
        self.writes: list[bytes] = []

    def write(self, data: object) -> int:
        """Note what is written, unless nobody reads any more."""
        if self.broken():
            raise BrokenPipeError
        self.writes.append(bytes(data))  # type: ignore[call-overload]
        return len(self.writes[-1])


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Pipe:
    """Put a pipe in the place of standard output, for the writer only."""
    made = Pipe()
    stdout = SimpleNamespace(buffer=made, fileno=lambda: 1)
    monkeypatch.setattr(output, "sys", SimpleNamespace(stdout=stdout))
    return made


def record(number: int, text: str = "") -> RecordMessage:
    """Return a message."""
    return RecordMessage("things", {"id": number, "text": text})


def test_records_wait_for_their_state(pipe: Pipe) -> None:
    writer = BufferedWriter()
    for number in range(3):
        writer.write_message(record(number))
    assert pipe.writes == []
    writer.write_message(StateMessage({"bookmarks": {}}))
    lines = [json.loads(line) for line in b"".join(pipe.writes).splitlines()]
    assert [line["type"] for line in lines] == ["RECORD"] * 3 + ["STATE"]


def test_buffer_is_bounded(pipe: Pipe) -> None:
    writer = BufferedWriter()
    for number in range(200):
        writer.write_message(record(number, "x" * 1000))
    assert len(pipe.writes) == 200 * 1000 // FLUSH_BYTES
    assert all(FLUSH_BYTES <= len(write) < FLUSH_BYTES + 2000 for write in pipe.writes)
    writer.flush()
    lines = b"".join(pipe.writes).splitlines()
    assert [json.loads(line)["record"]["id"] for line in lines] == list(range(200))


def test_flush_writes_whole_lines(pipe: Pipe) -> None:
    writer = BufferedWriter()
    writer.write_message(record(1, "Zeile 1\nZeile 2"))
    writer.flush()
    assert b"".join(pipe.writes).count(b"\n") == 1


def test_stop_outside_of_a_write_ends_at_once() -> None:
    with pytest.raises(SystemExit):
        BufferedWriter().stop(SystemExit(143))


def test_stop_within_a_write_ends_after_it(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = BufferedWriter()
    writer.write_message(record(1))
    write = pipe.write

    def interrupted(data: object) -> int:
        writer.stop(SystemExit(143))
        return write(data)

    monkeypatch.setattr(pipe, "write", interrupted)
    with pytest.raises(SystemExit):
        writer.flush()
    assert json.loads(b"".join(pipe.writes))["record"]["id"] == 1


def test_gone_target_ends_the_run(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.dup2", lambda *_: None)
    monkeypatch.setattr("os.open", lambda *_: 0)
    pipe.broken = lambda: True
    writer = BufferedWriter()
    writer.write_message(record(1))
    with pytest.raises(BrokenTargetError) as error:
        writer.flush()
    assert error.value.code == 1

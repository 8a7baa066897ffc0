"""A tap of few streams in this process: a run of it costs milliseconds."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import RecordMessage
from singer_sdk.singerlib.encoding.base import GenericSingerWriter

from tap_moco.errors import InvalidInputError
from tap_moco.streams.registry import make_streams
from tap_moco.tap import TapMoco

from .outcome import Outcome
from .process import captured
from .target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from tap_moco.streams.base import MocoStream

    from .target import Row


class KilledError(BaseException):
    """The process is gone in the middle of its output, as by `kill -9`."""


class Pipe(GenericSingerWriter[bytes, Any]):
    """Hands messages to a target, until the process is killed."""

    def __init__(self, target: Target, kill_after: int | None = None) -> None:
        """Let so many messages through; None for all."""
        self._target = target
        self._left = kill_after

    def serialize_message(self, message: Any) -> bytes:
        """Do as the interface wants; nothing calls it."""
        return json.dumps(message.to_dict()).encode()

    def write_message(self, message: Any) -> None:
        """Hand a message over.

        Raises:
            KilledError: It is the end.
        """
        if self._left is not None:
            if not self._left:
                raise KilledError
            self._left -= 1
        self._target.take(message.to_dict())

    def write_records(
        self, stream: str, records: Iterable[Row], version: int | None, now: datetime
    ) -> None:
        """Hand the records of a page over, as messages of their own."""
        for record in records:
            self.write_message(
                RecordMessage(stream, dict(record), version=version, time_extracted=now)
            )

    def flush(self) -> None:
        """Nothing is held back."""


def _tap(
    config: Mapping[str, Any],
    streams: Iterable[str],
    state: Row | None,
    sleep: Callable[[float], None],
    **more: Any,
) -> TapMoco:
    """Return a tap of some streams, all of them selected, or of all streams."""
    wanted = tuple(streams)

    class QuickTap(TapMoco):
        def discover_streams(self) -> list[MocoStream]:
            made = make_streams(self, self.context, wanted)
            for stream in made if wanted else ():
                stream.selected_by_default = True
            return made

    QuickTap.sleep = staticmethod(sleep)
    return QuickTap(config=dict(config), state=json.loads(json.dumps(state)), **more)


def run_streams(
    config: Mapping[str, Any],
    streams: Iterable[str] = (),
    *,
    state: Row | None = None,
    target: Target | None = None,
    waits: list[float] | None = None,
) -> Outcome:
    """Run a tap as its command would, without its waits; catch all that it writes.

    Args:
        config: The settings.
        streams: Those to read; all that are selected by default where none is named.
        state: What the run begins with.
        target: What takes the messages; None for a new one.
        waits: Where to note the seconds that the tap would have waited.
    """
    into, tap = target or Target(), None
    sleep = (waits if waits is not None else []).append
    with captured() as (raw, log):
        try:
            tap = _tap(config, streams, state, sleep)
            code = 0 if tap.run.execute() else 1
        except SystemExit as end:
            code = int(end.code or 0)
        except InvalidInputError as error:
            TapMoco.logger.error("%s", error)
            code = 1
    out = raw.getvalue().decode()
    return Outcome(
        code,
        out,
        "\n".join(log.seen),
        debug="\n".join(log.everything),
        requests=tap.context.client.requests if tap else 0,
        loaded=into.load(out),
    )


def pour(
    config: Mapping[str, Any],
    streams: Iterable[str],
    target: Target,
    *,
    sleep: Callable[[float], None],
    kill_after: int | None = None,
) -> Outcome:
    """Run a tap straight into a target, from the target's last state.

    Args:
        config: The settings; one request at a time unless they say otherwise.
        streams: Those to read.
        target: What takes each message as it is written.
        sleep: What stands for the tap's waits.
        kill_after: Messages after which the process is killed.
    """
    alone = {"concurrency": 1, **config}  # the order of requests is the history's
    pipe = Pipe(target, kill_after)
    tap = _tap(alone, streams, target.state, sleep, message_writer=pipe)
    try:
        tap.run.read_all()
    except KilledError:
        return Outcome(-signal.SIGKILL, loaded=target)
    stats = tap.context.stats
    reasons = [report.reason for report in stats.of("failed")]
    return Outcome(0 if stats.is_success else 1, reasons=reasons, loaded=target)

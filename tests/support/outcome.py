"""What a run of the tap left behind."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass, field
from functools import cached_property

from .target import Row, Target, lines


@dataclass
class Outcome:
    """What came of a run.

    Attributes:
        code: The exit status; that of a process that was killed is negative.
        out: Standard output.
        err: What a user reads on standard error.
        debug: All of the log, down to DEBUG, where it was caught.
        requests: How many requests the tap sent, where that was counted.
        reasons: Why streams failed, where that was asked.
        loaded: The target that took the messages; None for a new one.
    """

    code: int
    out: str = ""
    err: str = ""
    debug: str = ""
    requests: int = 0
    reasons: list[str] = field(default_factory=list)
    loaded: Target | None = None

    @property
    def is_success(self) -> bool:
        """Whether the run ended with 0."""
        return self.code == 0

    @property
    def was_killed(self) -> bool:
        """Whether the run never came to its end."""
        return self.code == -signal.SIGKILL

    @cached_property
    def target(self) -> Target:
        """The target that took all of it."""
        return self.loaded or Target().load(self.out)

    @cached_property
    def messages(self) -> list[Row]:
        """All messages in the order of their writing."""
        return [json.loads(line) for line in lines(self.out)]

    @property
    def state(self) -> Row:
        """The last state."""
        return self.target.states[-1]

    def records(self, stream: str) -> list[Row]:
        """Return a stream's records in the order of their writing."""
        return [
            message["record"]
            for message in self.messages
            if message["type"] == "RECORD" and message["stream"] == stream
        ]

    def bookmark(self, stream: str) -> str:
        """Return the value of the stream's replication key in the last state."""
        bookmark: str = self.state["bookmarks"][stream]["replication_key_value"]
        return bookmark

    def lines(self, words: str) -> list[str]:
        """Return the lines of the log with these words."""
        return [line for line in self.err.split("\n") if words in line]

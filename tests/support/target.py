"""What a Singer target holds after it was given the tap's messages."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tap_moco.sandbox import Account

Row = dict[str, Any]
Key = tuple[Any, ...]


def lines(messages: str) -> list[str]:
    """Return the lines of messages.

    A text may hold characters that `str.splitlines` takes for the end of a line.
    """
    return [line for line in messages.split("\n") if line]


@dataclass
class Target:
    """Does what targets of the SDK do: replace rows by key, remove them by version.

    Attributes:
        account: Where a row must be gone before it is removed here, if given.
        rows: Each stream's rows by key.
        written: How many records each stream had.
        schemas: The last SCHEMA message of each stream.
        states: The values of all STATE messages.
        state: The last of them, or what the next run is to begin with.
        messages: The types of all messages.
        activated: The streams of all ACTIVATE_VERSION messages.
        wrongly_removed: Rows that were removed while the account had them.
    """

    account: Account | None = None
    rows: dict[str, dict[Key, Row]] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    schemas: dict[str, Row] = field(default_factory=dict)
    states: list[Row] = field(default_factory=list)
    state: Row = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    activated: list[str] = field(default_factory=list)
    wrongly_removed: list[tuple[str, Key]] = field(default_factory=list)
    _versions: dict[str, dict[Key, int | None]] = field(default_factory=dict)

    def load(self, output: str) -> Target:
        """Take the output of a run; a line that is no message is an error."""
        for line in lines(output):
            self.take(json.loads(line))
        return self

    def take(self, message: Row) -> None:
        """Take one message."""
        self.messages.append(message["type"])
        getattr(self, f"_take_{message['type'].lower()}")(message)

    def of(self, stream: str) -> list[Row]:
        """Return the rows of a stream."""
        return list(self.rows.get(stream, {}).values())

    def ids(self, stream: str) -> set[int]:
        """Return the ids of a stream's rows."""
        return {row["id"] for row in self.of(stream)}

    def row(self, stream: str, number: int) -> Row:
        """Return a row by its id."""
        return self.rows[stream][(number,)]

    def keys(self) -> dict[str, set[Key]]:
        """Return the keys of each stream's rows."""
        return {stream: set(rows) for stream, rows in self.rows.items()}

    def versions(self, stream: str) -> set[int | None]:
        """Return the versions of a stream's rows."""
        return set(self._versions[stream].values())

    def bookmark(self, stream: str) -> Row:
        """Return a stream's part of the last state."""
        found: Row = self.state.get("bookmarks", {}).get(stream, {})
        return found

    def _take_schema(self, message: Row) -> None:
        stream = message["stream"]
        self.schemas[stream] = message
        self.rows.setdefault(stream, {})
        self._versions.setdefault(stream, {})

    def _take_record(self, message: Row) -> None:
        stream, record = message["stream"], message["record"]
        key = tuple(record[name] for name in self.schemas[stream]["key_properties"])
        assert None not in key, (stream, record)
        self.rows[stream][key] = record
        self._versions[stream][key] = message.get("version")
        self.written[stream] = self.written.get(stream, 0) + 1

    def _take_activate_version(self, message: Row) -> None:
        stream, activated = message["stream"], message["version"]
        self.activated.append(stream)
        for key, version in list(self._versions[stream].items()):
            if version is None or version < activated:
                row = self.rows[stream].pop(key)
                del self._versions[stream][key]
                if self.account and row["id"] in self.account.records[stream]:
                    self.wrongly_removed.append((stream, key))

    def _take_state(self, message: Row) -> None:
        self.state = copy.deepcopy(message["value"])
        self.states.append(self.state)

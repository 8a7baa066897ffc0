"""One target after the other is given the recordings; what it does is noted."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.target import lines

from .comparison import Difference, keyed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .recordings import Keyed, Recording, Recordings
    from .stores import Store

PATIENCE = 1800
STOPPED = -9
"""The exit status of a target that took too long."""
KINDS = {
    "integer": ("activities", "id"),
    "number": ("activities", "hours"),
    "boolean": ("activities", "billable"),
    "date": ("activities", "date"),
    "date-time": ("activities", "updated_at"),
    "object": ("activities", "customer"),
    "array": ("projects", "tasks"),
    "custom fields": ("companies", "custom_properties"),
}
"""A column of each kind."""
CUSTOM_COLUMNS = "custom fields, `columns`"
CUSTOM_CHANGED = "the same, changed"
CUSTOM_TYPED = "custom fields, `typed`"
DELETED_AT = "_sdc_deleted_at"
NULL_FIRST = '`["null", X]` in schemas'
NULL_LAST = '`[X, "null"]` in schemas'


@dataclass
class Load:
    """One run of a target.

    Attributes:
        status: Its exit status.
        states: The states that it wrote to standard output.
        log: What it wrote to standard error.
        seconds: How long it took.
    """

    status: int
    states: list[Any]
    log: str
    seconds: float


@dataclass
class Findings:
    """What was seen of a target.

    Attributes:
        title: The target's package.
        requirements: What was installed.
        answers: A few words per question.
        types: The type of a column per kind of value.
        failures: What should have gone well and did not, with examples.
        figures: How long a large load took, and what came of it.
    """

    title: str
    requirements: tuple[str, ...]
    answers: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    figures: str = ""


def load(store: Store, recording: Recording) -> Load:
    """Give a recording to a target."""
    begin = time.monotonic()
    try:
        done = subprocess.run(
            store.command(),
            input=recording.messages,
            capture_output=True,
            check=False,
            cwd=store.folder,
            encoding="utf-8",
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return Load(STOPPED, [], f"it was stopped after {PATIENCE} s", PATIENCE)
    states = [json.loads(line) for line in lines(done.stdout)]
    return Load(done.returncode, states, done.stderr, time.monotonic() - begin)


def compare(store: Store, recording: Recording) -> Difference:
    """Compare all tables with what they should hold."""
    difference = Difference()
    for stream, wanted in recording.rows.items():
        schema, names = recording.schemas[stream], recording.keys[stream]
        rows = store.rows(stream) if wanted else []
        alive = [row for row in rows if row.get(DELETED_AT) is None]
        difference.add(stream, schema, wanted, keyed(alive, names, schema))
    return difference


class Trial:
    """All that is tried with one target."""

    def __init__(
        self, kind: type[Store], recordings: Recordings, folder: Path, database: str
    ) -> None:
        """Remember what to load, and where."""
        self._kind = kind
        self._recordings = recordings
        self._place = (folder, database)
        self.findings = Findings(kind.title, kind.environment.requirements)

    def run(self, large: Recording | None) -> Findings:
        """Try everything; return what was found."""
        self._kind.environment.install()
        store = self._store("default")
        if not self._first(store) or self._kind.is_warned_of:
            return self.findings
        self._second(store)
        self._deletes(store)
        if self._kind.can_delete:
            self._hard_deletes()
        self._variants()
        self._new_columns()
        self._custom_fields()
        if large:
            self._large(large)
        return self.findings

    def _store(self, name: str, *, hard: bool = False) -> Store:
        folder, database = self._place
        prefix = self._kind.environment.name.replace("-", "_")
        return self._kind(folder, database, f"{prefix}_{name}", hard=hard)

    def _note(self, question: str, answer: str) -> None:
        self.findings.answers[question] = answer

    def _load(self, store: Store, recording: Recording, what: str) -> Load | None:
        """Load; return nothing where that failed, which is noted."""
        done = load(store, recording)
        if not done.status:
            return done
        last = done.log.strip().splitlines()[-1:] or ["no message"]
        self.findings.failures.append(f"{what}: status {done.status}: {last[0]}")
        self._note(what, f"fails with status {done.status}")
        return None

    def _check(self, store: Store, recording: Recording, what: str) -> Load | None:
        """Load and compare; note what is stored otherwise than the tap sent it."""
        if done := self._load(store, recording, what):
            self._note(what, self._verdict(store, recording, what))
        return done

    def _verdict(self, store: Store, recording: Recording, what: str) -> str:
        difference = compare(store, recording)
        if difference.missing:
            count = sum(map(len, difference.missing.values()))
            self.findings.failures.append(f"{what}: {count} rows are missing")
        self.findings.failures += [
            f"{what}: {how}: {example}" for how, example in difference.manners.items()
        ]
        return _words(difference)

    def _first(self, store: Store) -> bool:
        recording = self._recordings.first
        done = self._check(store, recording, "first load")
        if done:
            self.findings.types = _types(store)
            is_kept = done.states[-1:] == [recording.last_state()]
            self._note("state", "handed on" if is_kept else "lost")
        return done is not None

    def _second(self, store: Store) -> None:
        recording = self._recordings.second
        what = "second run"
        if not self._load(store, recording, what):
            return
        written = _written(recording)
        counts = {stream: len(store.rows(stream)) for stream in written}
        if counts == written:
            answer = "the file is replaced, and has the new rows only"
        elif counts == {name: len(_by_key(store, recording, name)) for name in written}:
            verdict = self._verdict(store, recording, what)
            answer = f"rows are replaced by key; {verdict}"
        else:
            answer = "the new rows are added to the old ones"
        self._note(what, answer)

    def _deletes(self, store: Store) -> None:
        recording = self._recordings.third
        what = "deleted rows"
        if not self._load(store, recording, what):
            return
        if _left(store, recording):
            self._note(what, "stay")
        elif _marked(store, recording):
            self._note(what, f"stay, marked in `{DELETED_AT}`")
        else:
            self._note(what, "are removed")

    def _hard_deletes(self) -> None:
        store = self._store("hard", hard=True)
        recordings, what = self._recordings, "deleted rows, `hard_delete`"
        first, third = recordings.first.sample(), recordings.third.sample()
        if self._load(store, first, what) and self._load(store, third, what):
            left = _left(store, third) or _marked(store, third)
            self._note(what, "stay" if left else "are removed")

    def _variants(self) -> None:
        recordings = self._recordings
        self._check(self._store("flat"), recordings.flattened, "flattening in the tap")
        self._check(self._store("masked"), recordings.masked, "stream maps")
        sample = recordings.first.sample()
        types = []
        for name, what, recording in (
            ("null_first", NULL_FIRST, sample.with_null_first()),
            ("null_last", NULL_LAST, sample.with_null_last()),
        ):
            store = self._store(name)
            self._check(store, recording, what)
            types.append(_types(store))
        if types[0] != types[1]:
            self._note(NULL_LAST, f"other columns: {types[1]}")

    def _large(self, recording: Recording) -> None:
        store, what = self._store("large"), "large"
        done = self._check(store, recording, what)
        verdict = self.findings.answers.pop(what)
        seconds = f"in {done.seconds:.0f} s" if done else "not loaded"
        rows = sum(map(len, recording.rows.values()))
        self.findings.figures = f"{rows:,} rows {seconds}: {verdict}"

    def _new_columns(self) -> None:
        store = self._store("columns")
        what = "new columns"
        if self._load(store, self._recordings.older, what):
            self._check(store, self._recordings.first.sample(), what)

    def _custom_fields(self) -> None:
        """Load odd names, then again after the fields were changed."""
        recordings, store = self._recordings, self._store("custom")
        if self._check(store, recordings.columns, CUSTOM_COLUMNS):
            self._check(store, recordings.changed, CUSTOM_CHANGED)
        self._check(self._store("typed"), recordings.typed, CUSTOM_TYPED)


def _by_key(store: Store, recording: Recording, stream: str) -> Keyed:
    """Return a table's rows by key, of which a row that is there twice is one."""
    return keyed(store.rows(stream), recording.keys[stream], recording.schemas[stream])


def _left(store: Store, recording: Recording) -> bool:
    """Return whether a table has rows that the tap declared deleted."""
    left = compare(store, recording).left
    return any(keys & recording.gone.get(name, set()) for name, keys in left.items())


def _words(difference: Difference) -> str:
    """Say in a few words what a comparison found."""
    parts = sorted(difference.manners)
    if difference.missing:
        parts.insert(0, "rows are missing")
    return "; ".join(parts) or "every value is right"


def _types(store: Store) -> dict[str, str]:
    """Return the type of a column per kind of value."""
    types = {}
    for kind, (stream, column) in KINDS.items():
        columns = store.column_types(stream)
        types[kind] = columns.get(column) or _spread(column, columns)
    return types


def _spread(column: str, types: Iterable[str]) -> str:
    """Say how a column is stored that is not there under its own name."""
    prefix = f"{column}__"
    return "one column per field" if any(t.startswith(prefix) for t in types) else "?"


def _written(recording: Recording) -> dict[str, int]:
    """Return how many records a recording has of each stream, if any."""
    messages = map(json.loads, lines(recording.messages))
    return dict(
        Counter(
            message["stream"] for message in messages if message["type"] == "RECORD"
        )
    )


def _marked(store: Store, recording: Recording) -> bool:
    """Return whether the rows that are gone are marked, and no other row is."""
    marked = {}
    for stream, gone in recording.gone.items():
        schema, names = recording.schemas[stream], recording.keys[stream]
        rows = store.rows(stream) if gone else []
        dead = [row for row in rows if row.get(DELETED_AT) is not None]
        marked[stream] = keyed(dead, names, schema).keys()
    return marked == recording.gone

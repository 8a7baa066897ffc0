"""What the tap writes, recorded once for all targets, and what it stands for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_moco.sandbox import Account, generate_account, serve
from tap_moco.sandbox.evolve import evolve
from tests.support.expected import Expectation, normalized
from tests.support.runs import run, select, settings
from tests.support.target import Target, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tap_moco.sandbox import Server

Row = dict[str, Any]
Keyed = dict[tuple[Any, ...], Row]

SCALE = 0.2
CHANGES = 150
SAMPLE = ("activities", "companies", "invoices", "projects", "users")
"""Streams with every kind of value, for what need not be tried with all of them."""
NEW_COLUMNS = {"activities": ("hours", "customer", "remote_url", "billable", "date")}
"""Columns that an older version of the tap is made to lack: one per kind of value."""
MASKS = {
    "users": {"email": "md5(email)", "mobile_phone": "__NULL__", "birthday": None},
}

TEXTS = (
    "Zeit 🕰️ 👩‍💻",
    "eins\u2028zwei\u2029drei\u0085vier",
    "\"'\\ \t\r\n </script> %s {} ; , $$ \\n",
    "  Abstand am Rand  ",
    "null",
    "ä" * 20_000,
)
"""What people type, and what loads of text stumble over."""
AMOUNT = 1234567890123.45
DEFINITIONS = "account_custom_properties"
ODD_FIELDS: dict[str, tuple[str, object]] = {
    "Größe (m²)": ("String", "12"),
    "PO-Nummer / Ref.": ("String", "A-1"),
    "🚀": ("Date", "2026-03-31"),
    "": ("String", "ohne Namen"),
    "id": ("String", "7"),
    "Properties": ("String", "x"),
    "Rates": ("MultiSelect", ["a", "b"]),
    "Web?": ("Boolean", "1"),
    'Maß "L\\B"\t': ("Link", "https://example.com"),
    "Kunden-Nr.": ("String", "1"),
    "Kunden Nr": ("Select", "2"),
    f"{'Sehr lange Bezeichnung ' * 9}A": ("String", "a"),
    f"{'Sehr lange Bezeichnung ' * 9}B": ("String", "b"),
    "Fällig": ("Date", "demnächst"),
}
"""What people call their fields, their kinds, and a value; the last one is no date."""


@dataclass
class Recording:
    """The messages of one run of the tap.

    Attributes:
        messages: The lines that it wrote.
        rows: What each stream's table should hold once they are loaded, by key.
        schemas: The JSON schema of each stream.
        keys: The names of each stream's key.
        gone: The keys of rows that the tap declared deleted, by stream.
    """

    messages: str
    rows: dict[str, Keyed]
    schemas: dict[str, Row]
    keys: dict[str, list[str]]
    gone: dict[str, set[tuple[Any, ...]]] = field(default_factory=dict)

    def sample(self, streams: Iterable[str] = SAMPLE) -> Recording:
        """Return the part that concerns some streams."""
        kept = set(streams)
        return Recording(
            "".join(
                f"{line}\n"
                for line in lines(self.messages)
                if json.loads(line).get("stream", "activities") in kept
            ),
            {name: rows for name, rows in self.rows.items() if name in kept},
            self.schemas,
            self.keys,
            {name: keys for name, keys in self.gone.items() if name in kept},
        )

    def declared(self) -> set[str]:
        """Return the streams whose deleted rows it declares."""
        messages = map(json.loads, lines(self.messages))
        return {m["stream"] for m in messages if m["type"] == "ACTIVATE_VERSION"}

    def last_state(self) -> Any:
        """Return the value of the last STATE message."""
        states = [line for line in lines(self.messages) if '"STATE"' in line]
        return json.loads(states[-1])["value"]

    def with_null_first(self) -> Recording:
        """Return the same with `["null", X]` as the type of what may be null."""
        return self._with_types(lambda types: ["null", *types])

    def with_null_last(self) -> Recording:
        """Return the same with `[X, "null"]` as the type of what may be null."""
        return self._with_types(lambda types: [*types, "null"])

    def _with_types(self, join: Callable[[list[str]], list[str]]) -> Recording:
        messages = [json.loads(line) for line in lines(self.messages)]
        for message in messages:
            if message["type"] == "SCHEMA":
                _join_types(message["schema"], join)
        text = "\n".join(map(json.dumps, messages)) + "\n"
        schemas = {m["stream"]: m["schema"] for m in messages if m["type"] == "SCHEMA"}
        return Recording(text, self.rows, schemas, self.keys, self.gone)


def _join_types(schema: Row, join: Callable[[list[str]], list[str]]) -> None:
    types = schema.get("type")
    if isinstance(types, list) and "null" in types:
        schema["type"] = join([name for name in types if name != "null"])
    inner = [*schema.get("properties", {}).values()]
    for one in [*inner, schema["items"]] if "items" in schema else inner:
        _join_types(one, join)


@dataclass
class Recordings:
    """The runs that every target is given.

    Attributes:
        first: Every default stream of an account.
        second: What changed since, with the state of the first run.
        third: Every default stream again, after rows were deleted.
        flattened: The sample with `flattening_enabled`.
        masked: The sample with a stream map.
        older: The sample as an older version of the tap wrote it.
        columns: Custom fields with odd names, as columns.
        changed: The same after fields were added, renamed, retyped and removed.
        typed: The same fields as typed properties.
    """

    first: Recording
    second: Recording
    third: Recording
    flattened: Recording
    masked: Recording
    older: Recording
    columns: Recording
    changed: Recording
    typed: Recording


def record_all() -> Recordings:
    """Run the tap against a sandbox account that changes between the runs.

    Returns:
        One recording per run.
    """
    account = generate_account(SCALE)
    dropped = {stream: dict.fromkeys(names) for stream, names in NEW_COLUMNS.items()}
    for number, text in zip(account.ids("activities"), TEXTS, strict=False):
        account.update("activities", number, description=text, hourly_rate=AMOUNT)
    with serve(account) as server:
        flattened = _record(server, flattening_enabled=True, flattening_max_depth=3)
        masked = _record(server, stream_maps=MASKS)
        older = _record(server, stream_maps=dropped)
        first = _record(server, expected=_account_rows(server))
        evolve(account, CHANGES)
        # The rows of an increment are compared with what the tap said, not with the
        # account: rows that embed a changed record are written with the next sweep.
        second = _record(server, earlier=first, state=first.last_state())
        third = _record(server, expected=_account_rows(server))
        third.gone = {
            stream: first.rows[stream].keys() - third.rows[stream].keys()
            for stream in third.declared()
        }
    samples = (flattened.sample(), masked.sample(), older.sample())
    return Recordings(first, second, third, *samples, *record_custom_fields())


def record_custom_fields() -> tuple[Recording, Recording, Recording]:
    """Run the tap against projects with custom fields of odd names.

    Returns:
        Their columns, the columns after changes, and typed properties.
    """
    account = Account()
    values = {name: value for name, (_, value) in ODD_FIELDS.items()}
    project = account.insert("projects", custom_properties=values)["id"]
    account.insert("projects")
    ids = {
        name: account.insert(DEFINITIONS, name=name, kind=kind, entity="Project")["id"]
        for name, (kind, _) in ODD_FIELDS.items()
    }
    catalog = select("projects")
    with serve(account) as server:
        typed = _record(server, catalog, custom_fields="typed")
        columns = _record(server, catalog, custom_fields="columns")
        account.update(DEFINITIONS, ids["Kunden-Nr."], name="Kundennummer")
        account.update(DEFINITIONS, ids["PO-Nummer / Ref."], kind="Boolean")
        account.update(DEFINITIONS, ids["Web?"], kind="MultiSelect")
        account.delete(DEFINITIONS, ids["id"])
        account.insert(DEFINITIONS, name="Kunden_Nr", entity="Project")
        values |= {"Kundennummer": "1", "PO-Nummer / Ref.": "1", "Kunden_Nr": "3"}
        account.update("projects", project, custom_properties=values)
        state = columns.last_state()
        changed = _record(
            server, catalog, earlier=columns, state=state, custom_fields="columns"
        )
    return columns, changed, typed


def record_large(rows: int) -> Recording:
    """Run the tap against an account with so many time entries; read only these."""
    account = generate_account(SCALE)
    for number in range(rows - len(account.ids("activities"))):
        account.insert("activities", description=f"Eintrag {number}")
    with serve(account) as server:
        return _record(server, select("activities"))


def _account_rows(server: Server) -> Callable[[Target], dict[str, Keyed]]:
    """Return what compares with the account itself, in place of the tap's words."""
    expectation = Expectation(server)

    def rows(target: Target) -> dict[str, Keyed]:
        return {
            stream: {
                tuple(row[name] for name in message["key_properties"]): row
                for row in (
                    normalized(row, message["schema"])
                    for row in expectation.rows(stream)
                )
            }
            for stream, message in target.schemas.items()
        }

    return rows


def _record(
    server: Server,
    catalog: Row | None = None,
    *,
    expected: Callable[[Target], dict[str, Keyed]] | None = None,
    earlier: Recording | None = None,
    state: Mapping[str, Any] | None = None,
    **config: Any,
) -> Recording:
    outcome = run(
        settings(server, **config), catalog=catalog, state=state, process=True
    )
    if outcome.code:
        raise RuntimeError(outcome.err)
    target = Target()
    if earlier:
        target.load(earlier.messages)
    target.load(outcome.out)
    return Recording(
        outcome.out,
        expected(target) if expected else target.rows,
        {name: message["schema"] for name, message in target.schemas.items()},
        {name: message["key_properties"] for name, message in target.schemas.items()},
    )

"""Runs with custom fields, one after the other, into one target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker

from tests.support.clock import Clock
from tests.support.runs import run, select, settings

if TYPE_CHECKING:
    from tap_moco.row import Row
    from tap_moco.sandbox import Server
    from tests.support.outcome import Outcome


class Pipeline:
    """Runs that hand on the state, into one target that keeps what it is not given."""

    def __init__(self, server: Server, stream: str = "deals", **config: Any) -> None:
        """Read nothing yet."""
        self._server = server
        self._stream = stream
        self.config = {"custom_fields": "columns", **config}
        self.catalog = select(stream)
        self.state: Row | None = None
        self.table: dict[int, Row] = {}

    def run(self, *, code: int = 0, **config: Any) -> Outcome:
        """Read and load; every record has to fit the SCHEMA before it."""
        given = settings(self._server, **{**self.config, **config})
        self._let_time_pass()
        outcome = run(given, catalog=self.catalog, state=self.state)
        assert outcome.code == code, outcome.err
        self.state = outcome.state
        validator = Draft202012Validator(
            schema_of(outcome, self._stream), format_checker=FormatChecker()
        )
        for record in outcome.records(self._stream):
            validator.validate(record)
            self.table.setdefault(record["id"], {}).update(record)
        return outcome

    def _let_time_pass(self) -> None:
        """Let what was changed before be certain."""
        clock = self._server.account.clock
        assert isinstance(clock, Clock)
        clock.tick(60)

    def discover(self) -> None:
        """Make the catalog anew, without the state, as `--discover` does."""
        given = settings(self._server, **self.config)
        outcome = run(given, "--discover")
        assert outcome.code == 0, outcome.err
        self.catalog = json.loads(outcome.out)
        for entry in self.catalog["streams"]:
            for item in entry["metadata"]:
                if not item["breadcrumb"]:
                    is_wanted = entry["tap_stream_id"] == self._stream
                    item["metadata"]["selected"] = is_wanted


def schema_of(outcome: Outcome, stream: str = "deals") -> Row:
    schema: Row = outcome.target.schemas[stream]["schema"]
    return schema


def columns_of(outcome: Outcome, stream: str = "deals") -> dict[str, Row]:
    """Return the columns of custom fields."""
    declared = schema_of(outcome, stream)["properties"]
    fixed = {"custom_properties", "custom_rates"}
    return {
        name: schema
        for name, schema in declared.items()
        if name.startswith("custom_") and name not in fixed
    }

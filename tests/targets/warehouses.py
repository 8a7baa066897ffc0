"""Targets of warehouses that cannot be had here: what they make of the schemas.

Their packages are installed, and their own code translates the schemas. Nothing is
sent, so what the warehouse does with the rows is not seen.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.environments import Environment

from .trials import CUSTOM_COLUMNS, KINDS, NULL_FIRST, NULL_LAST, Findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .recordings import Recording, Row

Columns = dict[str, dict[str, str]]
"""The type of each column, by stream and name."""

FRAME = """
import json, logging, sys
logging.disable()
{translate}
def column(name, kind):
    try:
        return translate({{"properties": {{name: kind}}}})[name]
    except Exception:
        return "{unknown}"
print(json.dumps({{
    stream: {{name: column(name, kind) for name, kind in schema["properties"].items()}}
    for stream, schema in json.load(sys.stdin).items()
}}))
"""
UNKNOWN = "not understood"
BIGQUERY_FIELDS = """
def named(field):
    array = "array of " if field.mode == "REPEATED" else ""
    required = " not null" if field.mode.upper() == "REQUIRED" else ""
    return array + field.field_type.lower() + required
"""


@dataclass(frozen=True)
class Warehouse:
    """A target whose translation of schemas is tried.

    Attributes:
        translate: Python that defines `translate`: from a JSON schema to the type of
            each column.
    """

    title: str
    environment: Environment
    translate: str
    setup: str

    @property
    def program(self) -> str:
        """Python that translates the schemas that come by standard input."""
        return FRAME.format(translate=self.translate, unknown=UNKNOWN)

    def columns(self, schemas: Mapping[str, Row]) -> Columns:
        """Translate schemas.

        Raises:
            RuntimeError: The target's code does not start.
        """
        self.environment.install()
        done = subprocess.run(
            [
                self.environment.command("python"),
                *("-W", "ignore", "-c", self.program),
            ],
            input=json.dumps(schemas),
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        columns: Columns = json.loads(done.stdout)
        return columns

    def try_out(self, recording: Recording, custom: Recording) -> Findings:
        """Translate all schemas in both orders of types, and those of odd names."""
        findings = Findings(self.title, self.environment.requirements)
        first = self.columns(recording.with_null_first().schemas)
        last = self.columns(recording.with_null_last().schemas)
        findings.types = {kind: first[s][column] for kind, (s, column) in KINDS.items()}
        findings.answers = {
            NULL_FIRST: _reading(first, last),
            NULL_LAST: _reading(last, first),
            CUSTOM_COLUMNS: _whole(self.columns(custom.schemas)),
        }
        return findings


def _reading(mine: Columns, other: Columns) -> str:
    """Say what comes of one order of types, and where the other one differs."""
    differing = [
        f"{kind} is `{mine[stream][column]}`"
        for kind, (stream, column) in KINDS.items()
        if mine[stream][column] != other[stream][column]
    ]
    return "; ".join((_whole(mine), *differing))


def _whole(columns: Columns) -> str:
    """Say whether every column has a type, under the name that the tap gave it."""
    is_whole = not any(UNKNOWN in types.values() for types in columns.values())
    return "every column has a type" if is_whole else f"some columns are {UNKNOWN}"


WAREHOUSES = (
    Warehouse(
        "target-bigquery",
        Environment("target-bigquery", ("target-bigquery==1.4.0", "setuptools<81")),
        BIGQUERY_FIELDS
        + """
sys.argv[1:] = ["--config", "none"]  # it reads its arguments when it is imported
from target_bigquery import build_schema
def translate(schema):
    return {field.name: named(field) for field in build_schema(schema)}
""",
        "project_id: my-project\ndataset_id: moco",
    ),
    Warehouse(
        "z3-target-bigquery",
        Environment(
            "z3-target-bigquery", ("z3-target-bigquery==0.7.2", "setuptools<81")
        ),
        BIGQUERY_FIELDS
        + """
from target_bigquery.core import SchemaResolverVersion, SchemaTranslator
def translate(schema):
    translator = SchemaTranslator(schema, {}, SchemaResolverVersion.V2)
    return {field.name: named(field) for field in translator.translated_schema}
""",
        """\
project: my-project
dataset: moco
method: storage_write_api
denormalized: true
schema_resolver_version: 2
upsert: true""",
    ),
    Warehouse(
        "meltanolabs-target-snowflake",
        Environment("target-snowflake", ("meltanolabs-target-snowflake==0.20.4",)),
        """
from target_snowflake.connector import SnowflakeConnector
connector = SnowflakeConnector(config={})
def translate(schema):
    properties = schema["properties"].items()
    return {name: str(connector.to_sql_type(kind)).lower() for name, kind in properties}
""",
        """\
account: my-account
user: loader
password: …
database: warehouse
default_target_schema: moco
add_record_metadata: true
hard_delete: false""",
    ),
    Warehouse(
        "pipelinewise-target-snowflake",
        Environment(
            "pipelinewise-target-snowflake",
            ("pipelinewise-target-snowflake==2.3.0", "setuptools<81", "numpy<2"),
        ),
        """
from target_snowflake.db_sync import column_type
def translate(schema):
    return {name: column_type(kind) for name, kind in schema["properties"].items()}
""",
        """\
account: my-account
user: loader
password: …
dbname: warehouse
warehouse: loading
default_target_schema: moco""",
    ),
)

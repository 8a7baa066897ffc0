"""The keys of docs/relations.yml, against an account: every one resolves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tap_moco.sandbox import generate_account, serve
from tests.support.environments import ROOT
from tests.support.runs import run, select, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.outcome import Outcome
    from tests.support.target import Row

RELATIONS: dict[str, dict[str, str]] = yaml.safe_load(
    (ROOT / "docs" / "relations.yml").read_text(encoding="utf-8")
)
PAIRS = [(stream, path) for stream, paths in RELATIONS.items() for path in paths]
NEVER_FILLED = {
    ("account_task_templates", "revenue_category.id"),
    ("offers", "invoice_id"),
    ("project_recurring_expenses", "revenue_category.id"),
    ("project_tasks", "revenue_category.id"),
    ("projects", "billing_contact.id"),
    ("projects", "deal.id"),
    ("projects", "secondary_contact.id"),
}
"""Fields that no record of the sandbox fills, so that nothing is seen of them."""


@pytest.fixture(scope="module")
def everything() -> Outcome:
    """Read all streams of an account."""
    with serve(generate_account(1)) as server:
        outcome = run(settings(server), catalog=select(), process=True)
    assert outcome.code == 0, outcome.err
    return outcome


def values(row: Any, steps: list[str]) -> Iterator[Any]:
    """Yield what is at a path, such as `payments[].id`, without nulls."""
    if row is None:
        return
    if not steps:
        yield row
        return
    name, is_list, _ = steps[0].partition("[]")
    inner = row.get(name)
    for one in (inner or ()) if is_list else (inner,):
        yield from values(one, steps[1:])


def declared(schema: Row, steps: list[str]) -> bool:
    """Return whether a schema has a path."""
    name, is_list, _ = steps[0].partition("[]")
    inner = schema.get("properties", {}).get(name)
    if inner is None:
        return False
    inner = inner["items"] if is_list else inner
    return not steps[1:] or declared(inner, steps[1:])


@pytest.mark.parametrize(("stream", "path"), PAIRS)
def test_every_key_resolves(everything: Outcome, stream: str, path: str) -> None:
    target = everything.target
    steps = path.split(".")
    assert declared(target.schemas[stream]["schema"], steps)
    parent = RELATIONS[stream][path]
    there = {row["id"] for row in target.of(parent)}
    keys = [key for row in target.of(stream) for key in values(row, steps)]
    assert {key for key in keys if key not in there} == set()
    assert keys or (stream, path) in NEVER_FILLED

"""What a target has loaded, against the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.expected import Expectation, normalized
from tests.support.runs import discovered
from tests.targets.comparison import Difference, keyed

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_moco.sandbox import Server
    from tests.targets.stores import Store


def default_streams() -> list[str]:
    """Return the streams that are read unless a user says otherwise."""
    return [
        entry["tap_stream_id"]
        for entry in discovered()["streams"]
        if entry["metadata"][-1]["metadata"]["selected-by-default"]
    ]


def assert_loaded(server: Server, store: Store, streams: Collection[str]) -> None:
    """Compare the rows that are not marked as deleted with the account's."""
    expectation, difference = Expectation(server), Difference()
    for entry in discovered()["streams"]:
        stream, schema = entry["tap_stream_id"], entry["schema"]
        if stream not in streams:
            continue
        names = entry["key_properties"]
        wanted = [normalized(row, schema) for row in expectation.rows(stream)]
        rows = [r for r in store.rows(stream) if r["_sdc_deleted_at"] is None]
        difference.add(
            stream, schema, keyed(wanted, names, schema), keyed(rows, names, schema)
        )
    assert (difference.missing, difference.left, difference.manners) == ({}, {}, {})

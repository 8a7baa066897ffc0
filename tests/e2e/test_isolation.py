"""Streams that come out of one list: what fails in one stays there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.streams.base import MocoStream
from tap_moco.streams.details import DetailStream
from tests.support.runs import run, select, settings

if TYPE_CHECKING:
    from tap_moco.sandbox import Server
    from tests.support.outcome import Outcome

STREAMS = ("projects", "project_tasks", "project_contracts")


def read(server: Server, broken: str, **more: Any) -> Outcome:
    """Read projects and their children; one of them has an impossible map."""
    maps = {broken: {"id": "id", "number": "int(no_such_field)"}}
    config = settings(server, stream_maps=maps, **more)
    return run(config, catalog=select(*STREAMS))


def activated(outcome: Outcome) -> set[str]:
    """Return the streams whose deletes were declared."""
    messages = outcome.messages
    return {m["stream"] for m in messages if m["type"] == "ACTIVATE_VERSION"}


@pytest.mark.parametrize("broken", STREAMS)
@pytest.mark.parametrize("children", ["embedded", "detail"])
def test_member_fails_alone(living: Server, broken: str, children: str) -> None:
    outcome = read(living, broken, project_children=children)
    assert outcome.code == 1
    failed = [line for line in outcome.err.splitlines() if "| ERROR" in line]
    assert len(failed) == 1
    assert f"{broken} failed: " in failed[0]
    others = set(STREAMS) - {broken}
    for stream in others:
        ids = {row["id"] for row in outcome.records(stream)}
        assert ids == set(living.account.ids(stream))
    assert activated(outcome) == others
    assert {
        s for s, state in outcome.state["bookmarks"].items() if state.get("sweep")
    } == others


def test_all_fail_each_for_itself(living: Server) -> None:
    maps = {stream: {"number": "int(no_such_field)"} for stream in STREAMS}
    outcome = run(settings(living, stream_maps=maps), catalog=select(*STREAMS, "units"))
    assert outcome.code == 1
    assert all(f"failed {stream}: " in outcome.err for stream in STREAMS)
    assert outcome.records("units")
    assert activated(outcome) == {"units"}


@pytest.mark.parametrize(
    "method", ["write_schema", "start_sync", "process_page", "commit"]
)
def test_any_part_of_a_child_fails_alone(
    living: Server, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    owner = DetailStream if method in {"process_page", "commit"} else MocoStream
    whole = getattr(owner, method)

    def broken(self: MocoStream, *args: Any, **kwargs: Any) -> Any:
        if self.name == "invoice_details":
            raise ZeroDivisionError
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(owner, method, broken)
    outcome = run(
        settings(living), catalog=select("invoices", "invoice_details", "units")
    )
    assert outcome.code == 1
    assert "failed invoice_details: unexpected ZeroDivisionError" in outcome.err
    assert "failed invoices" not in outcome.err
    assert outcome.bookmark("invoices")
    assert activated(outcome) == {"invoices", "units"}

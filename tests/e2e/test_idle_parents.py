"""Streams that are read whole in every run have their parents read with them."""

from __future__ import annotations

import pytest

from tap_moco.sandbox import generate_account, serve
from tests.support.runs import settings, synced
from tests.support.target import Target


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        ("projects", "project_reports"),
        ("companies", "company_hourly_rates"),
        ("users", "user_performance_reports"),
    ],
)
def test_a_parent_is_not_written_again(
    monkeypatch: pytest.MonkeyPatch, parent: str, child: str
) -> None:
    """However long its list is; a change is written."""
    monkeypatch.setattr("tap_moco.streams.list_sync.PER_PAGE", 5)
    with serve(generate_account(0.3), max_per_page=5) as server:
        first = synced(settings(server), parent, child)
        second = synced(settings(server), parent, child, state=first.state)
        number = server.account.ids(parent)[0]
        server.account.update(parent, number, info="neu")
        third = synced(settings(server), parent, child, state=second.state)
    assert Target().load(second.out).written == {}
    infos = {row["id"]: row["info"] for row in third.records(parent)}
    assert infos[number] == "neu"

"""Stream maps of any kind work, or are reported in one plain line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.runs import discovered, run, select, settings, stream_names, synced

from .test_bad_input import GOOD, one_line

if TYPE_CHECKING:
    from tap_moco.sandbox import Server
    from tests.support.outcome import Outcome

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def marked(still: Server) -> Outcome:
    """Read what is on by default, with a column more in every stream."""
    config = settings(still, stream_maps={"*": {"account": "'acme'"}})
    return run(config, catalog=None)


def test_map_for_all_streams(marked: Outcome) -> None:
    """Those that are off need no map, and the SDK can make none for them."""
    assert marked.code == 0, marked.err
    assert len(marked.target.written) > 50
    for stream in marked.target.written:
        assert {row["account"] for row in marked.records(stream)} == {"acme"}
        columns = marked.target.schemas[stream]["schema"]["properties"]
        assert columns["account"]["type"] == ["string", "null"]


def test_maps_for_several_accounts_in_one_table(still: Server) -> None:
    """What the page of settings says to write gives every stream its whole key."""
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    section = page.partition("## Several accounts in one table")[2]
    given = json.loads(section.partition("```json")[2].partition("```")[0])
    outcome = run(settings(still, **given), "--test=schema")
    assert outcome.code == 0, outcome.err
    plain = {e["tap_stream_id"]: e["key_properties"] for e in discovered()["streams"]}
    for stream, schema in outcome.target.schemas.items():
        assert schema["key_properties"] == ["account", *plain.pop(stream)]
    assert not plain


@pytest.mark.parametrize("option", ["--test", "--test=schema"])
def test_map_for_all_streams_in_a_test(living: Server, option: str) -> None:
    config = settings(living, stream_maps={"*": {"account": "'acme'"}})
    outcome = run(config, option)
    assert outcome.code == 0, outcome.err
    assert outcome.target.schemas.keys() == set(stream_names())
    for schema in outcome.target.schemas.values():
        assert "account" in schema["schema"]["properties"]


@pytest.mark.parametrize("name", ["taggings", "project_*", "contact_details"])
def test_map_for_a_stream_that_is_off(living: Server, name: str) -> None:
    outcome = synced(settings(living, stream_maps={name: {"x": "1"}}), "tags")
    assert outcome.target.written.keys() == {"tags"}
    assert "x" not in outcome.records("tags")[0]


@pytest.mark.parametrize(
    ("maps", "written"),
    [
        ({"tags": {"__alias__": "labels"}}, {"labels", "units"}),
        (
            {"*": {"__alias__": "'moco_' + __stream_name__"}},
            {"moco_tags", "moco_units"},
        ),
        ({"labels": {"__source__": "tags"}}, {"tags", "labels", "units"}),
        ({"tags": {}, "__else__": None}, {"tags"}),
        ({"tags": {}, "__else__": "__NULL__"}, {"tags"}),
        ({"*": None, "units": {}}, {"units"}),
        ({"t?gs": None}, {"units"}),
        (
            {"*": {"__key_properties__": ["nope"]}, "tags": {}, "units": {}},
            {"tags", "units"},
        ),
        ({"units": {}, "*": None}, {"units"}),
    ],
)
def test_map_chooses_and_renames(living: Server, maps: Any, written: set[str]) -> None:
    outcome = synced(settings(living, stream_maps=maps), "tags", "units")
    assert outcome.target.written.keys() == written


@pytest.mark.parametrize(
    ("maps", "words"),
    [
        ({"tagz": {"name": None}}, "there is no stream 'tagz'"),
        ({"Tags": {"name": None}}, "there is no stream 'Tags'"),
        ({"foo_*": {"name": None}}, "there is no stream 'foo_*'"),
        ({"copy": {"__source__": "tagz"}}, "there is no stream 'tagz'"),
        ({"copy": {"__source__": 5}}, "__source__"),
        ({"__else__": "x"}, "__else__"),
        ({"tags": {"__else__": "x"}}, "__else__"),
        ({"__source__": {}}, "__source__"),
        ({"tags": "x"}, "tags"),
        ({"tags": 5}, "int"),
        ({"tags": {"name": 5}}, "name"),
        ({"tags": {"name": "1 +"}}, "1 +"),
        ({"tags": {"id": None}}, "'id'"),
        ({"tags": {"__key_properties__": ["nope"]}}, "nope"),
        ({"tags": {"__key_properties__": 5}}, "int"),
        ({"tags": {"__filter__": 5}}, "string"),
        ({"tags": {"__alias__": 5}}, "int"),
        ({"tags": {"name": "fake.name()"}}, "singer-sdk[faker]"),
    ],
)
def test_map_that_cannot_be_used(
    maps: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_moco.stream_maps.find_spec", lambda _: None)
    line = one_line(run({**GOOD, "stream_maps": maps}, catalog=select("tags")))
    assert line.startswith("stream_maps: ")
    assert words in line


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("nope + 1", "nope + 1"),
        ("id.upper()", "id.upper()"),
        ("config['x']", "'x'"),
    ],
)
def test_map_that_fails_at_a_record(
    living: Server, expression: str, words: str
) -> None:
    """Only its stream fails."""
    config = settings(living, stream_maps={"tags": {"x": expression}})
    outcome = run(config, catalog=select("tags", "units"))
    assert outcome.code == 1
    (line,) = [line for line in outcome.err.splitlines() if " ERROR " in line]
    assert "tags failed: stream_maps: " in line
    assert words in line
    assert outcome.target.written.keys() == {"units"}


def test_faker_config_without_faker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_moco.stream_maps.find_spec", lambda _: None)
    line = one_line(run({**GOOD, "faker_config": {"seed": 1}}))
    assert line.startswith("faker_config: ")
    assert "singer-sdk[faker]" in line

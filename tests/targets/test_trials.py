"""The matrix finds what a target does wrong: targets that are made to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.environments import Environment

from .page import Page, without_figures
from .recordings import Recording, Recordings
from .stores import STORES, Jsonl
from .trials import Findings, Trial
from .warehouses import WAREHOUSES

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import json, pathlib, sys
config = json.loads(pathlib.Path(sys.argv[2]).read_text())
state = None
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "STATE":
        state = message["value"]
    if message["type"] != "RECORD":
        continue
    record = message["record"]
    {fault}
    path = pathlib.Path(config["destination_path"], message["stream"] + ".jsonl")
    with path.open("a") as file:
        file.write(json.dumps(record) + "\\n")
print(json.dumps(state))
"""
MESSAGES = """\
{"type": "SCHEMA", "stream": "activities", "key_properties": ["id"], "schema": {}}
{"type": "RECORD", "stream": "activities", "record": {"id": 1, "customer": {"id": 7}}}
{"type": "RECORD", "stream": "activities", "record": {"id": 2, "customer": null}}
{"type": "STATE", "value": {"bookmarks": {}}}
"""


class Made(Jsonl):
    """A target of this test."""

    title = "made"
    environment = Environment("made", ())
    fault = "pass"
    is_warned_of = True

    def program(self) -> list[str]:
        """Return a program that writes rows to a file."""
        return [sys.executable, "-c", PROGRAM.replace("{fault}", self.fault)]


@pytest.fixture
def recordings() -> Recordings:
    """Return two time entries, as every recording."""
    number = {"type": "integer"}
    customer = {"type": ["object", "null"], "properties": {"id": number}}
    one = Recording(
        MESSAGES,
        {"activities": {(1,): {"id": 1, "customer": {"id": 7}}, (2,): {"id": 2}}},
        {
            "activities": {
                "properties": {"id": {"type": "integer"}, "customer": customer}
            }
        },
        {"activities": ["id"]},
    )
    return Recordings(*[one] * 9)


def found(
    fault: str,
    recordings: Recordings,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Findings:
    """Try a target with a fault; only the first load."""
    monkeypatch.setattr(Made, "fault", fault)
    monkeypatch.setattr(Environment, "install", lambda _: None)
    monkeypatch.setattr(
        "tests.targets.trials.KINDS", {"object": ("activities", "customer")}
    )
    return Trial(Made, recordings, folder, "").run(None)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("pass", "every value is right"),
        ("if record['id'] == 2: continue", "rows are missing"),
        ("continue", "rows are missing"),
        ("record['customer'] = None", "values are missing"),
        ("record['customer'] = str(record['customer'] or '')", "`repr`"),
        ("raise SystemExit(3)", "fails with status 3"),
    ],
)
def test_what_a_target_does_is_noted(
    fault: str,
    answer: str,
    recordings: Recordings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    findings = found(fault, recordings, tmp_path, monkeypatch)
    assert answer in findings.answers["first load"]
    assert bool(findings.failures) == (fault != "pass")


def test_a_lost_state_is_noted(
    recordings: Recordings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = found("pass", recordings, tmp_path, monkeypatch)
    lost = found("sys.stdout = sys.stderr", recordings, tmp_path, monkeypatch)
    assert kept.answers["state"] == "handed on"
    assert lost.answers["state"] == "lost"


def page(figures: str) -> str:
    """Return a page of targets of which nothing is known but a figure."""
    return Page(unknown(figures)).text("")


def unknown(figures: str) -> dict[str, Findings]:
    """Return next to nothing of each target."""
    answers, types = {"first load": "right"}, {"object": "json"}
    titles = [*(store.title for store in STORES), *(one.title for one in WAREHOUSES)]
    return {
        title: Findings(title, ("one==1.0",), answers, types, figures=figures)
        for title in titles
    }


def test_figures_do_not_make_a_page_stale() -> None:
    assert page("100,000 rows in 7 s") != page("100,000 rows in 8 s")
    assert without_figures(page("7 s")) == without_figures(page("8 s"))


def test_figures_stay_where_none_were_measured() -> None:
    old = page("100,000 rows in 7 s")
    assert "100,000 rows in 7 s" in Page(unknown("")).text(old)

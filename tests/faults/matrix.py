"""The fault matrix: each fault, at each place, once and for good."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import urlencode

from tap_moco.sandbox import app, generate_account, serve
from tests.support.secrets import API_KEY, EMAIL, PASSWORD

from .running import plain_config, run_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox import Server
    from tap_moco.sandbox.app import Entry
    from tests.support.outcome import Outcome
    from tests.support.target import Target

SCALE = 0.1
PER_PAGE = 20
"""Small pages: a small account has many of them."""

SLOW = {"read_timeout": 0.25}
"""Settings under which a `timeout` fault does not take long."""


@dataclass(frozen=True)
class Subject:
    """A stream that meets the fault, in the company of others that do not."""

    label: str
    stream: str
    path: str
    """A pattern of the paths that it alone asks for."""
    streams: tuple[str, ...]
    config: dict[str, Any] = field(default_factory=dict, hash=False)
    is_child: bool = False
    has_rows_of_parent: bool = False
    """The parent's row stands in where the child's own request is denied."""
    has_years: bool = False
    """Each year is a request: one that is answered shows that the key may read it."""


SUBJECTS = (
    Subject("list", "activities", r"/activities", ("activities", "units", "users")),
    Subject(
        "child",
        "invoice_details",
        r"/invoices/\d+",
        ("invoices", "invoice_details", "users"),
        is_child=True,
    ),
    Subject(
        "child list",
        "project_tasks",
        r"/projects/\d+/tasks",
        ("projects", "project_tasks", "users"),
        {"project_children": "detail"},
        is_child=True,
        has_rows_of_parent=True,
    ),
    Subject(
        "report",
        "report_cashflow",
        r"/report/cashflow",
        ("report_cashflow", "report_planned_vs_tracked", "users"),
        has_years=True,
    ),
)

RETRIED = {
    "html": r"200 with no JSON \(text/html, [\d,]+ bytes\)",
    "object": r"200 with an object in place of a list",
    "empty": r"200 with no JSON \(empty\)",
    "cut_json": r"200 with no JSON \(application/json, [\d,]+ bytes\)",
    "truncated": r"the answer broke off",
    "reset": r"connection (reset|closed without an answer)",
    "timeout": r"no answer in time",
    "429": r"request limit is used up",
    "500": r"500 Internal Server Error",
    "502": r"502 <!DOCTYPE html>",
    "503": r"503 Service Unavailable",
    "redirect": r"302 redirect, not followed",
}
"""Faults that another try betters, and what the log says of that try."""

FINAL = {
    "400": r"400 {\"message\":\"Bad request\"}",
    "401": r"401: MOCO does not accept the credentials; check api_key",
    "403": r"403 .*the key lacks the right for ",
    "404": r"404.*the key lacks the right for ",
    "422": r"422 .*the key lacks the right for ",
}
"""Faults that no other try betters."""

PLACES = ("first", "middle", "last")
DENIALS = frozenset({"403", "404", "422"})


@dataclass(frozen=True)
class Case:
    """One cell of the matrix."""

    subject: Subject
    kind: str
    place: str
    lasts: bool

    @property
    def label(self) -> str:
        """A name for a test."""
        often = "for_good" if self.lasts else "once"
        return f"{self.subject.stream}-{self.kind}-{self.place}-{often}"


@dataclass(frozen=True)
class Expected:
    """What has to come of a case."""

    status: int
    words: str
    """A pattern that some line of the log matches."""
    outcome: str
    """`read`, `passed over` (one record), `skipped`, `failed`, or `ended`."""


CASES = [
    Case(*cell) for cell in product(SUBJECTS, (*RETRIED, *FINAL), PLACES, (False, True))
]


def expected(case: Case) -> Expected:
    """Return what the issue asks for."""
    if case.kind in RETRIED:
        return _expected_of_retried(case)
    stream, words = case.subject.stream, FINAL[case.kind]
    if case.kind == "401":
        return Expected(1, words, "ended")
    if case.subject.is_child and case.kind in DENIALS:
        return _expected_of_denied_record(case)
    is_first = case.place == "first" and not case.subject.has_years
    if case.kind in DENIALS and is_first:
        return Expected(0, rf"{stream} skipped: {words}", "skipped")
    # Later, the key may read the list: it just did. This is no lack of a right.
    return Expected(1, rf"{stream} failed: .*{case.kind}", "failed")


def _expected_of_retried(case: Case) -> Expected:
    words, subject = RETRIED[case.kind], case.subject
    asks_for_one = subject.is_child and not subject.has_rows_of_parent
    if case.kind == "object" and asks_for_one:
        words = r"200 with an object that is not the record"
    if not case.lasts:
        return Expected(0, words, "read")
    if case.kind == "429":
        words = r"MOCO answered 429 for \d+ s without one success"
    return Expected(1, rf"{subject.stream}.*{words}", "failed")


def _expected_of_denied_record(case: Case) -> Expected:
    """One record's request is denied: the others are read, and it is counted."""
    stays = case.subject.has_rows_of_parent
    words = rf"{case.subject.stream}: .*1 (record )?denied"
    return Expected(0, words, "read" if stays else "passed over")


class Matrix:
    """A sandbox, what a clean run loads, and the places where faults go."""

    def __init__(self, server: Server) -> None:
        """Read every subject once without any fault."""
        self.server = server
        self._clean: dict[str, Target] = {}
        self._places: dict[str, list[str]] = {}
        for subject in SUBJECTS:
            server.clear()
            config = plain_config(server.url, concurrency=1, **subject.config)
            outcome = run_here(config, subject.streams)
            if outcome.code:
                msg = f"no clean run to compare with: {outcome.err}"
                raise RuntimeError(msg)
            self._clean[subject.stream] = outcome.target
            asked = [_pattern(e) for e in server.requests if _is_of(subject, e)]
            self._places[subject.stream] = list(dict.fromkeys(asked))

    def clean(self, subject: Subject) -> Target:
        """Return the target of a run without faults."""
        return self._clean[subject.stream]

    def place(self, case: Case) -> str:
        """Return a pattern of the one request that the fault meets."""
        places = self._places[case.subject.stream]
        index = {"first": 0, "middle": len(places) // 2, "last": -1}[case.place]
        return places[index]

    def run(self, case: Case) -> Outcome:
        """Run the tap into the fault."""
        self.server.clear()
        hang = {"seconds": 5.0} if case.kind == "timeout" else {}
        times = None if case.lasts else 1
        self.server.faults.add(case.kind, self.place(case), times=times, **hang)
        return run_here(self.config(case), case.subject.streams)

    def run_again(self, case: Case, before: Outcome) -> Outcome:
        """Run once more without the fault, on the state and target of before."""
        self.server.clear()
        return run_here(
            self.config(case),
            case.subject.streams,
            state=before.target.state,
            target=before.target,
        )

    def config(self, case: Case) -> dict[str, Any]:
        """Return the settings of a case."""
        more = SLOW if case.kind == "timeout" else {}
        return plain_config(
            self.server.url, max_wait_seconds=0.1, **case.subject.config, **more
        )


def _is_of(subject: Subject, entry: Entry) -> bool:
    closing = any(name == "updated_after" for name, _ in entry.query)
    return bool(re.fullmatch(subject.path, entry.path)) and not closing


def _pattern(entry: Entry) -> str:
    """Match the request whatever the order of its parameters."""
    asked = "".join(
        rf"(?=(.*&)?{re.escape(urlencode([pair]))}(&|$))" for pair in entry.query
    )
    first = "" if dict(entry.query).get("page") else r"(?!(.*&)?page=)"
    return rf"^{re.escape(entry.path)}\?{asked}{first}"


@contextmanager
def distinctive_secrets() -> Iterator[None]:
    """Give the sandbox credentials that occur nowhere else."""
    keys = frozenset({f"Token token={API_KEY}", f"Bearer {API_KEY}"})
    with (
        patch.object(app, "KEY", API_KEY),
        patch.object(app, "AUTHORIZED", keys),
        patch.object(app, "EMAIL", EMAIL),
        patch.object(app, "PASSWORD", PASSWORD),
    ):
        yield


@contextmanager
def small_account() -> Iterator[Server]:
    """Serve an account of many small pages."""
    with serve(generate_account(SCALE), max_per_page=PER_PAGE) as server:
        yield server

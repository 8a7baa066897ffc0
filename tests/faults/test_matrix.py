"""Each fault at the first, a middle and the last page, once and for good."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from .matrix import CASES, Case, Expected, Matrix, expected

if TYPE_CHECKING:
    from tests.support.outcome import Outcome


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_fault(matrix: Matrix, case: Case) -> None:
    """No fault loses a row or a neighbour, or is left untold."""
    wanted = expected(case)
    outcome = matrix.run(case)
    assert outcome.code == wanted.status, outcome.err
    assert re.search(wanted.words, outcome.err), outcome.err
    assert "Traceback" not in outcome.err
    assert "unexpected" not in outcome.err
    _check_retries(case, outcome)
    _check_neighbours(matrix, case, wanted, outcome)
    _check_stream(matrix, case, wanted, outcome)
    if wanted.outcome in {"failed", "ended", "skipped"}:
        again = matrix.run_again(case, outcome)
        assert again.code == 0, again.err
        assert again.target.rows == matrix.clean(case.subject).rows


def _check_retries(case: Case, outcome: Outcome) -> None:
    """A try more is reported in one line."""
    if case.kind in {"429", "timeout"}:
        return  # the limit is logged once for all; a slow machine times out by itself
    retries = len(outcome.lines("; try 2 in"))
    assert retries == (1 if "retried" in _class_of(case) else 0), outcome.err


def _class_of(case: Case) -> str:
    return "final" if case.kind in {"400", "401", "403", "404", "422"} else "retried"


def _check_neighbours(
    matrix: Matrix, case: Case, wanted: Expected, outcome: Outcome
) -> None:
    """The other streams are complete and have their state."""
    if wanted.outcome == "ended":
        return
    clean = matrix.clean(case.subject)
    for name in case.subject.streams:
        if name != case.subject.stream:
            assert outcome.target.rows[name] == clean.rows[name], name
            expected_keys = clean.bookmark(name).keys()
            assert outcome.target.bookmark(name).keys() == expected_keys, name


def _check_stream(
    matrix: Matrix, case: Case, wanted: Expected, outcome: Outcome
) -> None:
    """The stream's own rows are all there, or its state says that they are not."""
    name = case.subject.stream
    clean = matrix.clean(case.subject)
    rows, all_rows = outcome.target.rows.get(name, {}), clean.rows[name]
    if wanted.outcome == "read":
        assert rows.keys() == all_rows.keys()
        if not _is_denied(case):
            assert rows == all_rows
    elif wanted.outcome == "passed over":
        assert len(rows) == len(all_rows) - 1
    else:
        assert all(all_rows[key] == row for key, row in rows.items())
        assert "replication_key_value" not in outcome.target.bookmark(name)
        sweep = outcome.target.bookmark(name).get("sweep", {})
        assert not sweep.keys() & {"completed_at", "digest"}
        assert name not in outcome.target.activated
        assert wanted.outcome != "skipped" or not rows


def _is_denied(case: Case) -> bool:
    """The parent's rows stand in, with fewer fields."""
    return case.kind in {"403", "404", "422"}

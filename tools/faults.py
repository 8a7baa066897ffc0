"""Print the fault matrix: what a user sees of each fault (`make faults`).

Exit status 1 if any cell is not as the tests of tests/faults expect it.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

from tests.faults.matrix import (
    CASES,
    Case,
    Matrix,
    distinctive_secrets,
    expected,
    small_account,
)
from tests.support.secrets import OUTPUTS, leaks

if TYPE_CHECKING:
    from tests.support.outcome import Outcome

HEAD = ("stream", "fault", "page", "how often", "exit", "rows", "state", "as expected")
WIDTHS = (16, 9, 7, 10, 5, 9, 7, 12)
WORDS = 110


def main() -> int:
    """Run the cases that the patterns choose, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pattern", nargs="?", default="", help="cases, as a regex")
    chosen = re.compile(parser.parse_args().pattern)
    cases = [case for case in CASES if chosen.search(case.label)]
    _print((*HEAD, "words on stderr"))
    wrong = 0
    with distinctive_secrets(), small_account() as server:
        matrix = Matrix(server)
        for case in cases:
            outcome = matrix.run(case)
            is_right = _is_as_expected(case, outcome)
            wrong += not is_right
            _print(_cells(matrix, case, outcome, is_right=is_right))
    sys.stdout.write(f"{len(cases)} cases, {wrong} not as expected\n")
    return 1 if wrong else 0


def _is_as_expected(case: Case, outcome: Outcome) -> bool:
    wanted = expected(case)
    leaked = leaks(OUTPUTS)
    OUTPUTS.clear()
    return (
        outcome.code == wanted.status
        and bool(re.search(wanted.words, outcome.err))
        and not leaked
    )


def _cells(
    matrix: Matrix, case: Case, outcome: Outcome, *, is_right: bool
) -> tuple[str, ...]:
    name = case.subject.stream
    rows = len(outcome.target.rows.get(name, {}))
    of = len(matrix.clean(case.subject).rows[name])
    words = re.compile(expected(case).words)
    lines = [line for line in outcome.err.splitlines() if words.search(line)]
    return (
        name,
        case.kind,
        case.place,
        "for good" if case.lasts else "once",
        str(outcome.code),
        f"{rows}/{of}",
        "moved" if "sweep" in outcome.target.bookmark(name) else "kept",
        "yes" if is_right else "NO",
        lines[-1 if case.lasts else 0].split(" | ", 2)[2][:WORDS]
        if lines
        else "(nothing of the kind)",
    )


def _print(cells: tuple[str, ...]) -> None:
    padded = [c.ljust(w) for c, w in zip(cells, WIDTHS, strict=False)]
    sys.stdout.write(" ".join([*padded, *cells[len(WIDTHS) :]]).rstrip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

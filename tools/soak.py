"""Let many requests meet 2 % of random faults; show what was lost, and memory.

Exit status 1 if a row was lost, a run failed, or memory grew.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.faults.matrix import distinctive_secrets
from tests.faults.soak import RATE, Round, soak

GROWTH = 1.2
"""Memory at the end, against that after the first tenth."""


def main() -> int:
    """Soak, and print a line a round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    rounds: list[Round] = []
    began, done = time.monotonic(), 0
    with distinctive_secrets():
        for one in soak(given.requests, scale=given.scale, rate=given.rate):
            rounds.append(one)
            done += one.requests
            sys.stdout.write(
                f"{time.monotonic() - began:6.0f} s {done:8,} requests, "
                f"{one.faults:4} faults, {one.lost} rows lost, "
                f"status {one.read.status}, {one.read.megabytes:6.1f} MB\n"
            )
            sys.stdout.flush()
    return 0 if _is_well(rounds) else 1


def _is_well(rounds: list[Round]) -> bool:
    requests = sum(one.requests for one in rounds)
    faults = sum(one.faults for one in rounds)
    lost = sum(one.lost for one in rounds)
    leaks = sum(one.read.leaks for one in rounds)
    failed = sum(one.read.status != 0 for one in rounds)
    early = rounds[len(rounds) // 10].read.megabytes
    late = rounds[-1].read.megabytes
    sys.stdout.write(
        f"{requests:,} requests in {len(rounds)} runs, {faults:,} of them failed "
        f"({faults / requests:.1%}): {lost} rows lost, {leaks} secrets shown, "
        f"{failed} runs failed, memory {early:.1f} -> {late:.1f} MB\n"
    )
    return not (lost or leaks or failed) and late < early * GROWTH


if __name__ == "__main__":
    sys.exit(main())

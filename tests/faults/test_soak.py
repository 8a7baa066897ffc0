"""A short soak; `python -m tools.soak` is the long one."""

from __future__ import annotations

from .soak import soak

REQUESTS = 3_000


def test_soak(secrets: None) -> None:
    """2 % of random faults lose nothing."""
    del secrets
    rounds = list(soak(REQUESTS, scale=0.4))
    assert sum(one.requests for one in rounds) >= REQUESTS
    assert sum(one.faults for one in rounds) > REQUESTS / 100
    assert [one.lost for one in rounds] == [0] * len(rounds)
    assert [one.read.status for one in rounds] == [0] * len(rounds)
    assert [one.read.leaks for one in rounds] == [0] * len(rounds)


def test_soak_can_fail(secrets: None) -> None:
    """Where every request fails, the soak says so."""
    del secrets
    one = next(soak(1, scale=0.05, rate=1.0))
    assert one.read.status == 1
    assert one.lost

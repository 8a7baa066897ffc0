"""A whole account that changes: where a run ends with 0, the target is the account.

The account answers by a model of its own, which shares no code with the sandbox.
"""

from __future__ import annotations

import os

import pytest

from .account_histories import AccountHistory
from .account_plan import Plan
from .account_server import AccountServer

HISTORIES = int(os.environ.get("TAP_MOCO_ACCOUNT_HISTORIES", "40"))
SEED = int(os.environ.get("TAP_MOCO_SEED", "0"))


def play(seed: int) -> None:
    """Play one history; a failure names its seed and what has happened."""
    history = AccountHistory(Plan.of(seed))
    try:
        history.play()
    except AssertionError as failure:
        log = "\n".join(history.log[-40:])
        pytest.fail(f"TAP_MOCO_SEED={seed}: {failure}\n{history.plan}\n{log}")


def play_all(seeds: range) -> None:
    """Play some histories."""
    for seed in seeds:
        play(seed)


def test_the_target_is_the_account() -> None:
    """At once where the documentation says so, and everywhere after a sweep.

    A quiet account is read without a failure, and an idle run writes nothing.
    """
    play_all(range(SEED, SEED + HISTORIES))


def test_the_test_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that keeps its newest activity to itself is found out."""
    answer = AccountServer.__call__

    def forgetful(server: AccountServer, request: object) -> object:
        given = answer(server, request)  # type: ignore[arg-type]
        if "activities" in str(getattr(request, "path", "")):
            given.body = given.body[:-1]
        return given

    monkeypatch.setattr(AccountServer, "__call__", forgetful)
    with pytest.raises(pytest.fail.Exception, match="activities"):
        play_all(range(20))

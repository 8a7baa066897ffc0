"""Accounts, served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_moco.sandbox import Account, Server, generate_account, serve
from tests.support.runs import run, select, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox.app import Entry
    from tests.support.outcome import Outcome

SMALL_PAGES = 25
"""So small that many lists of a small account have several pages."""


@pytest.fixture(scope="session")
def still() -> Iterator[Server]:
    """Serve an account that no test changes."""
    with serve(generate_account(0.3), max_per_page=SMALL_PAGES) as server:
        yield server


@pytest.fixture(scope="session")
def everything(still: Server) -> tuple[Outcome, list[Entry]]:
    """Read all streams in a process of its own; return what was asked, too."""
    still.clear()
    outcome = run(settings(still), catalog=select(), process=True)
    return outcome, list(still.requests)


@pytest.fixture(scope="session")
def _living() -> Iterator[Server]:
    with serve(generate_account(0.2, seed=2)) as server:
        yield server


@pytest.fixture
def living(_living: Server) -> Server:
    """Serve an account that a test may change."""
    _living.reset()
    return _living


@pytest.fixture
def account(living: Server) -> Account:
    """Return the account that a test may change."""
    return living.account

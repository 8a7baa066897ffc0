"""A faulty MOCO, and a search of everything that was written for secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.secrets import OUTPUTS, leaks, note

from .matrix import Matrix, distinctive_secrets, small_account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox import Server


@pytest.fixture(scope="package", autouse=True)
def secrets() -> Iterator[None]:
    """Give all sandboxes credentials that can be searched for."""
    with distinctive_secrets():
        yield


@pytest.fixture(scope="package")
def running_server(secrets: None) -> Iterator[Server]:
    """Serve one account for all tests."""
    del secrets
    with small_account() as server:
        yield server


@pytest.fixture
def server(running_server: Server) -> Iterator[Server]:
    """Return the server as it was at the start."""
    running_server.reset()
    yield running_server
    running_server.reset()


@pytest.fixture(scope="package")
def matrix(running_server: Server) -> Matrix:
    """Return the fault matrix over the server."""
    return Matrix(running_server)


@pytest.fixture(autouse=True)
def no_secret_shows(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Search every byte of output of every test for the secrets in use."""
    OUTPUTS.clear()
    yield
    out, err = capfd.readouterr()
    note("stdout of the test", out)
    note("stderr of the test", err)
    found = leaks(OUTPUTS)
    OUTPUTS.clear()
    assert not found

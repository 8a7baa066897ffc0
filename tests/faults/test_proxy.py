"""Proxies of the environment, as requests heeds them; and .netrc, which it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.secrets import EMAIL, PASSWORD
from tests.support.stub import raw, stub

from .running import plain_config, run_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_moco.sandbox import Server
    from tests.support.stub import Part, Request, Stub

STREAMS = ("tags", "units")
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
PROXY_PASSWORD = "pr0xy-Pä55/word"  # noqa: S105 - of a made-up proxy


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def proxy() -> Iterator[Stub]:
    """Answer for every server with an empty list."""

    def script(_: Request) -> Iterator[Part]:
        yield raw([], X_Total=0)

    with stub(script) as running:
        yield running


def address(proxy: Stub) -> str:
    return proxy.url.removesuffix("/api/v1")


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_proxy(
    name: str, server: Server, proxy: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All requests go by the proxy that the environment names."""
    monkeypatch.setenv(name, address(proxy))
    outcome = run_here(plain_config(server.url), STREAMS)
    assert outcome.code == 0, outcome.err
    assert not server.requests
    assert len(proxy.requests) == len(STREAMS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NO_PROXY", "127.0.0.1"),
        ("no_proxy", "127.0.0.1"),
        ("NO_PROXY", "example.com, 127.0.0.1"),
        ("NO_PROXY", "127.0.0.0/8"),
        ("NO_PROXY", "*"),
    ],
)
def test_no_proxy(
    name: str,
    value: str,
    server: Server,
    proxy: Stub,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A host that goes without stays without: the proxy learns nothing, least a key."""
    monkeypatch.setenv("HTTP_PROXY", address(proxy))
    monkeypatch.setenv("ALL_PROXY", address(proxy))
    monkeypatch.setenv(name, value)
    outcome = run_here(plain_config(server.url), STREAMS)
    assert outcome.code == 0, outcome.err
    assert not proxy.connections
    assert len(server.requests) == len(STREAMS)


def test_no_proxy_for_another_host(
    server: Server, proxy: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception for one host is none for another."""
    monkeypatch.setenv("HTTP_PROXY", address(proxy))
    monkeypatch.setenv("NO_PROXY", "example.com,10.0.0.0/8")
    run_here(plain_config(server.url), STREAMS)
    assert proxy.requests
    assert not server.requests


def test_password_of_the_proxy(
    server: Server, proxy: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy gets its own password, and no log does."""
    host = address(proxy).removeprefix("http://")
    monkeypatch.setenv("HTTP_PROXY", f"http://me:pr0xy-P%C3%A455%2Fword@{host}")
    outcome = run_here(plain_config(server.url), STREAMS)
    assert "proxy-authorization: basic" in proxy.requests[0].head.lower()
    assert PROXY_PASSWORD not in outcome.debug


@pytest.mark.parametrize("value", ["http://", "socks5://127.0.0.1:9", "http://[x"])
def test_unusable_proxy(
    value: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that cannot be used ends the run in one line."""
    monkeypatch.setenv("HTTP_PROXY", value)
    outcome = run_here(plain_config(server.url), STREAMS)
    assert outcome.code == 1
    (line,) = outcome.lines("ERROR")
    assert "proxy" in line
    assert "unexpected" not in line
    assert not server.requests


def test_proxy_that_is_down(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the proxy that is named as the cause."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    outcome = run_here(plain_config(server.url), STREAMS)
    assert outcome.code == 1
    (line,) = outcome.lines("ERROR")
    assert "by the proxy: connection refused" in line


def test_tunnel_that_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that opens no way to an https host is named, and gets no key."""

    def script(_: Request) -> Iterator[Part]:
        yield raw(b"no", "407 Proxy Authentication Required")

    with stub(script) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", address(proxy))
        config = plain_config("https://moco.invalid/api/v1", max_retries=0)
        outcome = run_here(config, STREAMS)
    assert outcome.code == 1
    (line,) = outcome.lines("ERROR")
    assert "by the proxy" in line
    assert all(one.head.startswith("CONNECT ") for one in proxy.requests)
    assert not any("Token" in one.head for one in proxy.requests)


@pytest.mark.parametrize("login", [{}, {"email": EMAIL, "password": PASSWORD}])
def test_netrc_stays_out(
    login: dict[str, str],
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A .netrc that knows the host does not take the place of the key."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    config = plain_config(server.url) | login
    if login:
        del config["api_key"]
    outcome = run_here(config, STREAMS)
    assert outcome.code == 0, outcome.err

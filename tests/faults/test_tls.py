"""Certificates: whose are trusted, and what is wrong with one that is not."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from requests import adapters

from tests.support.stub import Answer, Request, raw, stub

from .running import plain_config, run_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.outcome import Outcome
    from tests.support.stub import Part, Request, Stub

STREAMS = ("tags", "units")
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
NOW = datetime.now(timezone.utc)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    """Return the file of the authority's certificate, with a comment."""
    path = tmp_path / "own.pem"
    pem = authority.cert_pem.bytes()
    path.write_bytes("# Für unsere Übungen\n".encode() + pem)
    return str(path)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def script(_: Request) -> Iterator[Part]:
    yield raw([], X_Total=0)


def serving(authority: trustme.CA, *names: str, **dates: Any) -> ssl.SSLContext:
    """Return what a server needs for a certificate of these names and dates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names or ("127.0.0.1",), **dates).configure_cert(context)
    return context


def run(tls: ssl.SSLContext, **more: object) -> tuple[Outcome, Stub]:
    """Run the tap against a server with this certificate."""
    with stub(script, tls) as server:
        return run_here(plain_config(server.url, **more), STREAMS), server


def check_refusal(outcome: Outcome, server: Stub, *words: str) -> None:
    """One line says what is wrong; nothing was sent, and nothing was retried."""
    assert outcome.code == 1
    (line,) = outcome.lines("ERROR")
    assert all(word in line for word in words), line
    assert not server.requests
    assert "; try 2" not in outcome.err
    assert outcome.lines("1 failed") or not outcome.requests


@pytest.mark.parametrize("concurrency", [1, 4])
def test_unknown_authority(authority: trustme.CA, concurrency: int) -> None:
    """The line names the setting that helps."""
    outcome, server = run(serving(authority), concurrency=concurrency)
    check_refusal(outcome, server, "authority", "set ca_bundle")


def test_expired(authority: trustme.CA, bundle: str) -> None:
    """An expired certificate is named as such."""
    tls = serving(authority, not_before=NOW - 9 * DAY, not_after=NOW - DAY)
    outcome, server = run(tls, ca_bundle=bundle)
    check_refusal(outcome, server, "has expired")


def test_not_yet_valid(authority: trustme.CA, bundle: str) -> None:
    """One that is not valid yet may be due to the clock here."""
    tls = serving(authority, not_before=NOW + DAY, not_after=NOW + 9 * DAY)
    outcome, server = run(tls, ca_bundle=bundle)
    check_refusal(outcome, server, "is not valid yet", "clock")


@pytest.mark.parametrize("name", ["other.example", "10.0.0.1"])
def test_another_host(authority: trustme.CA, bundle: str, name: str) -> None:
    """A certificate of another host is named as such."""
    outcome, server = run(serving(authority, name), ca_bundle=bundle)
    check_refusal(outcome, server, "another host", "domain or api_url")


def test_self_signed(tmp_path: Path) -> None:
    """A server that is its own authority is unknown, until it is named."""
    single = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key = tmp_path / "key.pem"
    key.write_bytes(single.private_key_pem.bytes() + single.cert_pem.bytes())
    context.load_cert_chain(key)
    outcome, server = run(context)
    check_refusal(outcome, server, "authority", "set ca_bundle")


def test_setting(authority: trustme.CA, bundle: str) -> None:
    """The setting makes an own authority known."""
    outcome, server = run(serving(authority), ca_bundle=bundle)
    assert outcome.code == 0, outcome.err
    assert server.requests


@pytest.mark.parametrize("variable", VARIABLES)
def test_variables(
    authority: trustme.CA, bundle: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So do the variables that requests heeds, on every request."""
    monkeypatch.setenv(variable, bundle)
    outcome, server = run(serving(authority))
    assert outcome.code == 0, outcome.err
    assert len(server.requests) == len(STREAMS)


@pytest.mark.parametrize("value", ["", "/no/such/file.pem"])
def test_setting_wins(
    authority: trustme.CA, bundle: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the variables say, the setting counts."""
    for variable in VARIABLES:
        monkeypatch.setenv(variable, value)
    outcome, _ = run(serving(authority), ca_bundle=bundle)
    assert outcome.code == 0, outcome.err


def test_usual_authorities_stay(
    authority: trustme.CA,
    bundle: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The setting adds to the usual authorities; a variable stands in their place."""
    usual = trustme.CA()
    path = tmp_path / "usual.pem"
    path.write_bytes(usual.cert_pem.bytes())
    monkeypatch.setattr(adapters, "DEFAULT_CA_BUNDLE_PATH", str(path))
    for known in (usual, authority):
        outcome, _ = run(serving(known), ca_bundle=bundle)
        assert outcome.code == 0, outcome.err
    monkeypatch.setenv(VARIABLES[0], bundle)
    assert run(serving(authority))[0].code == 0
    assert run(serving(usual))[0].code == 1


BUNDLES: dict[str, Callable[[Path], object]] = {
    "no file": lambda _: None,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("no certificate\n"),
    "bytes": lambda path: path.write_bytes(bytes(range(256))),
    "a key": lambda path: path.write_bytes(trustme.CA().private_key_pem.bytes()),
    "cut": lambda path: path.write_bytes(trustme.CA().cert_pem.bytes()[:300]),
}


@pytest.mark.parametrize("name", ["ca_bundle", *VARIABLES])
@pytest.mark.parametrize("make", BUNDLES.values(), ids=BUNDLES.keys())
def test_unusable_bundle(
    make: Callable[[Path], object],
    name: str,
    tmp_path: Path,
    authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is reported in one line, before anybody is spoken to."""
    path = tmp_path / "wrong.pem"
    make(path)
    if name == "ca_bundle":
        outcome, server = run(serving(authority), ca_bundle=str(path))
    else:
        monkeypatch.setenv(name, str(path))
        outcome, server = run(serving(authority))
    check_refusal(outcome, server, name, "wrong.pem")
    assert not server.connections
    assert "PEM" in outcome.err or "cannot be read" in outcome.err


def test_directory_of_a_variable(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory is fine for a variable, and no file for the setting."""
    monkeypatch.setenv(VARIABLES[0], str(tmp_path))
    outcome, server = run(serving(authority))
    check_refusal(outcome, server, "set ca_bundle")
    outcome, server = run(serving(authority), ca_bundle=str(tmp_path))
    check_refusal(outcome, server, "ca_bundle", "cannot be read")


def test_variable_that_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over http nobody has to be trusted."""
    monkeypatch.setenv(VARIABLES[0], "/no/such/file.pem")
    with stub(script) as server:
        assert run_here(plain_config(server.url), STREAMS).code == 0


def test_no_tls_on_the_port() -> None:
    """A server without TLS is named as such."""
    with stub(lambda _: Answer(b"[]")) as server:
        url = server.url.replace("http:", "https:")
        outcome = run_here(plain_config(url, max_retries=0), STREAMS)
    assert outcome.code == 1
    (line,) = outcome.lines("ERROR")
    assert "TLS" in line

"""The key goes to one host, however that is written."""

from __future__ import annotations

import pytest
import requests

from tap_moco.api.auth import TokenAuth, canonical, origin

BASE = "https://acme.mocoapp.com/api/v1"


def header(url: str, base: str = BASE) -> str | None:
    """Return what a request for the address would be signed with."""
    request = requests.Request("GET", url, auth=TokenAuth("key", base)).prepare()
    return request.headers.get("Authorization")


@pytest.mark.parametrize(
    "url",
    [
        f"{BASE}/units?page=2",
        "https://ACME.MocoApp.com/api/v1/units",
        "HTTPS://acme.mocoapp.com/api/v1",
        "https://acme.mocoapp.com:443/api/v1",
        "https://acme.mocoapp.com./api/v1",
    ],
)
def test_the_same_host_in_other_words(url: str) -> None:
    assert header(url) == header(BASE, url) == "Token token=key"


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.mocoapp.com/api/v1",
        "https://acme.mocoapp.com:444/api/v1",
        "https://acme.mocoapp.com.evil.example/api/v1",
        "https://evil.example/acme.mocoapp.com/api/v1",
        "https://acme.mocoapp.com:443@evil.example/api/v1",
        "https://acme.mocoapp.co/api/v1",
    ],
)
def test_another_host(url: str) -> None:
    assert header(url) is None


def test_names_beyond_ascii() -> None:
    assert canonical("https://BÜRO.example/api/v1") == (
        "https://xn--bro-hoa.example/api/v1"
    )
    assert origin("https://büro.example") == origin("https://XN--BRO-HOA.example:443/x")

"""Signed addresses, which are secrets while they are valid, and differ on each read."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

SIGNED_URL_FIELDS = frozenset(
    {
        "attachment_url",
        "avatar_url",
        "file",
        "file_url",
        "offer_document_url",
        "signature_url",
    }
)
"""Fields of MOCO with a signed address, from which the whole query is removed."""

ADDRESS = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)
SIGNATURE = re.compile(
    r"x-(amz|cos|goog|obs|oss)-.*|.*signature|sig|sign|hmac|expires"
    r"|(aws|oss)accesskeyid|googleaccessid|key-pair-id",
    re.IGNORECASE,
)
"""Parameters of signed addresses, as the usual file stores name them."""


def without_signatures(value: Any, name: str = "") -> Any:
    """Return a value of any kind whose signed addresses have lost their query.

    Args:
        value: What MOCO sent.
        name: The field that holds it.
    """
    if isinstance(value, str):
        return unsigned(value) if name in SIGNED_URL_FIELDS else unsigned_text(value)
    if isinstance(value, dict):
        return {key: without_signatures(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_signatures(inner, name) for inner in value]
    return value


def unsigned(address: str) -> str:
    """Return an address without its query, which holds signature and expiry."""
    return address.partition("?")[0]


def unsigned_text(text: str) -> str:
    """Return a text without the signatures of addresses in it."""
    return ADDRESS.sub(_unsigned_match, text) if "?" in text else text


def _unsigned_match(found: re.Match[str]) -> str:
    address, _, query = found[0].partition("?")
    names = (unquote(part.partition("=")[0]) for part in re.split("[&;]", query))
    return address if any(map(SIGNATURE.fullmatch, names)) else found[0]

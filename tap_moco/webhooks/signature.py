"""Signatures: HMAC-SHA256 over the raw body, and nothing else.

See docs/moco-api.md, Deletes and webhooks.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def sign(key: str, body: bytes) -> str:
    """Return the signature that MOCO sends with a body, 64 hex characters.

    Args:
        key: The signing key as MOCO shows it; its characters are the key.
        body: The body as it is sent.
    """
    return hmac.digest(key.encode("ascii"), body, "sha256").hex()


class SigningKeys:
    """The keys that a delivery may be signed with.

    Args:
        keys: One key, or several while a key is replaced by another.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        """Keep the keys."""
        self._keys = tuple(keys)

    def accept(self, signature: bytes, body: bytes) -> bool:
        """Return whether one of the keys made this signature of this body."""
        # every key is tried, so that the time says nothing about which one fits
        matches = [
            hmac.compare_digest(sign(key, body).encode("ascii"), signature)
            for key in self._keys
        ]
        return any(matches)

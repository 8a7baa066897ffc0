"""Whose rows a state is about."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec import field

from tap_moco.state.part import StatePart


class Account(StatePart):
    """Whose rows a state is about.

    Attributes:
        address: Host and path of the API.
        filters: The settings that narrow what MOCO shows.
    """

    address: str
    filters: dict[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """A short digest of both."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:8]

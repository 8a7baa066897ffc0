"""What the tap cannot start with."""

from __future__ import annotations


class InvalidInputError(Exception):
    """Settings, catalog or state cannot be used; the text is one clear line."""

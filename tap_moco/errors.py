"""Errors in the input, and in the spool."""

from __future__ import annotations


class InvalidInputError(Exception):
    """Settings, catalog or state cannot be used; the text is one clear line."""


class SpoolError(Exception):
    """The spool cannot be used; the text is one clear line without a secret."""
